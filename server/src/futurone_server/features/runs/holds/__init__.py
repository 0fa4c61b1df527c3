"""Holds: what keeps new runs of a workspace, a project or a key from starting, and until when."""
