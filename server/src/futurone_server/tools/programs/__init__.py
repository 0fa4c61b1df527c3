"""Small programs and arithmetic that models write, carried out where they can reach nothing."""

from futurone_server.tools.programs.arithmetic import evaluate
from futurone_server.tools.programs.offers import arithmetic_tool, program_tool
from futurone_server.tools.programs.sandbox import Finished, ProgramFailedError, carry_out, run

__all__ = [
    "Finished",
    "ProgramFailedError",
    "arithmetic_tool",
    "carry_out",
    "evaluate",
    "program_tool",
    "run",
]
