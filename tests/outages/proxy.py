"""A network between a shop and its database, which a test can slow down, silence or cut."""

import socket
import threading
import time
from contextlib import suppress

PASS, SLOW, SILENT, GONE = "pass", "slow", "silent", "gone"
SLOW_SECONDS = 4.0


class Proxy:
    """Listens on this machine and hands bytes on, as `mode` says.

    SLOW holds what the server says for SLOW_SECONDS; SILENT takes what comes, from new connections
    too, and nobody gets it; GONE hangs up on everybody, as a server does that is being started.
    """

    def __init__(self, target):
        """To the address of a server: host and port, or the path of a socket."""
        self._target, self.mode = target, PASS
        self._open = set()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._start(self._accept)

    def be(self, mode):
        self.mode = mode
        if mode == GONE:
            self.hang_up()

    def hang_up(self):
        """On everybody who is connected now."""
        for one in [*self._open]:
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def close(self):
        self.mode = GONE
        self._listener.close()
        self.hang_up()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self._start(self._connected, client)

    def _connected(self, client):
        self._open.add(client)
        server = None
        try:
            if self.mode == GONE:
                return
            while self.mode == SILENT:  # a later mode finds the client waiting
                time.sleep(0.02)
            server = self._reached()
            self._open.add(server)
            self._start(self._pump, client, server, False)
            self._pump(server, client, True)
        except OSError:
            pass
        finally:
            for one in filter(None, (client, server)):
                self._open.discard(one)
                one.close()

    def _reached(self):
        if not isinstance(self._target, str):
            return socket.create_connection(self._target)
        server = socket.socket(socket.AF_UNIX)
        server.connect(self._target)
        return server

    def _pump(self, giver, taker, is_answer):
        with suppress(OSError):
            while data := giver.recv(65536):
                if is_answer and self.mode == SLOW:
                    time.sleep(SLOW_SECONDS)
                while self.mode == SILENT:
                    time.sleep(0.02)
                taker.sendall(data)
        for one in (giver, taker):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)

    def _start(self, target, *arguments):
        threading.Thread(target=target, args=arguments, daemon=True).start()
