"""A server made of one bare socket, for answers that no proper server would give."""

import gzip
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Script = Callable[[socket.socket, bytes], None]


class Server:
    """Accepts connections and plays one script for each; remembers what it was sent."""

    def __init__(self, *scripts: Script, wrap: Callable[[socket.socket], socket.socket] | None = None) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.received: list[bytes] = []
        self.connections = 0
        self._scripts = scripts
        self._wrap = wrap or (lambda connection: connection)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            threading.Thread(target=self._play, args=(connection, script), daemon=True).start()

    def _play(self, connection: socket.socket, script: Script) -> None:
        try:
            with self._wrap(connection) as wrapped:
                while request := _one_request(wrapped):
                    self.received.append(request)
                    script(wrapped, request)
        except OSError:
            connection.close()

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._thread.join(5)


@contextmanager
def serving(*scripts: Script, wrap: Callable[[socket.socket], socket.socket] | None = None) -> Iterator[Server]:
    server = Server(*scripts, wrap=wrap)
    try:
        yield server
    finally:
        server.close()


def _one_request(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65_536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < sum(lengths):
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


def answer(body: bytes, *, status: str = "200 OK", length: int | None = None, **headers: str) -> Script:
    """A whole answer; ``length`` may lie."""
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    whole = "\r\n".join(lines).encode() + b"\r\n\r\n" + body
    return lambda connection, request: connection.sendall(whole)


def then_close(script: Script) -> Script:
    def play(connection: socket.socket, request: bytes) -> None:
        script(connection, request)
        connection.shutdown(socket.SHUT_RDWR)

    return play


def reset(connection: socket.socket, request: bytes) -> None:
    """Drop the connection with RST, as a crashing machine does."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
    connection.close()


def silent(connection: socket.socket, request: bytes) -> None:
    """Take the request and say nothing until the other side gives up."""
    connection.recv(1)


def dripping(connection: socket.socket, request: bytes) -> None:
    """One byte at a time, each well within the read timeout, for ever."""
    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
    stop = threading.Event()
    while not stop.wait(0.02):
        connection.sendall(b" ")


def bomb(size: int) -> Script:
    return answer(gzip.compress(b'{"a": "' + b" " * size + b'"}'), Content_Encoding="gzip")


def closed_port() -> str:
    """The address of a port where surely nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}"
