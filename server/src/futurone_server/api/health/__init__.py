"""Health, version and the reference page."""
