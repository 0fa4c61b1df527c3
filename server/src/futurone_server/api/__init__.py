"""The HTTP API: one folder per noun, each with routes, requests and views."""
