"""Where plans come from: a brief, a test directive."""
