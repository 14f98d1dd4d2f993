# ruff: noqa: S608 - constants of this module
"""Every indicator a second time, as plain SQL for DuckDB, written from its definition.

The floor of `khoyte bench warehouse`, and the second opinion on what the expressions give. `v`, `d`, `s` are
current visits and their drugs and services; `f`, `p`, `h` the newest day of facilities, practitioners and
pharmacies. Each gives dimension, value, and how many visits or records it stands on.
"""

import re


def _of_newest_day(name: str, table: str) -> tuple[tuple[str, ...], str]:
    return (table,), f"{name} AS (SELECT * FROM {table} WHERE day = (SELECT max(day) FROM {table}))"


def _current(name: str, table: str) -> tuple[tuple[str, ...], str]:
    return (table,), f"{name} AS (SELECT * FROM {table} SEMI JOIN ok USING (visit_id))"


_OK = "ok AS (SELECT visit_id FROM visit_state GROUP BY visit_id HAVING arg_max(is_current, as_of) = 1)"
# Name in the questions -> tables of the lake, how it is made of them.
_PARTS_READ: dict[str, tuple[tuple[str, ...], str]] = {
    "ok": (("visit_state",), _OK),
    "v": _current("v", "visit"),
    "d": _current("d", "visit_drug"),
    "s": _current("s", "visit_service"),
    "f": _of_newest_day("f", "register_facility"),
    "p": _of_newest_day("p", "register_practitioner"),
    "h": _of_newest_day("h", "register_pharmacy"),
    "stay": ((), "stay AS (SELECT * FROM v WHERE ma_loai_kcb = '03')"),
}
_CHAPTERS = (
    ("I", "A00", "B99"), ("II", "C00", "D48"), ("III", "D50", "D89"), ("IV", "E00", "E90"),
    ("V", "F00", "F99"), ("VI", "G00", "G99"), ("VII", "H00", "H59"), ("VIII", "H60", "H95"),
    ("IX", "I00", "I99"), ("X", "J00", "J99"), ("XI", "K00", "K93"), ("XII", "L00", "L99"),
    ("XIII", "M00", "M99"), ("XIV", "N00", "N99"), ("XV", "O00", "O99"), ("XVI", "P00", "P96"),
    ("XVII", "Q00", "Q99"), ("XVIII", "R00", "R99"), ("XIX", "S00", "T98"), ("XX", "V01", "Y98"),
    ("XXI", "Z00", "Z99"), ("XXII", "U00", "U99"),
)  # fmt: skip
_CHRONIC = (
    ("tim_mach", "I00", "I99"), ("dai_thao_duong", "E10", "E14"), ("ung_thu", "C00", "C97"),
    ("ho_hap_man", "J40", "J47"), ("tam_than", "F00", "F99"),
)  # fmt: skip


def _ranges(groups: tuple[tuple[str, str, str], ...]) -> str:
    rows = ", ".join(f"('{name}', '{first}', '{last}')" for name, first, last in groups)
    return f"(VALUES {rows}) g(name, a, z) ON upper(left(ma_benh_chinh, 3)) BETWEEN a AND z"


_SHARE = "SELECT {by}, avg(CAST({what} AS DOUBLE)), count(*) FROM {rows} GROUP BY {by}"
_BIRTHS = (
    "(SELECT *, upper(left(ma_benh_chinh, 3)) AS c FROM v WHERE upper(left(ma_benh_chinh, 3)) "
    "BETWEEN 'O80' AND 'O84')"
)
_SECTION = "c = 'O82' OR coalesce(regexp_matches(ma_pttt_qt, '(^|;)74\\.[01249]'), false)"
_PARTS = "(VALUES ('thuoc'), ('vat_tu'), ('dich_vu')) k(name)"
_PART = (
    "CASE name WHEN 'thuoc' THEN coalesce(t_thuoc, 0) WHEN 'vat_tu' THEN coalesce(t_vtyt, 0)"
    " ELSE t_tongchi_bv - coalesce(t_thuoc, 0) - coalesce(t_vtyt, 0) END"
)
_LINES = (
    "(SELECT visit_id, ma_nhom, thanh_tien_bv FROM d UNION ALL SELECT visit_id, ma_nhom, "
    "thanh_tien_bv FROM s)"
)
_AGES = (
    "CASE WHEN age_years = 0 THEN '00' WHEN age_years < 5 THEN '01-04' WHEN age_years < 15 THEN '05-14'"
    " WHEN age_years < 60 THEN '15-59' WHEN age_years < 80 THEN '60-79' ELSE '80+' END"
)
_COMPLETE = " AND ".join(
    f"{name} IS NOT NULL"
    for name in (
        "gioi_tinh", "age_years", "ma_nghe_nghiep", "matinh_cu_tru", "ma_benh_chinh", "ngay_ra",
        "ket_qua_dtri",
    )
)  # fmt: skip

