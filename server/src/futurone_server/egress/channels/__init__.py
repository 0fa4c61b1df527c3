"""Chat and mail services by Apprise URL: which there are, how URLs are read, and a process that sends to one."""

from futurone_server.egress.channels.services import (
    REFUSED_NAMES,
    SERVICES,
    URL_CHARS_MAX,
    BadChannelError,
    Service,
    read_channel,
)

__all__ = ["REFUSED_NAMES", "SERVICES", "URL_CHARS_MAX", "BadChannelError", "Service", "read_channel"]
