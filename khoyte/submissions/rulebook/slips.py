"""V-081 to V-087: what the papers of a dossier say, and that they agree with XML1.

Names are compared as written (after NFC and trimming). A paper that disagrees is a fault of the paper, so
`store` warns: the visit itself is attributed by XML1.
"""

from khoyte.foundation.language import Text
from khoyte.rules import Example, Expression, F, H, Rule, T, days_between, rule
from khoyte.submissions.rulebook.levels import PORTAL, REFUSED_BY_INSURER, WARNED, annex

# The discharge paper holds at most 1,500 characters of the diagnosis.
DIAGNOSIS_CHARACTERS = 1500

_PERSON = ("HO_TEN", "NGAY_SINH", "GIOI_TINH", "DIA_CHI")
_TIMES = ("NGAY_VAO", "NGAY_VAO_NOI_TRU", "NGAY_RA")
_DISEASES = ("CHAN_DOAN_RV", "MA_BENH_CHINH", "MA_BENH_KT", "MA_BENH_YHCT")

REPEATED: dict[str, tuple[str, ...]] = {
    "XML6": ("NGAY_SINH", "GIOI_TINH", "DIA_CHI", "MATINH_CU_TRU", "MAHUYEN_CU_TRU", "MAXA_CU_TRU", "SO_CCCD",
             "MA_THE_BHYT", "MA_CSKCB"),
    "XML7": ("NGAY_VAO", "NGAY_RA", "CHAN_DOAN_RV"),
    "XML8": ("MA_LOAI_KCB", "NGAY_VAO", "NGAY_RA", "CHAN_DOAN_VAO", "CHAN_DOAN_RV", "KET_QUA_DTRI"),
    "XML13": ("MA_CSKCB", *_PERSON, "MA_QUOCTICH", "MA_DANTOC", "MA_NGHE_NGHIEP", "MA_THE_BHYT", "GT_THE_DEN",
              *_TIMES, *_DISEASES, "MA_LOAI_RV"),
    "XML14": ("MA_CSKCB", *_PERSON, "MA_THE_BHYT", "GT_THE_DEN", *_TIMES, *_DISEASES, "MA_DOITUONG_KCB"),
    "XML15": ("MA_BN", "HO_TEN", "SO_CCCD", "MA_CSKCB"),
}
"""Fields of a table that repeat the field of the same name of XML1."""

RENAMED = {"XML13": (("MA_CSKCB_DI", "MA_NOI_DI"), ("MA_CSKCB_DEN", "MA_NOI_DEN"), ("MA_NOI_DI", "MA_NOI_DI"),
                     ("MA_NOI_DEN", "MA_NOI_DEN"))}
"""Fields that repeat a field of XML1 under another name, before and after Decision 3176."""

# Where a paper may name several (cards, facilities passed, times under 3176) it must name XML1's among them;
# a paper may also name one of the several cards of XML1.
_SEVERAL = frozenset({"MA_CSKCB_DI", "NGAY_VAO", "NGAY_RA"})
_ONE_OF_SEVERAL = frozenset({"MA_THE_BHYT", "GT_THE_DEN"})


def _agrees(field: str, of_visit: str) -> Expression:
    if field in _SEVERAL:
        return F[field].parts.contain(H[of_visit])
    if field in _ONE_OF_SEVERAL:
        return (F[field] == H[of_visit]) | H[of_visit].parts.contain(F[field])
    if field == "CHAN_DOAN_RV":
        return F[field].left(DIAGNOSIS_CHARACTERS) == H[of_visit].left(DIAGNOSIS_CHARACTERS)
    return F[field] == H[of_visit]


def _repeated(table: str, field: str, of_visit: str) -> list[Rule]:
    return rule(
        "V-081", part=field, table=table, field=field, level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Thông tin trên giấy tờ phải khớp bảng tổng hợp", "Repeated facts agree with the summary"),
        check=_agrees(field, of_visit), show={"expected": H[of_visit]},
        message=Text("{where}: ghi {value}, khác XML1." + of_visit + " ({expected}).",
                     "{where}: {value}, but XML1." + of_visit + " is {expected}."),
        hint=Text("Đối chiếu với hồ sơ bệnh án, sửa nội dung chưa đúng rồi xuất lại toàn bộ hồ sơ.",
                  "Compare with the medical record, correct what is wrong and export the whole dossier "
                  "again."),
        legal=PORTAL,
        examples=[Example(fails={"XML1": [{of_visit: "202608100800"}], table: [{field: "202608100801"}]},
                          passes={"XML1": [{of_visit: "202608100800"}], table: [{field: "202608100800"}]})])


