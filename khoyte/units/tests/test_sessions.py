"""Sessions: new key at sign-in, ends by time and by hand, one's own list."""

import hashlib
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.units import accounts, session_limits, sessions
from khoyte.units.models import Account, Session
from khoyte.units.session_limits import SessionLimits
from khoyte.units.tests.country import BY, make_account
from khoyte.units.tests.windows import Window

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
NAME = "facility-97001"
PAGE = "/tai-khoan/phien"
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/156.0 Safari/537.36"
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


@pytest.fixture
def clerk() -> Account:
    return make_account("97001", "facility")


def signed_in(browser: str = CHROME, address: str = "127.0.0.1", name: str = NAME) -> Window:
    window = Window(headers={"User-Agent": browser}, REMOTE_ADDR=address)
    assert window.sign_in(name).status_code == 302
    return window


def is_in(window: Window) -> bool:
    return window.get("/tai-khoan").status_code == 200


def age(*, begun: timedelta = timedelta(0), seen: timedelta = timedelta(0)) -> None:
    """As if every session had begun and been used last so long ago."""
    now = timezone.now()
    for row in Session.objects.all():
        row.begun_at, row.seen_at = now - begun, now - seen
        row.expire_date = session_limits.end_of(row.begun_at, row.seen_at)
        row.save()


class TestKeys:
    def test_signing_in_gives_a_new_key(self, clerk: Account) -> None:
        window = Window()
        window.get("/dang-nhap")
        window.cookies["sessionid"] = "attacker0attacker0attacker0attac"
        window.sign_in(NAME)
        first = window.key
        assert first != "attacker0attacker0attacker0attac"
        window.sign_in(NAME)
        assert window.key != first
        window.cookies["sessionid"] = first
        assert not is_in(window)

    def test_the_table_holds_no_key(self, clerk: Account) -> None:
        window = signed_in()
        (row,) = Session.objects.filter(account=clerk)
        assert row.key_sha256 == hashlib.sha256(window.key.encode()).hexdigest()
        assert window.key not in str(vars(row))
        window.cookies["sessionid"] = row.key_sha256
        assert not is_in(window)

    def test_the_cookie_ends_with_the_browser(self, clerk: Account) -> None:
        cookie = signed_in().cookies["sessionid"]
        assert (cookie["max-age"], cookie["expires"]) == ("", "")

    def test_a_page_for_strangers_begins_no_session(self) -> None:
        Window().get("/dang-nhap")
        assert Session.objects.count() == 0


class TestLimits:
    def test_half_an_hour_without_a_request_ends_it(self, clerk: Account) -> None:
        window = signed_in()
        age(begun=timedelta(hours=1), seen=timedelta(minutes=29))
        assert is_in(window)
        age(begun=timedelta(hours=1), seen=timedelta(minutes=31))
        assert not is_in(window)

    def test_a_request_begins_the_idle_time_anew(self, clerk: Account) -> None:
        window = signed_in()
        age(begun=timedelta(hours=1), seen=timedelta(minutes=29))
        assert is_in(window)
        row = Session.objects.get(account=clerk)
        assert row.expire_date - timezone.now() > timedelta(minutes=29)

    def test_being_seen_is_written_once_a_minute(self, clerk: Account) -> None:
        window = signed_in()
        before = Session.objects.get(account=clerk).seen_at
        is_in(window)
        assert Session.objects.get(account=clerk).seen_at == before

    def test_eight_hours_end_it_however_busy_it_was(self, clerk: Account) -> None:
        window = signed_in()
        age(begun=timedelta(hours=7, minutes=59), seen=timedelta(minutes=2))
        assert is_in(window)
        left = Session.objects.get(account=clerk).expire_date - timezone.now()
        assert timedelta(0) < left <= timedelta(minutes=1)
        age(begun=timedelta(hours=8, minutes=1), seen=timedelta(0))
        assert not is_in(window)

    def test_the_limits_are_those_of_the_day(self, monkeypatch: pytest.MonkeyPatch) -> None:
        stricter = SessionLimits(date(2027, 1, 1), timedelta(minutes=10), timedelta(hours=4))
        monkeypatch.setattr(session_limits, "LIMITS", (*session_limits.LIMITS, stricter))
        begun = datetime(2026, 12, 31, 16, 0, tzinfo=UTC)  # 23:00 in Vietnam
        seen_before, seen_after = begun + timedelta(minutes=59), begun + timedelta(minutes=61)
        assert session_limits.end_of(begun, seen_before) == seen_before + timedelta(minutes=30)
        assert session_limits.end_of(begun, seen_after) == seen_after + timedelta(minutes=10)

    def test_what_has_ended_is_removed(self, clerk: Account) -> None:
        signed_in()
        age(begun=timedelta(hours=9), seen=timedelta(hours=8))
        kept = signed_in()
        sessions.clear_expired()
        assert Session.objects.count() == 1
        assert is_in(kept)


