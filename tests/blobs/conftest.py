"""What the tests of blobs share."""

from blobs.database import anyio_backend, db, template

__all__ = ["anyio_backend", "db", "template"]
