"""One side of `khoyte bench outbox`: empties its table once it is told to, and says how many it did.

`python -m khoyte.nonprod.bench.outbox_process ours|floor [ADDRESS]`; the database's URL comes on the first
line of the input. Without an address the receiver answers at once, inside this process.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

BATCH = 100


def main(side: str, address: str) -> None:
    url = sys.stdin.readline().strip()
    empty = _ours(address) if side == "ours" else _floor(url, address)
    print("ready", flush=True)
    sys.stdin.readline()
    print(json.dumps({"messages": empty()}), flush=True)


def _floor(url: str, address: str) -> Any:
    """The least any outbox must do: claim, post, mark, commit."""
    import http.client

    import orjson
    import psycopg

    connection = psycopg.connect(url)
    host = address.removeprefix("http://")

    def post(rows: Sequence[tuple[int, str, Any]]) -> None:
        talk = http.client.HTTPConnection(host)
        messages = [_plain(*row) for row in rows]
        talk.request("POST", "/v1/batches", orjson.dumps({"messages": messages}))
        answer = talk.getresponse()
        if answer.status != 200 or len(orjson.loads(answer.read())["results"]) != len(rows):
            raise RuntimeError("not taken")
        talk.close()

    def empty() -> int:
        done = 0
        while True:
            rows = connection.execute(
                "SELECT number, subject, payload FROM bench.message WHERE done_at IS NULL"
                " ORDER BY number LIMIT %s FOR UPDATE SKIP LOCKED",
                [BATCH],
            ).fetchall()
            if rows and host:
                post(rows)
            connection.execute(
                "UPDATE bench.message SET done_at = now() WHERE number = ANY(%s)", [[row[0] for row in rows]]
            )
            connection.commit()
            if not rows:
                return done
            done += len(rows)

    return empty


def _plain(number: int, subject: str, payload: Any) -> dict[str, Any]:
    from khoyte.links.feeds import digest_of

    return {
        "id": str(number),
        "sequence": number,
        "kind": "bench",
        "subject": subject,
        "bucket": "00",
        "digest": digest_of(payload),
        "payload": payload,
    }


def _ours(address: str) -> Any:
    from khoyte.edges.setup import set_up_django

    set_up_django("worker")
    from django.conf import settings

    from khoyte.foundation.language import Text
    from khoyte.links import feeds, sending
    from khoyte.links.connectors import CONNECTORS
    from khoyte.links.connectors.batches import Held, Verdict
    from khoyte.links.connectors.datacentre import DataCentre
    from khoyte.links.connectors.line import Reply
    from khoyte.links.destinations import Place

    class Source:
        kind = "bench"

        def read(self, wanted: Sequence[tuple[str, int]]) -> Mapping[str, Any]:
            return {s: {"name": f"Đồ vật {s[1:]}", "colour": "xanh"} for s, _ in wanted}

        def now(self, subjects: Sequence[str]) -> list[Any]:
            return []

        def current(self, since: date | None) -> Any:
            return iter(())

    class AtOnce(DataCentre):
        """Applies and shows what it was sent."""

        def send(self, line: Any, sendings: Any) -> Any:
            self.held = {one.subject: Held(one.number, one.digest) for one in sendings}
            return Reply(200), {one.message_id: Verdict(True) for one in sendings}

        def read_back(self, line: Any, subjects: Any) -> Any:
            return Reply(200), self.held

    carries = {"thing_name": "name", "thing_colour": "colour"}
    feeds.announce(Source(), feeds.Feed("datacentre", "bench", Text("", ""), "", carries))
    settings.EXCHANGE = {"datacentre": Place("datacentre", address or "http://127.0.0.1:1")}
    if not address:
        CONNECTORS["datacentre"] = AtOnce()

    def empty() -> int:
        done = 0
        while took := sending.drain("datacentre"):
            done += took
        return done

    return empty


if __name__ == "__main__":
    main(*sys.argv[1:3])
