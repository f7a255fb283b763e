"""The emulator behind a real socket."""

import socket

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from emulator.server import Emulator


class Handler(WSGIRequestHandler):
    """Speaks HTTP/1.1, writes no access log, and hangs up where a fault tells it to."""

    protocol_version = "HTTP/1.1"

    def log(self, type: str, message: str, *args: object) -> None:
        """Nothing: the emulator has its own log."""

    def send_response(self, code: int, message: str | None = None) -> None:
        """The status line only: Date comes from the emulator's clock, and Server is nobody's business."""
        self.send_response_only(code, message)

    def connection_dropped(self, error: BaseException, environ: dict[str, object] | None = None) -> None:
        self.close_connection = True


def serve(app: Emulator, *, host: str, port: int) -> BaseWSGIServer:
    """A bound server, ready for ``serve_forever``. Port 0 takes any free one. Raises OSError when it is taken."""
    with socket.create_server((host, port), backlog=128) as listener:
        port = listener.getsockname()[1]
        return make_server(host, port, app, threaded=True, request_handler=Handler, fd=listener.fileno())
