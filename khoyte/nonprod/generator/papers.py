"""Papers that leave with the patient: discharge paper (XML7), record summary (XML8), sick leave (XML11),
referral slip (XML13), re-examination slip (XML14). What they repeat of XML1 is taken from its row.
"""

from __future__ import annotations

from random import Random

from khoyte.nonprod.generator.episode import ADMITTED, DAY_CARE, INPATIENT, TRANSFERRED, VISIT, Episode
from khoyte.nonprod.generator.lines import Orders
from khoyte.nonprod.generator.moments import DAY, day8, day_of, stamp
from khoyte.nonprod.generator.summary import signatory, treatment_text
from khoyte.nonprod.generator.world import FACILITIES

SICK_LEAVE_SHARE = 0.12

Row = dict[str, str]


def paper_rows(rng: Random, episode: Episode, orders: Orders, summary: Row) -> dict[str, list[Row]]:
    """The papers of an episode by table; only those that its form of care and its end call for."""
    papers: dict[str, list[Row]] = {}
    if episode.care in ADMITTED:
        papers["XML7"] = [_discharge_paper(episode, summary)]
    if episode.care in (INPATIENT, DAY_CARE):
        papers["XML8"] = [_record_summary(episode, orders, summary)]
    if _needs_sick_leave(rng, episode):
        papers["XML11"] = [_sick_leave(rng, episode, summary)]
    if episode.leaving == TRANSFERRED:
        papers["XML13"] = [_referral_slip(episode, orders, summary)]
    if episode.follow_up:
        papers["XML14"] = [_re_examination_slip(episode, summary)]
    return papers


def _needs_sick_leave(rng: Random, episode: Episode) -> bool:
    works = episode.person.employer and episode.care == VISIT and episode.leaving != TRANSFERRED
    return bool(works) and rng.random() < SICK_LEAVE_SHARE


def _copy(summary: Row, *names: str) -> Row:
    return {name: summary.get(name, "") for name in names}


def _parents(episode: Episode) -> Row:
    person = episode.person
    return {"HO_TEN_CHA": person.father, "HO_TEN_ME": person.mother} if person.age < 16 else {}


def _discharge_paper(episode: Episode, summary: Row) -> Row:
    return {
        **_copy(summary, "MA_LK", "NGAY_VAO", "NGAY_RA", "CHAN_DOAN_RV"),
        **_parents(episode),
        "SO_LUU_TRU": f"LT{episode.patient_number[2:]}{episode.serial:05d}",
        "MA_YTE": episode.patient_number,
        "MA_KHOA_RV": episode.department,
        "MA_DINH_CHI_THAI": "0",
        "PP_DIEUTRI": summary["PP_DIEU_TRI"],
        "GHI_CHU": summary["GHI_CHU"],
        "MA_TTDV": signatory(episode, "XML7"),
        "MA_BS": episode.doctor.licence,
        "TEN_BS": episode.doctor.full_name,
        "NGAY_CT": day8(day_of(episode.end)),
    }


def _record_summary(episode: Episode, orders: Orders, summary: Row) -> Row:
    return {
        **_copy(
            summary,
            "MA_LK",
            "MA_LOAI_KCB",
            "NGAY_VAO",
            "NGAY_RA",
            "CHAN_DOAN_VAO",
            "CHAN_DOAN_RV",
            "KET_QUA_DTRI",
        ),
        **_parents(episode),
        "DON_VI": episode.person.employer,
        "QT_BENHLY": illness_course(episode),
        "TOMTAT_KQ": results_text(orders),
        "PP_DIEUTRI": summary["PP_DIEU_TRI"],
        "MA_TTDV": signatory(episode, "XML8"),
        "NGAY_CT": day8(day_of(episode.end)),
    }


def illness_course(episode: Episode) -> str:
    complaint = episode.condition.complaint
    return f"Trước vào viện 2 ngày xuất hiện {complaint[0].lower()}{complaint[1:]}, vào viện khám và điều trị"


def results_text(orders: Orders) -> str:
    """The first few results in one line."""
    shown = [
        f"{row['TEN_CHI_SO']}: {row.get('GIA_TRI') or row.get('KET_LUAN')} {row.get('DON_VI_DO', '')}".strip()
        for row in orders.results[:4]
    ]
    return "; ".join(shown) or "Không làm xét nghiệm"


