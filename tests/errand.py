"""One command line, handed with this process's streams to a process that has everything loaded already."""

import json
import os
import signal
import socket
import struct
import sys

STATUS = struct.Struct("!i")
LENGTH = struct.Struct("!I")
LASTING = {"up", "worker", "listen"}
"""Verbs that stay until a signal ends them: they are begun as everybody begins them."""


def send(path: str, real: str) -> int:
    """Have the process that listens at a path carry out this one's command line; returns its exit code."""
    if os.path.basename(sys.argv[0]) == os.path.basename(real) and LASTING & set(sys.argv[1:2]):
        os.execv(real, sys.argv)
    errand = {"argv": sys.argv, "env": dict(os.environ), "cwd": os.getcwd()}
    body = json.dumps(errand).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(path)
        socket.send_fds(line, [LENGTH.pack(len(body))], [0, 1, 2])
        line.sendall(body)
        pid = _number(line)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda heard, _frame: os.kill(pid, heard))
        code = _number(line)
    return code if code >= 0 else 128 - code


def _number(line: socket.socket) -> int:
    return int(STATUS.unpack(line.recv(STATUS.size, socket.MSG_WAITALL))[0])
