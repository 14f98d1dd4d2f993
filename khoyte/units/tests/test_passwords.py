"""Rules for new passwords, their history, and the pages where they are chosen."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.audit.models import AuditEntry
from khoyte.units import accounts, passwords, sign_in_guard
from khoyte.units.models import Account, FormerPassword
from khoyte.units.tests.country import BY, PASSWORD, actor, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
NAME = "facility-97001"
NEW = "bốn con mèo vàng ngủ trưa"
OTHER = "chiếc xe đạp cũ màu xanh"
PAGE = "/tai-khoan/mat-khau"


@pytest.fixture
def clerk() -> Account:
    return make_account("97001", "facility")


@pytest.fixture
def browser(clerk: Account) -> Window:
    return Window(clerk)


def change(client: Window, current: str = PASSWORD, new: str = NEW, again: str = ""):
    return client.post(PAGE, {"current": current, "new": new, "again": again or new})


class TestRules:
    @pytest.mark.parametrize("password", [NEW, "xanh-vang-7-do-tim", "9t!Kq2zW#mB4xL", "trời hôm nay đẹp"])
    def test_a_sentence_or_random_signs_will_do(self, clerk: Account, password: str) -> None:
        assert passwords.faults_of(clerk, password) == []

    def test_length_by_what_stands_beside_it(self, clerk: Account) -> None:
        shown = {
            (size, second): not passwords.faults_of(clerk, "mèo vàng ngủ trưa"[:size], has_second_step=second)
            for size in (11, 12, 13, 14)
            for second in (False, True)
        }
        allowed = {(12, True), (13, True), (14, True), (14, False)}
        assert {case for case, fine in shown.items() if fine} == allowed

    def test_not_longer_than_is_hashed_at_once(self, clerk: Account) -> None:
        assert passwords.faults_of(clerk, NEW * 20) == [passwords.TOO_LONG.fill(n=200)]

    @pytest.mark.parametrize(
        "password", ["xin chào FACILITY-97001 nhé", "khoa nội 97001 tầng hai", "Ｆacility-97001 xin chào"[1:]]
    )
    def test_user_name_and_unit_code_are_refused(self, clerk: Account, password: str) -> None:
        assert passwords.NAMES_ITSELF in passwords.faults_of(clerk, password)

    @pytest.mark.parametrize(
        "password",
        [
            "Mật khẩu 123456",
            "Matkhau@2026!!",
            "BệnhViện!2026#1",
            "passwordpassword",
            "Admin@1234567890",
            "aaaaaaaaaaaaaaaa",
            "12345678901234",
            "abcd1234abcd1234",
            "quantri.yte.2026",
            "1q2w3e4r5t6y7u8i"[:8] * 2,
        ],
    )
    def test_what_is_guessed_first_is_refused(self, clerk: Account, password: str) -> None:
        assert passwords.faults_of(clerk, password) == [passwords.COMMON]

    @given(st.text(max_size=60))
    def test_any_text_gets_an_answer(self, text: str) -> None:
        assert passwords.is_common(text) in (True, False)

    @given(st.sampled_from(passwords.GUESSED_WORDS), st.from_regex(r"[0-9!@#._-]{0,12}", fullmatch=True))
    def test_figures_and_signs_do_not_help_a_guessed_word(self, word: str, around: str) -> None:
        assert passwords.is_common(around[:4] + word.capitalize() + around[4:])


class TestHistory:
    def test_none_of_the_last_ten_comes_again_and_the_eleventh_may(self, clerk: Account) -> None:
        by = actor("97001", "facility")
        chosen = [PASSWORD, *(f"{NEW} thứ {number}" for number in range(10))]
        for password in chosen[1:]:
            assert passwords.faults_of(clerk, password) == []
            passwords.replace(clerk, password, by=by, must_change=False, action="account.change_password")
        refused = [bool(passwords.faults_of(clerk, password)) for password in chosen]
        assert refused == [False, *[True] * 10]

    def test_no_more_is_kept_than_is_asked(self, clerk: Account) -> None:
        for number in range(14):
            passwords.replace(
                clerk, f"{NEW} {number}", by=BY, must_change=False, action="account.change_password"
            )
        assert FormerPassword.objects.count() == passwords.HISTORY
        assert not any(NEW in row.password for row in FormerPassword.objects.all())


class TestOwnPage:
    def test_it_is_changed_and_this_browser_stays_signed_in(self, clerk: Account, browser: Window) -> None:
        key = browser.key
        answer = change(browser)
        assert (answer.status_code, answer["Location"]) == (302, f"{PAGE}?xong")
        assert "Đã đổi mật khẩu" in browser.get(answer["Location"]).content.decode()
        assert browser.key != key
        clerk.refresh_from_db()
        assert clerk.check_password(NEW)
        entry = AuditEntry.objects.get(action="account.change_password")
        assert (entry.actor, entry.subject_id, entry.facility, entry.details) == (NAME, NAME, "97001", {})

    def test_other_browsers_are_signed_out(self, clerk: Account, browser: Window) -> None:
        other = Window(clerk)
        assert other.get(PAGE).status_code == 200
        change(browser)
        assert other.get(PAGE).status_code == 302

    @pytest.mark.parametrize(
        ("form", "told"),
        [
            ({"current": "wrong"}, passwords.WRONG_CURRENT),
            ({"new": "ngắn"}, passwords.TOO_SHORT.fill(n=14)),
            ({"new": PASSWORD}, passwords.USED_BEFORE.fill(n=10)),
            ({"again": OTHER}, passwords.NOT_THE_SAME),
        ],
    )
    def test_what_is_wrong_is_said_and_nothing_changes(self, clerk, browser: Window, form, told) -> None:
        answer = change(browser, **form)
        assert answer.status_code == 422
        assert told.vi in answer.content.decode()
        clerk.refresh_from_db()
        assert clerk.check_password(PASSWORD)
        assert not AuditEntry.objects.filter(action="account.change_password").exists()

    def test_what_was_typed_does_not_come_back(self, browser: Window) -> None:
        page = change(browser, current="wrong", new=OTHER).content.decode()
        assert OTHER not in page

    def test_the_present_password_cannot_be_guessed_there(self, browser: Window) -> None:
        limit = sign_in_guard.NAME_LIMIT.failures
        answers = [change(browser, current=f"wrong {n}").status_code for n in range(limit)]
        assert answers == [422] * limit
        assert change(browser).status_code == 429

    def test_a_forged_change_is_refused(self, clerk: Account) -> None:
        form = {"csrfmiddlewaretoken": "forged", "current": PASSWORD, "new": NEW, "again": NEW}
        assert Window(clerk).post(PAGE, form).status_code == 403

    def test_marks_written_apart_are_the_same_password(self, clerk: Account, browser: Window) -> None:
        change(browser, new=unicodedata.normalize("NFD", NEW))
        answer = Window().post(
            "/dang-nhap", {"username": NAME, "password": unicodedata.normalize("NFC", NEW)}
        )
        assert answer.status_code == 302


class TestAfterAReset:
    """Somebody else knows the password: nothing opens before another is chosen."""

    def arrive(self) -> Window:
        client = Window()
        given = accounts.renew_password(NAME, by=BY)
        answer = client.sign_in(NAME, given, next="/huong-dan")
        assert (answer.status_code, answer["Location"]) == (302, "/dang-nhap/mat-khau-moi")
        return client

    def test_nothing_opens_before_a_new_one_is_chosen(self, clerk: Account) -> None:
        client = self.arrive()
        for path in ("/", "/tai-khoan", PAGE, "/api/v1/submissions"):
            assert client.get(path).status_code in (302, 401), path
        assert not AuditEntry.objects.filter(action="account.sign_in").exists()

    def test_then_the_way_leads_where_it_was_going(self, clerk: Account) -> None:
        client = self.arrive()
        assert "Chọn mật khẩu" in client.get("/dang-nhap/mat-khau-moi").content.decode()
        answer = client.post("/dang-nhap/mat-khau-moi", {"new": NEW, "again": NEW})
        assert (answer.status_code, answer["Location"]) == (302, "/huong-dan")
        assert client.get("/tai-khoan").status_code == 200
        clerk.refresh_from_db()
        assert clerk.check_password(NEW)
        assert not clerk.must_change_password

    def test_the_given_one_cannot_be_kept(self, clerk: Account) -> None:
        client = Window()
        given = accounts.renew_password(NAME, by=BY)
        client.sign_in(NAME, given)
        answer = client.post("/dang-nhap/mat-khau-moi", {"new": given, "again": given})
        assert answer.status_code == 422

    def test_the_way_ends_when_it_is_reset_again_or_the_account_closed(self, clerk: Account) -> None:
        for end in (accounts.renew_password, accounts.disable):
            client = self.arrive()
            end(NAME, by=BY)
            answer = client.post("/dang-nhap/mat-khau-moi", {"new": NEW, "again": NEW})
            assert (answer.status_code, answer["Location"]) == (302, "/dang-nhap")
            accounts.enable(NAME, by=BY)

    def test_a_stranger_has_no_way_in_there(self) -> None:
        client = Window()
        assert client.get("/dang-nhap/mat-khau-moi")["Location"] == "/dang-nhap"
        answer = client.post("/dang-nhap/mat-khau-moi", {"new": NEW, "again": NEW})
        assert answer["Location"] == "/dang-nhap"

    def test_the_way_takes_ten_minutes_at_most(self, clerk: Account) -> None:
        client = self.arrive()
        session = client.session
        session["signing_in"]["begun_at"] -= 601
        session.save()
        assert client.get("/dang-nhap/mat-khau-moi")["Location"] == "/dang-nhap"