AGREEMENT = [
    *[part for table, fields in REPEATED.items() for field in fields
      for part in _repeated(table, field, field)],
    *[part for table, pairs in RENAMED.items() for field, of_visit in pairs
      for part in _repeated(table, field, of_visit)],
    *rule(
        "V-082", table="XML7", field="MA_YTE", level=REFUSED_BY_INSURER, quality="unified",
        label=Text("Mã y tế phải trùng mã người bệnh", "The medical code is the patient number"),
        check=F.MA_YTE == H.MA_BN, show={"expected": H.MA_BN},
        message=Text("{where}: ghi {value}, khác mã người bệnh ở XML1.MA_BN ({expected}).",
                     "{where}: {value}, but XML1.MA_BN is {expected}."),
        hint=Text("Ghi MA_YTE trên giấy ra viện bằng MA_BN của hồ sơ rồi xuất và gửi lại.",
                  "Write MA_BN into MA_YTE of the discharge paper, export and send again."),
        legal=annex(7, "MA_YTE"),
        examples=[Example(fails={"XML1": [{"MA_BN": "BN1"}], "XML7": [{"MA_YTE": "BN2"}]},
                          passes={"XML1": [{"MA_BN": "BN1"}], "XML7": [{"MA_YTE": "BN1"}]})],
    ),
]

# Stillborn children are counted in SO_CON but may have no slip, so the counts only warn.
BIRTHS = [
    *rule(
        "V-083", part="slips", table="XML9", field="SO_CON", level=WARNED, quality="complete",
        label=Text("Mỗi con phải có một giấy chứng sinh", "One birth slip per child"),
        check=T.XML9.count() == F.SO_CON.number, show={"slips": T.XML9.count()},
        message=Text("{where}: số con là {value} nhưng hồ sơ có {slips} giấy chứng sinh.",
                     "{where}: {value} children but {slips} birth slips."),
        hint=Text("Lập giấy chứng sinh (một dòng XML9) cho từng con rồi xuất và gửi lại.",
                  "Make one birth slip (a row of XML9) per child, export and send again."),
        legal=annex(9, "SO_CON"),
        examples=[Example(fails={"XML9": [{"SO_CON": "2"}]},
                          passes={"XML9": [{"SO_CON": "2"}, {"SO_CON": "2"}]})],
    ),
    *rule(
        "V-083", part="weights", table="XML1", field="CAN_NANG_CON", level=WARNED, quality="complete",
        label=Text("Mỗi con phải có một cân nặng", "One weight per child"),
        when=T.XML9.exists(), check=F.CAN_NANG_CON.parts.count == T.XML9.count(),
        show={"weights": F.CAN_NANG_CON.parts.count, "slips": T.XML9.count()},
        message=Text("{where}: có {weights} cân nặng cho {slips} giấy chứng sinh.",
                     "{where}: {weights} weights for {slips} birth slips."),
        hint=Text("Ghi cân nặng của từng con (gam), cách nhau bằng dấu chấm phẩy.",
                  "Give the weight of each child in grams, joined by semicolons."),
        legal=annex(1, "CAN_NANG_CON"),
        examples=[Example(
            fails={"XML1": [{"CAN_NANG_CON": "2400"}], "XML9": [{"SO_CON": "2"}, {"SO_CON": "2"}]},
            passes={"XML1": [{"CAN_NANG_CON": "2400;2350"}], "XML9": [{"SO_CON": "2"}, {"SO_CON": "2"}]})],
    ),
    *[part for field, flag, pattern, remark in (
        ("GHI_CHU", "SINHCON_PHAUTHUAT", ".*([Pp]hẫu thuật|PHẪU THUẬT).*", "phẫu thuật"),
        ("GHI_CHU", "SINHCON_DUOI32TUAN", ".*32 *([Tt]uần|TUẦN).*", "sinh con dưới 32 tuần tuổi"),
    ) for part in rule(
        "V-085", part=flag, table="XML9", field=field, level=REFUSED_BY_INSURER, quality="complete",
        label=Text("Giấy chứng sinh phải có ghi chú theo quy định",
                   "The birth slip carries its fixed remark"),
        when=F[flag] == "1", check=F[field].matches(pattern).or_false,
        message=Text(f"{{where}}: {flag} = 1 nhưng ghi chú chưa nêu “{remark}”.",
                     f"{{where}}: {flag} = 1, but the remark does not say “{remark}”."),
        hint=Text("Nhập ghi chú của giấy chứng sinh đúng như phụ lục Quyết định 4750/QĐ-BYT quy định.",
                  "Write the remark of the birth slip as the annex of Decision 4750/QĐ-BYT words it."),
        legal=annex(9, f"GHI_CHU, {flag}"),
        examples=[Example(fails={"XML9": [{flag: "1", "GHI_CHU": ""}]},
                          passes={"XML9": [{flag: "1",
                                            "GHI_CHU": "Phẫu thuật, sinh con dưới 32 tuần tuổi"}]})],
    )],
]

