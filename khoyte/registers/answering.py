"""Answering for a declaration: the sentence as it was shown, and a second factor of whoever confirms it."""

from collections.abc import Mapping

from django.conf import settings

from khoyte.foundation.errors import KhoyteError
from khoyte.foundation.language import Text
from khoyte.foundation.look import formats
from khoyte.registers.actions import Responsibility
from khoyte.registers.declaration import Declaration
from khoyte.units import second_step, sign_in_guard
from khoyte.units.policy import Actor
from khoyte.units.queries import account_of

NOT_TICKED = Text(vi="Chưa đánh dấu vào câu cam đoan.", en="The sentence of responsibility is not confirmed.")
WRONG_CODE = Text(
    vi="Mã xác thực chưa đúng hoặc đã dùng. Nhập mã mới trên ứng dụng xác thực.",
    en="The code is wrong or used. Enter a new one of your app.",
)
NO_APP = Text(
    vi="Tài khoản chưa cài đặt xác thực hai bước. Cài đặt ở trang Tài khoản rồi gửi lại.",
    en="The account has no second step. Set it up on the page of your account, then send again.",
)
TOO_OFTEN = Text(
    vi="Đã nhập sai nhiều lần. Chờ 15 phút rồi nhập lại.", en="Too many wrong codes. Wait 15 minutes."
)


NOT_A_PERSON = Text(
    vi="Chỉ người có tài khoản xác nhận được câu cam đoan.",
    en="Only a person with an account answers for it.",
)


class NotAnswered(KhoyteError):
    code = "not-answered"
    status = 422

    def __init__(self, text: Text):
        super().__init__(text)


def sentence_of(declaration: Declaration) -> str:
    """The sentence in the language of the page; "" where none is asked."""
    return formats.said(declaration.responsibility) if declaration.responsibility else ""


def has_second_factor(by: Actor) -> bool:
    """Whether the actor can prove themselves; the demonstration, which gives nobody an app, asks none."""
    return settings.DEMO or second_step.stands(account_of(by))


def answered(declaration: Declaration, given: Mapping[str, str], *, by: Actor) -> Responsibility:
    """What was confirmed on the page. Raises NotAnswered; a wrong code is counted like one at the sign-in."""
    if given.get("cam-doan") != "1":
        raise NotAnswered(NOT_TICKED)
    if settings.DEMO:
        return Responsibility(sentence_of(declaration), "demo")
    if not has_second_factor(by):
        raise NotAnswered(NO_APP)
    account = account_of(by)
    if not sign_in_guard.admit(account.username, "", what="code"):
        raise NotAnswered(TOO_OFTEN)
    proof = second_step.check(account, given.get("ma", "")[:40])
    if not proof:
        raise NotAnswered(WRONG_CODE)
    sign_in_guard.succeeded(account.username, "", what="code")
    return Responsibility(sentence_of(declaration), proof)
