"""Tables of special care: birth certificate slip (XML9), HIV care (XML6), tuberculosis treatment (XML15)."""

from __future__ import annotations

from random import Random

from khoyte.nonprod.generator.episode import Episode
from khoyte.nonprod.generator.moments import day8, day_of, stamp
from khoyte.nonprod.generator.names import draw_family_name, draw_name
from khoyte.nonprod.generator.papers import Row
from khoyte.nonprod.generator.summary import signatory

TWIN_SHARE = 0.02


def special_rows(rng: Random, episode: Episode, summary: Row) -> dict[str, list[Row]]:
    """Rows by table; a birth also writes the weights of the newborns into the summary row."""
    if episode.condition.special == "birth":
        births = _birth_slips(rng, episode, summary)
        summary["CAN_NANG_CON"] = ";".join(row["CAN_NANG_CON"] for row in births)
        return {"XML9": births}
    if episode.condition.special == "hiv":
        return {"XML6": [_hiv_care(episode, summary)], "XML15": [_tuberculosis(episode, summary)]}
    return {}


def _birth_slips(rng: Random, episode: Episode, summary: Row) -> list[Row]:
    """One slip per child; a caesarean needs its fixed remark for the mother's maternity benefit."""
    children = 2 if rng.random() < TWIN_SHARE else 1
    surgery = episode.condition.code.startswith("O82")
    family = draw_family_name(rng)
    moment = (episode.admitted or episode.arrival) + 95
    shared = _birth_shared(rng, episode, summary, family, children, surgery)
    return [_birth_slip(rng, episode, shared, family, moment + 4 * child, child) for child in range(children)]


def _birth_shared(
    rng: Random, episode: Episode, summary: Row, family: str, children: int, surgery: bool
) -> Row:
    person = episode.person
    earlier = rng.choice((0, 0, 1, 1, 2))
    return {
        "MA_LK": episode.ma_lk,
        "MA_BHXH_NND": person.insurance_number if person.insured else "",
        "MA_THE_NND": person.card,
        "HO_TEN_NND": person.full_name.upper(),
        "NGAYSINH_NND": person.birth[:8],
        "MA_DANTOC_NND": person.ethnic_group,
        "SO_CCCD_NND": person.number,
        "NGAYCAP_CCCD_NND": "20220815",
        "NOICAP_CCCD_NND": "Cơ quan cấp căn cước (số liệu minh họa)",
        "NOI_CU_TRU_NND": summary["DIA_CHI"],
        "MA_QUOCTICH": "000",
        **{name: summary[name] for name in ("MATINH_CU_TRU", "MAHUYEN_CU_TRU", "MAXA_CU_TRU")},
        "HO_TEN_CHA": draw_name(rng, 1, family),
        "SO_CON": str(children),
        "LAN_SINH": str(earlier + 1),
        "SO_CON_SONG": str(earlier + children),
        "NOI_SINH_CON": episode.facility.name,
        "TINH_TRANG_CON": "Khóc ngay, hồng hào, Apgar 9 điểm",
        "SINHCON_PHAUTHUAT": "1" if surgery else "0",
        "SINHCON_DUOI32TUAN": "0",
        "GHI_CHU": "Sinh con phải phẫu thuật" if surgery else "Sinh thường",
        "NGUOI_DO_DE": episode.doctor.full_name,
        "NGUOI_GHI_PHIEU": episode.nurse.full_name,
        "NGAY_CT": day8(day_of(episode.end)),
        "MA_TTDV": signatory(episode, "XML9"),
    }


def _birth_slip(rng: Random, episode: Episode, shared: Row, family: str, moment: int, child: int) -> Row:
    sex = rng.choice((1, 2))
    year = day8(day_of(moment))[2:4]
    return {
        **shared,
        "MA_THE_TAM": f"TE1{episode.facility.province}{episode.facility.province}{rng.randrange(10**8):08d}",
        "HO_TEN_CON": draw_name(rng, sex, family).upper(),
        "GIOI_TINH_CON": str(sex),
        "CAN_NANG_CON": str(rng.randrange(2300, 3900, 50)),
        "NGAY_SINH_CON": stamp(moment),
        "SO": f"{(2 * episode.serial + child) % 100000:05d}.GCS.{episode.facility.code}.{year}",
        "QUYEN_SO": f"01/{day8(day_of(moment))[:4]}",
    }


def _hiv_care(episode: Episode, summary: Row) -> Row:
    first = day_of(episode.arrival)
    facility = episode.facility.code
    repeated = (
        "MA_LK", "MA_THE_BHYT", "SO_CCCD", "NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MATINH_CU_TRU",
        "MAHUYEN_CU_TRU", "MAXA_CU_TRU", "MA_CSKCB",
    )  # fmt: skip
    return {
        **{name: summary.get(name, "") for name in repeated},
        "NGAYKD_HIV": day8(first - 400),
        "NOI_LAY_MAU_XN": facility,
        "NOI_XN_KD": facility,
        "NOI_BDDT_ARV": facility,
        "BDDT_ARV": day8(first - 380),
        "MA_PHAC_DO_DIEU_TRI_BD": "1",
        "MA_BAC_PHAC_DO_BD": "1",
        "MA_LYDO_DTRI": "1",
        "LOAI_DTRI_LAO": "3",
        "SANG_LOC_LAO": "3",
        "PHACDO_DTRI_LAO": "13",
        "NGAYBD_DTRI_LAO": day8(first + 1),
        "NGAYKT_DTRI_LAO": day8(first + 271),
        "KQ_DTRI_LAO": "1",
        "MA_LYDO_XNTL_VR": "1",
        "NGAY_XN_TLVR": day8(first),
        "KQ_XNTL_VR": "1",
        "NGAY_KQ_XN_TLVR": day8(first),
        "MA_LOAI_BN": "1",
        "GIAI_DOAN_LAM_SANG": "3",
        "NHOM_DOI_TUONG": "8",
        "MA_TINH_TRANG_DK": "3",
        "NGAY_BAT_DAU_DT_CTX": day8(first),
        "MA_XU_TRI": "1;2",
        "NGAY_BAT_DAU_XU_TRI": day8(first),
        "NGAY_KET_THUC_XU_TRI": day8(first + 28),
        "MA_PHAC_DO_DIEU_TRI": "1",
        "MA_BAC_PHAC_DO": "1",
        "SO_NGAY_CAP_THUOC_ARV": "28",
        "NGAY_CHUYEN_PHAC_DO": day8(first),
        "LY_DO_CHUYEN_PHAC_DO": "4",
    }


def _tuberculosis(episode: Episode, summary: Row) -> Row:
    first = day_of(episode.arrival)
    return {
        **{name: summary.get(name, "") for name in ("MA_LK", "MA_BN", "HO_TEN", "SO_CCCD", "MA_CSKCB")},
        "STT": "1",
        "PHANLOAI_LAO_VITRI": "1",
        "PHANLOAI_LAO_TS": "1",
        "PHANLOAI_LAO_HIV": "1",
        "PHANLOAI_LAO_VK": "1",
        "PHANLOAI_LAO_KT": "4",
        "LOAI_DTRI_LAO": "3",
        "NGAYBD_DTRI_LAO": day8(first + 1),
        "PHACDO_DTRI_LAO": "13",
        "NGAYKT_DTRI_LAO": day8(first + 271),
        "KET_QUA_DTRI_LAO": "6",
        "NGAYKD_HIV": day8(first - 400),
        "BDDT_ARV": day8(first - 380),
        "NGAY_BAT_DAU_DT_CTX": day8(first),
    }
