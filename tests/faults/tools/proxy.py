"""A proxy between a client and a server that cuts each connection after so many bytes of the answer."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

_RESET = struct.pack("ii", 1, 0)
_WAIT_S = 30


class CuttingProxy:
    """Listens on loopback and passes bytes on; the n-th connection ends after the n-th number of ``budgets``.

    Every other one ends by a reset, the rest as if the server had closed. When the numbers are used up, connections
    live as long as they like.
    """

    def __init__(self, url: str, budgets: Iterator[int]) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        assert address.port is not None
        self._server = (address.hostname, address.port)
        self._budgets = budgets
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._sockets: set[socket.socket] = {self._listener}
        self._lock = threading.Lock()
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self.cuts = 0

    @property
    def url(self) -> str:
        """Where clients reach it."""
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with self._lock:
            for one in self._sockets:
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
        for thread in self._threads:
            thread.join(_WAIT_S)

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self._begin(client)

    def _begin(self, client: socket.socket) -> None:
        server = socket.create_connection(self._server, _WAIT_S)
        budget = next(self._budgets, None)
        up = threading.Thread(target=self._pass_up, args=(client, server), daemon=True)
        down = threading.Thread(target=self._pass_down, args=(server, client, budget), daemon=True)
        with self._lock:
            self._sockets |= {client, server}
            self._threads += [up, down]
        up.start()
        down.start()

    def _pass_up(self, client: socket.socket, server: socket.socket) -> None:
        with suppress(OSError):
            while data := client.recv(1 << 16):
                server.sendall(data)
            server.shutdown(socket.SHUT_WR)

    def _pass_down(self, server: socket.socket, client: socket.socket, budget: int | None) -> None:
        left = budget
        with suppress(OSError):
            while left != 0 and (data := server.recv(1 << 14 if left is None else min(left, 1 << 14))):
                client.sendall(data)
                left = None if left is None else left - len(data)
        self._end(server, client, is_cut=left == 0)

    def _end(self, server: socket.socket, client: socket.socket, *, is_cut: bool) -> None:
        with self._lock:
            self.cuts += is_cut
            if is_cut and self.cuts % 2:
                with suppress(OSError):
                    client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            for one in (client, server):
                with suppress(OSError):
                    one.shutdown(socket.SHUT_RDWR)
                one.close()
            self._sockets -= {client, server}
