"""The settings PostgreSQL is started with, and why each is as it is."""

import os
import re
import sys
from collections.abc import Mapping
from pathlib import Path

PORT = 5432  # part of the socket's name only: nothing listens on the network

_REACH = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "allow_alter_system": "off",  # these settings are the only ones
    "max_connections": "60",
    "superuser_reserved_connections": "3",
    "client_connection_check_interval": "5s",  # a query whose client was killed ends soon, and frees its locks
    "idle_in_transaction_session_timeout": "10s",  # less than a worker's lease: one that hangs blocks no successor
}
_DURABILITY = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",  # costs nothing here, and lets pg_basebackup copy a running cluster
    "max_wal_senders": "2",
    "max_replication_slots": "2",
    "min_wal_size": "32MB",
    "max_wal_size": "256MB",
}
_MEMORY = {
    "shared_buffers": "32MB",
    "huge_pages": "off",
    "work_mem": "4MB",
    "maintenance_work_mem": "32MB",
    "temp_file_limit": "1GB",
    "jit": "off",
    # Taken from the main segment: logind removes a user's other shared memory when the user logs out.
    "min_dynamic_shared_memory": "2MB",
}
_PROCESSES = {
    "io_method": "sync",  # the default starts three more processes
    "max_worker_processes": "2",
    "max_parallel_workers": "0",
    "max_parallel_workers_per_gather": "0",
    "max_parallel_maintenance_workers": "0",
    "max_logical_replication_workers": "0",
    "autovacuum": "on",
    "autovacuum_max_workers": "2",
    "autovacuum_worker_slots": "2",
    "update_process_title": "off",
}
# Text that a client sent must never reach the log, be it in a statement, a parameter, a DETAIL ("Key (…)=(…) already
# exists") or a message ("invalid input syntax for type integer: …"). So nothing of level ERROR or below is written;
# the level named "log" ranks above ERROR and is the server's word on itself.
_LOG = {
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_min_messages": "log",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_error_statement": "panic",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_duration": "off",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_lock_waits": "off",
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_line_prefix": "%m [%p] ",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
_SETTINGS = {**_REACH, **_DURABILITY, **_MEMORY, **_PROCESSES, **_LOG}


def server_command(
    program: Path, *, data: str, socket_dir: Path, cluster_name: str, more: Mapping[str, str]
) -> tuple[str, ...]:
    """The command that runs the cluster. Settings go on it, where no file in the cluster can override them."""
    settings = {
        **_SETTINGS,
        "unix_socket_directories": '"' + str(socket_dir).replace('"', '""') + '"',
        "cluster_name": cluster_name,
        "recovery_init_sync_method": _recovery_init_sync_method(),
        **more,
    }
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return (str(program), "-D", data, *options)


def _recovery_init_sync_method() -> str:
    # Before it recovers, PostgreSQL puts all its files on disk: in one call, which halves a start after a kill -9,
    # where that call reports every failure; else file by file.
    release = re.match(r"(\d+)\.(\d+)", os.uname().release)
    is_reliable = sys.platform == "linux" and release is not None and tuple(map(int, release.groups())) >= (5, 8)
    return "syncfs" if is_reliable else "fsync"
