"""The summary row (XML1) and the clinical notes (XML5) of an episode."""

from __future__ import annotations

from datetime import date
from random import Random

from khoyte.nonprod.generator.episode import (
    ADMITTED,
    COLLECTION,
    COURSE,
    RE_EXAMINED,
    REFERRED,
    TRANSFERRED,
    VISIT,
    Episode,
)  # fmt: skip
from khoyte.nonprod.generator.lines import Orders
from khoyte.nonprod.generator.moments import DAY, day8, day_of, stamp, year_of
from khoyte.nonprod.generator.money import Totals
from khoyte.nonprod.generator.people import address
from khoyte.nonprod.generator.reference import OPERATION
from khoyte.nonprod.generator.world import Practitioner, of_title

_ADVICE = (
    "Uống thuốc theo đơn, tái khám khi có dấu hiệu bất thường",
    "Nghỉ ngơi, uống nhiều nước, theo dõi tại nhà",
    "Ăn nhạt, tập thể dục đều, đo huyết áp hằng ngày",
)
_COURSE = (
    "Người bệnh tỉnh, tiếp xúc tốt, các triệu chứng giảm",
    "Tình trạng ổn định, ăn uống được, ngủ được",
    "Hết sốt, đỡ đau, sinh hiệu ổn định",
    "Còn mệt nhẹ, tiếp tục theo dõi và điều trị theo phác đồ",
)


def head_of(episode: Episode) -> Practitioner:
    """The person who signs for the facility."""
    return of_title(episode.facility.code, "bác sỹ")[0]


def signatory(episode: Episode, table: str) -> str:
    """MA_TTDV: insurance number of ten digits under Decision 4750, practice licence since Decision 3176."""
    head = head_of(episode)
    return head.licence if episode.forms.signs_by_licence(table) else head.insurance_number


def occupation(episode: Episode) -> str:
    code = episode.person.occupation
    return code[:2] if episode.forms.short_occupations else code


def settled_at(episode: Episode) -> int:
    """When the patient settled: at the end of care, or on the day of the visit when medicines last longer."""
    if episode.care in (VISIT, *ADMITTED):
        return episode.end + 6
    return episode.arrival + 75


def diagnosis(episode: Episode) -> str:
    return f"{episode.condition.code} - {episode.condition.name}"


def summary_row(
    episode: Episode, orders: Orders, totals: Totals, place_in_file: int, file_day: int
) -> dict[str, str]:
    """The row of XML1; `file_day` is the ordinal of the day the file is made."""
    row = {"MA_LK": episode.ma_lk, "STT": str(place_in_file), "MA_BN": episode.patient_number}
    row |= _person_fields(episode)
    row |= _care_fields(episode, orders)
    row |= totals.as_fields()
    row |= _closing_fields(episode, file_day)
    return row


def _person_fields(episode: Episode) -> dict[str, str]:
    person = episode.person
    districts = episode.forms.has_districts
    fields = {
        "HO_TEN": person.full_name,
        "SO_CCCD": person.number,
        "NGAY_SINH": person.birth,
        "GIOI_TINH": str(person.sex),
        "NHOM_MAU": person.blood_group,
        "MA_QUOCTICH": "000",
        "MA_DANTOC": person.ethnic_group,
        "MA_NGHE_NGHIEP": occupation(episode),
        "DIA_CHI": address(person, districts),
        "MATINH_CU_TRU": person.commune.province,
        "MAHUYEN_CU_TRU": person.commune.district_code if districts else "",
        "MAXA_CU_TRU": person.commune.code,
        "DIEN_THOAI": person.phone,
        "CAN_NANG": f"{person.weight_kg / 100:.2f}",
    }
    if person.insured:
        fields |= card_fields(episode)
        if person.benefit < 100:
            fields["NAM_NAM_LIEN_TUC"] = f"{year_of(episode.arrival) - 2}0101"
    return fields


def card_fields(episode: Episode) -> dict[str, str]:
    """Card, first registration and validity; a newborn's temporary card begins at birth."""
    newborn = episode.condition.special == "newborn"
    first = episode.person.birth[:8] if newborn else f"{year_of(episode.arrival)}0101"
    return {
        "MA_THE_BHYT": episode.person.card,
        "MA_DKBD": episode.person.registered_at,
        "GT_THE_TU": first,
        "GT_THE_DEN": f"{year_of(episode.end)}1231",
    }


