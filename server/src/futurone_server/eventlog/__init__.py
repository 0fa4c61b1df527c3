"""The log of every run: append, read, follow, seal."""

from futurone_server.eventlog.appends import Fenced, Write
from futurone_server.eventlog.audit import SYSTEM_ACTOR, Actor, AuditLine, record
from futurone_server.eventlog.epochkeys import EpochKeys, KeyMissing
from futurone_server.eventlog.epochs import Epochs
from futurone_server.eventlog.events import Draft, Event, EventType
from futurone_server.eventlog.log import EventLog, Head
from futurone_server.eventlog.news import News
from futurone_server.eventlog.run_log import RunLog
from futurone_server.eventlog.sealing import Content, RunSeal, Seals

__all__ = [
    "SYSTEM_ACTOR",
    "Actor",
    "AuditLine",
    "Content",
    "Draft",
    "EpochKeys",
    "Epochs",
    "Event",
    "EventLog",
    "EventType",
    "Fenced",
    "Head",
    "KeyMissing",
    "News",
    "RunLog",
    "RunSeal",
    "Seals",
    "Write",
    "record",
]
