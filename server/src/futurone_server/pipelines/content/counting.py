"""A number with what it counts, in the singular where it is one."""


def counted(count: int, noun: str) -> str:
    """How many of what: ``counted(1, "sentence")`` is "1 sentence", of two or none "sentences"."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
