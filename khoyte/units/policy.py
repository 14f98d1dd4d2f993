"""Who may do what: one pure function over one table of permissions.

An act is allowed when some permission names the act, the actor's role (or the token's scope), and the
relation between the actor's unit and the record's owner. Nothing else in the platform decides about access;
pages, API, commands and exports ask here. A record that an actor may not see and a record that does not exist
get the same answer, so decisions carry `visible` beside `allowed`.

Relations: "self" — the record is about the actor as a person; "own" — the record belongs to the actor's
unit, or to one it took over; "province" — it belongs to a facility of the actor's province, or of one it took
over; "shared" — the facility is marked as shared with the actor's department; "everything" — national roles;
"none" — the act touches no record of anyone.
"""

from dataclasses import dataclass

from khoyte.foundation.language import Text
from khoyte.units.enums import ROLES_OF_KIND, Role, Scope
from khoyte.units.training import is_training


@dataclass(frozen=True)
class Actor:
    """Who is acting: a person with a role in a unit, a unit's machine with scopes, or nobody."""

    kind: str  # "account" | "machine" | "anonymous" | "system"
    name: str
    unit_code: str = ""
    unit_name: str = ""
    unit_kind: str = ""
    province: str = ""
    role: str = ""
    scopes: tuple[str, ...] = ()
    # Keyed hash (hexadecimal) of the person an account is verified to be: a citizen's as records of care hold
    # it, a practitioner's as registers do.
    person: str = ""
    before: tuple[str, ...] = ()  # units this one took over: their records are its own now
    on_behalf_of: str = ""  # the account whose role a delegate exercises (thay mặt)

    @property
    def facility(self) -> str:
        """Facility code when the actor speaks for a facility, else empty."""
        return self.unit_code if self.unit_kind == "facility" else ""

    @property
    def units(self) -> tuple[str, ...]:
        """The unit and those it took over: whose records are called its own."""
        return (self.unit_code, *self.before)

    @property
    def provinces(self) -> tuple[str, ...]:
        """The office's own code and those it took over; of a facility, that of its office."""
        return self.units if self.unit_kind == "province" else (self.province,)

    @property
    def is_training(self) -> bool:
        """Whether the unit is one of the training province."""
        return is_training(self.province)

    @property
    def names(self) -> frozenset[str]:
        """The person acting and, for a delegate, the one acted for."""
        return frozenset(filter(None, (self.name, self.on_behalf_of)))


ANONYMOUS = Actor(kind="anonymous", name="anonymous")


def system_actor(name: str) -> Actor:
    """The platform itself, for what no person asked for (judging, nightly proof)."""
    return Actor(kind="system", name=f"system:{name}", role="system")


@dataclass(frozen=True)
class Facts:
    """What the decision needs to know of the record. Empty: the act is about no record yet."""

    facility: str = ""
    province: str = ""
    person: str = ""
    shared: str = ""  # department that shares the authority over the facility (y học cổ truyền)


@dataclass(frozen=True)
class Decision:
    """`remedy`: what to do next, where that is something else than asking for another role."""

    allowed: bool
    reason: Text
    remedy: Text | None = None

    def __bool__(self) -> bool:
        return self.allowed


@dataclass(frozen=True)
class Permission:
    """One line of the access table, with the sentence an auditor reads."""

    action: str
    relation: str
    sentence: Text
    roles: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    unit_kinds: tuple[str, ...] = ()


F, R, A, P, L, D, M, O, DP = (  # noqa: E741 - one letter a role keeps the table readable
    Role.FACILITY,
    Role.FACILITY_REVIEWER,
    Role.FACILITY_ADMIN,
    Role.PROVINCE,
    Role.PROVINCE_LEAD,
    Role.DEPARTMENT,
    Role.MINISTRY,
    Role.OPERATOR,
    Role.DATA_PROTECTION,
)
EVERY_ROLE = tuple(Role)

