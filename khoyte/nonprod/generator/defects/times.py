"""Defects in the order of times (V-025 to V-037)."""

from __future__ import annotations

from khoyte.nonprod.generator.defects.kinds import (
    Kind,
    Spot,
    all_of,
    care_is,
    equals,
    filled,
    lacks,
    shifted,
    wrong_value,
)  # fmt: skip
from khoyte.nonprod.generator.defects.values import PAPERS
from khoyte.nonprod.generator.dossier import Dossier


def _ends_in_the_morning(dossier: Dossier) -> Spot | None:
    """Medicines that last to the end of a day, but a time of leaving in the morning."""
    summary = dossier.tables["XML1"][0]
    if summary["MA_LOAI_KCB"] not in ("05", "07"):
        return None
    for row in (summary, *dossier.tables.get("XML14", [])):
        row["NGAY_RA"] = row["NGAY_RA"][:8] + "0800"
    return Spot("XML1", 1, "NGAY_RA")


KINDS: tuple[Kind, ...] = (
    wrong_value(
        "V-025", "XML1", "NGAY_RA", lambda row: shifted(row["NGAY_RA"], -1), equals("MA_LOAI_KCB", "01"),
        lacks("XML13", "XML14"), also=("V-028", "V-032"),
    ),
    wrong_value(
        "V-026", "XML1", "NGAY_VAO_NOI_TRU", lambda row: row["NGAY_RA"][:8] + "2358",
        filled("NGAY_VAO_NOI_TRU"), lacks("XML13", "XML14"),
    ),
    wrong_value(
        "V-027", "XML1", "NGAY_SINH", lambda row: f"{int(row['NGAY_VAO'][:4]) + 1}01010000",
        when=all_of(care_is("01"), lacks(*PAPERS)),
    ),
    wrong_value("V-028", "XML2", "NGAY_YL", lambda row: shifted(row["NGAY_YL"], -3), when=care_is("01")),
    wrong_value("V-029", "XML2", "NGAY_TH_YL", lambda row: shifted(row["NGAY_TH_YL"], -1)),
    wrong_value("V-030", "XML3", "NGAY_KQ", lambda row: shifted(row["NGAY_KQ"], -2), equals("MA_NHOM", "1")),
    wrong_value("V-031", "XML4", "NGAY_KQ", "", filled("GIA_TRI")),
    wrong_value("V-032", "XML5", "THOI_DIEM_DBLS", lambda row: shifted(row["THOI_DIEM_DBLS"], 70)),
    Kind("V-033", _ends_in_the_morning),
    wrong_value("V-034", "XML14", "NGAY_HEN_KL", lambda row: shifted(row["NGAY_HEN_KL"], -60)),
    wrong_value("V-035", "XML14", "NGAY_CT", lambda row: shifted(row["NGAY_CT"], -90)),
    wrong_value("V-036", "XML11", "DEN_NGAY", lambda row: shifted(row["DEN_NGAY"], -15)),
    wrong_value("V-037", "XML1", "NGAY_TTOAN", lambda row: shifted(row["NGAY_TTOAN"], -60)),
)  # fmt: skip
