"""The matrix in its short form; all of it by `khoyte fault matrix`."""

from dataclasses import replace

import pytest
from django.db import connection

from khoyte.audit import chain, fhir
from khoyte.audit.conformance import problems
from khoyte.foundation.calendar import today
from khoyte.nonprod.matrix import table, world
from khoyte.nonprod.matrix.asking import Answer
from khoyte.nonprod.matrix.routes import routes
from khoyte.nonprod.matrix.trial import (
    Trial,
    Try,
    moved_by_others,
    plain,
    reaches,
    relations_of,
    sample,
    short,
    tries,
)
from khoyte.nonprod.matrix.words import clearances, forbidden_words, is_shown
from khoyte.standards import epochs, standard_on
from khoyte.submissions import province_queries
from khoyte.submissions.pages import visits as visit_pages
from khoyte.submissions.presenters import visits as presenter
from khoyte.units import tenancy


def found() -> list[tuple[str, str]]:
    beside = [(address, "") for address in table.BESIDE_THE_RESOLVER]
    return [(route.address, route.method) for route in routes()] + beside


def test_every_route_and_method_has_a_line() -> None:
    assert table.missing(found()) == []


def test_a_route_without_a_line_is_named_with_what_to_do() -> None:
    (sentence,) = table.missing([*found(), ("/api/v1/moi", "GET")])
    assert sentence.startswith("GET /api/v1/moi has no line in expected.csv: add one")
    (method,) = table.missing([*found(), ("/api/v1/ledger", "DELETE")])
    assert method.startswith("DELETE /api/v1/ledger has no line")


def test_a_line_without_a_route_is_named() -> None:
    fewer = [one for one in found() if one[0] != "/tinh"]
    assert table.missing(fewer) == ["expected.csv speaks of /tinh, which is no route any more."]


def test_every_line_can_be_read_by_an_auditor() -> None:
    for line in table.lines():
        assert len(line.sentence) > 20, line.name
        assert line.sentence.endswith("."), line.name
        assert line.record in ("none", "national", "visits") or line.otherwise, (
            f"{line.name} does not say what others get"
        )
    assert len({(line.name, line.record) for line in table.lines()}) == len(table.lines())


def test_every_field_that_identifies_a_person_has_a_line() -> None:
    named = set(clearances())
    for epoch in (*epochs(), today()):
        for spec in standard_on(epoch).tables.values():
            for field in spec.fields:
                assert not field.identifying or field.name in named, (
                    f"{field.name} identifies a person and has no line in fields.csv: add one that says who"
                    " sees it where, in the clear or masked."
                )


def test_numbers_that_open_doors_are_masked() -> None:
    prefixes = ("SO_CCCD", "MA_THE", "MA_BHXH", "MA_CHA", "MA_ME")
    numbers = {name for name in clearances() if name.startswith(prefixes)}
    assert len(numbers) == 9
    assert all(is_shown(name, "masked") for name in numbers)


def test_the_short_form_holds(matrix_world: tuple) -> None:
    made, asking = matrix_world
    trial = Trial(made)
    outcome = trial.run(short(tries(asking), seed=1))
    assert outcome.leaks == []
    assert outcome.faults == []
    assert outcome.tried > 1000
    assert min(outcome.allowed, outcome.refused, outcome.not_there, outcome.other_method) > 100


def test_what_could_leak_was_there_to_be_seen(matrix_world: tuple) -> None:
    """Every kind of planted word, in the clear or masked, is really shown to somebody who may see it."""
    made, asking = matrix_world
    chosen = [line for line in table.lines() if line.route in shown_at()]
    trial = Trial(made)
    sees = (
        *("facility of 97XQA", "facility_admin of 97XQA"),
        *("data_protection of 97XQA", "province_lead of 97"),
    )
    outcome = trial.run(
        one
        for one in tries([asker for asker in asking if asker.name in sees], chosen)
        if one.relation == "own" and one.method == "GET"
    )
    assert outcome.bad == 0
    # Requests for support are shown to their desk alone: khoyte/guidance/tests/test_support.py asks there.
    of_desk = {"@support", "@passed"}
    wanted = {what for what in clearances() if not is_shown(what, "never")}
    assert set(outcome.shown) | of_desk == wanted | of_desk


def shown_at() -> set[str]:
    desk = "/bao-ve-du-lieu"
    files = {f"{desk}/{kind}/<uuid:id>" for kind in ("yeu-cau", "dong-y", "vi-pham")}
    registers = {"/so-dang-ky/<slug:name>/<uuid:id>", "/tra-cuu/<slug:name>/<uuid:id>"}
    guidance = {"/tap-huan/buoi/<uuid:session>"}
    return (
        registers
        | guidance
        | {
            "/de-nghi-tai-khoan/<uuid:id>",
            "/sap-xep",
            "/luot-kham",
            "/hoat-dong/<str:code>",
            "/ra-soat-tai-khoan",
            "/luot-kham/<int:id>",
            "/api/v1/submissions/<id>",
            "/api/v1/webhook",
            *files,
        }
    )


