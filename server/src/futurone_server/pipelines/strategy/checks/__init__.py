"""The verifier's side of strategy work: each number read again from the original bytes and computed in another way."""