PERMISSIONS: tuple[Permission, ...] = (
    Permission(
        "home.read",
        "none",
        Text(vi="Mọi tài khoản xem trang chủ của mình.", en="Every account sees its own first page."),
        roles=EVERY_ROLE,
    ),
    Permission(
        "account.keep",
        "none",
        Text(
            vi="Mọi tài khoản tự đổi mật khẩu, quản lý xác thực hai bước và phiên đăng nhập của mình.",
            en="Every account keeps its own password, second step and sessions.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "notice.read",
        "none",
        Text(
            vi="Mọi tài khoản xem thông báo của mình và chọn cách nhận.",
            en="Every account reads its own notices and chooses how to hear.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "account.administer",
        "none",
        Text(
            vi="Cán bộ vận hành rà soát, ngừng, mở lại mọi tài khoản; việc này không kèm quyền xem hồ sơ.",
            en="Operators review, close and open every account; that shows them no records.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "account.administer",
        "province",
        Text(
            vi="Sở Y tế rà soát, ngừng, mở lại tài khoản của Sở và của cơ sở trên địa bàn.",
            en="A province reviews, closes and opens accounts of its own and of its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "account.administer",
        "own",
        Text(
            vi="Người quản trị của cơ sở lập, rà soát, ngừng, mở lại tài khoản của cơ sở mình.",
            en="A facility's administrator makes, reviews, closes and opens accounts of the facility.",
        ),
        roles=(A,),
        unit_kinds=("facility",),
    ),
    Permission(
        "account_request.decide",
        "province",
        Text(
            vi="Sở Y tế, cơ quan y tế bộ, ngành duyệt đề nghị cấp tài khoản của cơ sở do mình quản lý.",
            en="The office that answers for a facility decides its request for an account.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "reorganisation.propose",
        "province",
        Text(
            vi="Sở Y tế lập đề nghị sáp nhập, chia tách, đổi tên cơ sở trên địa bàn.",
            en="A province proposes to merge, split or rename its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "reorganisation.propose",
        "everything",
        Text(
            vi="Bộ Y tế lập đề nghị sáp nhập, chia tách, đổi tên Sở Y tế và cơ sở.",
            en="The ministry proposes to merge, split or rename health departments and facilities.",
        ),
        roles=(M,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "reorganisation.confirm",
        "province",
        Text(
            vi="Lãnh đạo Sở Y tế xác nhận việc sắp xếp cơ sở trên địa bàn do người khác lập.",
            en="A province's lead confirms what somebody else proposed for its facilities.",
        ),
        roles=(L,),
        unit_kinds=("province",),
    ),
    Permission(
        "reorganisation.confirm",
        "everything",
        Text(
            vi="Bộ Y tế xác nhận việc sắp xếp Sở Y tế, cơ sở do người khác lập.",
            en="The ministry confirms what somebody else proposed for provinces and facilities.",
        ),
        roles=(M,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "submission.send",
        "own",
        Text(
            vi="Cơ sở gửi hồ sơ của cơ sở mình.",
            en="A facility sends its own records.",
        ),
        roles=(F, R),
        scopes=(Scope.SUBMISSIONS_WRITE,),
        unit_kinds=("facility",),
    ),
    Permission(
        "submission.send",
        "province",
        Text(
            vi="Sở Y tế gửi thay hồ sơ của cơ sở trên địa bàn.",
            en="A province hands in records on behalf of its facilities.",
        ),
        roles=(P, L),
        scopes=(Scope.SUBMISSIONS_WRITE,),
        unit_kinds=("province",),
    ),
    Permission(
        "submission.read",
        "own",
        Text(
            vi="Cơ sở xem gói hồ sơ và kết quả kiểm tra của cơ sở mình.",
            en="A facility reads its own submissions and verdicts.",
        ),
        roles=(F, R),
        scopes=(Scope.SUBMISSIONS_READ, Scope.SUBMISSIONS_WRITE),
        unit_kinds=("facility",),
    ),
    Permission(
        "submission.read",
        "province",
        Text(
            vi="Sở Y tế xem gói hồ sơ và kết quả kiểm tra của cơ sở trên địa bàn.",
            en="A province reads the submissions and verdicts of its facilities.",
        ),
        roles=(P, L),
        scopes=(Scope.SUBMISSIONS_READ, Scope.SUBMISSIONS_WRITE),
        unit_kinds=("province",),
    ),
    Permission(
        "submission.read",
        "everything",
        Text(
            vi="Bộ Y tế xem gói hồ sơ và kết quả kiểm tra của mọi cơ sở.",
            en="The ministry reads all submissions and verdicts.",
        ),
        roles=(M,),
        scopes=(Scope.SUBMISSIONS_READ,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "ledger.read",
        "own",
        Text(vi="Cơ sở xem sổ đối soát của cơ sở mình.", en="A facility reads its own ledger."),
        roles=(F, R),
        scopes=(Scope.LEDGER_READ,),
        unit_kinds=("facility",),
    ),
    Permission(
        "ledger.read",
        "province",
        Text(
            vi="Sở Y tế xem sổ đối soát của cơ sở trên địa bàn.",
            en="A province reads the ledger of its facilities.",
        ),
        roles=(P, L),
        scopes=(Scope.LEDGER_READ,),
        unit_kinds=("province",),
    ),
    Permission(
        "ledger.read",
        "everything",
        Text(vi="Bộ Y tế xem mọi sổ đối soát.", en="The ministry reads every ledger."),
        roles=(M, D),
        scopes=(Scope.LEDGER_READ,),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "visit.read",
        "own",
        Text(
            vi="Cơ sở xem các lượt khám, điều trị do cơ sở mình gửi.",
            en="A facility reads the visits it sent.",
        ),
        roles=(F, R),
        unit_kinds=("facility",),
    ),
    Permission(
        "webhook.manage",
        "own",
        Text(
            vi="Đơn vị khai báo địa chỉ nhận thông báo kết quả kiểm tra của đơn vị mình.",
            en="A unit names the address that receives its verdicts.",
        ),
        roles=(F, R, P, L),
        scopes=(Scope.SUBMISSIONS_WRITE,),
        unit_kinds=("facility", "province"),
    ),
    Permission(
        "province_day.read",
        "province",
        Text(vi="Sở Y tế xem tình hình trong ngày của địa phương mình.", en="A province sees its own day."),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "province_day.read",
        "everything",
        Text(
            vi="Bộ Y tế xem tình hình trong ngày của mọi tỉnh, thành phố.",
            en="The ministry sees the day of every province.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "backup.read",
        "none",
        Text(
            vi="Cán bộ vận hành xem tình trạng sao lưu và diễn tập khôi phục.",
            en="Operators see the state of backups and restore drills.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "backup.run",
        "none",
        Text(
            vi="Cán bộ vận hành cho sao lưu và diễn tập khôi phục.",
            en="Operators start backups and restore drills.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "exchange.read",
        "none",
        Text(
            vi="Cán bộ vận hành xem tình trạng gửi dữ liệu đến các hệ thống quốc gia (chỉ số lượng).",
            en="Operators see how sending to national systems goes (counts only).",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "exchange.retry",
        "none",
        Text(
            vi="Cán bộ vận hành cho gửi lại các bản tin bị từ chối.",
            en="Operators have refused messages sent again.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "indicator.read",
        "own",
        Text(
            vi="Cơ sở xem các chỉ số của cơ sở mình.",
            en="A facility reads the indicators of its own visits.",
        ),
        roles=(F, R),
        unit_kinds=("facility",),
    ),
    Permission(
        "indicator.read",
        "province",
        Text(vi="Sở Y tế xem các chỉ số của tỉnh mình.", en="A province reads the indicators of its own."),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "indicator.read",
        "everything",
        Text(
            vi="Bộ Y tế xem các chỉ số của mọi tỉnh.",
            en="The ministry reads the indicators of every province.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "register.read",
        "own",
        Text(
            vi="Cơ sở xem hồ sơ của cơ sở mình trong các sổ đăng ký.",
            en="A facility reads its own records in the registers.",
        ),
        roles=(F, R, A),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("facility",),
    ),
    Permission(
        "register.read",
        "province",
        Text(
            vi="Sở Y tế xem hồ sơ của tỉnh mình trong các sổ đăng ký.",
            en="A province reads the records of its area in the registers.",
        ),
        roles=(P, L),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("province",),
    ),
    Permission(
        "register.read",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục xem mọi hồ sơ trong các sổ đăng ký.",
            en="The ministry and its departments read every record of the registers.",
        ),
        roles=(M, D),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "register.quality",
        "own",
        Text(
            vi="Cơ sở xem chất lượng dữ liệu và bản ghi chưa đạt của cơ sở mình.",
            en="A facility reads the quality of its own data and what fails.",
        ),
        roles=(F, R, A),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("facility",),
    ),
    Permission(
        "register.quality",
        "province",
        Text(
            vi="Sở Y tế xem chất lượng dữ liệu và bản ghi chưa đạt của tỉnh mình.",
            en="A province reads the quality of the data of its area and what fails.",
        ),
        roles=(P, L),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("province",),
    ),
    Permission(
        "register.quality",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục xem chất lượng dữ liệu và bản ghi chưa đạt của mọi đơn vị.",
            en="The ministry and its departments read the quality of all data and what fails.",
        ),
        roles=(M, D),
        scopes=(Scope.REGISTERS_READ, Scope.REGISTERS_WRITE),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "register.write",
        "own",
        Text(
            vi="Cơ sở kê khai, sửa và gửi rà soát hồ sơ của cơ sở mình.",
            en="A facility declares, changes and sends its own records for review.",
        ),
        roles=(F, R, A),
        scopes=(Scope.REGISTERS_WRITE,),
        unit_kinds=("facility",),
    ),
    Permission(
        "register.write",
        "province",
        Text(
            vi="Sở Y tế kê khai, sửa hồ sơ của tỉnh mình.",
            en="A province declares and changes records of its area.",
        ),
        roles=(P, L),
        scopes=(Scope.REGISTERS_WRITE,),
        unit_kinds=("province",),
    ),
    Permission(
        "register.write",
        "own",
        Text(
            vi="Vụ, Cục kê khai, sửa cơ sở dữ liệu do mình quản lý trong danh mục cơ sở dữ liệu.",
            en="A department declares and changes the databases it keeps in the inventory of databases.",
        ),
        roles=(D,),
        unit_kinds=("department",),
    ),
    Permission(
        "register.review",
        "own",
        Text(
            vi="Cán bộ rà soát của cơ sở xác nhận hoặc trả lại hồ sơ của cơ sở mình.",
            en="A facility's reviewer confirms or returns records of the facility.",
        ),
        roles=(R,),
        unit_kinds=("facility",),
    ),
    Permission(
        "register.review",
        "province",
        Text(
            vi="Sở Y tế xác nhận hoặc trả lại hồ sơ của tỉnh mình.",
            en="A province confirms or returns records of its area.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "register.review",
        "shared",
        Text(
            vi="Vụ, Cục cùng quản lý xác nhận hoặc trả lại hồ sơ của cơ sở được đánh dấu cùng quản lý.",
            en="A department confirms or returns records of facilities marked as shared with it.",
        ),
        roles=(D,),
        unit_kinds=("department",),
    ),
    Permission(
        "register.own_read",
        "self",
        Text(
            vi="Người hành nghề xem hồ sơ và đăng ký hành nghề của chính mình.",
            en="A practitioner reads their own record and registrations of practice.",
        ),
        roles=(Role.PRACTITIONER,),
        unit_kinds=("facility", "province"),
    ),
    Permission(
        "register.own_write",
        "self",
        Text(
            vi="Người hành nghề tự kê khai, xác nhận hoặc từ chối đăng ký hành nghề của chính mình.",
            en="A practitioner declares, and confirms or refuses their own registrations of practice.",
        ),
        roles=(Role.PRACTITIONER,),
        unit_kinds=("facility", "province"),
    ),
    Permission(
        "paper.issue",
        "own",
        Text(
            vi="Cơ sở lập văn bản từ dữ liệu đã xác nhận của cơ sở mình.",
            en="A facility issues papers from its own confirmed data.",
        ),
        roles=(F, R, A),
        scopes=(Scope.REGISTERS_WRITE,),
        unit_kinds=("facility",),
    ),
    Permission(
        "paper.issue",
        "province",
        Text(
            vi="Sở Y tế lập giấy phép, quyết định, văn bản trả lại từ dữ liệu của tỉnh mình.",
            en="A province issues licences, decisions and letters from the data of its area.",
        ),
        roles=(P, L),
        scopes=(Scope.REGISTERS_WRITE,),
        unit_kinds=("province",),
    ),
    Permission(
        "campaign.read",
        "own",
        Text(
            vi="Cơ sở xem tiến độ kế hoạch và hoạt động của cơ sở mình.",
            en="A facility reads its own progress and activity.",
        ),
        roles=(F, R, A),
        unit_kinds=("facility",),
    ),
    Permission(
        "campaign.read",
        "province",
        Text(
            vi="Sở Y tế xem tiến độ kế hoạch, hoạt động của cơ sở trên địa bàn.",
            en="A province reads the progress and activity of its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "campaign.read",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục xem tiến độ kế hoạch, hoạt động của mọi tỉnh, thành phố.",
            en="The ministry and its departments read the progress and activity of every province.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "campaign.remind",
        "province",
        Text(
            vi="Sở Y tế nhắc cơ sở trên địa bàn.",
            en="A province reminds its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "campaign.remind",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục nhắc các Sở Y tế.",
            en="The ministry and its departments remind provinces.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "inspection.record",
        "own",
        Text(
            vi="Cơ sở ghi văn bản trả lời kiểm tra của cơ sở mình.",
            en="A facility records its replies to inspections.",
        ),
        roles=(F, R, A),
        unit_kinds=("facility",),
    ),
    Permission(
        "inspection.record",
        "province",
        Text(
            vi="Sở Y tế ghi yêu cầu, kết luận thanh tra, kiểm tra cơ sở trên địa bàn.",
            en="A province records requests and conclusions of inspections.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "inspection.record",
        "everything",
        Text(
            vi="Bộ Y tế ghi yêu cầu, kết luận thanh tra, kiểm tra mọi cơ sở.",
            en="The ministry records requests and conclusions of inspections anywhere.",
        ),
        roles=(M,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "register.review",
        "everything",
        Text(
            vi="Bộ Y tế xác nhận hoặc trả lại hồ sơ mà bước rà soát giao cho Bộ (danh mục cơ sở dữ liệu).",
            en="The ministry confirms or returns what a review level gives to it (inventory of databases).",
        ),
        roles=(M,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "plan.read",
        "own",
        Text(
            vi="Cơ sở xem kế hoạch và việc giao cho cơ sở mình.",
            en="A facility reads the plans and what is given to it.",
        ),
        roles=(F, R, A),
        unit_kinds=("facility",),
    ),
    Permission(
        "plan.read",
        "province",
        Text(
            vi="Sở Y tế xem kế hoạch, việc của Sở và của cơ sở trên địa bàn.",
            en="A province reads the plans, its own tasks and those of its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "plan.read",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục xem kế hoạch và tiến độ của mọi đơn vị.",
            en="The ministry and its departments read plans and progress of every unit.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "plan.update",
        "own",
        Text(
            vi="Cơ sở, Vụ, Cục cập nhật việc giao cho đơn vị mình và gửi báo cáo khảo sát của đơn vị mình.",
            en="Facilities and departments report on tasks given to them.",
        ),
        roles=(F, R, A, D),
        unit_kinds=("facility", "department"),
    ),
    Permission(
        "plan.update",
        "province",
        Text(
            vi="Sở Y tế cập nhật việc của Sở và gửi báo cáo khảo sát của Sở.",
            en="A province reports on its own tasks.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "plan.send",
        "own",
        Text(
            vi="Bộ Y tế, Vụ, Cục, cơ sở ghi nhận việc gửi báo cáo tiến độ của chính mình.",
            en="The ministry, its departments and facilities record that they sent their own report.",
        ),
        roles=(F, R, A, D, M),
        unit_kinds=("facility", "department", "ministry"),
    ),
    Permission(
        "plan.send",
        "province",
        Text(
            vi="Sở Y tế ghi nhận việc gửi báo cáo tiến độ của Sở.",
            en="A province records that it sent its own report.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "plan.manage",
        "none",
        Text(
            vi="Bộ Y tế, Vụ, Cục nhập kế hoạch, giao việc, đặt thứ tự các việc.",
            en="The ministry and its departments enter plans, give tasks and order them.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "support.ask",
        "none",
        Text(
            vi="Mọi tài khoản gửi yêu cầu hỗ trợ và theo dõi yêu cầu của mình.",
            en="Every account asks for support and follows its own requests.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "support.answer",
        "province",
        Text(
            vi="Sở Y tế trả lời yêu cầu hỗ trợ của cơ sở trên địa bàn.",
            en="A province answers requests for support of its facilities.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "support.answer",
        "none",
        Text(
            vi="Cán bộ vận hành trả lời yêu cầu hỗ trợ được chuyển đến đơn vị vận hành.",
            en="Operators answer requests for support that stand with them.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "training.attend",
        "none",
        Text(
            vi="Mọi tài khoản của đơn vị điểm danh buổi tập huấn mình dự và xem các buổi đã dự.",
            en="Every account of a unit records its own attendance and sees it.",
        ),
        roles=tuple(role for role in EVERY_ROLE if role != Role.CITIZEN),
    ),
    Permission(
        "training.read",
        "own",
        Text(
            vi="Cơ sở xem ai của cơ sở đã được tập huấn.",
            en="A facility sees who of its people was trained.",
        ),
        roles=(F, R, A),
        unit_kinds=("facility",),
    ),
    Permission(
        "training.read",
        "province",
        Text(
            vi="Sở Y tế xem cơ sở nào trên địa bàn đã có người được tập huấn.",
            en="A province sees which of its facilities have somebody trained.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "training.read",
        "everything",
        Text(
            vi="Bộ Y tế, Vụ, Cục xem kết quả tập huấn của mọi tỉnh, thành phố.",
            en="The ministry and its departments see the training of every province.",
        ),
        roles=(M, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "training.record",
        "province",
        Text(
            vi="Sở Y tế lập buổi tập huấn, điểm danh người của Sở và của cơ sở trên địa bàn.",
            en="A province records sessions and attendance of its own and its facilities' people.",
        ),
        roles=(P, L),
        unit_kinds=("province",),
    ),
    Permission(
        "training.record",
        "everything",
        Text(
            vi="Bộ Y tế lập buổi tập huấn, điểm danh người của mọi đơn vị.",
            en="The ministry records sessions and attendance of every unit.",
        ),
        roles=(M,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "sandbox.manage",
        "none",
        Text(
            vi="Cán bộ vận hành lập và lập lại tỉnh tập huấn.",
            en="Operators make the training province, and make it anew.",
        ),
        roles=(O,),
        unit_kinds=("ministry",),
    ),
    Permission(
        "rules.read",
        "none",
        Text(
            vi="Mọi tài khoản xem quy tắc và chuẩn dữ liệu.",
            en="Every account reads the rules and the data standard.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "catalogue.read",
        "none",
        Text(
            vi="Mọi tài khoản xem danh mục dùng chung và các bản đã công bố.",
            en="Every account reads the catalogues and their releases.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "catalogue.publish",
        "none",
        Text(
            vi="Cán bộ vận hành và cán bộ Vụ, Cục công bố danh mục dùng chung sau khi xem trước tác động.",
            en="Operators and officers of departments publish catalogues after seeing the impact.",
        ),
        roles=(O, D),
        unit_kinds=("ministry", "department"),
    ),
    Permission(
        "data_rights.read",
        "none",
        Text(
            vi="Mọi tài khoản xem mục đích xử lý, thời hạn lưu giữ và quyền về dữ liệu cá nhân.",
            en="Every account reads purposes, retention and rights in personal data.",
        ),
        roles=EVERY_ROLE,
    ),
    Permission(
        "access_log.read",
        "self",
        Text(
            vi="Người dân xem ai đã mở hồ sơ của chính mình.",
            en="A citizen sees who opened their own records.",
        ),
        roles=(Role.CITIZEN,),
        unit_kinds=("ministry",),
    ),
    *(
        Permission(
            action,
            relation,
            Text("Cán bộ được giao {who} quản lý {what}.", "The officer {who} manages {what}.").fill(
                who=who, what=what
            ),
            # At a facility its reviewer may take consents too.
            roles=(DP, R) if (action, relation) == ("consent.manage", "own") else (DP,),
            unit_kinds=(kind,),
        )
        for action, what in (
            (
                "data_request.manage",
                Text("yêu cầu của chủ thể dữ liệu gửi đến đơn vị", "requests of data subjects"),
            ),
            ("consent.manage", Text("sự đồng ý mà đơn vị đã nhận", "consents given to the unit")),
            ("breach.manage", Text("hồ sơ vi phạm dữ liệu của đơn vị", "its breach files")),
        )
        for relation, kind, who in (
            ("own", "facility", Text("của cơ sở", "of a facility")),
            ("province", "province", Text("của Sở Y tế", "of a health department")),
            ("everything", "ministry", Text("của Bộ Y tế", "of the ministry")),
        )
    ),
)

REFUSED = {
    "sign-in": Text(vi="Cần đăng nhập để tiếp tục.", en="Sign in first."),
    "role": Text(
        vi="Vai trò của tài khoản này không có quyền thực hiện việc này.",
        en="The role of this account may not do this.",
    ),
    "scope": Text(
        vi="Mã truy cập này không có phạm vi cần cho việc này.",
        en="The scopes of this token do not cover this.",
    ),
    "self": Text(
        vi="Chỉ được xem dữ liệu của chính mình.",
        en="Refused: not about yourself.",
    ),
    "own": Text(
        vi="Đơn vị chỉ được gửi và xem dữ liệu của chính đơn vị mình.",
        en="A unit may send and read its own data only.",
    ),
    "everything": Text(
        vi="Dữ liệu này nằm ngoài phạm vi của tài khoản.",
        en="This is beyond what the account may see.",
    ),
    "shared": Text(
        vi="Cơ sở này không thuộc diện cùng quản lý với đơn vị.",
        en="The authority over this facility is not shared with this department.",
    ),
    "province": Text(
        vi="Sở Y tế chỉ được gửi và xem dữ liệu của cơ sở trên địa bàn.",
        en="A province may send and read data of its own facilities only.",
    ),
}

# No role that an administrator could give opens what is another unit's: whom to turn to instead.
REMEDIES = {
    "self": Text(
        vi="Hồ sơ của người khác chỉ người đó mở được, bằng tài khoản của chính mình.",
        en="Another person's record is opened by that person, with an account of their own.",
    ),
    "own": Text(
        vi="Dữ liệu của đơn vị khác do đơn vị đó gửi và xem. Liên hệ đơn vị đó hoặc Sở Y tế quản lý; phân "
        "thêm quyền cho tài khoản không mở được dữ liệu này.",
        en="Another unit's data is sent and read by that unit. Turn to it or to its health department; no "
        "other role opens it.",
    ),
    "everything": Text(
        vi="Dữ liệu tập huấn chỉ mở được bằng tài khoản của tỉnh tập huấn.",
        en="What is tried in the training province is opened with an account of that province.",
    ),
    "shared": Text(
        vi="Nếu đơn vị cùng quản lý cơ sở này, đề nghị đơn vị vận hành ghi nhận việc cùng quản lý.",
        en="If the authority over it is shared, ask the operators to enter that.",
    ),
    "province": Text(
        vi="Dữ liệu của cơ sở ngoài tỉnh do Sở Y tế của tỉnh đó quản lý. Liên hệ Sở Y tế đó; phân thêm "
        "quyền cho tài khoản không mở được dữ liệu này.",
        en="A facility elsewhere is its own health department's. Turn to that department; no other role "
        "opens it.",
    ),
}


def decide(actor: Actor, action: str, facts: Facts | None = None) -> Decision:
    """May `actor` do `action` on a record with these `facts`?

    Without facts the question is whether the actor may do it to anything at all (a list, an empty form).
    The reason explains the decision for people: the permission's sentence, or why it was refused.
    """
    if actor.kind == "anonymous":
        return Decision(False, REFUSED["sign-in"])
    if actor.kind == "system":
        return Decision(True, Text(vi="Hệ thống tự động thực hiện.", en="Done by the system."))
    candidates = [p for p in permissions_of(actor) if p.action == action]
    if not candidates:
        return Decision(False, REFUSED["scope" if actor.kind == "machine" else "role"])
    for permission in candidates:
        if facts is None or _related(permission.relation, actor, facts):
            return Decision(True, permission.sentence)
    relation = candidates[-1].relation
    return Decision(False, REFUSED[relation], REMEDIES[relation])


def permissions_of(actor: Actor) -> tuple[Permission, ...]:
    """The lines of the access table that speak of this actor."""
    return _LINES.of(actor)


class _Lines:
    """Lines by sort of actor (kind, kind of unit, role, scopes): asked several times for every request.

    They are found anew when the table, or the way it is read, is another one: the matrix tries both without
    each of their walls.
    """

    def __init__(self) -> None:
        self._read: tuple[object, object] = (None, None)
        self._by_sort: dict[tuple[object, ...], tuple[Permission, ...]] = {}

    def of(self, actor: Actor) -> tuple[Permission, ...]:
        table, way = PERMISSIONS, _held_by.__code__
        if self._read[0] is not table or self._read[1] is not way:
            self._read, self._by_sort = (table, way), {}
        sort = (actor.kind, actor.unit_kind, actor.role, actor.scopes)
        lines = self._by_sort.get(sort)
        if lines is None:
            lines = self._by_sort[sort] = tuple(line for line in table if _held_by(line, actor))
        return lines


_LINES = _Lines()


def _held_by(permission: Permission, actor: Actor) -> bool:
    if permission.unit_kinds and actor.unit_kind not in permission.unit_kinds:
        return False
    if actor.kind == "machine":
        return any(scope in actor.scopes for scope in permission.scopes)
    # A role counts only in a unit of its own kind.
    return actor.role in permission.roles and actor.role in ROLES_OF_KIND.get(actor.unit_kind, ())


def _related(relation: str, actor: Actor, facts: Facts) -> bool:
    if relation == "none":
        return True
    # What is tried in the training province is nobody's else, whatever they may see of the country.
    if (is_training(facts.facility) or is_training(facts.province)) and not actor.is_training:
        return False
    if relation == "everything":
        return True
    if relation == "self":
        return bool(actor.person) and facts.person == actor.person
    if relation == "shared":
        return bool(facts.shared) and facts.shared == actor.unit_code
    if relation == "province":
        return bool(actor.province) and facts.province in actor.provinces
    return facts.facility in actor.units
