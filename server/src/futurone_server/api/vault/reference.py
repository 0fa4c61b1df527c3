"""What the reference says of the vault's bodies that are not JSON."""

from typing import Any

from futurone_server.kit import limits

FORM: dict[str, Any] = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file"],
                "additionalProperties": False,
                "properties": {
                    "file": {
                        "type": "string",
                        "format": "binary",
                        "description": f"The file, at most {limits.UPLOAD_BYTES_MAX >> 20} MiB.",
                    },
                    "name": {
                        "type": "string",
                        "maxLength": limits.LABEL_CHARS_MAX,
                        "description": "What the file is called. Default: its name at the sender, without its path.",
                    },
                    "folder_id": {
                        "type": "string",
                        "description": "Folders come later: leave it out, or empty.",
                    },
                },
            },
            "examples": {
                "report": {
                    "summary": "A report under another name",
                    "value": {"file": "# Quarterly report\n\nRevenue grew by 12 %.\n", "name": "report-q3.md"},
                }
            },
        }
    },
}
"""The form of an upload: read by hand, therefore described by hand."""

BYTES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The file, as an attachment",
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
"""The answer of a download."""