_terminated = F.MA_DINH_CHI_THAI == "1"

TERMINATION = [part for table, field in (("XML7", "NGUYENNHAN_DINHCHI"), ("XML7", "THOIGIAN_DINHCHI"),
                                         ("XML11", "NGUYENNHAN_DINHCHI")) for part in rule(
    "V-084", part=field, table=table, field=field, level=REFUSED_BY_INSURER, quality="complete",
    label=Text("Đình chỉ thai nghén phải có nguyên nhân, thời điểm", "A termination has its reason and time"),
    when=_terminated, check=F[field].filled,
    message=Text("{where}: đình chỉ thai nghén nhưng chưa ghi {label}.",
                 "{where}: pregnancy was terminated, but {label} is missing."),
    hint=Text("Nhập bổ sung trên giấy tờ này theo hồ sơ bệnh án rồi xuất và gửi lại.",
              "Add it to this paper from the medical record, export and send again."),
    legal=annex(int(table[3:]), field),
    examples=[Example(fails={table: [{"MA_DINH_CHI_THAI": "1", field: ""}]},
                      passes={table: [{"MA_DINH_CHI_THAI": "0", field: ""}]})],
)] + rule(
    "V-084", part="TUOI_THAI", table=("XML7", "XML11"), field="TUOI_THAI", level=REFUSED_BY_INSURER,
    quality="complete",
    label=Text("Đình chỉ thai nghén phải có tuổi thai từ 1 đến 42 tuần",
               "A termination has a gestation of 1 to 42 weeks"),
    when=_terminated, check=F.TUOI_THAI.number.between(1, 42).or_false,
    message=Text("{where}: đình chỉ thai nghén nhưng tuổi thai {value} không nằm trong khoảng từ 1 đến 42 "
                 "tuần.",
                 "{where}: pregnancy was terminated, but its age {value} is not 1 to 42 weeks."),
    hint=Text("Nhập tuổi thai theo số tuần, từ 1 đến 42.", "Give the gestational age in weeks, 1 to 42."),
    legal=annex(7, "TUOI_THAI") + "; bảng 11",
    examples=[Example(
        fails={table: [{"MA_DINH_CHI_THAI": "1", "TUOI_THAI": "43"}] for table in ("XML7", "XML11")},
        passes={table: [{"MA_DINH_CHI_THAI": "1", "TUOI_THAI": "9"}] for table in ("XML7", "XML11")})],
)

HIV_GROUPS = (
    ("tuberculosis", F.LOAI_DTRI_LAO.is_in("1", "2", "3"), {"LOAI_DTRI_LAO": "2"}, "điều trị lao",
     "TB treatment", ("PHACDO_DTRI_LAO", "NGAYBD_DTRI_LAO", "NGAYKT_DTRI_LAO")),
    ("PCR", F.MA_TINH_TRANG_DK.parts.any_in("1"), {"MA_TINH_TRANG_DK": "1;7"}, "trẻ dưới 18 tháng",
     "a child under 18 months", ("LAN_XN_PCR", "NGAY_XN_PCR", "NGAY_KQ_XN_PCR", "MA_KQ_XN_PCR")),
    ("ARV", F.MA_XU_TRI.parts.any_in("1"), {"MA_XU_TRI": "1"}, "điều trị ARV", "ARV treatment",
     ("NGAY_BAT_DAU_XU_TRI", "NGAY_KET_THUC_XU_TRI", "SO_NGAY_CAP_THUOC_ARV")),
)
_course_days = days_between(F.NGAY_BAT_DAU_XU_TRI, F.NGAY_KET_THUC_XU_TRI) + 1

