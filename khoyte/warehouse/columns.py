"""What of a visit may go into the lake: a list of columns, each allowed by name. What is not here stays out.

Left out on purpose: names, birth dates, addresses below the province, telephone, numbers of persons, cards,
records, papers and the record's own key MA_LK (`visit_id` stands for it); numbers of practitioners; all free
text (reasons, diagnoses in words, treatment, notes, results in words, names of drugs and services as typed).
Dates lose their minutes, ages are counted in years and end at 100. `person` tells visits of one person from
visits of another and nothing else: `warehouse.pseudonyms`.

Kinds: "code" (a short code; anything that does not look like one, or holds nine digits in a row, is left
empty, since hospitals also write where they should not), "place" (ours: facility, province, month), "number"
(four decimals), "day", "count" (whole), "person" (a look-up hash that becomes a pseudonym of this lake).
"""

from dataclasses import dataclass

from khoyte.visits.storing import TABLES

CODE_PATTERN = r"^[0-9A-Za-zĐđµ.,;:/_+*%^@\-]{1,200}$"
# Personal numbers have 12 digits, older ones and telephones 9 or 10.
NUMBER_OF_A_PERSON = r"[0-9]{9}"


@dataclass(frozen=True)
class LakeColumn:
    """`sql` is what it is taken from where not the column of the same name; `v` is visit, `l` line."""

    name: str
    kind: str
    sql: str = ""


def _columns(kind: str, *names: str) -> tuple[LakeColumn, ...]:
    return tuple(LakeColumn(name, kind) for name in names)


VISIT = (
    LakeColumn("version", "count"),
    LakeColumn("standard", "code"),
    LakeColumn("received_on", "day", "(v.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"),
    LakeColumn(
        "age_years",
        "count",
        "CASE WHEN v.ngay_sinh ~ '^[12][0-9]{3}' AND v.ngay_vao IS NOT NULL THEN"
        " greatest(0, least(100, extract(year FROM v.ngay_vao)::int - left(v.ngay_sinh, 4)::int)) END",
    ),
    *_columns("count", "gioi_tinh"),
    *_columns("code", "ma_quoctich", "ma_dantoc", "ma_nghe_nghiep", "matinh_cu_tru", "ma_dkbd"),
    *_columns("code", "ma_ly_do_vnt", "ma_benh_chinh", "ma_benh_kt", "ma_benh_yhct", "ma_pttt_qt"),
    *_columns("code", "ma_doituong_kcb", "ma_noi_di", "ma_noi_den", "ma_loai_kcb", "ma_khoa", "ma_khuvuc"),
    *_columns("number", "ma_tai_nan"),
    *_columns("day", "ngay_vao", "ngay_vao_noi_tru", "ngay_ra", "ngay_ttoan", "nam_nam_lien_tuc"),
    *_columns("number", "so_ngay_dtri", "ket_qua_dtri", "ma_loai_rv"),
    *_columns("number", "t_thuoc", "t_vtyt", "t_tongchi_bv", "t_tongchi_bh", "t_bntt", "t_bncct", "t_bhtt"),
    *_columns("number", "t_nguonkhac", "t_bhtt_gdv", "nam_qt", "thang_qt"),
    LakeColumn("is_referred", "count", "CASE WHEN v.tables @> '{XML13}' THEN 1 ELSE 0 END"),
    LakeColumn("is_to_return", "count", "CASE WHEN v.tables @> '{XML14}' THEN 1 ELSE 0 END"),
    LakeColumn("stay_hours", "number", "extract(epoch FROM v.ngay_ra - v.ngay_vao) / 3600"),
    LakeColumn("has_discharge_paper", "count", "CASE WHEN v.tables @> '{XML7}' THEN 1 ELSE 0 END"),
    # Whether there is a number, never which.
    LakeColumn("has_personal_number", "count", "CASE WHEN v.person_key IS NULL THEN 0 ELSE 1 END"),
    LakeColumn("person", "person", "encode(v.person_key, 'hex')"),
    LakeColumn(
        "days_to_send",
        "count",
        "(v.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date - v.ngay_ra::date",
    ),
)
DRUG = (
    *_columns("code", "ma_thuoc", "ma_pp_chebien", "duong_dung", "ma_khoa", "ma_dich_vu"),
    *_columns("number", "ma_nhom", "pham_vi", "tyle_tt_bh", "so_luong", "don_gia", "thanh_tien_bv"),
    *_columns("number", "thanh_tien_bh", "t_nguonkhac", "muc_huong", "t_bntt", "t_bncct", "t_bhtt"),
    *_columns("number", "ma_pttt", "nguon_ctra"),
    *_columns("day", "ngay_yl", "ngay_th_yl"),
)
SERVICE = (
    *_columns("code", "ma_dich_vu", "ma_pttt_qt", "ma_vat_tu", "goi_vtyt", "ma_khoa"),
    *_columns("code", "ma_benh", "ma_benh_yhct"),
    *_columns("number", "ma_nhom", "pham_vi", "so_luong", "don_gia_bv", "don_gia_bh", "tyle_tt_dv"),
    *_columns("number", "tyle_tt_bh", "thanh_tien_bv", "thanh_tien_bh", "t_trantt", "muc_huong"),
    *_columns("number", "t_nguonkhac", "t_bntt", "t_bncct", "t_bhtt", "ma_pttt", "pp_vo_cam"),
    *_columns("number", "tai_su_dung"),
    *_columns("day", "ngay_yl", "ngay_th_yl", "ngay_kq"),
)
RESULT = (
    *_columns("code", "ma_dich_vu", "ma_chi_so", "don_vi_do"),
    LakeColumn(
        "gia_tri_so", "number", r"CASE WHEN l.gia_tri ~ '^-?[0-9]{1,8}(\.[0-9]{1,6})?$' THEN l.gia_tri END"
    ),
    *_columns("day", "ngay_kq"),
)
PROGRESS = (*_columns("day", "thoi_diem_dbls"),)

