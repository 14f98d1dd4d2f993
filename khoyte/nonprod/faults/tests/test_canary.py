"""Looking for canaries: every way of writing is found, nothing else is. The drill in its short form."""

import base64
import gzip
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from khoyte.nonprod.faults.canary.control import WAYS, plant_controls
from khoyte.nonprod.faults.canary.drill import run_canary_drill
from khoyte.nonprod.faults.canary.knocking import Caller, Knock
from khoyte.nonprod.faults.canary.planting import KINDS, invent
from khoyte.nonprod.faults.canary.searching import Place, Search, files_below
from khoyte.nonprod.faults.canary.spellings import SHORTEST, WRITERS, forms, spellings

CANARIES = invent(70, seed=5)
SEARCH = Search(CANARIES)
NAME = next(canary for canary in CANARIES if canary.kind == "name")


def seen(content: bytes) -> set[int]:
    return {sighting.canary.number for sighting in SEARCH.look([Place("here", content)])}


def test_the_same_seed_gives_the_same_canaries_all_different_in_every_kind():
    assert invent(70, seed=5) == CANARIES
    assert len({canary.value for canary in CANARIES}) == 70
    assert {canary.kind for canary in CANARIES} == set(KINDS)
    assert invent(7, seed=6) != invent(7, seed=5)


def test_no_canary_is_anybody():
    for canary in CANARIES:
        if canary.kind == "personal number":
            assert canary.value.startswith("999")


@pytest.mark.parametrize("writer", WRITERS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_found_in_every_spelling(kind: str, writer: str):
    canary = next(one for one in CANARIES if one.kind == kind)
    for text in forms(canary.value).values():
        assert seen(b"before " + WRITERS[writer](text) + b" after") == {canary.number}


@settings(max_examples=60, deadline=None)
@given(
    canary=st.sampled_from(CANARIES),
    before=st.binary(max_size=40),
    after=st.binary(max_size=40),
    form=st.sampled_from(("NFC", "NFD", "capitals", "small")),
)
def test_it_is_found_inside_base64_wherever_it_begins(canary, before: bytes, after: bytes, form: str):
    hidden = before + forms(canary.value)[form].encode() + after
    assert canary.number in seen(base64.b64encode(hidden))
    assert canary.number in seen(b"x" + base64.urlsafe_b64encode(hidden))


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_nothing_is_found_where_nothing_is(content: bytes):
    assert seen(content) == set()


def test_part_of_a_canary_is_none():
    assert seen(NAME.value.encode()[:-2]) == set()


def test_one_is_found_across_the_edges_of_pieces():
    for place in range(2**20 - 4200, 2**20 + 60, 97):
        assert NAME.number in seen(b"." * place + NAME.value.encode() + b"." * 5000)


def test_no_spelling_is_so_short_that_chance_would_write_it():
    for canary in CANARIES:
        assert all(len(spelled) >= SHORTEST for spelled in spellings(canary.value))


def test_files_are_opened_where_they_are_packed_and_some_folders_left_out(tmp_path):
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "a").write_bytes(NAME.value.encode())
    (tmp_path / "b.gz").write_bytes(gzip.compress(NAME.value.encode()))
    places = files_below(tmp_path, without=[tmp_path / "blobs"])
    assert [one.where for one in SEARCH.look(places)] == ["b.gz unpacked"]


def test_the_control_group_is_found_whole(tmp_path):
    folders = tmp_path / "logs", tmp_path / "tmp"
    for folder in folders:
        folder.mkdir()

    def look_for(canaries, where):
        return Search(canaries).look(place for folder in where for place in files_below(folder))

    planted, found = plant_controls(*folders, seed=1, look_for=look_for)
    assert found == planted
    assert set(WAYS) < planted


def test_a_search_that_misses_or_finds_too_much_fails_the_control(tmp_path):
    planted, found = plant_controls(tmp_path, tmp_path, seed=1, look_for=lambda canaries, where: [])
    assert planted
    assert found == set()

    def everything(canaries, where):
        return [found for one in canaries for found in Search([one]).look([Place("", one.value.encode())])]

    _, found = plant_controls(tmp_path, tmp_path, seed=1, look_for=everything)
    assert found == set()


class Parrot(BaseHTTPRequestHandler):
    """Refuses and repeats what it refuses, as no server should."""

    def do_GET(self):
        self.send_response(404, "Not Found")
        self.end_headers()
        self.wfile.write(b"no such thing: " + self.path.encode())

    def log_message(self, *_):
        """Quiet."""


def test_an_answer_that_repeats_is_kept_and_found():
    with HTTPServer(("127.0.0.1", 0), Parrot) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        caller = Caller(f"http://127.0.0.1:{server.server_address[1]}")
        written = WRITERS["percent"](NAME.value).decode()
        answer = caller.ask(Knock(target=f"/x?q={written}", own=True), door="path")
        server.shutdown()
    assert answer.status == 404
    found = SEARCH.look(caller.told)
    assert [(one.canary, one.where) for one in found] == [(NAME, "answer 404 at the door path")]


@pytest.mark.drill
@pytest.mark.timeout(900)
def test_nothing_planted_lies_outside_blobs_and_database():
    document = run_canary_drill(n=28, seed=14)
    figures = document["figures"]
    assert figures["leaks"] == []
    assert figures["control_missed"] == []
    assert figures["control_found"] == figures["control_planted"] > 20
    assert all(figures["errors_logged"].values()), figures["errors_logged"]
    assert figures["judged"] > 20
    assert figures["webhook_calls"] > 0
    assert len(figures["carried"]) == figures["doors"] > 20
    assert {"401", "403", "404", "422", "500", "503"} <= set(figures["answers"])
    assert document["holds"]
