"""Writes of the desk: terms by law, transitions, what is refused, and that no person lies in the clear."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from khoyte.audit.models import AuditEntry
from khoyte.foundation.calendar import TZ
from khoyte.protection import actions, queries
from khoyte.protection.enums import (
    OPEN_STATES,
    REFUSABLE,
    TRANSITIONS,
    Refusal,
    RequestAct,
    RequestKind,
    RequestState,
)
from khoyte.protection.errors import NotPossible
from khoyte.protection.models import BreachEvent, Consent, RequestEvent, SubjectRequest
from khoyte.protection.presenters.words import Choice, name_of
from khoyte.protection.subjects import Subject
from khoyte.protection.tests.people import (
    CHILD,
    INFANT,
    NUMBER,
    SUBJECT,
    agreed,
    asked,
    broken,
    hours_ago,
    officer,
)

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("country")]

FRIDAY = datetime(2026, 11, 20, 9, 0, tzinfo=TZ)
"""Before Vietnamese Culture Day, Tuesday 24 November."""


def act(
    request: SubjectRequest, what: str, note: str = "Đã gửi thư trả lời.", refusal: str = ""
) -> SubjectRequest:
    return actions.act_on_request(request=request, act=what, note=note, refusal=refusal, by=officer())


class TestTerms:
    @pytest.mark.parametrize(
        ("kind", "last_day"),
        [
            ("view", (2026, 12, 7)),
            ("provide", (2026, 12, 7)),
            ("correct", (2026, 12, 7)),
            ("withdraw", (2026, 12, 14)),
            ("limit", (2026, 12, 14)),
            ("delete", (2026, 12, 21)),
        ],
    )
    def test_a_request_of_a_friday_is_due_after_working_days_and_a_holiday(
        self, kind: str, last_day: tuple[int, ...]
    ) -> None:
        found = asked(kind, received_at=FRIDAY)
        assert found.due.astimezone(TZ).timetuple()[:3] == last_day
        assert found.answer_due.astimezone(TZ).timetuple()[:3] == (2026, 11, 25)

    def test_one_extension_is_as_long_as_the_term(self) -> None:
        found = act(asked("view", received_at=FRIDAY), "answer")
        assert act(found, "extend").due.astimezone(TZ).timetuple()[:3] == (2026, 12, 21)
        with pytest.raises(NotPossible):
            act(found, "extend")

    def test_lateness_is_derived_from_what_happened(self) -> None:
        late = asked("view", received_at=timezone.now() - timedelta(days=60))
        assert queries.was_late(late)
        fresh = asked("view")
        assert not queries.was_late(fresh)
        assert not queries.was_late(act(fresh, "answer"))
        assert queries.urgency(late, timezone.now()) == 1.0
        assert queries.urgency(fresh, timezone.now()) == 0.0


class TestTransitions:
    @pytest.mark.parametrize("what", list(RequestAct))
    @pytest.mark.parametrize("state", list(RequestState))
    def test_every_act_in_every_state(self, state: RequestState, what: RequestAct) -> None:
        found = asked("delete")
        refusal = "retention" if state == RequestState.REFUSED else ""
        SubjectRequest.objects.filter(pk=found.pk).update(state=state, refusal=refusal)
        expected = TRANSITIONS.get((state, what))  # what only one kind may is tried in test_limits
        if expected is None:
            with pytest.raises(NotPossible):
                act(found, what, refusal="retention")
            assert SubjectRequest.objects.get(pk=found.pk).state == state
        else:
            assert act(found, what, refusal="retention").state == expected

    def test_every_open_state_can_end(self) -> None:
        for state in OPEN_STATES:
            assert {RequestAct.REFUSE, RequestAct.CANCEL} <= {what for at, what in TRANSITIONS if at == state}
        ends = {RequestState.DONE, RequestState.REFUSED, RequestState.CANCELLED, RequestState.LIFTED}
        assert ends.isdisjoint(OPEN_STATES)
        assert ends | OPEN_STATES == set(RequestState)

    @pytest.mark.parametrize("kind", list(RequestKind))
    def test_a_refusal_needs_a_reason_that_fits_the_kind(self, kind: RequestKind) -> None:
        for reason in Refusal:
            found = asked(kind)
            if reason in REFUSABLE[kind]:
                assert act(found, "refuse", refusal=reason).refusal == reason
            else:
                with pytest.raises(NotPossible):
                    act(found, "refuse", refusal=reason)

    def test_retention_is_no_reason_to_hide_data(self) -> None:
        assert Refusal.RETENTION not in REFUSABLE[RequestKind.VIEW]
        assert Refusal.RETENTION in REFUSABLE[RequestKind.DELETE]

    def test_the_database_refuses_a_refusal_without_reason(self) -> None:
        found = asked()
        with pytest.raises(IntegrityError), transaction.atomic():
            SubjectRequest.objects.filter(pk=found.pk).update(state="refused")

    def test_words_are_needed_but_for_the_first_answer(self) -> None:
        found = asked()
        act(found, "answer", note="")
        with pytest.raises(NotPossible) as told:
            act(found, "complete", note="  ")
        assert told.value.code == "note-missing"

    def test_each_act_is_an_event_with_its_words(self) -> None:
        found = asked()
        act(found, "answer", note="Đã nhận.")
        act(found, "complete", note="Đã gửi bản sao.")
        assert [(event.act, note) for event, note in queries.events(found)] == [
            ("received", ""),
            ("answer", "Đã nhận."),
            ("complete", "Đã gửi bản sao."),
        ]


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"kind": "other"}, "wrong-choice"),
            ({"channel": "pigeon"}, "wrong-choice"),
            ({"relation": "neighbour"}, "wrong-choice"),
            ({"received_at": hours_ago(-1)}, "wrong-time"),
            ({"subject": Subject("A", "123")}, "wrong-number"),
            ({"subject": Subject(" ", NUMBER)}, "wrong-text"),
            ({"subject": Subject("A", NUMBER, statement="x" * 4001)}, "wrong-text"),
            ({"relation": "parent"}, "representative-missing"),
        ],
        ids=lambda case: case if isinstance(case, str) else "-".join(case),
    )
    def test_a_request_that_cannot_be(self, changed: dict[str, Any], code: str) -> None:
        with pytest.raises(NotPossible) as told:
            asked(**changed)
        assert told.value.code == code
        assert SubjectRequest.objects.count() == 0


class TestConsent:
    def test_it_holds_from_when_it_was_given_until_it_is_withdrawn(self) -> None:
        given, ended = hours_ago(5), hours_ago(2)
        made = agreed(given_at=given)
        actions.withdraw_consent(consent=made, at=ended, by=officer())
        key = bytes(made.subject_key)
        held = [
            queries.is_consented(key, "exchange.care", made.unit, hours_ago(hours))
            for hours in (6, 4, 2.5, 1)
        ]
        assert held == [False, True, True, False]
        assert not queries.is_consented(key, "research.use", made.unit, hours_ago(4))
        assert not queries.is_consented(key, "exchange.care", "97002", hours_ago(4))

    def test_the_words_and_the_paper_are_proven_by_their_hashes(self) -> None:
        import hashlib

        made = agreed(text="Tôi đồng ý.", evidence=b"scan")
        assert bytes(made.text_sha256) == hashlib.sha256("Tôi đồng ý.".encode()).digest()
        assert bytes(made.evidence_sha256 or b"") == hashlib.sha256(b"scan").digest()

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"purpose": "intake.judge"}, "wrong-purpose"),
            ({"purpose": "none"}, "wrong-purpose"),
            ({"given_at": hours_ago(-2)}, "wrong-time"),
            ({"text": " "}, "wrong-text"),
            ({"subject": Subject("Bé Mẫu", CHILD)}, "child-without-representative"),
            (
                {"subject": Subject("Bé Mẫu", CHILD, representative="Mẹ"), "relation": "parent"},
                "child-did-not-agree",
            ),
            (
                {"subject": Subject("Bé Mẫu", CHILD, representative="Cô"), "relation": "proxy"},
                "child-without-representative",
            ),
        ],
        ids=["lawful anyway", "unknown", "future", "no words", "alone", "not asked", "proxy"],
    )
    def test_a_consent_that_cannot_be(self, changed: dict[str, Any], code: str) -> None:
        with pytest.raises(NotPossible) as told:
            agreed(**changed)
        assert told.value.code == code
        assert Consent.objects.count() == 0

    def test_a_child_of_seven_agrees_beside_the_parent_and_an_infant_is_not_asked(self) -> None:
        child = Subject("Bé Mẫu", CHILD, representative="Mẹ của bé")
        assert agreed(subject=child, relation="parent", child_agreed=True).child_agreed
        infant = Subject("Bé Út", INFANT, representative="Mẹ của bé")
        assert agreed(subject=infant, relation="parent").child_agreed is None

    def test_it_ends_once(self) -> None:
        made = agreed()
        with pytest.raises(NotPossible):
            actions.withdraw_consent(consent=made, at=hours_ago(3), by=officer())
        actions.withdraw_consent(consent=made, by=officer())
        with pytest.raises(NotPossible):
            actions.withdraw_consent(consent=made, by=officer())

    def test_completing_a_withdrawal_ends_the_consents_to_this_unit_alone(self) -> None:
        mine, other = agreed(), agreed(by=officer("97002"))
        act(act(asked("withdraw"), "answer"), "complete")
        mine.refresh_from_db()
        other.refresh_from_db()
        assert mine.withdrawn_at is not None
        assert other.withdrawn_at is None


class TestBreach:
    def test_72_hours_run_from_discovery(self) -> None:
        found = broken(discovered_at=hours_ago(73))
        (duty,) = queries.duties(found)
        assert duty.due - found.discovered_at == timedelta(hours=72)
        assert duty.is_late(timezone.now())
        actions.write_breach(breach=found, act="authority_told", at=hours_ago(2), by=officer())
        (told,) = queries.duties(queries.breach(str(found.pk), officer()))  # type: ignore[arg-type]
        assert told.done is not None
        assert not told.is_late(timezone.now())

    def test_biometrics_and_places_must_be_told_to_the_persons_too(self) -> None:
        assert [duty.act for duty in queries.duties(broken(data_kinds=["biometric"]))] == [
            "authority_told",
            "subjects_told",
        ]
        assert len(queries.duties(broken(data_kinds=["finance"]))) == 1

    def test_it_ends_after_the_authority_was_told_and_then_nothing_is_added(self) -> None:
        found = broken()
        with pytest.raises(NotPossible) as told:
            actions.write_breach(breach=found, act="closed", at=hours_ago(0), by=officer())
        assert told.value.code == "authority-not-told"
        for what in ("authority_told", "closed"):
            actions.write_breach(breach=found, act=what, at=hours_ago(0), by=officer())
        with pytest.raises(NotPossible) as told:
            actions.write_breach(breach=found, act="measure", at=hours_ago(0), note="x", by=officer())
        assert told.value.code == "closed"
        assert BreachEvent.objects.count() == 2

    @pytest.mark.parametrize(
        ("changed", "code"),
        [
            ({"discovered_at": hours_ago(-1)}, "wrong-time"),
            ({"summary": ""}, "wrong-text"),
            ({"data_kinds": []}, "wrong-kind"),
            ({"data_kinds": ["weather"]}, "wrong-choice"),
            ({"persons": -1}, "wrong-number"),
        ],
        ids=["future", "no summary", "no kind", "unknown kind", "negative"],
    )
    def test_a_breach_that_cannot_be(self, changed: dict[str, Any], code: str) -> None:
        with pytest.raises(NotPossible) as told:
            broken(**changed)
        assert told.value.code == code

    def test_nothing_is_written_before_discovery(self) -> None:
        with pytest.raises(NotPossible):
            actions.write_breach(breach=broken(), act="authority_told", at=hours_ago(9), by=officer())


def test_nothing_about_the_person_lies_in_the_clear() -> None:
    act(asked(), "answer", note="Thư gửi bà Ví Dụ")
    agreed()
    with connection.cursor() as cursor:
        for table in ("subject_request", "subject_request_event", "consent", "audit_entry"):
            cursor.execute(f"SELECT string_agg(t::text, ' ') FROM {table} t")
            written = cursor.fetchone()[0]
            for word in (NUMBER, "Ví Dụ", "Thôn Mẫu"):
                assert word not in written, table
    assert queries.subject_of(SubjectRequest.objects.get()) == SUBJECT


def test_every_act_is_in_the_audit_log_with_its_purpose() -> None:
    act(asked(), "answer")
    actions.withdraw_consent(consent=agreed(), by=officer())
    actions.write_breach(breach=broken(), act="authority_told", at=hours_ago(0), by=officer())
    written = (
        AuditEntry.objects.filter(purpose__gt="").order_by("id").values_list("action", "purpose", "facility")
    )
    assert list(written) == [
        ("data_request.register", "subject.access", "97001"),
        ("data_request.act", "subject.access", "97001"),
        ("consent.record", "consent.keep", "97001"),
        ("consent.withdraw", "consent.keep", "97001"),
        ("breach.open", "breach.handle", "97001"),
        ("breach.write", "breach.handle", "97001"),
    ]


def test_every_choice_has_both_languages() -> None:
    for kind in (RequestKind, RequestState, RequestAct, Refusal, *_others()):
        for member in kind:
            words = name_of(member)
            assert words.vi
            assert words.en
            assert words.vi != words.en


def _others() -> tuple[type[Choice], ...]:
    from khoyte.protection.enums import BreachAct, Channel, DataKind, Relation

    return (BreachAct, Channel, DataKind, Relation)


def test_an_event_is_never_changed_by_the_application() -> None:
    asked()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT has_table_privilege('khoyte_app', 'subject_request_event', 'UPDATE'),"
            " has_table_privilege('khoyte_app', 'subject_request_event', 'DELETE'),"
            " has_table_privilege('khoyte_app', 'breach', 'UPDATE'),"
            " has_table_privilege('khoyte_worker', 'consent', 'DELETE')"
        )
        assert cursor.fetchone() == (False, False, False, False)
    assert RequestEvent.objects.count() == 1
