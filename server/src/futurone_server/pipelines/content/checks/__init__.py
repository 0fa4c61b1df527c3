"""The verifier's side of content work: each artifact read back and looked up again by code that did not make it."""