LINES = dict(zip(TABLES.values(), (DRUG, SERVICE, RESULT, PROGRESS), strict=True))
COLUMNS: dict[str, tuple[LakeColumn, ...]] = {"visit": VISIT, **LINES}
"""Lake table -> its columns beside those of every table: visit_id, row (lines), facility, province, month."""

STATE = "visit_state"
"""Which versions count: one row for each change of a visit, the last by `as_of` is the one in force."""
STATE_COLUMNS = (
    LakeColumn("is_current", "count"),
    LakeColumn("is_withdrawn", "count"),
    LakeColumn("as_of", "count"),
)
LAKE_TABLES = (*COLUMNS, STATE)


def _kept(kind: str, *names: str) -> tuple[LakeColumn, ...]:
    """Fields of a register as its versions keep them."""
    of = {
        "day": "(k.content->>'{}')::date",
        "yes": "CASE k.content->>'{}' WHEN 'true' THEN 1 WHEN 'false' THEN 0 END",
    }
    shown = "count" if kind == "yes" else kind
    return tuple(LakeColumn(name, shown, of.get(kind, "k.content->>'{}'").format(name)) for name in names)


_LICENCE_DAYS_LEFT = LakeColumn(
    "licence_days_left", "count", "(k.content->>'licence_valid_to')::date - {day}::date"
)
REGISTERS: dict[str, tuple[str, tuple[LakeColumn, ...]]] = {
    "register_facility": (
        "facilities",
        (
            *_kept("code", "form", "professional_level", "hospital_class", "tier", "governing_body"),
            *_kept("count", "beds_planned", "beds_registered", "beds_actual"),
            *_kept("yes", "insurance", "emergency_24h"),
            *_kept("day", "licence_date"),
        ),
    ),
    "register_practitioner": (
        "practitioners",
        (
            *_kept("code", "title", "licence_kind"),
            *_kept("day", "licence_date", "licence_valid_to"),
            _LICENCE_DAYS_LEFT,
            *_kept("count", "cme_hours"),
        ),
    ),
    "register_pharmacy": (
        "pharmacies",
        (*_kept("code", "kind", "status"), *_kept("day", "certificate_date")),
    ),
    "register_licence_act": (
        "licence_events",
        (*_kept("code", "kind"), *_kept("day", "valid_from", "valid_to", "decision_date")),
    ),
}
"""Daily snapshots: lake table -> register, columns beside day, known_at, facility, province, month.

Left out on purpose: names, numbers of persons and of their licences, birth dates, sex, addresses, telephones,
free text. `known_at` is the moment of which the day's rows tell, in microseconds since 1970; `k` is the
version confirmed last by then.
"""
ALL_TABLES = (*LAKE_TABLES, *REGISTERS)


def columns_of(table: str) -> tuple[LakeColumn, ...]:
    """All columns of a lake table in order."""
    if table in REGISTERS:
        day = (LakeColumn("day", "day"), LakeColumn("known_at", "count"))
        return (*day, *_columns("place", "facility", "province", "month"), *REGISTERS[table][1])
    own = STATE_COLUMNS if table == STATE else COLUMNS[table]
    numbers = ("visit_id",) if table in ("visit", STATE) else ("visit_id", "row")
    return (*_columns("count", *numbers), *_columns("place", "facility", "province", "month"), *own)
