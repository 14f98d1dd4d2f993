"""`/ke-hoach/dieu-hanh`: what is late, what will be, who waits for whom, on one page of A4.

`/ke-hoach/chuyen-cap`: what was told to which level.
"""

from collections.abc import Sequence
from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from khoyte.foundation.calendar import today as current_day
from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Fact, Link, Table
from khoyte.monitor import overview, queries
from khoyte.monitor import presenters as present
from khoyte.monitor.escalation import LEVELS, after_days
from khoyte.monitor.measures import ALL
from khoyte.monitor.overview import Brief
from khoyte.monitor.pages.plans import ROWS, page_of
from khoyte.monitor.standing import State
from khoyte.quality import presenters as quality_words
from khoyte.quality import queries as quality
from khoyte.submissions import province_queries
from khoyte.submissions.pages import files
from khoyte.units.policy import Actor, decide
from khoyte.units.queries import names_of as unit_names
from khoyte.units.web import READING, ActingRequest, guarded

# So that the whole stays on one page of paper; the rest is a link away.
SHOWN_LATE, SHOWN_COMING, SHOWN_MATTERS, SHOWN_UNITS = 4, 2, 2, 4
MOST_TOLD = 50_000  # lines of a sheet
# A sheet's name holds 28 letters; a title on the page may be longer.
LATE_SHEET = Text("Quá hạn, số liệu khác", "Late or disputed")
COMING_SHEET = Text("Sắp đến hạn, sẽ muộn", "Due soon, will be late")
QUALITY_SHEET = Text("Chất lượng theo chủ quản", "Quality by owner")


@guarded("plan.read", methods=READING)
def direction(request: ActingRequest) -> HttpResponse:
    today = current_day()
    actor = request.actor
    reading = queries.reading_of(actor, today)
    found = overview.briefs(actor, reading=reading)
    is_local = actor.unit_kind in ("facility", "province")
    if is_local:
        found = [one for one in found if one.mine]
    urgent = overview.by_urgency(found)
    late = [one for one in urgent if one.state in (State.DISPUTED, State.LATE)]
    coming = [one for one in urgent if one.state in (State.AT_RISK, State.SOON)]
    matters = queries.open_matters((one.pk for one in found), actor)

    scope = "don-vi" if is_local else "tat-ca"
    units = None if is_local else present.unit_counts(overview.leads_of(found, actor))
    sheets = request.GET.get("tai") == "xlsx"
    shown_late, shown_coming = (late, coming) if sheets else (late[:SHOWN_LATE], coming[:SHOWN_COMING])
    shown = [one.pk for one in (*shown_late, *shown_coming)]
    lines = {line.pk: line for line in queries.lines_of(shown, actor, reading=reading)}

    def words(some: Sequence[Brief]) -> list[queries.Line]:
        return [lines[one.pk] for one in some if one.pk in lines]

    counts = [*present.counts(found, scope), *_escalated(actor)]
    measures, work, quality_table = _measures(actor, reading), _work(actor), _quality(actor)
    if sheets:
        tables = [
            present.facts_table(Text("Tổng hợp", "In short"), "counts", counts),
            replace(present.tasks_sheet(words(late), today), title=LATE_SHEET),
            replace(present.tasks_sheet(words(coming), today), title=COMING_SHEET),
            *([present.leads_table(units, len(units))] if units is not None else []),
            present.matters_table(matters),
            present.facts_table(Text("Tiếp nhận, hàng đợi", "Intake, queues"), "work", work),
            present.facts_table(Text("Đo từ dữ liệu", "Measured"), "measures", measures),
            *([replace(quality_table, title=QUALITY_SHEET)] if quality_table else []),
        ]
        return files.sheet(request, "dieu-hanh", tables)
    context = {
        "counts": counts,
        "measures": measures,
        "late": present.urgent_table(words(late[:SHOWN_LATE]), today, State.LATE, len(late)),
        "coming": present.urgent_table(words(coming[:SHOWN_COMING]), today, State.SOON, len(coming)),
        "all_late": f"/ke-hoach?trang-thai={present.LATE_OR_DISPUTED}&pham-vi={scope}",
        "all_coming": f"/ke-hoach?trang-thai={present.COMING}&pham-vi={scope}",
        "units": present.leads_table(units, SHOWN_UNITS) if units is not None else None,
        "matters": matters[:SHOWN_MATTERS],
        "matters_count": len(matters),
        "work": work,
        "quality": quality_table,
        "settled_at": quality.settled_at(),
    }
    return render(request, "monitor/board.html", context)


