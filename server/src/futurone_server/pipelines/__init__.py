"""Durable work: the conductor, the steps, verification, delivery, and what time brings."""
