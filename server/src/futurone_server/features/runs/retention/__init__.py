"""Retention: how the content of runs is erased, what is receipted of it, and whether it is really gone."""
