"""Analysers: programs and rules that look at changed code, kept apart from what the code's own project configures."""

from futurone_server.tools.analysers.finding import Analysis, Found
from futurone_server.tools.analysers.masking import mask
from futurone_server.tools.analysers.program import FAMILIES, Analyser
from futurone_server.tools.analysers.rules import Rule, RuleBook, Severity, rule_book

__all__ = ["FAMILIES", "Analyser", "Analysis", "Found", "Rule", "RuleBook", "Severity", "mask", "rule_book"]
