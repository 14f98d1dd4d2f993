"""Defects of money: lines (V-056 to V-065) and totals (V-067 to V-074)."""

from __future__ import annotations

from collections.abc import Callable

from khoyte.nonprod.generator.defects.kinds import Kind, Spot, When, equals, find_row, wrong_value
from khoyte.nonprod.generator.dossier import Dossier
from khoyte.nonprod.generator.papers import Row


def _more(name: str, by: int = 1000) -> Callable[[Row], str]:
    """The amount of a field, too large by some đồng."""
    return lambda row: f"{float(row[name]) + by:.2f}"


def _insured(dossier: Dossier) -> bool:
    return bool(dossier.tables["XML1"][0].get("MA_THE_BHYT"))


def _not_insured(dossier: Dossier) -> bool:
    return not _insured(dossier)


def _paid_in_full(row: Row) -> bool:
    return row["TYLE_TT_BH"] == "100" and row["MUC_HUONG"] == "100"


def _forgotten_source(dossier: Dossier) -> Spot | None:
    """A source of support that is not in the sum of the four; the finding stands at the sum."""
    if "XML2" not in dossier.tables:
        return None
    dossier.tables["XML2"][0]["T_NGUONKHAC_CL"] = "1000"
    return Spot("XML2", 1, "T_NGUONKHAC")


def _outside_the_list(dossier: Dossier) -> Spot | None:
    """A line marked as outside the insurance list that the fund is still asked to pay."""
    place = find_row(dossier, "XML3", equals("PHAM_VI", "1"))
    if place is None:
        return None
    dossier.tables["XML3"][place]["PHAM_VI"] = "2"
    return Spot("XML3", place + 1, "TYLE_TT_BH")


def _lower_benefit(dossier: Dossier) -> Spot | None:
    """A benefit level that does not give what the fund is asked to pay."""
    place = find_row(dossier, "XML2", _paid_in_full)
    if place is None:
        return None
    dossier.tables["XML2"][place]["MUC_HUONG"] = "60"
    return Spot("XML2", place + 1, "T_BHTT")


def _support_not_taken_off(dossier: Dossier) -> Spot | None:
    """Support for an insured patient that lowers nobody's part."""
    place = find_row(dossier, "XML3", equals("TYLE_TT_BH", "100"))
    if place is None:
        return None
    dossier.tables["XML3"][place].update(T_NGUONKHAC_VTTN="1000", T_NGUONKHAC="1000")
    return Spot("XML3", place + 1, "T_NGUONKHAC")


def _above_the_ceiling(dossier: Dossier) -> Spot | None:
    """A package of supplies of which the fund is asked to pay more than its ceiling."""
    place = find_row(dossier, "XML3", lambda row: bool(row.get("MA_VAT_TU")) and float(row["T_BHTT"]) > 1)
    if place is None:
        return None
    dossier.tables["XML3"][place].update(GOI_VTYT="G1", T_TRANTT="1")
    return Spot("XML3", place + 1, "T_BHTT")


def _wrong_year(dossier: Dossier) -> Spot:
    """A settlement a year before care ended; the finding stands at the month."""
    summary = dossier.tables["XML1"][0]
    summary["NAM_QT"] = str(int(summary["NAM_QT"]) - 1)
    return Spot("XML1", 1, "THANG_QT")


def _price(rule: str, table: str, name: str, finding: str, when: When, also: tuple[str, ...] = ()) -> Kind:
    """A unit price that does not give the amount of the line; the finding stands at the amount."""

    def spoil(dossier: Dossier) -> Spot | None:
        place = find_row(dossier, table, equals("TYLE_TT_BH", "100"))
        if place is None or not when(dossier):
            return None
        row = dossier.tables[table][place]
        row[name] = _more(name, 500)(row)
        return Spot(table, place + 1, finding)

    return Kind(rule, spoil, also)


def _total(rule: str, name: str, when: When) -> Kind:
    return wrong_value(rule, "XML1", name, _more(name), when=when)


KINDS: tuple[Kind, ...] = (
    _price("V-056", "XML2", "DON_GIA", "THANH_TIEN_BV", _insured, also=("V-057",)),
    wrong_value("V-057", "XML2", "TYLE_TT_BH", "50", equals("TYLE_TT_BH", "100"), at="THANH_TIEN_BH"),
    _price("V-058", "XML3", "DON_GIA_BV", "THANH_TIEN_BV", _insured),
    _price("V-059", "XML3", "DON_GIA_BH", "THANH_TIEN_BH", _insured),
    wrong_value("V-060", "XML3", "TYLE_TT_DV", "45", when=_not_insured),
    Kind("V-061", _forgotten_source),
    Kind("V-062", _outside_the_list),
    Kind("V-063", _lower_benefit),
    Kind("V-064", _support_not_taken_off, also=("V-065", "V-071")),
    Kind("V-066", _above_the_ceiling),
    wrong_value(
        "V-065", "XML3", "T_BNTT", _more("T_BNTT"), when=_not_insured, also=("V-071",), at="THANH_TIEN_BV"
    ),
    _total("V-067", "T_THUOC", _insured),
    _total("V-068", "T_VTYT", _insured),
    _total("V-069", "T_TONGCHI_BV", _insured),
    _total("V-070", "T_TONGCHI_BH", _not_insured),
    _total("V-071", "T_BNTT", _insured),
    _total("V-072", "T_BHTT", _insured),
    _total("V-073", "T_BHTT_GDV", _insured),
    Kind("V-074", _wrong_year),
)
