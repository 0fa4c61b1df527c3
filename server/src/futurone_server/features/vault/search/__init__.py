"""The vault's blind index: which files hold which words, without a word that could be read."""
