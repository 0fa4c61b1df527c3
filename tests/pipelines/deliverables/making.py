"""Artifacts as the server stores them, for tests of what is made of them."""

import re
import zlib
from contextlib import suppress
from typing import Any

from futurone_server.features.runs import Artifact, Form, Provenance, RubricRef, SourceRef
from futurone_server.pipelines.deliverables.exports import Exports

SOURCE = SourceRef(name="notes <1>.md", sha256="ab" * 32, media_type="text/markdown")
PROVENANCE = Provenance(
    engine="deterministic",
    models=(),
    sources=(SOURCE,),
    rubric=RubricRef(id="research", version=1),
    step="compose",
    version="0.9.0",
)
HOSTILE = """# A title <script>alert(1)</script>

<script>alert(2)</script>

<svg onload="alert(3)"><image href="http://203.0.113.7/a.svg"/></svg>

![a picture](http://203.0.113.7/pixel.png) ![mine](data:image/svg+xml;base64,PHN2Zy8+) <img src="http://203.0.113.7/b">

[click](javascript:alert(4)) [data](data:text/html,<script>alert(5)</script>) [words](https://203.0.113.7/page)
<https://203.0.113.7/auto> <a href="javascript:alert(6)" onclick="alert(7)">raw</a>

<iframe src="http://203.0.113.7/frame"></iframe><style>body{background:url(http://203.0.113.7/c)}</style>

> <base href="http://203.0.113.7/"> quoted

- <object data="http://203.0.113.7/d"></object>

| <b>cell</b> | [x](javascript:alert(8)) |
| --- | --- |
| <meta http-equiv="refresh" content="0;url=http://203.0.113.7/e"> | y |

[ref]: http://203.0.113.7/reference
See [ref] and ![ref].
"""


def artifact(**changes: Any) -> Artifact:
    """A report, but for what a test says."""
    usual: dict[str, Any] = {"id": "art_1", "type": "report", "media_type": "text/markdown", "bytes": 1}
    usual |= {"citations": 1, "engine": "deterministic", "final": True, "sha256": "0" * 64}
    return Artifact(**{**usual, "label": "A & <report>", "provenance": PROVENANCE, **changes})


async def made(form: Form, text: str, *, page: str | None = None, **changes: Any) -> bytes:
    """A text in a form, made as the server makes it."""
    return await Exports().make(form, artifact(**changes), {"text": text, "html": page})


def unpacked(pdf: bytes) -> bytes:
    """A PDF with what its streams hold in plain bytes behind it."""
    found = [pdf]
    for packed in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL):
        with suppress(zlib.error):
            found.append(zlib.decompress(packed))
    return b"\n".join(found)
