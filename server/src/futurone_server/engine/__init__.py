"""The durable engine behind a small port: start, resume, cancel, recover, forget."""
