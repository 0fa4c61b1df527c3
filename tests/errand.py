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
"""Verbs that stay until a signal ends them: on a page they are begun as everybody begins them."""

_PASSED_ON = (signal.SIGINT, signal.SIGTERM)


def send(path: str, fresh: str) -> int:
    """Have the process that listens at a path carry out this one's command line; returns its exit code.

    A signal that ended it ends this one too.
    """
    if os.path.basename(sys.argv[0]) == os.path.basename(fresh) and LASTING & set(sys.argv[1:2]):
        os.execv(fresh, sys.argv)
    signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    errand = {"argv": sys.argv, "env": dict(os.environ), "cwd": os.getcwd()}
    body = json.dumps(errand).encode()
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.connect(path)
        socket.send_fds(line, [LENGTH.pack(len(body))], [0, 1, 2])
        line.sendall(body)
        pid = _number(line)
        for number in _PASSED_ON:
            signal.signal(number, lambda heard, _frame: os.kill(pid, heard))
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _PASSED_ON)
        code = _number(line)
    if code < 0:
        if -code != signal.SIGKILL:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    return code


def _number(line: socket.socket) -> int:
    return int(STATUS.unpack(line.recv(STATUS.size, socket.MSG_WAITALL))[0])
