"""Which workers live, and which runs have lost theirs."""
