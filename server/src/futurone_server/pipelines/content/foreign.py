"""Words of a task, a table or a source in a deliverable: inert, and never to be taken for a citation of its own."""

import re

from futurone_server.pipelines.research.escaping import inline

_LIKE_A_CITATION = re.compile(r"(?:\\\[\d{1,6}\\\])+")


def foreign(text: str) -> str:
    """A text from outside as Markdown inside a line. ``[1]`` in it is shown as code, which no citation is."""
    return _LIKE_A_CITATION.sub(lambda found: f"`{found.group().replace(chr(92), '')}`", inline(text))
