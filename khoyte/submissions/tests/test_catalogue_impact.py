"""What a change of a catalogue touches: by declarations of rules and by the codes that are stored."""

import json
from contextlib import nullcontext
from datetime import date, timedelta

import pytest
from click.testing import CliRunner

from khoyte.rules import nodes
from khoyte.submissions import catalogue_impact
from khoyte.submissions.catalogue_impact import Touched, Use, impact, stored_touched, uses_of
from khoyte.submissions.commands.catalogue import catalogue
from khoyte.submissions.rulebook import RULEBOOK
from khoyte.submissions.tests import catalogues, senders
from khoyte.submissions.tests.catalogues import diseases, pack_of
from khoyte.submissions.tests.senders import NEIGHBOUR, dossier, file_of, judged
from khoyte.submissions.working import Judge
from khoyte.terminology import load_pack
from khoyte.terminology.differences import RULE_ATTRIBUTES

DAY = date(2026, 9, 1)
MAIN = catalogues.disease_in_use()
BEFORE = pack_of(diseases())


def touched(after, name="icd10", before=BEFORE):
    return stored_touched(impact(before, after, name), name)


class TestRules:
    def test_are_found_by_their_declarations(self):
        uses = uses_of("icd10", DAY)
        assert Use("V-038", "XML1", "MA_BENH_CHINH") in uses
        assert Use("V-038", "XML1", "MA_BENH_CHINH", "not_as_main") in uses
        assert Use("V-018", "XML2", "MA_THUOC") in uses_of("drugs", DAY)
        assert uses_of("occupations", DAY) == {
            use for use in uses_of("occupations", DAY) if use.field == "MA_NGHE_NGHIEP"
        }
        assert uses_of("unit_changes", DAY) == frozenset()

    def test_a_field_of_the_head_and_of_another_table_is_told_apart(self):
        code = nodes.Catalogue("icd10")
        member = nodes.Member(nodes.Column("MA_BENH_CHINH"), code)
        inside = nodes.Aggregate("XML3", "exists", where=nodes.Member(nodes.Column("MA_BENH"), code))
        found = list(catalogue_impact._members(nodes.And(nodes.Head(member), inside), "XML2"))
        assert [(table, one.of.name) for one, table in found] == [
            ("XML1", "MA_BENH_CHINH"),
            ("XML3", "MA_BENH"),
        ]

    def test_the_attributes_that_differences_mark_are_those_rules_ask(self):
        from khoyte.standards import standard_on

        asked: dict[str, set[str]] = {}
        for rule in RULEBOOK.rules_on(DAY, standard_on(DAY)):
            for node in filter(None, (rule.check, rule.when)):
                for one in nodes.walk(node):
                    if isinstance(one, nodes.Member) and isinstance(one.source, nodes.Catalogue):
                        asked.setdefault(one.source.name, set()).add(one.source.attribute or "")
        for name, attributes in asked.items():
            assert attributes - {""} <= set(RULE_ATTRIBUTES.get(name, ())), name


@pytest.mark.django_db
@pytest.mark.usefixtures("country")
class TestStored:
    def test_counts_what_holds_affected_codes(self):
        judged(file_of(dossier("A1"), dossier("A2"), dossier("A3", MA_BENH_CHINH="I10")))
        judged(file_of(dossier("B1", facility=NEIGHBOUR), facility=NEIGHBOUR))
        assert touched(pack_of(diseases(MAIN))) == Touched(visits=3, submissions=2, facilities=2)
        assert touched(pack_of(diseases("I10"))) == Touched(visits=1, submissions=1, facilities=1)
        assert touched(pack_of(diseases("A90"))) == Touched()

    def test_a_name_touches_nothing_and_an_attribute_does(self):
        judged(file_of(dossier("A1")))
        renamed = impact(BEFORE, pack_of(diseases(chapter=MAIN)), "icd10")
        assert [span.differences.counts()["changed"] for span in renamed.spans] == [1]
        assert not renamed.alters
        assert stored_touched(renamed, "icd10") == Touched()
        assert touched(pack_of(diseases(not_as_main=MAIN))).visits == 1

    def test_the_other_diseases_of_a_list_are_taken_apart(self):
        judged(file_of(dossier("A1", MA_BENH_KT="I10;J18.9"), dossier("A2", MA_BENH_KT="E11.9")))
        assert touched(pack_of(diseases("J18.9"))).visits == 1

    def test_only_days_of_the_span_count(self):
        judged(file_of(dossier("A1")))
        day = date(2026, 9, 1)
        discharge = senders.valid_rows("XML1")[0]["NGAY_RA"]
        discharged = date(int(discharge[:4]), int(discharge[4:6]), int(discharge[6:8]))
        assert discharged.year == day.year
        for starts, visits in ((discharged, 1), (discharged + timedelta(days=1), 0)):
            after = pack_of(diseases(), diseases(MAIN, starts=starts))
            assert touched(after).visits == visits

    def test_a_list_that_becomes_complete_touches_codes_outside_both(self):
        judged(file_of(dossier("A1", MA_BENH_CHINH="E119"), dossier("A2", MA_BENH_CHINH="E110")))
        before = pack_of(diseases(complete=False))
        assert touched(pack_of(diseases()), before=before).visits == 1

    def test_a_refused_dossier_is_found_by_its_finding(self):
        pack = pack_of(diseases(MAIN))
        found = senders.receive(file_of(dossier("A1", **senders.REFUSED)))
        Judge(pack=pack).judge([found])
        found.refresh_from_db()
        assert "V-038" in senders.rules_of(found)
        assert touched(BEFORE, before=pack) == Touched(visits=0, submissions=1, facilities=1)

    def test_tables_without_typed_rows_are_taken_whole(self):
        judged(file_of(dossier("A1", tables=("XML1",))))
        spans = impact(BEFORE, pack_of(diseases("A90")), "icd10").spans
        sources = list(catalogue_impact._sources(spans, "icd10"))
        assert {values["table"] for _, values in sources} == {"XML13", "XML14"}

    def test_a_dry_run_tells_it_and_publishes_nothing(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
        judged(file_of(dossier("A1")))
        digest = load_pack().digest
        file = catalogues.write_csv(tmp_path / "icd.csv", MAIN)
        asked = ["import", "icd10", str(file), "--valid-from", "2020-01-01", "--dry-run"]
        told = {"lang": "vi", "database": lambda role: nullcontext()}
        answer = CliRunner().invoke(catalogue, [*asked, "--json"], obj=told, catch_exceptions=False)
        document = json.loads(answer.output)
        assert document["stored"] == {"visits": 1, "submissions": 1, "facilities": 1}
        assert {"V-038", "V-039", "V-040"} <= set(document["rules"])
        assert document["spans"][-1]["removed"] > 10_000
        spoken = CliRunner().invoke(catalogue, asked, obj=told, catch_exceptions=False)
        assert "Chưa công bố nội dung nào" in spoken.output
        assert load_pack().digest == digest

    def test_an_import_without_the_switch_imports(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KHOYTE_HOME", str(tmp_path / "home"))
        file = catalogues.write_csv(tmp_path / "icd.csv")
        asked = ["import", "icd10", str(file), "--valid-from", "2020-01-01"]
        answer = CliRunner().invoke(catalogue, asked, obj={"lang": "vi"}, catch_exceptions=False)
        assert "Đã nhập" in answer.output
        assert load_pack().on(DAY).catalogue("icd10").complete
