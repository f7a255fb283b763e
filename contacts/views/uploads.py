"""How a file comes in: refused early when it is too large, and on the disk only without a name."""

import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from tempfile import SpooledTemporaryFile
from typing import IO, Any, Concatenate, cast

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, StopFutureHandlers, StopUpload
from django.http import HttpRequest, UnreadablePostError
from django.http.response import HttpResponseBase
from django.views.decorators.csrf import csrf_exempt, csrf_protect

#: What a form has beside its file.
OTHER_FIELDS = 2**16
MEMORY = 2**20
#: Of what is not kept, so much is read at once, and so long.
PORTION = 2**16
MOST_SECONDS = 60

type View[R: HttpRequest, **P] = Callable[Concatenate[R, P], HttpResponseBase]


class OneFile(FileUploadHandler):
    """Takes one file of a limited size. ``is_too_large`` and ``files`` say what it met."""

    def __init__(self, request: HttpRequest) -> None:
        super().__init__(request)
        self.most = settings.FILE_MB * 2**20
        self.files = 0
        self.is_too_large = False
        self._content: IO[bytes] | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.files += 1
        if self.files > 1:
            raise StopUpload(connection_reset=False)
        # The system takes the name of such a file away at once: it ends with the process even when that is killed.
        self._content = SpooledTemporaryFile(max_size=MEMORY)  # noqa: SIM115 (Django closes it with the request)
        raise StopFutureHandlers

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start + len(raw_data) > self.most:
            self.is_too_large = True
            # The little that may follow is read, so that the browser comes to read the answer.
            raise StopUpload(connection_reset=False)
        cast("IO[bytes]", self._content).write(raw_data)

    def file_complete(self, file_size: int) -> UploadedFile:
        content = cast("IO[bytes]", self._content)
        content.seek(0)
        return UploadedFile(file=content, name=self.file_name, content_type=self.content_type, size=file_size)


def takes_a_file[R: HttpRequest, **P](view: View[R, P]) -> View[R, P]:
    """The view may call ``uploaded``. Stands above ``on_account``.

    Which handler takes a file has to be said before the form is read, and the check of its token reads it. So that
    check comes after the view has said so: ``uploaded`` stands behind ``forms_token``.
    """
    return csrf_exempt(view)


def forms_token[R: HttpRequest, **P](view: View[R, P]) -> View[R, P]:
    """Around the part of a view that reads the form: limits what comes in, then checks the form's token.

    The view asks ``announces_too_much`` first.
    """
    checked = csrf_protect(view)

    @wraps(view)
    def limited(request: R, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        if announces_too_much(request):
            _let_pass(request)
            # The token stands in what was not kept. The view does nothing then but say why.
            return view(request, *args, **kwargs)
        request.upload_handlers = [OneFile(request)]
        return checked(request, *args, **kwargs)

    return limited


def _let_pass(request: HttpRequest) -> None:
    """Take in what is too large without keeping it: a browser that is still sending never reads the answer.

    For a minute at most, whatever its size. Who is not allowed to bring a file was turned away before.
    """
    until = time.monotonic() + MOST_SECONDS
    with suppress(UnreadablePostError):
        while time.monotonic() < until and request.read(PORTION):
            pass


def announces_too_much(request: HttpRequest) -> bool:
    """Whether the request says itself that it is larger than any file may be; none of it was read then."""
    said = request.META.get("CONTENT_LENGTH") or "0"
    return not said.isdecimal() or int(said) > settings.FILE_MB * 2**20 + OTHER_FIELDS


def problem_with(request: HttpRequest, *, needed: bool = True) -> str:
    """What is wrong with the file, as a sentence; without one only where it is ``needed``."""
    handler = next((each for each in request.upload_handlers if isinstance(each, OneFile)), None)
    if handler and handler.is_too_large:
        return too_large()
    if handler and handler.files > 1:
        return "File refused: bring one file at a time."
    return "Choose a file first." if needed and not request.FILES.get("file") else ""


def too_large() -> str:
    """The sentence for a file that is."""
    return f"File refused: it has more than {settings.FILE_MB} MB. Divide it."
