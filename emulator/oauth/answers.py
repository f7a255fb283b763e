"""The forms in which the authorization host answers (CC reference, section 3.11)."""

import json
from collections.abc import Mapping
from typing import Any

from werkzeug import Response


def json_answer(body: Any, status: int = 200) -> Response:
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Response(json.dumps(body), status, headers, content_type="application/json")


def okta_error(status: int, code: str, summary: str) -> Response:
    body = {"errorCode": code, "errorSummary": summary, "errorLink": code, "errorId": "oae0000000", "errorCauses": []}
    return json_answer(body, status)


def empty(status: int, headers: Mapping[str, str] | None = None) -> Response:
    """Zero bytes and no Content-Type."""
    answer = Response(status=status, headers=headers)
    answer.headers.pop("Content-Type", None)
    return answer
