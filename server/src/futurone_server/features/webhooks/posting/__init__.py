"""The worker's side of webhooks: what is to be sent now, and what came of it."""
