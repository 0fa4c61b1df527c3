"""Sessions: people who are signed in, and the ways in."""
