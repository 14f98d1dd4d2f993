"""What somebody of a facility does with a day's records: send, read the verdict, correct, send again."""

import csv
import time
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from openpyxl import load_workbook
from playwright.sync_api import expect

from tests.browser.conftest import Enter
from tests.browser.site import Generated, Site
from tests.browser.visitor import VERDICT

pytestmark = pytest.mark.browser

VISITS, DEFECTS = 500, 20
# The bar is 5 s on a quiet machine; the real time stands in the summary of the run.
BUSY_MACHINE_SECONDS = 30.0


@pytest.fixture(scope="module")
def day_of_records(site: Site) -> Generated:
    return site.generate("day", visits=VISITS, seed=2, defects=DEFECTS)


def findings_of(verdict: dict[str, Any]) -> list[dict[str, Any]]:
    return verdict["findings"] + [row for dossier in verdict["dossiers"] for row in dossier["findings"]]


def seconds_of_judging(verdict: dict[str, Any]) -> float:
    return (
        datetime.fromisoformat(verdict["judged_at"]) - datetime.fromisoformat(verdict["received_at"])
    ).total_seconds()


class TestSending:
    def test_clerk_signs_in_uploads_500_visits_and_reads_what_to_correct(
        self, site: Site, enter: Enter, day_of_records: Generated, picture, record_property
    ):
        # Given somebody of a hospital who has not signed in and opens the page of sending,
        clerk = enter()
        clerk.open("/goi-ho-so/gui")
        clerk.sign_in(site.accounts["clerk"])
        expect(clerk.page.get_by_label("Tệp XML hoặc ZIP")).to_be_visible()
        picture(clerk, "upload")
        # when they send a day of 500 visits with 20 defects through it,
        clerk.upload(day_of_records.path)
        clerk.page.wait_for_url(VERDICT, wait_until="commit")
        received = time.monotonic()
        submission = clerk.wait_for_verdict()
        waited = time.monotonic() - received
        # then the verdict is there within seconds of the receipt,
        verdict = site.verdict(submission)
        record_property("s from receipt to verdict, 500 visits", round(seconds_of_judging(verdict), 2))
        record_property("s until the page showed it", round(waited, 2))
        assert waited < BUSY_MACHINE_SECONDS
        picture(clerk, "verdict")
        # it begins with a sentence, and says the same as the interface for programs,
        ledger = verdict["ledger"]
        assert ledger["received"] == VISITS
        assert f"{ledger['rejected']} hồ sơ chưa đạt" in clerk.heading
        expect(clerk.page.locator(".causes h3")).to_have_count(min(10, len(verdict["causes"])))
        # and it names every defect that was planted, and nothing else.
        found = {
            (row["rule"], dossier["ma_lk"]) for dossier in verdict["dossiers"] for row in dossier["findings"]
        }
        harmful = {
            dossier["ma_lk"]
            for dossier in verdict["dossiers"]
            if any(row["level"] in "EW" for row in dossier["findings"])
        }
        assert day_of_records.planted <= found
        assert harmful <= {ma_lk for _, ma_lk in day_of_records.planted}


