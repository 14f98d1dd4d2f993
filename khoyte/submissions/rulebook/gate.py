"""V-050, the licence gate: orders, services, results and signatures against the register of practice.

Everybody whom a line names by licence number is judged as of the minute of the line (papers: of their day).
In four parts. V-050a: nobody of that licence is in the register: our gap, so it is never a finding but
counted as not judged. V-050b: licensed, but outside the place, the days, the hours or the scope registered.
V-050c: the licence was suspended, revoked, expired or not yet valid. V-050d: on the day of admission the
facility's own operating licence was suspended as a whole or revoked. The day of admission decides: whoever
lies there already when a suspension begins must be treated or moved, and that care is lawful.

The register is a fact (`register:practice`, a `practice.standing.Practice`). Of several people on a line
(A;B) the first in trouble speaks for it, in each of V-050b and V-050c.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from khoyte.foundation.language import Text
from khoyte.practice.hours import DAY, WEEK
from khoyte.practice.may_practise import Licence, LicenceAct, Registration
from khoyte.practice.standing import Holder, Practice, Standing, licence_key, standing_of
from khoyte.rules import Example, Expression, F, H, custom, rule
from khoyte.rules.steps import by_distinct
from khoyte.submissions.rulebook.levels import WARNED

REGISTER = "register:practice"
LEGAL = (
    "Luật Khám bệnh, chữa bệnh số 15/2023/QH15, Điều 7, Điều 19 và Điều 36; Nghị định 96/2023/NĐ-CP, Điều 29"
)
SCOPE_LEGAL = "Thông tư 32/2023/TT-BYT, Điều 11 và các phụ lục về phạm vi hành nghề"


@dataclass(frozen=True)
class Gated:
    """A field that names people by licence number, and the field with the minute, or day, of their act."""

    table: str
    people: str
    moment: str
    by_hours: bool = True
    orders_drugs: bool = False


# Papers are signed when the doctor comes to it: their day counts, not the hour. MA_TTDV is not among them:
# who signs for the facility does not practise by it, and the field also holds numbers that are no licences.
GATED = (
    Gated("XML2", "MA_BAC_SI", "NGAY_YL", orders_drugs=True),
    Gated("XML3", "MA_BAC_SI", "NGAY_YL"),
    Gated("XML3", "NGUOI_THUC_HIEN", "NGAY_TH_YL"),
    Gated("XML4", "MA_BS_DOC_KQ", "NGAY_KQ"),
    Gated("XML5", "NGUOI_THUC_HIEN", "THOI_DIEM_DBLS"),
    Gated("XML7", "MA_BS", "NGAY_CT", by_hours=False),
    Gated("XML10", "MA_BS", "NGAY_CT", by_hours=False),
    Gated("XML11", "MA_BS", "NGAY_CT", by_hours=False),
    Gated("XML13", "MA_BAC_SI", "NGAY_RA", by_hours=False),
    Gated("XML14", "MA_BAC_SI", "NGAY_CT", by_hours=False),
)

# Reason and licence number, for the licence and for the place; "" where nothing is wrong.
Trouble = tuple[str, str]
NO_TROUBLE: Trouble = ("", "")


def _said(licence: Trouble, place: Trouble) -> str | None:
    """Both in one text of four parts, as rules take it apart; None: nothing is wrong."""
    if licence == place == NO_TROUBLE:
        return None
    return ";".join((licence[0], place[0], licence[1], place[1]))


def _plain(gated: Gated) -> Callable[[list[Any], Mapping[str, Any]], str | None]:
    def row(values: list[Any], facts: Mapping[str, Any]) -> str | None:
        people, facility, minute = values
        if people is None or minute is None:
            return None
        practice: Practice = facts[REGISTER]
        found = [
            (standing_of(holder, facility, minute, by_hours=gated.by_hours,
                         ordering_drugs=gated.orders_drugs), one)
            for one in people.split(";") if (holder := practice.holder(one))
        ]  # fmt: skip
        return _said(_first(found, "licence"), _first(found, "place"))

    return row


def _first(found: Sequence[tuple[Standing, str]], part: str) -> Trouble:
    told = ((getattr(standing, part), written) for standing, written in found)
    return next((one for one in told if one[0]), NO_TROUBLE)


def _compiled(gated: Gated) -> Callable[[pl.DataFrame, pl.Series, Mapping[str, Any]], pl.Series]:
    def whole(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
        practice: Practice = facts[REGISTER]
        lines = inputs.rename({"0": "people", "1": "facility", "2": "minute"}).with_row_index("line")
        lines = lines.filter(pl.col("people").is_not_null() & pl.col("minute").is_not_null())
        asked = lines.join(_named(lines["people"], practice), on="people", how="inner")
        said: list[str | None] = [None] * inputs.height
        if asked.height:
            licence = _without_licence(asked, practice)
            place = _outside(_other_than(asked, licence), practice, gated)
            troubles = _by_line(licence), _by_line(place)
            for line in troubles[0].keys() | troubles[1].keys():
                said[line] = _said(*(one.get(line, NO_TROUBLE) for one in troubles))
        return pl.Series(said, dtype=pl.String)

    return whole


_NAMED = {"people": pl.String, "order": pl.UInt32, "written": pl.String, "holder": pl.UInt32}


def _named(people: pl.Series, practice: Practice) -> pl.DataFrame:
    """Every text that names people with the holders it names, one row each; strangers are left out."""
    rows = [
        (text, order, one, practice.places[key])
        for text in people.unique()
        for order, one in enumerate(text.split(";"))
        if (key := licence_key(one)) in practice.places
    ]
    return pl.DataFrame(rows, schema=_NAMED, orient="row")


def _without_licence(asked: pl.DataFrame, practice: Practice) -> pl.DataFrame:
    """Those whose licence was not in force in their minute: line, order, written, reason."""
    bad = _near(practice.tables["without_licence"], asked)
    if bad.is_empty():
        return _NOBODY
    met = asked.join(bad, on="holder", how="inner").filter(_COVERED)
    return met.select("line", "order", "written", "reason")


def _outside(asked: pl.DataFrame, practice: Practice, gated: Gated) -> pl.DataFrame:
    """Those with a licence who were not registered there and then, or not for this: as above."""
    asked = asked.filter(pl.col("facility").is_not_null())
    if asked.is_empty():
        return _NOBODY
    hours = _near(practice.tables["registered"], asked)
    low, high = asked["minute"].min(), asked["minute"].max()
    always = hours.filter(
        (pl.col("since") <= low) & (pl.col("until") > high) & (pl.col("from") == 0) & (pl.col("to") == WEEK)
    )
    rest = asked.join(always, on=["holder", "facility"], how="anti")
    found = [_NOBODY]
    if rest.height:
        found.append(_outside_hours(rest, practice.tables["registered"], gated.by_hours))
    if gated.orders_drugs and (never := practice.tables["never_order_drugs"]).height:
        others = _other_than(asked, found[-1]).join(never, on="holder", how="semi")
        found.append(others.select("line", "order", "written", pl.lit("scope").alias("reason")))
    return pl.concat(found)


def _outside_hours(asked: pl.DataFrame, hours: pl.DataFrame, by_hours: bool) -> pl.DataFrame:
    today, within = _COVERED, _WITHIN if by_hours else pl.lit(True)
    met = asked.join(hours, on=["holder", "facility"], how="left").group_by("line", "order", "written").agg(
        pl.col("since").is_not_null().any().alias("here"),
        today.fill_null(False).any().alias("today"),
        (today & within).fill_null(False).any().alias("now"),
    )  # fmt: skip
    reason = pl.when(~pl.col("here")).then(pl.lit("nowhere")).when(~pl.col("today")).then(pl.lit("then"))
    return met.filter(~pl.col("now")).select(
        "line", "order", "written", reason.otherwise(pl.lit("hours")).alias("reason")
    )


_COVERED = (pl.col("since") <= pl.col("minute")) & (pl.col("minute") < pl.col("until"))
_MINUTE_OF_WEEK = ((pl.col("minute") + 3 * DAY) % WEEK + WEEK) % WEEK  # 1970-01-01 was a Thursday
_WITHIN = (pl.col("from") <= _MINUTE_OF_WEEK) & (pl.col("to") > _MINUTE_OF_WEEK)
_TROUBLED = {"line": pl.UInt32, "order": pl.UInt32, "written": pl.String, "reason": pl.String}
_NOBODY = pl.DataFrame(schema=_TROUBLED)


def _near(spans: pl.DataFrame, asked: pl.DataFrame) -> pl.DataFrame:
    """Spans that meet the time of the lines at all: of most batches, none are bad."""
    low, high = asked["minute"].min(), asked["minute"].max()
    return spans.filter((pl.col("since") <= high) & (pl.col("until") > low))


def _other_than(asked: pl.DataFrame, troubled: pl.DataFrame) -> pl.DataFrame:
    return asked if troubled.is_empty() else asked.join(troubled, on=["line", "order"], how="anti")


def _by_line(troubled: pl.DataFrame) -> dict[int, Trouble]:
    """The first of each line in the order of naming."""
    rows = troubled.sort("line", "order", descending=[False, True]).select("line", "reason", "written")
    return {line: (reason, written) for line, reason, written in rows.iter_rows()}


def _all_known(people: str) -> Expression:
    def known(text: str, facts: Mapping[str, Any]) -> bool:
        return all(facts[REGISTER].holder(one) is not None for one in text.split(";") if one.strip())

    def whole(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
        return by_distinct(inputs["0"], lambda text: known(text, facts))

    def row(values: list[Any], facts: Mapping[str, Any]) -> bool | None:
        return None if values[0] is None else known(values[0], facts)

    return custom(F[people], whole=whole, row=row)


# --- the rules -------------------------------------------------------------------------------------------

_REGISTERED = Registration("99001", date(2026, 8, 1), date(2026, 8, 31), "T2-T7 7:00-17:00")
_LICENSED = Licence("000123/KH-GPHN", date(2024, 1, 1), date(2028, 12, 31), "BS")


def _holder(number: str, *, acts: Sequence[LicenceAct] = (), title: str = "BS", places: Any = _REGISTERED,
            issued: date = date(2024, 1, 1), last: date = date(2028, 12, 31)) -> Holder:  # fmt: skip
    registrations = (places,) if isinstance(places, Registration) else tuple(places)
    return Holder((Licence(number, issued, last, title),), tuple(acts), registrations)


_EXAMPLES = {
    "good": _holder("000123/KH-GPHN"),
    "nowhere": _holder("000201/KH-GPHN", places=[Registration("99002", date(2026, 8, 1), None)]),
    "then": _holder("000202/KH-GPHN", places=[Registration("99001", date(2026, 8, 20), None)]),
    "hours": _holder("000203/KH-GPHN", places=[Registration("99001", date(2026, 8, 1), None, "CN 7-11h")]),
    "scope": _holder("000204/KH-GPHN", title="KTY"),
    "suspended": _holder("000301/KH-GPHN", acts=[LicenceAct("suspend", date(2026, 8, 1), None)]),
    "revoked": _holder("000302/KH-GPHN", acts=[LicenceAct("revoke", date(2026, 8, 1), None)]),
    "superseded": _holder("000303/KH-GPHN", acts=[LicenceAct("supersede", date(2026, 8, 1), None)]),
    "expired": _holder("000304/KH-GPHN", last=date(2026, 7, 31)),
    "not-yet": _holder("000305/KH-GPHN", issued=date(2026, 9, 1)),
}  # fmt: skip
_NUMBERS = {name: holder.licences[0].number for name, holder in _EXAMPLES.items()}
_PRACTICE = Practice({licence_key(_NUMBERS[name]): holder for name, holder in _EXAMPLES.items()})
_FACTS = {REGISTER: _PRACTICE}


def _example(gated: Gated, reason: str) -> Example:
    when = {gated.moment: "202608100930" if gated.by_hours or gated.moment == "NGAY_RA" else "20260810"}
    head = {"MA_CSKCB": "99001"}
    wrong = {gated.people: f"{_NUMBERS['good']};{_NUMBERS[reason]}"}
    return Example(
        facts=_FACTS,
        fails={"XML1": [head], gated.table: [when | wrong]},
        passes={"XML1": [head], gated.table: [when | {gated.people: _NUMBERS["good"]}]},
    )


_STAFF_LIST = Text(
    "Ở danh sách người hành nghề của cơ sở, cán bộ phụ trách nhân sự {what}; nếu ghi nhầm người, sửa người "
    "chỉ định, thực hiện hoặc ký rồi gửi lại hồ sơ.",
    "In the facility's list of practitioners, the officer in charge {what}; if another person acted, correct "
    "the name and send the record again.",
)


def _hint(vi: str, en: str) -> Text:
    return Text(
        _STAFF_LIST.vi.format(what=vi),
        _STAFF_LIST.en.format(what=en),
    )


_WHO = Text(
    "{where}: người có giấy phép hành nghề số {who}",
    "{where}: the holder of the licence {who}",
)


@dataclass(frozen=True)
class Reason:
    """Words for one reason: after "the holder of ..." comes `text`, then what to do."""

    name: str
    text: Text
    hint: Text
    legal: str = LEGAL


_PLACES = (
    Reason("nowhere", Text("chưa đăng ký hành nghề tại cơ sở này (vào lúc {time}).",
                           "is not registered to practise at this facility (at {time})."),
           _hint("gửi Sở Y tế đăng ký hành nghề của người này", "sends the registration of this person")),
    Reason("then", Text("có đăng ký hành nghề tại cơ sở này, nhưng không gồm thời điểm {time}.",
                        "is registered at this facility, but not for {time}."),
           _hint("kiểm tra ngày bắt đầu, ngày kết thúc của đăng ký hành nghề",
                 "checks the first and the last day of the registration")),
    Reason("hours", Text("chỉ định hoặc thực hiện lúc {time}, ngoài giờ đã đăng ký hành nghề tại cơ sở này.",
                         "acted at {time}, outside the hours registered at this facility."),
           _hint("bổ sung giờ hành nghề, giờ trực", "adds the hours and the duties at night")),
    Reason("scope", Text("có chức danh không gồm việc chỉ định thuốc (lúc {time}).",
                         "has a title that does not order drugs (at {time})."),
           _hint("đối chiếu chức danh, phạm vi hành nghề với giấy phép",
                 "compares title and scope with the licence"), SCOPE_LEGAL),
)  # fmt: skip
_LICENCE_HINT = Text(
    "Người hành nghề đối chiếu giấy phép với Sở Y tế nơi cấp và bổ sung quyết định còn thiếu; "
    "trong thời gian này cơ sở không được bố trí người đó hành nghề. Nếu ghi nhầm người, sửa người chỉ định, "
    "thực hiện hoặc ký rồi gửi lại hồ sơ.",
    "The practitioner compares the licence with the health department that issued it and adds the decision "
    "that is missing; meanwhile the facility assigns nobody without a licence. If another person acted, "
    "correct the name and send the record again.",
)
_LICENCES = tuple(
    Reason(name, Text(f"{vi} vào lúc {{time}}.", f"{en} at {{time}}."), _LICENCE_HINT)
    for name, vi, en in (
        ("suspended", "đang bị đình chỉ hành nghề", "was suspended"),
        ("revoked", "đã bị thu hồi giấy phép", "had the licence revoked"),
        ("superseded", "đã được cấp giấy phép khác thay thế", "had the licence superseded"),
        ("expired", "có giấy phép đã hết hạn", "had a licence that had expired"),
        ("not-yet", "chưa được cấp giấy phép", "was not licensed yet"),
    )
)


def _rules(
    id: str, gated: Gated, told: Expression, part: int, reasons: Sequence[Reason], label: Text
) -> list[Any]:
    moment = F[gated.moment].minute if gated.by_hours else F[gated.moment].day
    return [
        declared
        for reason in reasons
        if reason.name != "scope" or gated.orders_drugs
        if reason.name != "hours" or gated.by_hours
        for declared in rule(
            id, part=reason.name, table=gated.table, field=gated.people, level=WARNED, quality="correct",
            needs="register", requires=(REGISTER,), cause="person", version="2", label=label,
            when=F[gated.people].filled, check=told.parts[part] != reason.name,
            show={"time": moment, "who": told.parts[part + 2]},
            message=Text(f"{_WHO.vi} {reason.text.vi}", f"{_WHO.en} {reason.text.en}"),
            hint=reason.hint, legal=reason.legal, examples=[_example(gated, reason.name)],
        )
    ]  # fmt: skip


def _gate(gated: Gated) -> list[Any]:
    told = custom(F[gated.people], H.MA_CSKCB, F[gated.moment].minute,
                  whole=_compiled(gated), row=_plain(gated), yields="text")  # fmt: skip
    return [
        *rule(
            "V-050a", table=gated.table, field=gated.people, level=WARNED, quality="complete",
            needs="register", requires=(REGISTER,), cause="person", version="2",
            label=Text("Người hành nghề phải có trong danh sách đăng ký hành nghề",
                       "The practitioner is in the register"),
            check=_all_known(gated.people),
            unjudged=Text("số giấy phép hành nghề chưa có trong sổ người hành nghề",
                          "licence not in the register of practitioners"),
            message=Text("{where}: chưa có dữ liệu đăng ký hành nghề của số giấy phép (chứng chỉ) hành nghề "
                         "{value}.",
                         "{where}: the licence {value} is not in the register of practice."),
            hint=Text("Không cần sửa hồ sơ: nội dung này chưa được kiểm tra. Cơ sở kê khai người hành nghề, "
                      "Sở Y tế rà soát rồi hồ sơ được kiểm tra lại.",
                      "Nothing to correct: this was not judged. The facility declares the practitioner, the "
                      "health department reviews, and the record is judged again."),
            legal=LEGAL,
        ),
        # V-050c refuses from the day that the ministry switches it on (`switched`); until then it warns.
        *_rules("V-050b", gated, told, 1, _PLACES,
                Text("Phải hành nghề đúng nơi, đúng thời gian, đúng phạm vi đã đăng ký",
                     "Practice at the registered place and time, within the scope")),
        *_rules("V-050c", gated, told, 0, _LICENCES,
                Text("Giấy phép hành nghề phải có hiệu lực vào thời điểm hành nghề",
                     "The practising licence was valid")),
    ]  # fmt: skip


def _stopped(facility: str, minute: int, facts: Mapping[str, Any]) -> str | None:
    practice: Practice = facts[REGISTER]
    return practice.stopped_at(facility, minute) or None


def _stopped_row(values: list[Any], facts: Mapping[str, Any]) -> str | None:
    facility, minute = values
    return None if facility is None or minute is None else _stopped(facility, minute, facts)


def _stopped_whole(inputs: pl.DataFrame, _dossier: pl.Series, facts: Mapping[str, Any]) -> pl.Series:
    if not facts[REGISTER].stopped:  # of nearly every batch
        return pl.Series([None] * inputs.height, dtype=pl.String)
    said = [_stopped_row([facility, minute], facts) for facility, minute in inputs.iter_rows()]
    return pl.Series(said, dtype=pl.String)


OPERATING_LEGAL = "Luật Khám bệnh, chữa bệnh số 15/2023/QH15, Điều 7 và Chương IV"
_STOPS = (("suspended", "đang bị đình chỉ hoạt động", "was suspended"),
          ("revoked", "đã bị thu hồi giấy phép hoạt động", "had its operating licence revoked"))  # fmt: skip


def _operating() -> list[Any]:
    """A warning like the others of V-050: the visit took place and is kept, its lawfulness is looked into."""
    told = custom(F.MA_CSKCB, F.NGAY_VAO.minute, whole=_stopped_whole, row=_stopped_row, yields="text")
    return [
        declared
        for name, vi, en in _STOPS
        for declared in rule(
            "V-050d", part=name, table="XML1", field="MA_CSKCB", level=WARNED, quality="correct",
            needs="register", requires=(REGISTER,), cause="file", version="1",
            label=Text("Giấy phép hoạt động của cơ sở phải có hiệu lực vào ngày tiếp nhận",
                       "The facility's operating licence was in force on the day of admission"),
            when=F.MA_CSKCB.filled & F.NGAY_VAO.filled, check=~(told == name).or_false,
            show={"time": F.NGAY_VAO.minute},
            message=Text(f"{{where}}: cơ sở {vi} vào thời điểm tiếp nhận người bệnh ({{time}}).",
                         f"{{where}}: the facility {en} when the patient was admitted ({{time}})."),
            hint=Text("Lãnh đạo cơ sở đối chiếu quyết định với cơ quan cấp giấy phép hoạt động; nếu ghi nhầm "
                      "ngày vào, sửa ở phần tiếp đón rồi gửi lại hồ sơ.",
                      "The head of the facility compares the decision with the licensing authority; a wrong "
                      "day of admission is corrected at reception and the record sent again."),
            legal=OPERATING_LEGAL,
            examples=[_stopped_example(name)],
        )
    ]  # fmt: skip


def _stopped_example(name: str) -> Example:
    practice = Practice({}, {"99001": ((date(2026, 8, 1), date(2026, 8, 31), name),)})
    return Example(
        facts={REGISTER: practice},
        fails={"XML1": [{"MA_CSKCB": "99001", "NGAY_VAO": "202608100930"}]},
        passes={"XML1": [{"MA_CSKCB": "99001", "NGAY_VAO": "202609010930"}]},
    )


RULES = [*(declared for gated in GATED for declared in _gate(gated)), *_operating()]
