"""Catalogue files known by their headings, so that a folder of them can be imported without a word.

Each layout names the legal instrument and the period its content holds for. What was converted from annexes
and never compared with them is taken as not complete: it names codes, and a missing code is no finding.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from khoyte.terminology import administrative_units as units
from khoyte.terminology.model import Attributes, Codes, official_code
from khoyte.terminology.sheets import Row, heading_key, refused

Record = dict[str, str]

_CIRCULAR_06_STARTS = date(2026, 7, 1)
_UNITS_AS_OF = date(2024, 6, 11)
_TWO_TIERS_START = date(2025, 7, 1)


# The columns of the circular by the names under which rules ask, whatever the instrument (ICD10_ATTRIBUTES).
_FLAGS_OF_2026 = {
    "not_allowed_as_main": "not_as_main", "cause_of_death_only": "death_only", "mainly_male": "male_only",
    "mainly_female": "female_only", "has_more_specific_code": "has_more_specific",
    "discouraged_as_main": "discouraged_as_main"}


@dataclass(frozen=True)
class Draft:
    """A release about to be stored; see ReleaseHeader for the meaning of its parts."""

    name: str
    codes: Codes
    valid_from: date
    valid_to: date | None = None
    complete: bool = True
    overlay: bool = False
    source: str = ""


@dataclass(frozen=True)
class Layout:
    """The headings that tell a file, and what its records make."""

    headings: frozenset[str]
    drafts: Callable[[list[Record]], list[Draft]]
    file_starts: str = ""

    def fits(self, file: str, headings: set[str]) -> bool:
        return self.headings <= headings and file.lower().startswith(self.file_starts)


def drafts_of(file: str, rows: list[Row]) -> list[Draft]:
    """The releases a file makes, none when its headings are not known; raises CatalogueRefused when it has
    headings only."""
    if not rows:
        return []
    headings = [heading_key(cell) for cell in rows[0].cells]
    if set(headings) >= units.HEADINGS:
        codes = units.codes_of_changes(file, rows)
        return [Draft(units.CATALOGUE, codes, _UNITS_AS_OF, source=file)]
    for layout in LAYOUTS:
        if layout.fits(file, set(headings)):
            records = [dict(zip(headings, row.cells, strict=False)) for row in rows[1:]]
            if not records:
                raise refused(file, "A2", "không có dòng nào dưới tiêu đề",
                              "there is no line under the headings")
            return layout.drafts(records)
    return []


def _icd10_of_2020(records: list[Record]) -> list[Draft]:
    """The list of Decision 4469/QĐ-BYT. Dagger and asterisk forms of a code are one code; it cannot be a main
    disease only if none of its forms can."""
    codes: dict[str, Attributes] = {}
    for record in records:
        code = official_code("icd10", record["code"])
        barred = record["not_as_main_disease"]
        if code in codes:
            barred = barred and codes[code].get("not_as_main", "")
        names = codes.get(code, record)
        codes[code] = _filled(name_vi=names.get("name_vi", ""), name_en=names.get("name_en", ""),
                              chapter=record["chapter"], not_as_main=barred)
    return [Draft("icd10", codes, date(2020, 10, 28), _day_before(_CIRCULAR_06_STARTS),
                  source="Quyết định 4469/QĐ-BYT, 28/10/2020")]


def _icd10_flags_of_2026(records: list[Record]) -> list[Draft]:
    """Flags of Circular 06/2026/TT-BYT, columns 24 to 29, laid over the list in force before."""
    codes = {
        official_code("icd10", record["code_nodot"]): _filled(
            **{attribute: record.get(column, "") for column, attribute in _FLAGS_OF_2026.items()})
        for record in records}
    return [Draft("icd10", codes, _CIRCULAR_06_STARTS, complete=False, overlay=True,
                  source="Thông tư 06/2026/TT-BYT")]


def _three_tiers(records: list[Record]) -> list[Draft]:
    """Provinces, districts and communes of the time before Resolution 202/2025/QH15."""
    provinces: dict[str, Attributes] = {}
    districts: dict[str, Attributes] = {}
    communes: dict[str, Attributes] = {}
    for record in records:
        province, district, commune = record["province_code"], record["district_code"], record["commune_code"]
        provinces[province] = {"name_vi": record["province"]}
        districts[district] = {"name_vi": record["district"], "province": province}
        # Island districts have no communes: their lines bear no code.
        if commune:
            communes[commune] = {"name_vi": record["commune"], "district": district, "province": province}
    levels = (("provinces", provinces, True), ("districts", districts, False), ("communes", communes, False))
    # Communes were still merged between the day of the list and the end of the three tiers.
    return [Draft(name, codes, _UNITS_AS_OF, _day_before(_TWO_TIERS_START), complete=complete,
                  source="Tổng cục Thống kê, 11/06/2024") for name, codes, complete in levels]


def _two_tiers(records: list[Record]) -> list[Draft]:
    """Provinces and communes without districts, from 2025-07-01 or the day in `valid_from`."""
    provinces: dict[str, Attributes] = {}
    communes: dict[str, Attributes] = {}
    for record in records:
        province = record["province_code"]
        provinces[province] = _filled(name_vi=record["province"], type=record.get("province_type", ""))
        communes[record["commune_code"]] = _filled(
            name_vi=record["commune"], type=record.get("commune_type", ""), province=province,
            legal=record.get("legal", ""))
    said = records[0].get("valid_from", "")
    starts = date.fromisoformat(said) if said else _TWO_TIERS_START
    return [Draft(name, codes, starts, complete=True, source=records[0].get("legal", ""))
            for name, codes in (("provinces", provinces), ("communes", communes))]


def _occupations(records: list[Record]) -> list[Draft]:
    codes = {record["code"]: {"name_vi": record["name_vi"]} for record in records}
    return [Draft("occupations", codes, date(2021, 1, 15), complete=False,
                  source="Quyết định 34/2020/QĐ-TTg, cấp 2")]


def _services(records: list[Record]) -> list[Draft]:
    codes = {record["service_code"]: _filled(
        name_vi=record["service_name_vi"], level=record["level"], kind=record["type"],
        icd9cm=record["icd9cm"], specialty=record["specialty"]) for record in records}
    return [Draft("services", codes, date(2020, 1, 1), complete=False,
                  source="Bảng chuyển mã dịch vụ kỹ thuật sang ICD-9-CM, 2020")]


def _scopes(records: list[Record]) -> list[Draft]:
    """Techniques by scope of practice; codes are the annex and the running number within it, because the
    annexes number anew in each group and most techniques bear no code of Circular 43."""
    codes: dict[str, Attributes] = {}
    counts: dict[str, int] = {}
    for record in records:
        annex = record["annex"]
        counts[annex] = counts.get(annex, 0) + 1
        codes[f"{annex}/{counts[annex]}"] = _filled(
            name_vi=record["technique_name_vi"], annex=annex, group=record["group"],
            technique_code=record["technique_code_circular43"])
    return [Draft("scopes", codes, date(2024, 1, 1), complete=False,
                  source="Thông tư 32/2023/TT-BYT, phụ lục phạm vi hành nghề")]


LAYOUTS = (
    Layout(frozenset({"code", "code_nodot", "name_vi", "chapter", "not_as_main_disease"}), _icd10_of_2020),
    Layout(frozenset({"code_nodot", "not_allowed_as_main", "cause_of_death_only", "mainly_male",
                      "mainly_female", "has_more_specific_code"}), _icd10_flags_of_2026),
    Layout(frozenset({"province_code", "province", "district_code", "district", "commune_code", "commune"}),
           _three_tiers),
    Layout(frozenset({"province_code", "province", "commune_code", "commune"}), _two_tiers),
    Layout(frozenset({"annex", "technique_code_circular43", "technique_name_vi", "group"}), _scopes),
    Layout(frozenset({"service_code", "service_name_vi", "level", "type", "icd9cm", "specialty"}), _services),
    # Headings as plain as these could be any list's; the name of the file must say what it is.
    Layout(frozenset({"code", "name_vi"}), _occupations, file_starts="occupations"),
)


def _filled(**attributes: str) -> Attributes:
    return {name: value for name, value in attributes.items() if value}


def _day_before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)

