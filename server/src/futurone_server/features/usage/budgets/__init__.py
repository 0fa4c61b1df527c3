"""Budgets wider than a run: what a workspace, a project or a key may spend in a day, a month or altogether."""

from futurone_server.features.usage.budgets.tables import budget_reservations, budget_tallies, budgets

__all__ = ["budget_reservations", "budget_tallies", "budgets"]
