"""The configured models over HTTP."""
