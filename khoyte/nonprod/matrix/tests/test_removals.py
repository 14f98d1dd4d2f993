"""Filters are found, taken away and put back; some of them for real here, all by `khoyte fault matrix`."""

import json
from typing import Any

from khoyte.monitor import measures
from khoyte.nonprod.matrix.figures import together
from khoyte.nonprod.matrix.filters import Site, sites, without
from khoyte.nonprod.matrix.removals import ALL, Removals, Share, _baseline, not_walls, try_removals
from khoyte.nonprod.matrix.table import lines
from khoyte.nonprod.matrix.trial import Trial, short, tries
from khoyte.quality import queries as quality
from khoyte.submissions import province_queries, queries
from khoyte.units import policy

# What keeps apart the records people ask for most, and one of each shape: a question to the policy, a
# condition of a query, the same in SQL, a comparison inside the policy, a line of the access table, a mask.
TAKEN = (
    # submissions: one, list
    "submissions.queries.submission: decide(actor, 'submission.read', facts)",
    "submissions.queries.visible: facility__in=actor.units",
    "submissions.queries.visible: province__in=actor.provinces",
    # reports and exports of one
    "submissions.queries.findings: submission=found",
    "submissions.reports._ROWS: f.submission_id = %s",
    # ledger
    "submissions.queries._ledger_scope: facility__in=actor.units",
    "submissions.queries._ledger_scope: province__in=actor.provinces",
    # visits: list, one
    "visits.queries.find: facility__in=(wanted.facility, *wanted.before)",
    "visits.queries.visit_for: decide(actor, 'visit.read', facts)",
    # the day of a province
    "submissions.province_queries._BY_FACILITY: province = %s",
    # webhook, uploads
    "links.queries.webhook_of: unit=actor.unit_code",
    "submissions.uploads.upload_of: sender_unit=by.unit_code",
    # desk of data protection, copy handed out
    "protection.queries.requests: unit__in=actor.units",
    "protection.queries.request: unit__in=actor.units",
    "protection.queries.consents: unit__in=actor.units",
    "protection.queries.consent: unit__in=actor.units",
    "protection.queries.breaches: unit__in=actor.units",
    "protection.queries._within: facility__in=actor.units",
    # indicators
    "warehouse.pages._scope: facility=actor.facility",
    "warehouse.pages._scope: province=actor.province",
    "warehouse.answering._in_scope: table.facility == scope.facility",
    "warehouse.answering._in_scope: table.province == scope.province",
    # registers: list, one, as it was, writing, review
    "registers.queries.visible: facility__in=actor.units",
    "registers.queries.visible: province__in=actor.provinces",
    "registers.queries.may_read: decide(actor, 'register.read', facts)",
    "registers.queries._BACK_THEN: facility = %(facility)s",
    "registers.queries._BACK_THEN: province = %(province)s",
    "registers.tenants.Tenants.may_write: decide(self.by, right, owner)",
    "registers.queries.waiting_cases: facility__in=actor.units",
    "registers.queries.waiting_cases: province__in=actor.provinces",
    # plans and the survey of databases, what is done about a registration, taking a record back
    "monitor.queries.of_reader: facility__in=actor.units",
    "monitor.queries.of_reader: province__in=actor.provinces",
    "practice.pages.registrations._to_write: decide(actor, 'register.write', queries.facts_of(one, actor))",
    "registers.actions.locked: decide(by, action, facts_of(record, by))",
    # the policy itself, masks
    "units.policy._related: facts.facility in actor.units is True",
    "units.policy.PERMISSIONS: visit.read own is held by everybody",
    "submissions.presenters.visits._MASKED: SO_CCCD",
)
ROUTES = (
    *("/goi-ho-so", "/goi-ho-so/<uuid:id>", "/goi-ho-so/<uuid:id>/ket-qua.<str:kind>"),
    *("/api/v1/submissions", "/api/v1/submissions/<id>/findings", "/api/v1/submissions/<id>/report.csv"),
    *("/api/v1/ledger", "/luot-kham", "/luot-kham/<int:id>", "/tinh", "/chi-so/<str:name>"),
    *("/api/v1/webhook", "/api/v1/uploads/<uuidstr:id>"),
    *(
        "/bao-ve-du-lieu",
        "/bao-ve-du-lieu/yeu-cau/<uuid:id>",
        "/bao-ve-du-lieu/yeu-cau/<uuid:id>/ban-sao.xlsx",
    ),
    *("/bao-ve-du-lieu/dong-y", "/bao-ve-du-lieu/dong-y/<uuid:id>", "/bao-ve-du-lieu/vi-pham/<uuid:id>"),
    *("/so-dang-ky/<slug:name>", "/so-dang-ky/<slug:name>/<uuid:id>", "/ra-soat"),
    *("/api/v1/registers/<name>/records", "/api/v1/registers/<name>/records/<id>"),
    *("/so-dang-ky/<slug:name>/<uuid:id>/viec", "/dang-ky-hanh-nghe/<uuid:id>"),
    *("/ke-hoach/<int:task>", "/ke-hoach/khao-sat", "/ke-hoach/chuyen-cap"),
)
BEHIND = 6


def named(name: str) -> Site:
    return next(site for site in sites() if site.name == name)


