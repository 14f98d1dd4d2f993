"""One invented dossier: the rows of its tables, and their text in the layout of the standard of its day."""

from __future__ import annotations

from dataclasses import dataclass, field

import pybase64

from khoyte.nonprod.generator.episode import Desk, Episode, plan
from khoyte.nonprod.generator.forms import Forms
from khoyte.nonprod.generator.lines import Orders, write_orders
from khoyte.nonprod.generator.money import settle
from khoyte.nonprod.generator.papers import Row, paper_rows
from khoyte.nonprod.generator.special import special_rows
from khoyte.nonprod.generator.summary import note_rows, summary_row

# Below 15 % of the base salary (2,340,000 đồng from 2024-07-01) a visit is paid in full; so is any visit to a
# commune station (Law on Health Insurance, Art. 22(1)).
FULL_PAYMENT_BELOW = 35_100_000  # hundredths of a đồng


@dataclass
class Dossier:
    """Rows by table in the order in which the tables are sent."""

    ma_lk: str
    facility: str
    forms: Forms
    tables: dict[str, list[Row]]
    episode: Episode = field(repr=False)
    before: str | None = None  # MA_LK of the dossier before it in the file, when that one is sound


def draw_dossier(desk: Desk, day: int, place_in_file: int, form: str | None = None) -> Dossier:
    """A whole dossier of the facility whose care ends on the day; complete and free of findings."""
    episode = plan(desk, day, form)
    orders = write_orders(desk.rng, episode)
    summary = settled_summary(episode, orders, place_in_file, day)
    tables = {
        **visit_tables(summary, orders, note_rows(desk.rng, episode)),
        **special_rows(desk.rng, episode, summary),
        **paper_rows(desk.rng, episode, orders, summary),
    }
    filled = {name: tables[name] for name in sorted(tables, key=_order) if tables[name]}
    return Dossier(episode.ma_lk, episode.facility.code, episode.forms, filled, episode)


def settled_summary(episode: Episode, orders: Orders, place_in_file: int, day: int) -> Row:
    """Fill the money of every line; the summary row that adds them up."""
    totals = settle(orders.lines, _benefit(episode, sum(line.insured for line in orders.lines)))
    return summary_row(episode, orders, totals, place_in_file, day)


def visit_tables(summary: Row, orders: Orders, notes: list[Row]) -> dict[str, list[Row]]:
    """The five tables that tell a visit."""
    return {
        "XML1": [summary],
        "XML2": [line.row for line in orders.drugs],
        "XML3": [line.row for line in orders.services],
        "XML4": orders.results,
        "XML5": notes,
    }


def _order(table: str) -> int:
    return int(table[3:])


def _benefit(episode: Episode, insured_amount: int) -> int:
    if not episode.person.insured:
        return 0
    small = insured_amount < FULL_PAYMENT_BELOW
    return 100 if small or episode.facility.profile_name == "station" else episode.person.benefit


def table_text(forms: Forms, table: str, rows: list[Row]) -> str:
    """The inner document of one table; values must already be escaped (invented ones never need it)."""
    form = forms.tables[table]
    body = "".join([form.row % tuple([row.get(name, "") for name in form.names]) for row in rows])
    return f"{form.before}{body}{form.after}"


def part_text(table: str, inner: str) -> str:
    """FILEHOSO: one table, base64."""
    content = pybase64.b64encode(inner.encode()).decode("ascii")
    return f"<FILEHOSO><LOAIHOSO>{table}</LOAIHOSO><NOIDUNGFILE>{content}</NOIDUNGFILE></FILEHOSO>"


def dossier_text(dossier: Dossier) -> str:
    """HOSO: every table of the dossier."""
    parts = [part_text(name, table_text(dossier.forms, name, rows)) for name, rows in dossier.tables.items()]
    return f"<HOSO>{''.join(parts)}</HOSO>"