class TestVerdict:
    def test_cause_opens_its_rule_with_law_and_examples(self, enter: Enter, judged: dict):
        # Given a verdict with a cause that a value of a table made,
        clerk = enter("clerk")
        clerk.open(f"/goi-ho-so/{judged['id']}")
        place, rule = next(
            (place, cause["rule"]) for place, cause in enumerate(judged["causes"]) if cause["rule"] > "V-010"
        )
        # when its rule is opened,
        clerk.page.locator(".causes > li").nth(place).get_by_role("link", name=f"Quy tắc {rule}").click()
        # then it says what it asks for, by which law, with a failing and a passing example.
        clerk.page.wait_for_url(f"**/quy-tac/{rule}")
        assert rule in clerk.heading
        main = clerk.page.get_by_role("main")
        expect(main.get_by_text("Căn cứ pháp lý:").first).to_be_visible()
        expect(main.get_by_text("Ví dụ chưa đạt").first).to_be_visible()
        expect(main.get_by_text("Ví dụ đạt").first).to_be_visible()

    def test_count_of_a_cause_opens_its_dossiers_and_a_dossier_its_findings(self, enter: Enter, judged: dict):
        # Given a verdict with causes,
        clerk = enter("clerk")
        clerk.open(f"/goi-ho-so/{judged['id']}")
        # when the number of a cause and then its first dossier are opened,
        cause = judged["causes"][0]
        clerk.page.locator(".causes > li").first.get_by_role("link").first.click()
        lines = clerk.page.locator("#dossiers tbody tr")
        expect(lines).to_have_count(cause["dossiers"])
        ma_lk = lines.first.get_by_role("rowheader").inner_text()
        lines.first.get_by_role("link", name=ma_lk).click()
        # then each finding of that dossier stands there with its remedy, as programs get it.
        clerk.page.wait_for_url("**/ho-so/*")
        told = next(row for row in judged["dossiers"] if row["ma_lk"] == ma_lk)["findings"]
        shown = clerk.page.locator(".causes > li")
        assert ma_lk in clerk.heading
        assert sorted(shown.locator("h3").all_inner_texts()) == sorted(row["message"] for row in told)
        for finding in told:
            expect(shown.get_by_text(finding["hint"]).first).to_be_visible()

    def test_spreadsheet_and_csv_hold_every_finding(
        self, enter: Enter, judged: dict, spoiled: Generated, tmp_path: Path
    ):
        # Given a verdict,
        clerk = enter("clerk")
        main = clerk.open(f"/goi-ho-so/{judged['id']}").get_by_role("main")
        # when it is taken as XLSX and as CSV,
        book = load_workbook(clerk.download(main.get_by_role("link", name="(XLSX)").first.click, tmp_path))
        table = clerk.download(main.get_by_role("link", name="CSV", exact=True).click, tmp_path)
        # then both hold one line for each finding that programs are told, and the workbook each cause.
        told = sorted((row["rule"], row["field"], row["message"]) for row in findings_of(judged))
        head, *lines = book.worksheets[2].iter_rows(values_only=True)
        place = {name: head.index(name) for name in ("Quy tắc", "Trường", "Nội dung")}
        assert sorted(tuple(line[at] or "" for at in place.values()) for line in lines) == told
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file))
        assert sorted((row["Quy tắc"], row["Trường"], row["Nội dung"]) for row in rows) == told
        assert book.worksheets[1].max_row - 1 == len(judged["causes"])
        assert spoiled.planted <= {(row["Quy tắc"], row["MA_LK"]) for row in rows}

    def test_paper_shows_unit_and_time_and_no_navigation(self, enter: Enter, judged: dict):
        clerk = enter("clerk")
        page = clerk.open(f"/goi-ho-so/{judged['id']}")
        page.emulate_media(media="print")
        expect(page.locator(".on-paper")).to_be_visible()
        expect(page.locator(".on-paper")).to_contain_text("tính đến")
        expect(page.get_by_role("navigation", name="Chức năng")).to_be_hidden()
        expect(page.locator("h1")).to_be_visible()

    def test_nobody_else_can_tell_whether_it_exists(self, enter: Enter, judged: dict):
        # Given the verdict of another facility and a number nobody has,
        neighbour = enter("neighbour", complaints="status of 404")
        pages = (
            f"/goi-ho-so/{judged['id']}",
            f"/goi-ho-so/{judged['id']}/ho-so/1",
            f"/goi-ho-so/{judged['id']}/nha-cung-cap",
            f"/goi-ho-so/{judged['id']}/ket-qua.csv",
        )
        for path in pages:
            # when the neighbour opens either,
            seen = []
            for address in (path, path.replace(judged["id"], "0" * 8 + judged["id"][8:])):
                response = neighbour.page.goto(address)
                main = neighbour.page.get_by_role("main")
                reference = main.locator("code")
                number = reference.inner_text() if reference.count() else ""
                seen.append(
                    (response.status, main.inner_text().replace(number, "…") if number else main.inner_text())
                )
            # then they see the same page, but for the reference number of the request.
            assert seen[0] == seen[1], path
            assert seen[0][0] == 404


