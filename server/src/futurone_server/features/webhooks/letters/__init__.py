"""Deliveries as their workspace sees them: the log, the dead letters, and sending those again."""
