"""Deliverables in the forms that people ask for: pages, PDF and Word files made of the Markdown that is stored."""
