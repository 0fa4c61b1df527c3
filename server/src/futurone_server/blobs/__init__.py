"""Sealed bytes by name: where files live."""

from futurone_server.blobs.chunks import ChunkOpener, ChunkSealer
from futurone_server.blobs.port import Blob, Blobs, BlobVanished
from futurone_server.blobs.store import PostgresBlobs

__all__ = ["Blob", "BlobVanished", "Blobs", "ChunkOpener", "ChunkSealer", "PostgresBlobs"]
