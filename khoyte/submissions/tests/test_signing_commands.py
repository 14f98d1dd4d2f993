"""`khoyte sign`, `khoyte signing verify` and `khoyte generate submissions --signed`: no database is
needed."""

import json
from pathlib import Path

import pytest
from signxml import SignatureConfiguration, XMLVerifier  # a second opinion, by another library

from khoyte.foundation.byte_sources import BytesSource
from khoyte.nonprod.generator.commands import generate
from khoyte.nonprod.twins.authority import Authority, Issued
from khoyte.signing.making import Spliced
from khoyte.submissions.commands.check import check
from khoyte.submissions.commands.sign import sign
from khoyte.submissions.commands.signing import signing
from khoyte.submissions.tests.reader import files
from khoyte.submissions.tests.test_commands import run


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "trust"))
    made = Authority.make()
    made.write_trust(tmp_path / "trust")
    return made


@pytest.fixture
def hospital(authority: Authority) -> Issued:
    return authority.organisation("Bệnh viện Giả lập", bits=2048)


@pytest.fixture
def key(hospital: Issued, tmp_path: Path) -> str:
    path = tmp_path / "key.p12"
    path.write_bytes(hospital.p12("mật khẩu"))
    return str(path)


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KHOYTE_KEY_PASSWORD", "mật khẩu")


def verified(*arguments: str) -> tuple[int, dict]:
    status, printed, _ = run(signing.commands["verify"], *arguments, "--json")
    return status, json.loads(printed)


@pytest.mark.parametrize(
    "place", ["<CHUKYDONVI/>", "<CHUKYDONVI></CHUKYDONVI>", "<CHUKYDONVI> </CHUKYDONVI>", ""]
)
@pytest.mark.parametrize("count", [0, 1, 40])
def test_a_signed_file_is_believed_here_and_by_another_library(
    tmp_path: Path, hospital: Issued, key: str, place: str, count: int
) -> None:
    plain, out = tmp_path / "a.xml", tmp_path / "b.xml"
    plain.write_bytes(files.visits_file(count, signature=place))
    assert run(sign, str(plain), "--key", key, "--out", str(out))[0] == 0
    status, document = verified(str(out))
    assert (status, document["valid"], [one["state"] for one in document["signatures"]]) == (
        0,
        True,
        ["holds"],
    )

    class Verifier(XMLVerifier):
        excise_empty_xmlns_declarations = True  # libxml2 leaves them in a part of a document

    found = Verifier().verify(
        out.read_bytes(),
        x509_cert=hospital.certificate,
        expect_config=SignatureConfiguration(expect_references=2),
    )
    assert found[0].signed_xml.tag == "GIAMDINHHS"


def test_a_check_in_form_is_signed(tmp_path: Path, key: str) -> None:
    plain, out = tmp_path / "a.xml", tmp_path / "b.xml"
    plain.write_bytes(files.checkin_file(["A1", "A2"]).replace(b"<CHUKYDONVI>x</CHUKYDONVI>", b""))
    assert run(sign, str(plain), "--key", key, "--out", str(out))[0] == 0
    assert verified(str(out))[0] == 0


def test_what_cannot_be_signed_is_told_and_nothing_is_written(tmp_path: Path, key: str) -> None:
    out = tmp_path / "b.xml"
    for content in (
        files.visits_file(1, signature="<CHUKYDONVI>x</CHUKYDONVI>"),
        b"<html/>",
        b"<GIAMDINHHS>",
    ):
        (tmp_path / "a.xml").write_bytes(content)
        status, _, said = run(sign, str(tmp_path / "a.xml"), "--key", key, "--out", str(out))
        assert status == 2
        assert said
        assert not out.exists()
    assert run(sign, str(tmp_path / "a.xml"), "--out", str(out))[0] == 2


def test_the_words_of_verify(tmp_path: Path, key: str) -> None:
    plain, out = tmp_path / "a.xml", tmp_path / "b.xml"
    plain.write_bytes(files.visits_file(1))
    run(sign, str(plain), "--key", key, "--out", str(out))
    status, said, _ = run(signing.commands["verify"], str(out), lang="vi")
    assert status == 0
    assert "Chữ ký số hợp lệ" in said
    assert "Người ký: Bệnh viện Giả lập" in said
    out.write_bytes(out.read_bytes().replace(b"<NGAYLAP>2", b"<NGAYLAP>3"))
    status, said, _ = run(signing.commands["verify"], str(out), lang="vi")
    assert status == 1
    assert "nội dung đã thay đổi sau khi ký" in said
    status, said, _ = run(signing.commands["verify"], str(plain), lang="vi")
    assert (status, said.strip()) == (1, "Không có chữ ký số")


def test_a_document_is_signed_beside(tmp_path: Path, key: str) -> None:
    paper, beside = tmp_path / "cong-van.txt", tmp_path / "cong-van.p7s"
    paper.write_text("nội dung")
    assert run(sign, str(paper), "--key", key, "--out", str(beside))[0] == 0
    assert verified(str(paper), "--signature", str(beside))[0] == 0
    paper.write_text("nội dung khác")
    status, document = verified(str(paper), "--signature", str(beside))
    assert (status, document["signatures"][0]["problems"]) == (1, ["mismatch"])


def test_generated_files_are_signed_by_their_facilities(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = ["--visits", "6", "--facilities", "2", "--seed", "3", "--out", str(tmp_path), "--signed"]
    assert run(generate.commands["submissions"], *asked)[0] == 0
    monkeypatch.setenv("KHOYTE_TRUST", str(tmp_path / "ca/trust"))
    written = sorted(tmp_path.glob("*.xml"))
    assert len(written) == 2
    for path in written:
        assert verified(str(path))[1]["valid"]
    status, printed, _ = run(check, *map(str, written), "--json")
    verdicts = json.loads(printed)["files"]
    assert status == 0
    assert [verdict["findings"] for verdict in verdicts] == [[], []]
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "ca/keys").iterdir()} == {0}


@pytest.mark.parametrize(("offset", "length"), [(0, 0), (3, 4), (10, 0), (0, 10), (5, 5)])
def test_a_spliced_source_reads_as_its_bytes(offset: int, length: int) -> None:
    data, new = b"0123456789", b"abc"
    whole = data[:offset] + new + data[offset + length :]
    spliced = Spliced(BytesSource(data), offset, length, new)
    assert spliced.size == len(whole)
    assert b"".join(spliced.chunks(4)) == whole
    for begin in range(len(whole) + 1):
        for size in range(len(whole) + 3):
            assert spliced.read_at(begin, size) == whole[begin : begin + size]
