"""A run's events over HTTP: two streams and a page."""
