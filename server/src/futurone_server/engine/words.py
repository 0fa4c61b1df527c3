"""What DBOS stores of ours: plain words and numbers, and of a defect the name of its class."""

import dbos

from futurone_server.kit import json


class WordSerializer(dbos.Serializer):
    """Writes what DBOS stores as JSON of words and numbers. An exception becomes its class name, never its text."""

    def serialize(self, data: object) -> str:
        """JSON of plain words; anything unknown becomes the name of its class."""
        return json.dump(_plain(data)).decode()

    def deserialize(self, serialized_data: str) -> object:
        """What ``serialize`` wrote; the name of an exception comes back as an exception of ours."""
        value = json.load(serialized_data)
        if isinstance(value, dict) and set(value) == {"error"}:
            return SegmentError(str(value["error"]))
        return value

    def name(self) -> str:
        """How stored values are marked."""
        return "futurone_words"


class SegmentError(Exception):
    """A segment ended with a defect; carries the name of its class only."""


def _plain(data: object) -> object:
    if isinstance(data, BaseException):
        return {"error": type(data).__name__}
    if isinstance(data, dict):
        return {str(name): _plain(value) for name, value in data.items()}
    if isinstance(data, list | tuple):
        return [_plain(value) for value in data]
    if data is None or isinstance(data, str | int | float | bool):
        return data
    return {"error": type(data).__name__}