class TestSendingAgain:
    def test_corrected_file_shows_what_improved(self, site: Site, enter: Enter, judged: dict):
        # Given a file some of whose dossiers were not accepted,
        bad = {row["ma_lk"] for row in judged["dossiers"] if row["verdict"] in ("rejected", "quarantined")}
        corrected = site.generate("corrected", visits=60, seed=11)
        # when the corrected file is sent,
        clerk = enter("clerk")
        clerk.upload(corrected.path)
        submission = clerk.wait_for_verdict()
        # then its page says how many have become good, and nothing is left to correct.
        # (a dossier that had no MA_LK was known by no name and counts as new),
        verdict = site.verdict(submission)
        cured = bad & {row["ma_lk"] for row in verdict["dossiers"]}
        assert cured, bad
        since = clerk.page.get_by_role("heading", name="So với lần trước")
        improved = clerk.page.locator("section", has=since).get_by_role("listitem")
        expect(improved).to_have_text([f"{len(cured)} hồ sơ trước chưa đạt, nay đạt"])
        ledger = verdict["ledger"]
        assert (ledger["rejected"], ledger["quarantined"], ledger["missing"]) == (0, 0, 0)
        assert ledger["accepted"] + ledger["duplicate"] == 60

    def test_line_that_breaks_loses_nothing(self, site: Site, enter: Enter):
        # Given a file of two parts and a line that breaks within the second,
        file = site.generate("broken-line", visits=220, seed=5)
        assert 4 * 2**20 < file.path.stat().st_size < 8 * 2**20
        clerk = enter("clerk", complaints="net::ERR|status of 409")
        parts = []

        def break_second(route, request):
            parts.append(request.headers["upload-offset"])
            route.abort() if len(parts) == 2 else route.continue_()

        clerk.page.route(
            "**/api/v1/uploads/*",
            lambda route, request: (
                break_second(route, request) if request.method == "PATCH" else route.continue_()
            ),
        )
        # when it is sent,
        clerk.upload(file.path)
        submission = clerk.wait_for_verdict()
        # then only the broken part goes again, and every dossier arrives once.
        assert parts == ["0", str(4 * 2**20), str(4 * 2**20)]
        assert site.verdict(submission)["ledger"]["accepted"] == 220

    def test_same_file_again_is_the_same_submission(self, enter: Enter, judged: dict, spoiled: Generated):
        clerk = enter("clerk")
        clerk.upload(spoiled.path)
        assert clerk.wait_for_verdict() == judged["id"]

    def test_files_that_cannot_be_read_say_why_and_the_others_are_taken(
        self, site: Site, enter: Enter, tmp_path: Path
    ):
        # Given three files: a good one, one that is cut off, and a picture,
        good = site.generate("one", visits=1, seed=21).path
        cut = tmp_path / "cat-ngang.xml"
        cut.write_bytes(good.read_bytes()[:-200])
        strange = tmp_path / "anh.png"
        strange.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64))
        clerk = enter("clerk", complaints="status of 415")
        # when they are sent at once,
        clerk.upload(good, cut, strange)
        # then each line says what became of its file, and the unreadable one has a page that says why.
        lines = clerk.page.locator("form .sending li")
        expect(lines).to_have_count(3)
        expect(lines.locator("a")).to_have_count(2)
        expect(lines.nth(2).locator(".wrong")).not_to_be_empty()
        clerk.open(lines.nth(1).get_by_role("link").get_attribute("href"))
        expect(clerk.page.get_by_role("heading", level=1)).to_contain_text("Không đọc được tệp cat-ngang.xml")
        expect(clerk.page.get_by_role("link", name="Gửi lại hồ sơ")).to_be_visible()