SQL: dict[str, str] = {
    "luot-kham-theo-thang": "SELECT month, count(*), count(*) FROM v GROUP BY month",
    "luot-kham-theo-co-so": "SELECT facility, count(*), count(*) FROM v GROUP BY facility",
    "luot-kham-theo-tinh": "SELECT province, count(*), count(*) FROM v GROUP BY province",
    "luot-kham-theo-loai-hinh": "SELECT ma_loai_kcb, count(*), count(*) FROM v WHERE ma_loai_kcb IS NOT "
    "NULL GROUP BY 1",
    "luot-kham-theo-nhom-tuoi": f"SELECT {_AGES}, count(*), count(*) FROM v WHERE age_years IS NOT NULL "
    "GROUP BY 1",
    "luot-kham-theo-chuong-benh": f"SELECT name, count(*), count(*) FROM v JOIN {_ranges(_CHAPTERS)} "
    "GROUP BY 1",
    "benh-chinh-thuong-gap": "SELECT upper(left(ma_benh_chinh, 3)) AS c, count(*) AS n, count(*) FROM v"
    " WHERE ma_benh_chinh IS NOT NULL GROUP BY c HAVING n >= 5 ORDER BY n DESC, c LIMIT 20",
    "luot-kham-benh-man-tinh": f"SELECT name, count(*), count(*) FROM v JOIN {_ranges(_CHRONIC)} GROUP BY 1",
    "ty-le-noi-tru": _SHARE.format(
        by="province", what="ma_loai_kcb = '03'", rows="(FROM v WHERE ma_loai_kcb IS NOT NULL)"
    ),
    "ngay-dieu-tri-theo-co-so": "SELECT facility, sum(so_ngay_dtri), count(so_ngay_dtri) FROM stay "
    "GROUP BY 1",
    "ngay-dieu-tri-noi-tru": "SELECT month, avg(so_ngay_dtri), count(so_ngay_dtri) FROM stay GROUP BY 1",
    "ngay-dieu-tri-theo-chuong-benh": "SELECT name, avg(so_ngay_dtri), count(so_ngay_dtri) FROM stay JOIN"
    f" {_ranges(_CHAPTERS)} GROUP BY 1",
    "cong-suat-giuong": "SELECT month, sum(days) / sum(beds * day(last_day(CAST(month || '-01' AS "
    "DATE)))), sum(n)"
    "FROM (SELECT month, facility, sum(so_ngay_dtri) AS days, count(so_ngay_dtri) AS n FROM stay GROUP "
    "BY ALL)"
    " JOIN (SELECT facility, beds_actual AS beds FROM f WHERE beds_actual > 0) USING (facility) GROUP BY 1",
    "noi-tru-theo-loai-ra-vien": "SELECT CAST(CAST(ma_loai_rv AS BIGINT) AS VARCHAR), count(*), "
    "count(*) FROM stay"
    " WHERE ma_loai_rv IS NOT NULL GROUP BY 1",
    "tu-vong-noi-tru": "SELECT month, 1000 * avg(CAST(ket_qua_dtri = 5 AS DOUBLE)), count(*) FROM stay"
    " WHERE ket_qua_dtri IS NOT NULL GROUP BY 1",
    "ty-le-tai-nhap-vien-30-ngay": "SELECT month, avg(CAST(EXISTS (SELECT 1 FROM stay b WHERE b.person = "
    "a.person AND b.ngay_vao > a.ngay_ra AND b.ngay_vao <= a.ngay_ra + 30) AS DOUBLE)), count(*) FROM stay a"
    " WHERE person IS NOT NULL AND ngay_ra IS NOT NULL AND coalesce(ket_qua_dtri <> 5, true) GROUP BY 1",
    "ty-le-mo-lay-thai": _SHARE.format(by="province", what=f"({_SECTION})", rows=_BIRTHS),
    "ty-le-chuyen-tuyen": _SHARE.format(by="facility", what="is_referred", rows="v"),
    "ty-le-hen-kham-lai": _SHARE.format(by="month", what="is_to_return", rows="v"),
    "ty-le-giay-ra-vien-dien-tu": _SHARE.format(by="month", what="has_discharge_paper", rows="stay"),
    "chi-phi-binh-quan": "SELECT month, avg(t_tongchi_bv), count(t_tongchi_bv) FROM v GROUP BY 1",
    "co-cau-chi-phi": f"SELECT name, sum({_PART}), count(DISTINCT visit_id) FROM v, {_PARTS}"
    " WHERE t_tongchi_bv IS NOT NULL GROUP BY 1",
    "chi-phi-theo-nhom": "SELECT CAST(CAST(ma_nhom AS BIGINT) AS VARCHAR), sum(thanh_tien_bv), "
    "count(DISTINCT visit_id)"
    f" FROM {_LINES} WHERE ma_nhom IS NOT NULL AND thanh_tien_bv IS NOT NULL GROUP BY 1",
    "ty-le-chi-phi-thuoc": "SELECT facility, sum(t_thuoc) / sum(t_tongchi_bv), count(*) FROM v"
    " WHERE t_tongchi_bv IS NOT NULL AND t_thuoc IS NOT NULL GROUP BY 1",
    "ty-le-bhyt-chi-tra": "SELECT month, sum(t_bhtt) / sum(t_tongchi_bv), count(t_tongchi_bv) FROM v "
    "GROUP BY 1",
    "ty-le-luot-bhyt": _SHARE.format(
        by="province", what="t_bhtt > 0", rows="(FROM v WHERE t_bhtt IS NOT NULL)"
    ),
    "ty-le-nguoi-benh-chi-tra": "SELECT province, sum(coalesce(t_bntt, 0) + coalesce(t_bncct, 0)) / "
    "sum(t_tongchi_bv),"
    " count(*) FROM v WHERE t_tongchi_bv IS NOT NULL GROUP BY 1",
    "so-thuoc-moi-luot": "SELECT facility, count(*) / count(DISTINCT visit_id), count(DISTINCT "
    "visit_id) FROM d"
    " GROUP BY 1",
    "ty-le-dung-thuoc-tiem": "SELECT facility, avg(CAST(injected AS DOUBLE)), count(*) FROM (SELECT "
    "facility, visit_id,"
    " coalesce(bool_or(duong_dung LIKE '2.%'), false) AS injected FROM d GROUP BY ALL) GROUP BY 1",
    "xet-nghiem-moi-luot": "SELECT facility, coalesce(sum(n), 0) / count(*), count(*) FROM v LEFT JOIN "
    "(SELECT visit_id,"
    " sum(so_luong) AS n FROM s WHERE ma_nhom = 1 GROUP BY 1) USING (visit_id) GROUP BY 1",
    "ty-le-gui-kip-thoi": _SHARE.format(
        by="facility", what="days_to_send <= 1", rows="(FROM v WHERE days_to_send IS NOT NULL)"
    ),
    "ty-le-co-so-dinh-danh": _SHARE.format(by="facility", what="has_personal_number", rows="v"),
    "ty-le-ho-so-du-thong-tin": _SHARE.format(by="facility", what=f"({_COMPLETE})", rows="v"),
    "nguoi-hanh-nghe-theo-chuc-danh": "SELECT title, count(*), count(*) FROM p WHERE title IS NOT NULL "
    "GROUP BY 1",
    "giay-phep-sap-het-han": _SHARE.format(
        by="province", what="licence_days_left <= 180", rows="(FROM p WHERE licence_days_left IS NOT NULL)"
    ),
    "co-so-ban-le-thuoc": "SELECT kind, count(*), count(*) FROM h WHERE coalesce(status, 'active') = "
    "'active' GROUP BY 1",
}  # fmt: skip


def statement(code: str) -> str:
    """The whole question over tables called as the lake's; only what it needs is read."""
    return f"WITH {', '.join(_PARTS_READ[part][1] for part in _needed(code))} {SQL[code]}"


def reads(code: str) -> list[str]:
    """The tables of the lake that the question reads."""
    return list(dict.fromkeys(table for part in _needed(code) for table in _PARTS_READ[part][0]))


def _needed(code: str) -> list[str]:
    words = set(re.findall(r"\b\w+\b", SQL[code]))
    wanted = {part for part in ("v", "d", "s", "f", "p", "h", "stay") if part in words}
    if "stay" in wanted:
        wanted.add("v")
    if wanted & {"v", "d", "s"}:
        wanted.add("ok")
    return [part for part in _PARTS_READ if part in wanted]
