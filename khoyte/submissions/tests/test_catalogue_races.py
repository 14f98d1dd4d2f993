"""Publications and judging at the same moment, over real connections."""

import threading
from datetime import date

import pytest
from django.db import connection

from khoyte.submissions import catalogue_publication as publication
from khoyte.submissions import working
from khoyte.submissions.catalogue_publication import PublicationRefused
from khoyte.submissions.models import CataloguePublication
from khoyte.submissions.tests import catalogues, senders
from khoyte.submissions.tests.catalogues import write_csv
from khoyte.submissions.tests.senders import MINISTRY
from khoyte.terminology import load_pack
from khoyte.terminology.importing import import_file
from khoyte.units import tenancy

pytestmark = pytest.mark.usefixtures("committed_country")
PATIENCE = 30.0


@pytest.fixture
def own_home(tmp_path, monkeypatch):
    monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
    import_file("icd10", write_csv(tmp_path / "icd10.csv"), catalogues.STARTS)
    return tmp_path


def in_thread(task, *arguments) -> threading.Thread:
    """Run with a connection of its own, given back at the end."""

    def run() -> None:
        try:
            task(*arguments)
        finally:
            connection.close()

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    return thread


def test_of_two_who_publish_at_once_exactly_one_gets_through(own_home):
    by = senders.account_actor(MINISTRY, "operator")
    drafts = []
    for code in ("A90", "I10"):
        with tenancy.speaking_as(by):
            body = write_csv(own_home / "next.csv", code).read_bytes()
            drafts.append(publication.preview(
                name="icd10", chunks=[body], file_name="icd10.csv", valid_from=catalogues.STARTS,
                valid_to=None, complete=True, by=by,
            ))  # fmt: skip
    together, told = threading.Barrier(2), []

    def publish(row):
        together.wait(PATIENCE)
        try:
            with tenancy.speaking_as(by):
                publication.publish(id=row.pk, by=by)
                told.append("published")
        except PublicationRefused as refused:
            told.append(refused.code)

    threads = [in_thread(publish, row) for row in drafts]
    for thread in threads:
        thread.join(PATIENCE)
    assert sorted(told) == ["overtaken", "published"]
    (through,) = CataloguePublication.objects.exclude(published_at=None)
    assert load_pack().digest == through.pack
    held = load_pack().on(date(2026, 9, 1)).catalogue("icd10")
    assert [held.holds("A90"), held.holds("I10")].count(False) == 1


def test_choosing_waits_for_a_batch_that_began_with_the_earlier_pack(own_home):
    begun, may_end, settled = threading.Event(), threading.Event(), threading.Event()

    def batch():
        with tenancy.working():
            working.Judge().renew()
            begun.set()
            may_end.wait(PATIENCE)

    def settle():
        working.settle_pack()
        settled.set()

    judging = in_thread(batch)
    assert begun.wait(PATIENCE)
    choosing = in_thread(settle)
    assert not settled.wait(0.5)
    may_end.set()
    assert settled.wait(PATIENCE)
    for thread in (judging, choosing):
        thread.join(PATIENCE)
