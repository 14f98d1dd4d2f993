"""V-025 to V-037: the order of times within a dossier."""
from khoyte.foundation.language import Text
from khoyte.rules import Example, F, rule

RULES = [
    *rule(
        "V-025", table="XML1", field="NGAY_RA",
        level={"precheck": "E", "store": "E"}, quality="correct",
        label=Text("Ngày vào không sau ngày ra", "Admission is not after discharge"),
        check=F.NGAY_VAO.minute <= F.NGAY_RA.minute,
        show={"admitted": F.NGAY_VAO},
        message=Text("{where}: ngày ra {value} trước ngày vào {admitted}.",
                     "{where}: discharge {value} is before admission {admitted}."),
        hint=Text("Kiểm tra lại NGAY_VAO và NGAY_RA trên hồ sơ bệnh án, sửa ngày ghi sai rồi gửi lại.",
                  "Compare NGAY_VAO and NGAY_RA with the medical record, correct one and send again."),
        legal="Decision 4750/QĐ-BYT, annex, table 1 (NGAY_VAO, NGAY_RA)",
        examples=[Example(fails={"XML1": [{"NGAY_VAO": "202608151000", "NGAY_RA": "202608150930"}]})],
    ),
]