def test_filters_of_every_shape_are_found() -> None:
    kinds = {site.kind for site in sites()}
    assert kinds == {"owner", "alive", "question", "sql", "comparison", "permission", "mask"}
    assert len(sites()) > 140
    for name in TAKEN:
        assert named(name)


def test_places_that_are_no_walls_stand_in_the_code_and_say_why() -> None:
    gone = set(not_walls()) - {site.name for site in sites()}
    assert gone == set(), "not_walls.csv speaks of places that are there no more"
    assert all(len(reason) > 20 for reason in not_walls().values())


def test_a_filter_is_taken_away_and_put_back() -> None:
    code, statement, table = queries.visible.__code__, province_queries._BY_FACILITY, policy.PERMISSIONS
    with without(named("submissions.queries.visible: facility__in=actor.units")):
        assert code is not queries.visible.__code__
    with without(named("submissions.province_queries._BY_FACILITY: province = %s")):
        assert "(province = %s OR true)" in province_queries._BY_FACILITY
    with without(named("units.policy.PERMISSIONS: visit.read own is held by everybody")):
        assert len(policy.PERMISSIONS) == len(table)
        assert policy.PERMISSIONS is not table
    assert queries.visible.__code__ is code
    assert (statement, table) == (province_queries._BY_FACILITY, policy.PERMISSIONS)


def test_what_was_made_of_a_constant_when_it_was_loaded_is_made_anew_and_put_back() -> None:
    """Also where another module has imported it by its name, and through functions that read it."""
    totals, known = quality._TOTALS, measures.MEASURES
    with without(named("quality.queries._SEEN: facility = ANY(%(facilities)s)")):
        assert "(facility = ANY(%(facilities)s) OR true)" in quality._TOTALS
        assert "OR true" in quality._WEAKEST_UNIT, "made by a function that reads it"
    with without(named("monitor.measures._WHERE: {0}.province = %(province)s")):
        assert measures.MEASURES["practitioners_declared"] is not known["practitioners_declared"]
        assert "OR true" in measures._UNITS
    assert (totals, known) == (quality._TOTALS, measures.MEASURES)


def test_a_share_of_the_work_is_taken_by_one_process_alone() -> None:
    things = list(range(7))
    shares = [Share(part, 3).of(things) for part in range(3)]
    assert sorted(one for share in shares for one in share) == things
    assert ALL.of(things) == things


def _part(**found: Any) -> dict[str, Any]:
    lists = ("leaks", "faults", "moved", "in_sql", "removals", "not_noticed", "shown_through", "without_line")
    counts = {"cells": 3, "allowed": 2, "taken_away": 4, "noticed": 3}
    found = {"tables": 7} | found
    timed = {"cells": 1.0, "all": found.pop("seconds", 2.0)}
    return {name: [] for name in lists} | {"routes": 9, "counts": counts, "seconds": timed} | found


def test_figures_of_several_processes_are_added_up() -> None:
    figures = together(
        [_part(leaks=["a"], not_noticed=["z"]), _part(moved=["b"], not_noticed=["c"], seconds=5.0)]
    )
    assert (figures["cells"], figures["allowed"], figures["routes"]) == (6, 4, 9)
    assert (figures["leaks"], figures["faults"], figures["examples"]) == (1, 1, ["a", "b"])
    assert figures["filters"]["not_noticed_names"] == ["c", "z"]
    assert (figures["filters"]["taken_away"], figures["filters"]["noticed"]) == (8, 6)
    assert (figures["processes"], figures["seconds"]) == (2, 5.0)


def test_every_filter_can_be_taken_away() -> None:
    for site in sites():
        with without(site):
            pass


def test_a_missing_filter_is_noticed_and_the_wall_behind_it_holds(matrix_world: tuple) -> None:
    """The named filters one by one, without row-level security and then with it."""
    made, asking = matrix_world
    chosen = [line for line in lines() if line.route in ROUTES]
    cells = [cell for cell in short(tries(asking, chosen), seed=3) if cell.known and cell.method != "HEAD"]
    # What was asked before must not hide a filter: an indicator keeps its statements.
    Trial(made).run([cell for cell in cells if cell.line.route == "/chi-so/<str:name>"])
    _check_shares(made, [cell for cell in cells if cell.line.route == "/luot-kham/<int:id>"])
    removals = try_removals(made, cells, [named(name) for name in TAKEN], behind=BEHIND)
    assert removals.alone == [], "the application alone does not hold"
    assert removals.not_caught == []
    assert removals.shown_through == []
    assert (removals.filters, removals.caught) == (len(TAKEN), len(TAKEN))
    assert removals.behind_the_wall >= 20


def _check_shares(made: Any, cells: list) -> None:
    """Two processes that tell each other find together what one finds."""
    chosen = [named("visits.queries.visit_for: decide(actor, 'visit.read', facts)")]
    told: list[Any] = []
    for part in range(2):
        _coming(made, cells, chosen, Share(part, 2, lambda found: told.append(_sent(found)) or []))
    together_found = _coming(made, cells, chosen, Share(0, 2, lambda ways: told))
    assert together_found == _coming(made, cells, chosen, ALL)
    assert together_found[chosen[0]]


def _sent(found: Any) -> Any:
    """As the other process reads it."""
    return json.loads(json.dumps(found))


def _coming(made: Any, cells: list, chosen: list[Site], share: Share) -> dict:
    return _baseline(made, cells, chosen, Removals(), lambda line: None, share)
