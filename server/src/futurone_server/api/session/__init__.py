"""People who are signed in, over HTTP."""
