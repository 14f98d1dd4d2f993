"""Check-in files (CHI_TIEU_TRANG_THAI_KCB): the first cost of each visit, sent on the day of arrival."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from khoyte.nonprod.generator.dossier import Dossier, draw_dossier
from khoyte.nonprod.generator.episode import EMERGENCY
from khoyte.nonprod.generator.forms import forms_on
from khoyte.nonprod.generator.moments import day8
from khoyte.nonprod.generator.papers import Row
from khoyte.nonprod.generator.submissions import DEFAULT_START, choose_facilities, make_desk, share_out

_COPIED = (
    "MA_LK", "MA_BN", "HO_TEN", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "MA_THE_BHYT", "MA_DKBD", "GT_THE_TU",
    "GT_THE_DEN", "MA_DOITUONG_KCB", "NGAY_VAO", "NGAY_VAO_NOI_TRU", "LY_DO_VNT", "MA_LOAI_KCB", "MA_CSKCB",
)  # fmt: skip


def generate_checkins(
    visits: int,
    seed: int,
    out: Path,
    facilities: int | Sequence[str] | None = None,
    start_date: date | None = None,
    days: int | None = None,
    share: float = 1.0,
) -> list[Path]:
    """Check-ins of a share of the visits that `generate_submissions` writes for the same arguments.

    One file per facility and day of arrival, named like 99001_20261105_checkin.xml. Emergencies have none.
    """
    out.mkdir(parents=True, exist_ok=True)
    rows: dict[tuple[str, int], list[Row]] = defaultdict(list)
    desks = {f.code: make_desk(f, seed) for f in choose_facilities(facilities)}
    tasks = share_out(visits, choose_facilities(facilities), start_date or DEFAULT_START, days or 1)
    for task in tasks:
        for place in range(1, task.visits + 1):
            dossier = draw_dossier(desks[task.facility.code], task.day, place)
            if place <= round(task.visits * share) and dossier.episode.route != EMERGENCY:
                rows[dossier.facility, dossier.episode.arrival // 1440].append(checkin_row(dossier))
    return [_write(out, code, day, day_rows) for (code, day), day_rows in sorted(rows.items())]


def checkin_row(dossier: Dossier) -> Row:
    """The check-in of a visit: who came and what was ordered first."""
    summary = dossier.tables["XML1"][0]
    row = {name: summary.get(name, "") for name in _COPIED}
    if "XML3" in dossier.tables:
        first = dossier.tables["XML3"][0]
        row |= {name: first[name] for name in ("MA_DICH_VU", "TEN_DICH_VU", "NGAY_YL")}
    else:
        first = dossier.tables["XML2"][0]
        row |= {name: first[name] for name in ("MA_THUOC", "TEN_THUOC", "NGAY_YL")}
    return row


def _write(out: Path, facility: str, day: int, rows: list[Row]) -> Path:
    form = forms_on(day).tables["CHECKIN"]
    texts = []
    for place, row in enumerate(rows, start=1):
        row["STT"] = str(place)
        texts.append(form.row % tuple(row.get(name, "") for name in form.names))
    # The signature of a check-in file stands after the list, inside the root.
    after = form.after.replace("</CHI_TIEU", "<CHUKYDONVI></CHUKYDONVI></CHI_TIEU", 1)
    path = out / f"{facility}_{day8(day)}_checkin.xml"
    path.write_text(f"{form.before}{''.join(texts)}{after}", encoding="utf-8")
    return path