def _escalated(actor: Actor) -> list[Fact]:
    """What has come to the level above."""
    level = {"facility": "province", "province": "department"}.get(actor.unit_kind, "minister")
    label = Text("Đã chuyển đến {level}", "Told to {level}").fill(level=LEVELS[level])
    return [Fact(label, queries.tasks_told(actor, level), "number", f"/ke-hoach/chuyen-cap?cap={level}")]


def _quality(actor: Actor) -> Table | None:
    """The six words of the databases that run here by owner, each opening to what fails."""
    if not decide(actor, "register.quality"):
        return None
    scope, provinces = quality.scope_of(actor), actor.unit_kind not in ("facility", "province")
    weakest = {} if actor.facility else quality.weakest(scope, provinces=provinces)
    names = unit_names({one.unit for one in weakest.values()})
    parameter = "tinh" if provinces else "co-so"
    return quality_words.owners_table(quality.totals(scope), weakest, names, parameter)


def _measures(actor: Actor, reading: queries.Reading) -> list[Fact]:
    """The measured figures, each opening to where its records are; those of nothing are left out."""
    places = {
        "facilities": "/so-dang-ky/facilities",
        "practitioners": "/so-dang-ky/practitioners",
        "pharmacies": "/so-dang-ky/pharmacies",
        "databases": "/so-dang-ky/databases",
    }
    facts = []
    for measure in ALL:
        found = reading.count(measure.name)
        if found is None or (found.total in (0, None) and not found.done):
            continue
        href = places.get(measure.name.partition("_")[0], "") if decide(actor, "register.read") else ""
        note = Text("trên {n}", "of {n}").fill(n=present.formats.number(found.total)) if found.total else ""
        facts.append(Fact(measure.label, found.done, "number", href, note))
    return facts


def _work(actor: Actor) -> list[Fact]:
    """The intake of the day and the queues, within what the transaction shows, each opening to its list."""
    day = current_day()
    scope = queries.scope_of(actor)
    taken = province_queries.by_day(day, day, province=scope.province, facility=scope.facility)
    came = taken.get(day, province_queries.Day())
    places = (("/tinh", "province_day.read"), ("/goi-ho-so", "submission.read"))
    address = next((place for place, action in places if decide(actor, action)), "")
    judged = came.accepted + came.rejected
    facts = [
        Fact(Text("Gói hồ sơ nhận hôm nay", "Files received today"), came.files, "number", address),
        Fact(Text("Gói chờ kiểm tra", "Files waiting"), came.waiting, "number", address),
    ]
    if judged:
        facts.append(
            Fact(Text("Hồ sơ đạt hôm nay", "Accepted today"), came.accepted / judged, "share", address)
        )
    waiting, overdue = queries.reviews_waiting(scope, day)
    reviews = "/ra-soat" if decide(actor, "register.review") else ""
    return [
        *facts,
        Fact(Text("Hồ sơ chờ rà soát", "Records waiting for review"), waiting, "number", reviews),
        Fact(Text("Quá hạn rà soát", "Overdue reviews"), overdue, "number", reviews),
    ]


@guarded("plan.read", methods=READING)
def escalated(request: ActingRequest) -> HttpResponse:
    """What was told to a level above, newest first, and after how many days each level hears."""
    asked = request.GET.get("cap", "")
    level = asked if asked in LEVELS else ""
    found = queries.escalations(request.actor, level=level)
    if request.GET.get("tai") == "xlsx":
        return files.sheet(request, "chuyen-cap", [present.escalations_table(list(found[:MOST_TOLD]))])
    address = f"?cap={level}&tai=xlsx" if level else "?tai=xlsx"
    pages, start = page_of(request, found.count())
    context = {
        "table": present.escalations_table(
            list(found[start : start + ROWS]), (Link(address, "XLSX"),), pages
        ),
        "level": level,
        "levels": list(LEVELS.items()),
        "days": [(LEVELS[name], days) for name, days in after_days(current_day()).items()],
    }
    return render(request, "monitor/escalated.html", context)