HIV = [
    *[part for name, condition, given, vi, en, fields in HIV_GROUPS for field in fields for part in rule(
        "V-086", part=f"{name} {field}", table="XML6", field=field, level=REFUSED_BY_INSURER,
        quality="complete",
        label=Text("Hồ sơ HIV/AIDS phải đủ thông tin theo tình trạng, xử trí",
                   "The HIV record is complete for what was done"),
        when=condition, check=F[field].filled,
        message=Text(f"{{where}}: {vi} nhưng chưa ghi {{label}}.",
                     f"{{where}}: {en}, but {{label}} is missing."),
        hint=Text("Nhập bổ sung theo bệnh án ngoại trú HIV/AIDS rồi xuất và gửi lại.",
                  "Add it from the HIV outpatient record, export and send again."),
        legal=PORTAL,
        examples=[Example(fails={"XML6": [given | {field: ""}]}, passes={"XML6": [given | {field: "1"}]})],
    )],
    # Both ends of a course may be counted, so one day more than the difference is right too.
    *rule(
        "V-086", part="ARV days", table="XML6", field="SO_NGAY_CAP_THUOC_ARV", level=REFUSED_BY_INSURER,
        quality="correct",
        label=Text("Số ngày cấp thuốc ARV không được quá số ngày của đợt",
                   "ARV is supplied for no longer than the course"),
        check=F.SO_NGAY_CAP_THUOC_ARV.number <= _course_days, show={"most": _course_days},
        message=Text("{where}: cấp thuốc {value} ngày, trong khi đợt cấp chỉ có {most} ngày.",
                     "{where}: supplied for {value} days in a course of {most}."),
        hint=Text("Kiểm tra ngày bắt đầu, ngày kết thúc đợt cấp và số ngày cấp thuốc.",
                  "Check first and last day of the course and the days supplied."),
        legal=PORTAL,
        examples=[Example(
            fails={"XML6": [{"NGAY_BAT_DAU_XU_TRI": "20260801", "NGAY_KET_THUC_XU_TRI": "20260830",
                             "SO_NGAY_CAP_THUOC_ARV": "31"}]},
            passes={"XML6": [{"NGAY_BAT_DAU_XU_TRI": "20260801", "NGAY_KET_THUC_XU_TRI": "20260830",
                              "SO_NGAY_CAP_THUOC_ARV": "30"}]})],
    ),
]

LEAVE = [
    *rule(
        "V-087", part="form", table="XML11", field="MAU_SO", level=REFUSED_BY_INSURER, quality="correct",
        cause="value",
        label=Text("Mẫu số phải là CT07 hoặc để trống", "The form number is CT07 or empty"),
        check=F.MAU_SO == "CT07",
        message=Text("{where}: mẫu số {value} không phải là CT07.", "{where}: {value} is not the form."),
        hint=Text("Ở giấy chứng nhận nghỉ việc hưởng BHXH, ghi mẫu số CT07 hoặc để trống.",
                  "On the sick-leave certificate write CT07 or leave it empty."),
        legal=PORTAL,
        examples=[Example(fails={"XML11": [{"MAU_SO": "CT08"}]}, passes={"XML11": [{"MAU_SO": ""}]})],
    ),
    *rule(
        "V-087", part="number", table="XML11", field="MA_BHXH", level=REFUSED_BY_INSURER, quality="correct",
        label=Text("Mã số BHXH phải gồm chữ số, không toàn số 0",
                   "The social insurance number is a real number"),
        check=F.MA_BHXH.matches("[0-9]*[1-9][0-9]*"),
        message=Text("{where}: mã số BHXH có ký tự không phải chữ số, hoặc gồm toàn số 0.",
                     "{where}: the social insurance number has other signs than digits, or nothing but "
                     "zeros."),
        hint=Text("Tra cứu lại mã số BHXH của người lao động trên Cổng thông tin điện tử BHXH Việt Nam.",
                  "Look the number up again on the portal of Social Security."),
        legal=PORTAL,
        examples=[Example(fails={"XML11": [{"MA_BHXH": "0000000000"}]},
                          passes={"XML11": [{"MA_BHXH": "9990012345"}]})],
    ),
]

RULES = [*AGREEMENT, *BIRTHS, *TERMINATION, *HIV, *LEAVE]
