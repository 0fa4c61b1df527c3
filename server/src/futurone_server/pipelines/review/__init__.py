"""The review of a change: findings of many analysers as one, what was not looked at, and the report."""
