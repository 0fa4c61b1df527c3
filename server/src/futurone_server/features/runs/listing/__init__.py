"""Lists of runs: what callers may ask for, and how it is found."""
