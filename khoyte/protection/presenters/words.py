"""Both languages of the desk's kinds and states."""

from khoyte.foundation.language import Text
from khoyte.foundation.look.parts import Tag, Tone
from khoyte.protection.enums import (
    BreachAct,
    Channel,
    DataKind,
    Refusal,
    Relation,
    RequestAct,
    RequestKind,
    RequestState,
)

_ENGLISH = {
    RequestKind.VIEW: "See the data",
    RequestKind.PROVIDE: "Receive a copy",
    RequestKind.CORRECT: "Correct the data",
    RequestKind.WITHDRAW: "Withdraw a consent",
    RequestKind.LIMIT: "Limit the processing",
    RequestKind.DELETE: "Delete the data",
    RequestState.RECEIVED: "First answer due",
    RequestState.ANSWERED: "In hand",
    RequestState.EXTENDED: "Extended",
    RequestState.DONE: "Done",
    RequestState.REFUSED: "Refused",
    RequestState.CANCELLED: "Taken back by the requester",
    RequestState.LIFTED: "Limit lifted",
    RequestAct.LIFT: "Lift the limit",
    RequestAct.ANSWER: "Confirm receipt",
    RequestAct.EXTEND: "Extend",
    RequestAct.COMPLETE: "Complete",
    RequestAct.REFUSE: "Refuse",
    RequestAct.CANCEL: "Note that it was taken back",
    Channel.PAPER: "On paper",
    Channel.COUNTER: "In person",
    Channel.EMAIL: "By e-mail",
    Channel.PHONE: "By telephone",
    Channel.ONLINE: "Online",
    Relation.SELF: "The person",
    Relation.PARENT: "Father or mother",
    Relation.GUARDIAN: "Guardian",
    Relation.PROXY: "Authorised representative",
    Refusal.RETENTION: "The law orders these data to be kept",
    Refusal.IDENTITY: "The requester or the right to act is not verified",
    Refusal.OTHERS: "It would infringe the rights of others",
    Refusal.PROCEEDINGS: "The data serve legal proceedings or an inspection",
    BreachAct.MEASURE: "Measure taken",
    BreachAct.AUTHORITY_TOLD: "Authority told",
    BreachAct.SUBJECTS_TOLD: "Persons told",
    BreachAct.CLOSED: "Ended",
    DataKind.IDENTITY: "Identity, contact",
    DataKind.HEALTH: "Health",
    DataKind.BIOMETRIC: "Biometrics",
    DataKind.LOCATION: "Location",
    DataKind.FINANCE: "Costs, payments",
    DataKind.ACCOUNT: "Accounts, passwords",
}
_RECEIVED_EVENT = Text("Tiếp nhận yêu cầu", "Request received")

Choice = RequestKind | RequestState | RequestAct | Channel | Relation | Refusal | BreachAct | DataKind


def name_of(choice: Choice) -> Text:
    return Text(str(choice.label), _ENGLISH[choice])


def event_name(act: str) -> Text:
    """What an event of a request is called; the first is its receipt."""
    return _RECEIVED_EVENT if act == "received" else name_of(RequestAct(act))


def state_tag(state: RequestState) -> Tag:
    tones: dict[RequestState, Tone] = {
        RequestState.DONE: "good",
        RequestState.REFUSED: "bad",
        RequestState.CANCELLED: "info",
    }
    return Tag(tones.get(state, "wait"), name_of(state))


def urgency_tag(share: float) -> Tag:
    """How much of a term is used up, at the shares the law's warnings use."""
    if share >= 1:
        return Tag("bad", Text("Quá hạn", "Overdue"))
    if share >= 0.8:
        return Tag("warn", Text("Sắp hết hạn", "Nearly due"))
    if share >= 0.5:
        return Tag("warn", Text("Đã quá nửa thời hạn", "Half of the term is over"))
    return Tag("info", Text("Còn hạn", "In time"))