def _care_fields(episode: Episode, orders: Orders) -> dict[str, str]:
    condition = episode.condition
    admitted = episode.admitted is not None
    operated = any(line.row["MA_NHOM"] == OPERATION for line in orders.services)
    referred = episode.route in (REFERRED, RE_EXAMINED)
    return {
        "LY_DO_VV": condition.complaint,
        "LY_DO_VNT": f"{condition.name} cần theo dõi, điều trị tại khoa" if admitted else "",
        "CHAN_DOAN_VAO": condition.name,
        "CHAN_DOAN_RV": diagnosis(episode),
        "MA_BENH_CHINH": condition.code,
        "MA_BENH_KT": ";".join(condition.also),
        "MA_PTTT_QT": ";".join(orders.procedures),
        "MA_DOITUONG_KCB": episode.route,
        "MA_NOI_DI": episode.referred_from,
        "MA_NOI_DEN": episode.facility.refers_to if episode.leaving == TRANSFERRED else "",
        "MA_TAI_NAN": condition.accident,
        "NGAY_VAO": stamp(episode.arrival),
        "NGAY_VAO_NOI_TRU": stamp(episode.admitted) if episode.admitted is not None else "",
        "NGAY_RA": stamp(episode.end),
        "GIAY_CHUYEN_TUYEN": f"{episode.serial:05d}/PC-{year_of(episode.arrival)}" if referred else "",
        "SO_NGAY_DTRI": str(episode.counted_days),
        "PP_DIEU_TRI": treatment_text(episode, operated),
        "KET_QUA_DTRI": episode.result,
        "MA_LOAI_RV": episode.leaving,
        "GHI_CHU": _ADVICE[episode.serial % len(_ADVICE)],
        "MA_LOAI_KCB": episode.care,
        "MA_KHOA": episode.departments,
        "MA_CSKCB": episode.facility.code,
    }


def treatment_text(episode: Episode, operated: bool = False) -> str:
    if operated:
        return "Phẫu thuật, kháng sinh, giảm đau, chăm sóc hậu phẫu"
    if episode.care == COURSE:
        return "Vật lý trị liệu, phục hồi chức năng, thuốc"
    return "Điều trị nội khoa theo phác đồ"


def _closing_fields(episode: Episode, file_day: int) -> dict[str, str]:
    made = date.fromordinal(file_day)
    return {
        "NGAY_TTOAN": stamp(settled_at(episode)),
        "NAM_QT": str(made.year),
        "THANG_QT": str(made.month),
        "NGAY_TAI_KHAM": day8(episode.follow_up) if episode.follow_up else "",
        "MA_HSBA": f"{'BA' if episode.admitted else 'KB'}{episode.patient_number[2:]}{episode.serial:05d}",
        "MA_TTDV": signatory(episode, "XML1"),
    }


def note_rows(rng: Random, episode: Episode) -> list[dict[str, str]]:
    """Clinical notes: one for a visit or short stay, one a day of a longer one, none for a collection."""
    if episode.care == COLLECTION:
        return []
    begin = (episode.admitted or episode.arrival) + 6
    count = 1
    if episode.bed or episode.care == COURSE:
        count = max(1, day_of(episode.end) - day_of(begin))
    return [
        note_row(rng, episode, place, min(begin + place * DAY, episode.end - 1)) for place in range(count)
    ]


def note_row(rng: Random, episode: Episode, place: int, moment: int) -> dict[str, str]:
    """One note; `place` counts from 0, the first one tells the complaint."""
    return {
        "MA_LK": episode.ma_lk,
        "STT": str(place + 1),
        "DIEN_BIEN_LS": _note_text(rng, episode, place),
        "GIAI_DOAN_BENH": "Toàn phát" if place == 0 and episode.admitted else "",
        "THOI_DIEM_DBLS": stamp(moment),
        "NGUOI_THUC_HIEN": episode.doctor.licence,
    }


def _note_text(rng: Random, episode: Episode, position: int) -> str:
    words = episode.condition.complaint if position == 0 else rng.choice(_COURSE)
    pulse, systolic, breaths = rng.randint(68, 98), rng.randint(105, 150), rng.randint(16, 22)
    heat = rng.uniform(36.5, 39.0 if position == 0 else 37.4)
    signs = f"CSST_M{pulse}_T{heat:.1f}_HA{systolic}/{systolic - 45}_NT{breaths}_SP{rng.randint(95, 99)}_HL3"
    return f"{words}. Tim đều, phổi thông khí rõ, bụng mềm. [{signs}]"
