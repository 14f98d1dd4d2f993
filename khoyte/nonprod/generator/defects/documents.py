"""Defects between tables: missing and contradicting papers (V-075 to V-087)."""

from __future__ import annotations

from collections.abc import Callable

from khoyte.nonprod.generator.defects.kinds import (
    Kind,
    Spot,
    When,
    all_of,
    care_is,
    equals,
    filled,
    wrong_value,
)
from khoyte.nonprod.generator.dossier import Dossier
from khoyte.nonprod.generator.papers import Row


def _insured(dossier: Dossier) -> bool:
    return bool(dossier.tables["XML1"][0].get("MA_THE_BHYT"))


def _missing_table(rule: str, table: str, field: str, when: When) -> Kind:
    """A paper that should be there is not; the finding stands at a field of XML1."""

    def spoil(dossier: Dossier) -> Spot | None:
        if table not in dossier.tables or not when(dossier):
            return None
        del dossier.tables[table]
        return Spot("XML1", 1, field)

    return Kind(rule, spoil)


def _summary_of_a_visit(dossier: Dossier) -> Spot | None:
    """A record summary (XML8), which only stays have, sent with an outpatient visit."""
    summary = dossier.tables["XML1"][0]
    if summary["MA_LOAI_KCB"] != "01" or not _insured(dossier):
        return None
    copied = ("MA_LK", "MA_LOAI_KCB", "NGAY_VAO", "NGAY_RA", "CHAN_DOAN_VAO", "CHAN_DOAN_RV", "KET_QUA_DTRI")
    row: Row = {name: summary[name] for name in (*copied, "MA_TTDV")}
    row |= {"QT_BENHLY": summary["LY_DO_VV"], "TOMTAT_KQ": "Không làm xét nghiệm"}
    row |= {"PP_DIEUTRI": summary["PP_DIEU_TRI"], "NGAY_CT": summary["NGAY_RA"][:8]}
    dossier.tables["XML8"] = [row]
    return Spot("XML1", 1, "MA_LOAI_KCB")


def _unexplained_termination(dossier: Dossier) -> Spot | None:
    """A termination of pregnancy without reason, time and gestation."""
    row = dossier.tables.get("XML7", [{}])[0]
    if not row or not dossier.tables["XML1"][0]["MA_BENH_CHINH"].startswith("O"):
        return None
    row["MA_DINH_CHI_THAI"] = "1"
    return Spot("XML7", 1, "NGUYENNHAN_DINHCHI")


def _other(name: str) -> Callable[[Row], str]:
    return lambda row: f"{row[name]} B"


KINDS: tuple[Kind, ...] = (
    wrong_value("V-075", "XML4", "MA_DICH_VU", "99.9999.9999"),
    _missing_table("V-076", "XML5", "MA_LOAI_KCB", all_of(care_is("02", "03", "04", "05", "09"), _insured)),
    _missing_table("V-077", "XML7", "MA_LOAI_KCB", _insured),
    Kind("V-078", _summary_of_a_visit),
    _missing_table("V-079", "XML13", "MA_LOAI_RV", _insured),
    _missing_table("V-080", "XML14", "NGAY_TAI_KHAM", _insured),
    wrong_value("V-081", "XML14", "HO_TEN", _other("HO_TEN")),
    wrong_value("V-081", "XML13", "CHAN_DOAN_RV", _other("CHAN_DOAN_RV")),
    wrong_value("V-082", "XML7", "MA_YTE", _other("MA_YTE")),
    wrong_value("V-083", "XML9", "SO_CON", "3"),
    Kind("V-084", _unexplained_termination),
    wrong_value("V-085", "XML9", "GHI_CHU", "Không", equals("SINHCON_PHAUTHUAT", "1")),
    wrong_value("V-086", "XML6", "NGAYKT_DTRI_LAO", "", filled("LOAI_DTRI_LAO")),
    wrong_value("V-087", "XML11", "MAU_SO", "CT08"),
)