def _sick_leave(rng: Random, episode: Episode, summary: Row) -> Row:
    first = day_of(episode.end)
    days = rng.randint(1, 5)
    return {
        **_copy(summary, "MA_LK", "MA_THE_BHYT", "CHAN_DOAN_RV"),
        "SO_CT": f"{episode.serial:06d}",
        "SO_SERI": f"DEMO{episode.facility.code}{episode.serial:06d}",
        "SO_KCB": summary["MA_HSBA"],
        "DON_VI": episode.person.employer,
        "MA_BHXH": episode.person.insurance_number,
        "PP_DIEUTRI": treatment_text(episode),
        "MA_DINH_CHI_THAI": "0",
        "SO_NGAY_NGHI": str(days),
        "TU_NGAY": day8(first),
        "DEN_NGAY": day8(first + days - 1),
        "MA_TTDV": signatory(episode, "XML11"),
        "MA_BS": episode.doctor.licence,
        "NGAY_CT": day8(first),
        "MAU_SO": "CT07",
    }


_REPEATED_ON_REFERRAL = (
    "MA_LK", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "MA_QUOCTICH", "MA_DANTOC", "MA_NGHE_NGHIEP", "DIA_CHI",
    "MA_THE_BHYT", "GT_THE_DEN", "NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA", "CHAN_DOAN_RV", "MA_BENH_CHINH",
    "MA_BENH_KT", "MA_LOAI_RV", "MA_CSKCB", "MA_NOI_DI", "MA_NOI_DEN", "PP_DIEU_TRI",
)  # fmt: skip


def _referral_slip(episode: Episode, orders: Orders, summary: Row) -> Row:
    """Fields of both layouts of XML13; the standard of the day picks its own."""
    number = f"{episode.serial:05d}/PCCS-{episode.facility.code}"
    return {
        **_copy(summary, *_REPEATED_ON_REFERRAL),
        "MA_CSKCB_DI": summary["MA_NOI_DI"],
        "MA_CSKCB_DEN": summary["MA_NOI_DEN"],
        "SO_HOSO": summary["MA_HSBA"],
        "SO_CHUYENTUYEN": f"{episode.serial:05d}",
        "GIAY_CHUYEN_TUYEN": number,
        "DAU_HIEU_LS": episode.condition.complaint,
        "QT_BENHLY": illness_course(episode),
        "TOMTAT_KQ": results_text(orders),
        "PP_DIEUTRI": summary["PP_DIEU_TRI"],
        "TEN_DICH_VU": orders.services[0].row["TEN_DICH_VU"],
        "TEN_THUOC": orders.drugs[0].row["TEN_THUOC"] if orders.drugs else "",
        "TINH_TRANG_CT": "Tỉnh, sinh hiệu ổn định",
        "MA_LYDO_CT": "1",
        "HUONG_DIEU_TRI": f"Đề nghị {FACILITIES[episode.facility.refers_to].name} khám và điều trị tiếp",
        "PHUONGTIEN_VC": "Xe cứu thương" if episode.admitted else "Tự túc",
        "HOTEN_NGUOI_HT": episode.nurse.full_name if episode.admitted else "",
        "CHUCDANH_NGUOI_HT": episode.nurse.title if episode.admitted else "",
        "MA_BAC_SI": episode.doctor.licence,
        "MA_TTDV": signatory(episode, "XML13"),
    }


_REPEATED_ON_APPOINTMENT = (
    "MA_LK", "MA_CSKCB", "HO_TEN", "NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MA_THE_BHYT", "GT_THE_DEN",
    "NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA", "CHAN_DOAN_RV", "MA_BENH_CHINH", "MA_BENH_KT",
    "MA_DOITUONG_KCB",
)  # fmt: skip


def _re_examination_slip(episode: Episode, summary: Row) -> Row:
    day = episode.follow_up or 0
    return {
        **_copy(summary, *_REPEATED_ON_APPOINTMENT),
        "SO_GIAYHEN_KL": f"{episode.serial:05d}/PHKL-{episode.facility.code}",
        "NGAY_HEN_KL": stamp(day * DAY + 8 * 60) if episode.forms.appointment_has_time else day8(day),
        "MA_BAC_SI": episode.doctor.licence,
        "MA_TTDV": signatory(episode, "XML14"),
        "NGAY_CT": day8(day_of(episode.arrival if episode.care in ("05", "07") else episode.end)),
    }
