"""dlt, the tool an engineer would pick instead: ``python -m bench.beside BASE`` loads the same pages into PostgreSQL.

It merges on contact_id, as somebody would have it who runs it again every day. DATABASE_URL names the database. Prints
one line of JSON. Nothing but the two addresses is talked to: telemetry is off.
"""

import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from typing import Any

import requests

from bench.measure import peak_memory
from bench.still import FIRST, cursor_in

SETTINGS = {
    "RUNTIME__DLTHUB_TELEMETRY": "false",
    "RUNTIME__LOG_LEVEL": "CRITICAL",
    "DO_NOT_TRACK": "1",
}


def pages(base: str) -> Iterator[list[dict[str, Any]]]:
    """The contacts of one page after the other."""
    session = requests.Session()
    params: dict[str, str] | None = dict(FIRST["/v3/contacts"])
    while params is not None:
        answer = session.get(f"{base}/v3/contacts", params=params, timeout=60)
        answer.raise_for_status()
        body = answer.json()
        yield body["contacts"]
        cursor = cursor_in(body)
        params = {"cursor": cursor} if cursor else None


def main(base: str) -> None:
    with tempfile.TemporaryDirectory(prefix="ccadmin-bench-") as folder:
        os.environ |= SETTINGS | {"DLT_DATA_DIR": folder}
        import dlt

        @dlt.resource(name="contacts", primary_key="contact_id", write_disposition="merge")
        def contacts() -> Iterator[list[dict[str, Any]]]:
            yield from pages(base)

        destination = dlt.destinations.postgres(os.environ["DATABASE_URL"].replace("postgres://", "postgresql://"))
        pipeline = dlt.pipeline("beside", pipelines_dir=folder, destination=destination, dataset_name="beside")
        began = time.perf_counter()
        pipeline.run(contacts())
        seconds = time.perf_counter() - began
        with pipeline.sql_client() as client:
            ((number,),) = client.execute_sql("SELECT count(*) FROM contacts") or ((0,),)
    print(json.dumps({"seconds": seconds, "contacts": number, "memory": peak_memory()}))


if __name__ == "__main__":
    main(sys.argv[1])
