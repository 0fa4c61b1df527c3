"""Strategy work: decision matrices and scenarios from given numbers, and with a model what they mean."""
