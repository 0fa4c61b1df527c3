"""Why a document is refused: stable reason codes and what to do about each."""

from collections.abc import Mapping

from futurone_server.tools.documents.document import UnreadableDocument

READABLE_NAMES = "txt, md, html, csv, pdf, docx, pptx, xlsx or epub"

ENCRYPTED = "DOCUMENT_ENCRYPTED"
BROKEN = "DOCUMENT_BROKEN"
TOO_COMPLEX = "DOCUMENT_TOO_COMPLEX"
READER_FAILED = "DOCUMENT_READER_FAILED"

MESSAGES: Mapping[str, str] = {
    ENCRYPTED: "The file is protected by a password or by rights management; give a copy without protection.",
    BROKEN: "The file is damaged or more than its reader can bear; open it in its own program and save it anew.",
    TOO_COMPLEX: "Reading the file takes more time or memory than one document may; divide it or give its text.",
    READER_FAILED: "The reader for this format could not be started; whoever runs this server must look at its set-up.",
}
"""The findings of a confined reader. A reader names a code, and only these words are shown."""


def refusal(reason_code: str) -> UnreadableDocument:
    """The refusal with this code; a code that is none of ours means that the reader itself was taken in."""
    known = reason_code if reason_code in MESSAGES else BROKEN
    return UnreadableDocument(known, MESSAGES[known])