def test_what_the_trial_finds_and_what_it_lets_pass(
    matrix_world: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, asking = matrix_world
    clerk = next(asker for asker in asking if asker.name == "facility of 97XQA")
    here, stranger = made.tenants["97XQA"], made.tenants["98XQC"]

    listed = {word.text for word in forbidden_words(made, clerk, "/goi-ho-so", served=True)}
    assert {stranger.submission, stranger.ma_lk, "Bệnh viện Mốc98XQC", "ẨnHO_TEN-98XQC"} <= listed
    assert {"ẨnHO_TEN-97XQA", "BệnhCHAN_DOAN_RV-97XQA"} <= listed, "persons stand on their own page alone"
    assert not {"Bệnh viện Mốc97XQA", here.submission} & listed
    visit = {word.text for word in forbidden_words(made, clerk, "/luot-kham/<int:id>", served=True)}
    assert not {"ẨnHO_TEN-97XQA", "BệnhCHAN_DOAN_RV-97XQA"} & visit
    assert here.number in visit, "masked even there"

    line = next(line for line in table.lines() if line.route == "/luot-kham/<int:id>")
    trial = Trial(made)
    assert trial.try_one(Try(line, clerk, "own", "GET"))
    monkeypatch.setattr(visit_pages, "PURPOSE", "intake.judge")
    assert not trial.try_one(Try(line, clerk, "own", "GET"))
    assert "intake.judge" in trial.outcome.faults[0]
    monkeypatch.setattr(presenter, "_MASKED", ())
    assert not trial.try_one(Try(line, clerk, "own", "GET"))
    assert any("shows SO_CCCD of 97XQA" in leak for leak in trial.outcome.leaks)

    cells = list(tries(asking))
    drawn = sample(cells, 50, seed=7)
    assert len(drawn) == 50
    assert drawn == sample(cells, 50, seed=7)
    assert sample(cells, 0, seed=7) == cells


def test_the_same_answer_is_told_apart_from_another() -> None:
    tenant = world.Tenant("97XQA", "97", {}, submission="01a21f8d-ce8b-73f1-b270-674541289ccc")
    one = Answer(404, {"X-Request-Id": "0A1B2C3D"}, f"không có {tenant.submission}, mã số 0A1B2C3D")
    two = replace(one, headers={}, text=f"không có {tenant.submission}, mã số FFFFFFFF")
    assert plain(one, tenant) == plain(two, tenant)
    assert plain(one, tenant) != plain(replace(one, status=403), tenant)
    assert plain(one, tenant) != plain(replace(one, text="không có, mã số 0A1B2C3D"), tenant)


def test_reach_covers_relations() -> None:
    def covered(reach: str) -> list[str]:
        return [name for name in world_relations if reaches(table.Cell(reach, 200), name)]

    world_relations = relations_of(next(line for line in table.lines() if line.record == "facility"))
    assert [covered(reach) for reach in ("no", "own", "province", "all")] == [
        [],
        ["own"],
        ["own", "neighbour"],
        ["own", "neighbour", "stranger"],
    ]
    assert len(covered("any")) == len(covered("yes")) == 5


def test_planted_values_are_each_their_own() -> None:
    values = [text for code in world.FACILITIES for text in world.planted(code).values()]
    assert len(values) == len(set(values))


def test_what_others_send_changes_nothing_of_ones_own(
    matrix_world: tuple, monkeypatch: pytest.MonkeyPatch
) -> None:
    made, asking = matrix_world
    few = [asker for asker in asking if asker.name in ("facility of 97XQA", "province of 97")]
    compared, moved = moved_by_others(made, few)
    assert moved == []
    assert compared > 60

    everywhere = province_queries._BY_DAY.replace("province = %s", "province = %s OR true")
    monkeypatch.setattr(province_queries, "_BY_DAY", everywhere)
    monkeypatch.setattr(tenancy, "_speaker", lambda *_: ("", "", "on", ""))
    _, moved = moved_by_others(made, [asker for asker in few if asker.kind == "province"])
    assert any(one.startswith("GET /tinh ") for one in moved), "counts of others were let in"


def test_every_entry_of_the_audit_log_is_exported_as_a_sound_event(matrix_world: tuple) -> None:
    """Of all that was done to make the world: registers, reorganisations, requests, papers, files."""
    events = [fhir.audit_event(line) for line in chain.lines(connection.connection)]
    assert len({event["subtype"][-1]["code"] for event in events}) > 20
    assert [problem for event in events for problem in problems(event)] == []