class TestEnds:
    @pytest.mark.parametrize("end", [accounts.disable, accounts.renew_password])
    def test_all_sessions_end_with_a_closed_account_or_a_new_password(self, clerk: Account, end) -> None:
        windows = [signed_in(), signed_in(FIREFOX)]
        end(NAME, by=BY)
        assert [is_in(window) for window in windows] == [False, False]
        assert not Session.objects.filter(account=clerk).exists()
        assert AuditEntry.objects.get(action="session.end").details == {"sessions": 2}

    def test_opening_the_account_again_brings_none_back(self, clerk: Account) -> None:
        window = signed_in()
        accounts.disable(NAME, by=BY)
        accounts.enable(NAME, by=BY)
        assert not is_in(window)


class TestOwnPage:
    def test_it_says_where_and_since_when(self, clerk: Account) -> None:
        window = signed_in()
        signed_in(FIREFOX, "127.0.0.9")
        page = window.get(PAGE).content.decode()
        for words in ("Chrome, Windows", "Firefox, Linux", "127.0.0.9", "Phiên này", "30 phút", "8 giờ"):
            assert words in page
        assert page.count("Kết thúc phiên<") == 1

    def test_one_other_is_ended(self, clerk: Account) -> None:
        window, other, third = signed_in(), signed_in(FIREFOX), signed_in(FIREFOX)
        number = hashlib.sha256(other.key.encode()).hexdigest()
        answer = window.post(PAGE, {"number": number})
        assert answer["Location"] == f"{PAGE}?xong=1"
        assert [is_in(one) for one in (window, other, third)] == [True, False, True]
        entry = AuditEntry.objects.get(action="session.end")
        assert (entry.actor, entry.subject_id, entry.details) == (NAME, NAME, {"sessions": 1})

    def test_all_others_are_ended(self, clerk: Account) -> None:
        window, *others = signed_in(), signed_in(FIREFOX), signed_in(FIREFOX)
        window.post(PAGE, {"others": "1"})
        assert [is_in(one) for one in (window, *others)] == [True, False, False]

    def test_nobody_ends_somebody_elses(self, clerk: Account) -> None:
        make_account("97002", "facility")
        stranger = signed_in(name="facility-97002")
        number = hashlib.sha256(signed_in().key.encode()).hexdigest()
        assert stranger.post(PAGE, {"number": number})["Location"] == f"{PAGE}?xong=0"
        assert Session.objects.filter(key_sha256=number).exists()
        assert number not in stranger.get(PAGE).content.decode()

    @pytest.mark.parametrize("done", ["x", "-1", "99999", "²", ""])
    def test_a_strange_address_is_no_error(self, clerk: Account, done: str) -> None:
        assert signed_in().get(PAGE, {"xong": done}).status_code == 200


@pytest.mark.parametrize(
    ("user_agent", "expected"),
    [
        (CHROME, "Chrome, Windows"),
        (FIREFOX, "Firefox, Linux"),
        (f"{CHROME} Edg/156.0", "Edge, Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) Version/19.0 Safari/604.1",
            "Safari, iPhone",
        ),
        ("curl/8", ""),
        ("", ""),
    ],
)
def test_a_browser_in_words(user_agent: str, expected: str) -> None:
    assert sessions.described(user_agent) == expected
