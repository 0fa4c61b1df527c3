"""Budgets wider than a run: what a workspace, a project or a key may spend in a day, a month or altogether."""
