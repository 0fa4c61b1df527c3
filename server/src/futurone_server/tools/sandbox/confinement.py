"""The walls around a confined reader: limits everywhere; on Linux also no files but libraries, no sockets, no programs.

The limits (memory, processor, clock, files) hold on every POSIX system that keeps them. Landlock and seccomp are a
second wall for a library that is taken over by what it reads; where the kernel does not offer them, limits are all.
"""

import ctypes
import os
import platform
import resource
import signal
import struct
import sys
from collections.abc import Iterator, Mapping

from futurone_server.tools.sandbox.limiter import put_limit, put_limits

_FILES_MAX = 32

_LANDLOCK_CREATE, _LANDLOCK_ADD, _LANDLOCK_RESTRICT = 444, 445, 446
_FS_RIGHTS_BY_ABI = ((1, 13), (2, 14), (3, 15), (5, 16))
_READ_RIGHTS = 1 << 2 | 1 << 3
_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2

_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_ALLOW, _DENY = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ALLOW; SECCOMP_RET_ERRNO with EPERM
_OTHER_ABI = 0x40000000

_AUDIT: Mapping[str, int] = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_DENIED: Mapping[str, Mapping[str, int]] = {
    "x86_64": {
        "socket": 41, "socketpair": 53, "clone": 56, "fork": 57, "vfork": 58, "execve": 59, "kill": 62, "ptrace": 101,
        "add_key": 248, "keyctl": 250, "perf_event_open": 298, "open_by_handle_at": 304, "process_vm_readv": 310,
        "process_vm_writev": 311, "bpf": 321, "execveat": 322, "userfaultfd": 323, "io_uring_setup": 425,
        "clone3": 435, "pidfd_getfd": 438,
    },
    "aarch64": {
        "ptrace": 117, "kill": 129, "socket": 198, "socketpair": 199, "add_key": 217, "keyctl": 219, "clone": 220,
        "execve": 221, "perf_event_open": 241, "open_by_handle_at": 265, "process_vm_readv": 270,
        "process_vm_writev": 271, "bpf": 280, "execveat": 281, "userfaultfd": 282, "io_uring_setup": 425,
        "clone3": 435, "pidfd_getfd": 438,
    },
}  # fmt: skip
"""System calls of the kernel's tables that a reader has no use for."""


def confine(*, memory_bytes: int, cpu_s: int, wall_s: int) -> tuple[str, ...]:
    """Put the walls up around this process, for good, and name those that stand beside the limits."""
    put_limits(memory_bytes=memory_bytes, cpu_s=cpu_s, file_bytes=0)
    put_limit(resource.RLIMIT_NOFILE, _FILES_MAX)
    signal.alarm(wall_s)
    if not sys.platform.startswith("linux"):
        return ()
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    libc.prctl.argtypes = [ctypes.c_int, *[ctypes.c_ulong] * 4]
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0) != 0:
        return ()
    walls = (("landlock", _close_files(libc)), ("seccomp", _close_calls(libc)))
    return tuple(name for name, stands in walls if stands)


def _close_files(libc: ctypes.CDLL) -> bool:
    """Landlock: nothing may be opened but for reading, and only below the folders that Python imports from."""
    abi = libc.syscall(_LANDLOCK_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(1))
    if abi < 1:
        return False
    rights = next(1 << bits for least, bits in reversed(_FS_RIGHTS_BY_ABI) if abi >= least) - 1
    network = 0b11 if abi >= 4 else 0  # bind and connect TCP
    scopes = 0b11 if abi >= 6 else 0  # abstract sockets and signals
    size = 24 if abi >= 6 else 16 if abi >= 4 else 8
    asked = struct.pack("=QQQ", rights, network, scopes)
    ruleset = libc.syscall(_LANDLOCK_CREATE, asked, ctypes.c_size_t(size), ctypes.c_uint(0))
    if ruleset < 0:
        return False
    try:
        for folder in filter(os.path.isdir, sys.path):
            _let_read(libc, ruleset, folder)
        return bool(libc.syscall(_LANDLOCK_RESTRICT, ctypes.c_int(ruleset), ctypes.c_uint(0)) == 0)
    finally:
        os.close(ruleset)


def _let_read(libc: ctypes.CDLL, ruleset: int, folder: str) -> None:
    below = os.open(folder, os.O_PATH | os.O_CLOEXEC)
    try:
        rule = struct.pack("=Qi", _READ_RIGHTS, below)
        libc.syscall(_LANDLOCK_ADD, ctypes.c_int(ruleset), ctypes.c_int(1), rule, ctypes.c_uint(0))
    finally:
        os.close(below)


def _close_calls(libc: ctypes.CDLL) -> bool:
    """Seccomp: no sockets, no other processes or programs, no way into other processes."""
    machine = platform.machine()
    if machine not in _DENIED:
        return False
    steps = list(_filter(_AUDIT[machine], sorted(_DENIED[machine].values())))
    program = ctypes.create_string_buffer(b"".join(steps), len(steps) * 8)
    header = struct.pack("@HP", len(steps), ctypes.addressof(program))
    pointer = ctypes.cast(ctypes.c_char_p(header), ctypes.c_void_p).value or 0
    return bool(libc.prctl(_SECCOMP, _FILTER, pointer, 0, 0) == 0)


def _filter(audit: int, denied: list[int]) -> Iterator[bytes]:
    """Instructions of the kernel's packet filter: code, jump if true, jump if false, value."""
    to_deny = len(denied) + 3
    yield _step(_LOAD, 0, 0, 4)  # the architecture
    yield _step(_EQUAL, 0, to_deny, audit)
    yield _step(_LOAD, 0, 0, 0)  # the system call
    yield _step(_AT_LEAST, to_deny - 2, 0, _OTHER_ABI)
    for at, number in enumerate(denied):
        yield _step(_EQUAL, len(denied) - at, 0, number)
    yield _step(_RETURN, 0, 0, _ALLOW)
    yield _step(_RETURN, 0, 0, _DENY)


def _step(code: int, if_true: int, if_false: int, value: int) -> bytes:
    return struct.pack("=HBBI", code, if_true, if_false, value)
