"""V-008 on signed files: what must hold, and what must not, as tables."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from signxml import CanonicalizationMethod, XMLSigner

from khoyte.nonprod.twins.authority import Authority
from khoyte.signing.algorithms import (
    DSIG,
    ECDSA_SHA256,
    ENVELOPED,
    EXCLUSIVE,
    INCLUSIVE,
    RSA_PSS,
)
from khoyte.signing.checking import Checker
from khoyte.signing.trust import TrustStore, load_trust
from khoyte.submissions.reader import UnreadableFile
from khoyte.submissions.tests import signed_files as made
from khoyte.submissions.tests.reader import files
from khoyte.submissions.tests.signed_files import Recipe, Reference, claims, said, sign, with_ids

IDS = (Reference("#unit", (INCLUSIVE,)), Reference("#records", (INCLUSIVE,)))
SHA512 = "http://www.w3.org/2001/04/xmlenc#sha512"
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"
FILTER = "http://www.w3.org/2002/06/xmldsig-filter2"
BASE64 = f"{DSIG}base64"

GOOD = {
    "whole file, canonical": Recipe(),
    "whole file, exclusive": Recipe((Reference("", (ENVELOPED, EXCLUSIVE)),), canonical=EXCLUSIVE),
    "no canonical form named": Recipe((Reference("", (ENVELOPED,)),)),
    "without prefix, as .NET writes": Recipe(prefix=""),
    "with comments named": Recipe(canonical=f"{INCLUSIVE}#WithComments"),
    "SHA-512": Recipe(
        (Reference(digest_uri=SHA512, digest="sha512"),),
        hash="sha512",
        method="http://www.w3.org/2001/04/xmldsig-more#rsa-sha512",
    ),
    "RSA-PSS": Recipe(method=RSA_PSS, pss=True),
    "an own object signed as well": Recipe(
        (Reference(), Reference("#time", (INCLUSIVE,))),
        objects='<ds:Object Id="time"><At xmlns="">2026-11-28T09:00:00+07:00</At></ds:Object>',
    ),
}


@pytest.mark.parametrize("name", GOOD)
def test_a_good_signature_holds(name: str) -> None:
    assert said(sign(claims(), GOOD[name])) == "holds"


def test_ids_on_unit_and_records_hold_together() -> None:
    assert said(sign(with_ids(claims()), references=IDS)) == "holds"
    exclusive = tuple(replace(one, transforms=(EXCLUSIVE,)) for one in IDS)
    assert said(sign(with_ids(claims()), references=exclusive)) == "holds"


def test_an_ec_key_holds() -> None:
    signer = made.authority().organisation("Bệnh viện Giả lập")
    assert said(sign(claims(), signer=signer, method=ECDSA_SHA256)) == "holds"


def test_a_check_in_form_holds() -> None:
    form = files.checkin_file(["A1", "A2"]).replace(b"<CHUKYDONVI>x<", b"<CHUKYDONVI><")
    assert said(sign(form)) == "holds"
    with_id = form.replace(b"<DSACH_TRANG_THAI_KCB>", b'<DSACH_TRANG_THAI_KCB Id="list">')
    assert said(sign(with_id, references=(Reference("#list", (INCLUSIVE,)),))) == "holds"


def test_a_file_without_records_holds() -> None:
    assert said(sign(claims(0))) == "holds"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"<HOSO>", b"<HOSO><!-- x -->"),
        lambda data: data.replace(b"<CHUKYDONVI>", b"<CHUKYDONVI><!-- x -->"),
        lambda data: data.replace(b"<HOSO>", b"<HOSO >"),
        lambda data: data.replace(b"<LOAIHOSO>XML1</LOAIHOSO>", b"<LOAIHOSO><![CDATA[XML1]]></LOAIHOSO>"),
        lambda data: data.replace(b"<LOAIHOSO>XML1<", b"<LOAIHOSO>&#88;ML1<"),
        lambda data: data.replace(b'encoding="UTF-8"', b"encoding='utf-8'"),
        lambda data: b"\xef\xbb\xbf" + data,
        lambda data: data + b"\r\n",
    ],
)
def test_what_canonical_form_makes_equal_is_equal(change: Callable[[bytes], bytes]) -> None:
    signed = sign(claims())
    assert change(signed) != signed
    assert said(change(signed)) == "holds"


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data.replace(b"<HOSO>", b"<HOSO> "),
        lambda data: data.replace(b"</HOSO><HOSO>", b"</HOSO>\n<HOSO>"),
        lambda data: data.replace(b"<HOSO>", b"<HOSO a=''>"),
        lambda data: data.replace(b"<HOSO>", b"<HOSO><?x y?>"),
        lambda data: data.replace(b"<THONGTINHOSO>", b'<THONGTINHOSO xmlns="urn:x">'),
        lambda data: data.replace(b"<CHUKYDONVI>", b"<CHUKYDONVI> "),
        lambda data: data.replace(b"99001</MACSKCB>", b"99002</MACSKCB>"),
        lambda data: data.replace(b"<NGAYLAP>2026", b"<NGAYLAP>2025"),
        lambda data: data.replace(b"<SOLUONGHOSO>3<", b"<SOLUONGHOSO>2<"),
    ],
)
def test_what_canonical_form_tells_apart_is_a_mismatch(change: Callable[[bytes], bytes]) -> None:
    signed = sign(claims())
    assert change(signed) != signed
    assert said(change(signed)) == "mismatch"


def test_a_record_added_taken_away_or_moved_is_a_mismatch() -> None:
    signed = sign(claims())
    records = signed[signed.index(b"<HOSO>") : signed.rindex(b"</HOSO>") + 7]
    each = [b"<HOSO>" + one for one in records.split(b"<HOSO>")[1:]]
    for other in (each[:2], [*each, each[0]], [each[1], each[0], each[2]]):
        assert said(signed.replace(records, b"".join(other))) == "mismatch"


@settings(deadline=None, max_examples=150)
@given(st.data())
def test_any_byte_changed_in_what_is_signed_is_seen(data: st.DataObject) -> None:
    """Up to the signature every byte of text counts; markup changed gives a file that cannot be read at
    all."""
    signed = sign(claims(2))
    begin, end = signed.index(b"<THONGTINDONVI>"), signed.index(b"<CHUKYDONVI>")
    place = data.draw(st.integers(begin, end - 1))
    byte = data.draw(st.integers(0x20, 0x7E).filter(lambda one: one != signed[place]))
    changed = signed[:place] + bytes([byte]) + signed[place + 1 :]
    try:
        answer = said(changed)
    except UnreadableFile:
        return
    assert answer in ("mismatch", "ambiguous", "uncovered"), changed[place - 20 : place + 20]


@pytest.mark.parametrize(
    "form",
    [CanonicalizationMethod.CANONICAL_XML_1_0, CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0],
)
@pytest.mark.parametrize("digest", ["sha256", "sha512"])
@pytest.mark.parametrize("ids", [False, True])
def test_what_another_library_signs_holds(form: CanonicalizationMethod, digest: str, ids: bool) -> None:
    """signxml signs the same files; whole, or the two parts by their Ids."""
    data = with_ids(claims()) if ids else claims()
    root = etree.fromstring(data)
    place = root.find("CHUKYDONVI")
    etree.SubElement(place, f"{{{DSIG}}}Signature", Id="placeholder")
    issued = made.facility_certificate()
    signer = XMLSigner(signature_algorithm="rsa-sha256", digest_algorithm=digest, c14n_algorithm=form)
    signed = signer.sign(
        root,
        key=issued.key,
        cert=[issued.certificate, issued.above[0]],
        reference_uri=["#unit", "#records"] if ids else None,
    )
    assert said(etree.tostring(signed, xml_declaration=True, encoding="UTF-8")) == "holds"


@settings(deadline=None, max_examples=300)
@given(st.data())
def test_a_signature_in_any_shape_gets_an_answer(data: st.DataObject) -> None:
    """Bytes of the signature changed, taken away or doubled: the file is answered, never a fault of ours."""
    signed = sign(claims(1))
    begin, end = signed.index(b"<CHUKYDONVI>") + 12, signed.index(b"</CHUKYDONVI>")
    first = data.draw(st.integers(begin, end - 1))
    last = data.draw(st.integers(first, min(first + 40, end)))
    new = data.draw(
        st.sampled_from([b"", b"<a/>", b"&#0;", b"AAAA", b"\xff", b'Id="x"', signed[first:last] * 2])
    )
    try:
        answer = made.check(signed[:first] + new + signed[last:])
    except UnreadableFile:
        return
    assert answer is None or answer.state in ("holds", "refused", "unchecked")


# --- hostile ---

FAR = '<ds:RetrievalMethod URI="http://99001.invalid/key"/>'
WEAK = "http://www.w3.org/2001/04/xmldsig-more#"


def _other_key() -> bytes:
    stranger = Authority.make(now=made.NOW).organisation("Người lạ", bits=2048)
    return sign(claims(), certificates=[made.facility_certificate().certificate], signer=stranger)


def _other_records() -> bytes:
    mine = claims(1)
    return mine[mine.index(b"<THONGTINHOSO>") : mine.index(b"</THONGTINHOSO>") + len(b"</THONGTINHOSO>")]


def _signed_and_its_records() -> tuple[bytes, bytes]:
    signed = sign(with_ids(claims()), references=IDS)
    end = signed.index(b"</THONGTINHOSO>") + len(b"</THONGTINHOSO>")
    return signed, signed[signed.index(b'<THONGTINHOSO Id="records">') : end]


def _wrapped_sibling() -> bytes:
    """The signed records moved aside untouched, others in their place."""
    signed, records = _signed_and_its_records()
    return signed.replace(records, b"<KHAC>" + records + b"</KHAC>" + _other_records())


def _wrapped_in_object() -> bytes:
    """The signed records kept untouched in an Object of the signature, others in their place."""
    signed, records = _signed_and_its_records()
    hidden = b"<ds:Object>" + records + b"</ds:Object></ds:Signature>"
    return signed.replace(records, _other_records()).replace(b"</ds:Signature>", hidden)


def _unit_moved_aside() -> bytes:
    """The signed THONGTINDONVI kept untouched in an Object, another facility read."""
    signed = sign(with_ids(claims()), references=IDS)
    begin, end = signed.index(b'<THONGTINDONVI Id="unit">'), signed.index(b"</THONGTINDONVI>") + 16
    hidden = b"<ds:Object>" + signed[begin:end] + b"</ds:Object></ds:Signature>"
    other = b"<THONGTINDONVI><MACSKCB>99001</MACSKCB></THONGTINDONVI>"
    return signed.replace(signed[begin:end], other).replace(b"</ds:Signature>", hidden)


def _second_list() -> bytes:
    signed = sign(claims())
    return signed.replace(b"</DANHSACHHOSO>", b"</DANHSACHHOSO><DANHSACHHOSO><HOSO></HOSO></DANHSACHHOSO>")


def _id_twice() -> bytes:
    signed = sign(with_ids(claims()), references=IDS)
    return signed.replace(b"<HOSO>", b'<HOSO><A Id="records"></A>', 1)


def _record_outside() -> bytes:
    signed = sign(with_ids(claims()), references=IDS)
    return signed.replace(b"<CHUKYDONVI>", b"<HOSO></HOSO><CHUKYDONVI>")


def _two_signatures() -> bytes:
    return sign(claims(), around=lambda one: one + one)


def _inside_another() -> bytes:
    return sign(claims(), around=lambda one: f"<KHAC>{one}</KHAC>")


def _two_places() -> bytes:
    signed = sign(claims())
    begin, end = signed.index(b"<CHUKYDONVI>"), signed.index(b"</CHUKYDONVI>") + 13
    return signed.replace(b"</GIAMDINHHS>", signed[begin:end] + b"</GIAMDINHHS>")


def _digest_swapped() -> bytes:
    """References of another, truly signed file around this content."""
    other = sign(claims(2))
    begin, end = other.index(b"<CHUKYDONVI>"), other.index(b"</CHUKYDONVI>")
    mine = claims(3)
    return mine.replace(b"<CHUKYDONVI>", other[begin:end])


def _info_changed() -> bytes:
    """The digest mended after the content was changed."""
    signed, true = sign(claims(3)), sign(claims(2))

    def digest(data: bytes) -> bytes:
        return data[data.index(b"<ds:DigestValue>") : data.index(b"</ds:DigestValue>")]

    return true.replace(digest(true), digest(signed))


def _base64_wild() -> bytes:
    signed = sign(claims())
    return signed.replace(b"<ds:SignatureValue>", b"<ds:SignatureValue>!!")


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "text instead of a signature": (
        "unreadable",
        lambda: claims().replace(b"></CHUKYDONVI>", b">signed</CHUKYDONVI>"),
    ),
    "an element of another name": (
        "unreadable",
        lambda: claims().replace(b"></CHUKYDONVI>", b"><Sig/></CHUKYDONVI>"),
    ),
    "a signature without namespace": (
        "unreadable",
        lambda: claims().replace(b"></CHUKYDONVI>", b"><Signature/></CHUKYDONVI>"),
    ),
    "an empty signature": (
        "no-certificate",
        lambda: claims().replace(b"></CHUKYDONVI>", f'><Signature xmlns="{DSIG}"/></CHUKYDONVI>'.encode()),
    ),
    "one signature inside something else": ("unreadable", _inside_another),
    "two signatures": ("several", _two_signatures),
    "two places of signature": ("ambiguous", _two_places),
    "no certificate": ("no-certificate", lambda: sign(claims(), certificates=[])),
    "no KeyInfo": ("no-certificate", lambda: sign(claims(), key_info=lambda _: "")),
    "a bare key instead of a certificate": (
        "no-certificate",
        lambda: sign(claims(), key_info=lambda _: "<ds:KeyInfo><ds:KeyValue/></ds:KeyInfo>"),
    ),
    "a certificate fetched from the network": (
        "outside",
        lambda: sign(claims(), key_info=lambda data: f"<ds:KeyInfo>{FAR}{data}</ds:KeyInfo>"),
    ),
    "a certificate that is none": (
        "unreadable",
        lambda: sign(
            claims(),
            key_info=lambda _: (
                "<ds:KeyInfo><ds:X509Data><ds:X509Certificate>AAAA"
                "</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
            ),
        ),
    ),
    "certificates of two signers": (
        "unreadable",
        lambda: sign(
            claims(),
            certificates=[
                made.facility_certificate().certificate,
                made.authority().organisation("Khác").certificate,
            ],
        ),
    ),
    "nine certificates": (
        "unreadable",
        lambda: sign(claims(), certificates=[made.facility_certificate().certificate] * 9),
    ),
    "a certificate of somebody else's key": ("forged", _other_key),
    "content changed and its digest mended": ("forged", _info_changed),
    "a signature of another file": ("mismatch", _digest_swapped),
    "a signature value cut": ("forged", lambda: sign(claims(), value=lambda value: value[:-1])),
    "a signature value of zeros": ("forged", lambda: sign(claims(), value=lambda value: bytes(len(value)))),
    "no signature value": ("unreadable", lambda: sign(claims(), value=lambda value: b"")),
    "a value that is no base64": ("unreadable", _base64_wild),
    "SHA-1 digest": (
        "weak",
        lambda: sign(claims(), references=(Reference(digest_uri=f"{DSIG}sha1", digest="sha1"),)),
    ),
    "MD5 digest": (
        "weak",
        lambda: sign(claims(), references=(Reference(digest_uri=f"{WEAK}md5", digest="md5"),)),
    ),
    "an unknown digest": ("weak", lambda: sign(claims(), references=(Reference(digest_uri="urn:none"),))),
    "RSA with SHA-1": ("weak", lambda: sign(claims(), method=f"{DSIG}rsa-sha1", hash="sha1")),
    "RSA with MD5": ("weak", lambda: sign(claims(), method=f"{WEAK}rsa-md5", hash="md5")),
    "HMAC with the public key as secret": ("weak", lambda: sign(claims(), method=f"{WEAK}hmac-sha256")),
    "an unknown method": ("weak", lambda: sign(claims(), method="urn:none")),
    "a method of another kind of key": ("forged", lambda: sign(claims(), method=ECDSA_SHA256)),
    "a digest named as method": (
        "weak",
        lambda: sign(claims(), method="http://www.w3.org/2001/04/xmlenc#sha256"),
    ),
    "a truncated HMAC length": (
        "unreadable",
        lambda: sign(claims(), in_info="<ds:HMACOutputLength>1</ds:HMACOutputLength>"),
    ),
    "an RSA key of 1024 bits": (
        "weak",
        lambda: sign(claims(), signer=made.authority().organisation("Khóa ngắn", bits=1024)),
    ),
    "XSLT": ("transform", lambda: sign(claims(), references=(Reference(transforms=(ENVELOPED, XSLT)),))),
    "XPath": ("transform", lambda: sign(claims(), references=(Reference(transforms=(XPATH,)),))),
    "XPath filter": (
        "transform",
        lambda: sign(claims(), references=(Reference(transforms=(ENVELOPED, FILTER)),)),
    ),
    "base64 transform": ("transform", lambda: sign(claims(), references=(Reference(transforms=(BASE64,)),))),
    "two canonical forms": (
        "transform",
        lambda: sign(claims(), references=(Reference(transforms=(ENVELOPED, INCLUSIVE, EXCLUSIVE)),)),
    ),
    "enveloped after the canonical form": (
        "transform",
        lambda: sign(claims(), references=(Reference(transforms=(INCLUSIVE, ENVELOPED)),)),
    ),
    "a program inside a transform": (
        "unreadable",
        lambda: sign(claims(), references=(Reference(inner="<x:sheet xmlns:x='urn:x'/>"),)),
    ),
    "an unknown canonical form of the list": ("transform", lambda: sign(claims(), canonical="urn:none")),
    "a reference to a web address": (
        "outside",
        lambda: sign(claims(), references=(Reference(), Reference("http://99001.invalid/a", (), value=b"x"))),
    ),
    "a reference to a file": (
        "outside",
        lambda: sign(claims(), references=(Reference("file:///etc/passwd", (), value=b"x"),)),
    ),
    "a reference to a name beside": (
        "outside",
        lambda: sign(claims(), references=(Reference("other.xml", (), value=b"x"),)),
    ),
    "a reference without address": (
        "outside",
        lambda: sign(claims(), references=(Reference(None, (), value=b"x"),)),
    ),
    "an XPointer": (
        "transform",
        lambda: sign(claims(), references=(Reference("#xpointer(/)", (ENVELOPED, INCLUSIVE)),)),
    ),
    "no reference": ("unreadable", lambda: sign(claims(), references=())),
    "nine references": ("unreadable", lambda: sign(claims(), references=(Reference(),) * 9)),
    "a reference to an Id that is not there": (
        "unreadable",
        lambda: sign(claims(), references=(Reference("#none", (INCLUSIVE,)),)),
    ),
    "only the unit signed": ("uncovered", lambda: sign(with_ids(claims()), references=IDS[:1])),
    "only the records signed": ("uncovered", lambda: sign(with_ids(claims()), references=IDS[1:])),
    "only an object of its own signed": (
        "uncovered",
        lambda: sign(
            claims(), references=(Reference("#o", (INCLUSIVE,)),), objects='<ds:Object Id="o">x</ds:Object>'
        ),
    ),
    "one record signed beside the whole": (
        "unreadable",
        lambda: sign(
            claims(1).replace(b"<HOSO>", b'<HOSO Id="h">'),
            references=(Reference(), Reference("#h", (INCLUSIVE,))),
        ),
    ),
    "signed records moved aside": ("ambiguous", _wrapped_sibling),
    "signed records moved into the signature": ("uncovered", _wrapped_in_object),
    "the signed facility moved into the signature": ("uncovered", _unit_moved_aside),
    "the Id of the records once more in a record": ("ambiguous", _id_twice),
    "a second list of records": ("ambiguous", _second_list),
    "a record beside the signed ones": ("ambiguous", _record_outside),
    "xml:lang above what is signed": (
        "unreadable",
        lambda: sign(
            with_ids(claims()).replace(b"<GIAMDINHHS>", b'<GIAMDINHHS xml:lang="vi">'), references=IDS
        ),
    ),
    "an instruction before the root": (
        "ambiguous",
        lambda: sign(claims()).replace(b"<GIAMDINHHS>", b"<?x y?><GIAMDINHHS>"),
    ),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_signature_is_refused(name: str) -> None:
    expected, make = HOSTILE[name]
    assert said(make()) == expected


# --- certificates ---


def test_without_anchors_only_presence_is_told() -> None:
    answer = made.check(sign(claims()), checker=Checker(TrustStore()))
    assert answer is not None
    assert (answer.problems, [part for part, _ in answer.lacking]) == ((), ["no-trust"])


@pytest.mark.parametrize("fault", ["expired", "not-yet-valid"])
def test_a_certificate_out_of_its_time_is_told(fault: str) -> None:
    assert (
        said(sign(claims(), signer=made.authority().organisation("Bệnh viện", bits=2048, fault=fault)))
        == fault
    )


def test_a_certificate_for_another_use_is_told() -> None:
    signer = made.authority().organisation("Bệnh viện", bits=2048, fault="wrong-usage")
    assert said(sign(claims(), signer=signer)) == "usage"


def test_an_authority_nobody_trusts_is_told() -> None:
    stranger = Authority.make(now=made.NOW, name="Không ai tin").organisation("Bệnh viện", bits=2048)
    answer = made.check(sign(claims(), signer=stranger))
    assert answer is not None
    assert [part for part, _ in answer.problems] == ["untrusted"]


def test_a_namespace_without_canonical_form_is_told() -> None:
    signed = sign(claims())
    assert said(signed.replace(b"<GIAMDINHHS>", b'<GIAMDINHHS xmlns:a="relative">')) == "unreadable"


def test_a_subject_is_kept_fit_to_be_shown() -> None:
    """Control characters would break the database, a personal number in a name has no business there."""
    signer = made.authority().organisation("Bệnh viện\0 Giả lập - 999190000001", bits=2048)
    answer = made.check(sign(claims(), signer=signer))
    assert answer is not None
    assert answer.signer is not None
    assert answer.signer["name"] == "Bệnh viện Giả lập - …"


def test_a_certificate_without_end_is_read() -> None:
    forever = Authority(made.authority().root, made.authority().issuing, made.NOW)
    signer = forever.organisation(
        "Bệnh viện", bits=2048, until=datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    )
    answer = made.check(sign(claims(), signer=signer))
    assert answer is not None
    assert answer.signer is not None
    assert answer.signer["valid_to"].startswith("9999-12-31")


def test_a_broken_file_in_the_trust_folder_stops_nothing(world: tuple[Authority, Path]) -> None:
    authority, folder = world
    (folder / "anchors/broken.pem").write_bytes(b"not a certificate")
    (folder / "lists/broken.crl").write_bytes(b"not a list")
    (folder / "answers").mkdir()
    (folder / "answers/broken.der").write_bytes(b"not an answer")
    trust = load_trust(folder)
    assert trust.unreadable == ("anchors/broken.pem",)
    signed = sign(claims(), signer=authority.organisation("Bệnh viện", bits=2048))
    assert said(signed, checker=Checker(trust, made.Everyone())) == "holds"


def test_a_certificate_issued_by_a_plain_certificate_is_not_trusted() -> None:
    """Whoever holds a certificate must not be able to issue others with it."""
    plain = made.authority().organisation("Bệnh viện", bits=2048)
    pretender = Authority(made.authority().root, plain, made.NOW)
    forged = pretender.organisation("Bệnh viện khác", bits=2048)
    signed = sign(claims(), signer=forged, certificates=[forged.certificate, plain.certificate])
    assert said(signed) == "untrusted"


@pytest.fixture
def world(tmp_path: Path) -> tuple[Authority, Path]:
    authority = Authority.make(now=made.NOW)
    authority.write_trust(tmp_path)
    return authority, tmp_path


def test_a_revoked_certificate_is_told_from_its_day_on(world: tuple[Authority, Path]) -> None:
    authority, folder = world
    signer = authority.organisation("Bệnh viện", bits=2048)
    signed = sign(claims(), signer=signer)
    authority.revoke(signer.certificate, made.NOW - timedelta(hours=2))
    authority.write_trust(folder)
    checker = Checker(load_trust(folder), made.Everyone())
    assert said(signed, checker=checker) == "revoked"
    assert said(signed, checker=checker, moment=made.NOW - timedelta(hours=3)) == "holds"


def test_a_list_out_of_date_or_missing_accuses_nobody(world: tuple[Authority, Path]) -> None:
    authority, folder = world
    signed = sign(claims(), signer=authority.organisation("Bệnh viện", bits=2048))
    authority.write_trust(folder, made=made.NOW - timedelta(days=60))
    assert said(signed, checker=Checker(load_trust(folder), made.Everyone())) == "list-stale"
    for path in (folder / "lists").iterdir():
        path.unlink()
    assert said(signed, checker=Checker(load_trust(folder), made.Everyone())) == "list-missing"


def test_a_list_signed_by_another_is_as_none(world: tuple[Authority, Path]) -> None:
    authority, folder = world
    signed = sign(claims(), signer=authority.organisation("Bệnh viện", bits=2048))
    impostor = Authority.make(now=made.NOW)
    (folder / "lists/issuing.crl").write_bytes(impostor.list_of("issuing"))
    assert said(signed, checker=Checker(load_trust(folder), made.Everyone())) == "list-missing"


def test_a_fresh_answer_stands_for_a_missing_list(world: tuple[Authority, Path]) -> None:
    authority, folder = world
    signer = authority.organisation("Bệnh viện", bits=2048)
    signed = sign(claims(), signer=signer)
    (folder / "lists/issuing.crl").unlink()
    authority.write_answer(folder, signer.certificate)
    assert said(signed, checker=Checker(load_trust(folder), made.Everyone())) == "holds"
    authority.revoke(signer.certificate, made.NOW - timedelta(hours=1))
    authority.write_answer(folder, signer.certificate)
    assert said(signed, checker=Checker(load_trust(folder), made.Everyone())) == "revoked"


def test_who_signed_is_kept_without_the_number_of_a_person() -> None:
    person = made.authority().person("Trần Thị Giả Lập", "999190000001", "Bệnh viện Giả lập")
    answer = made.check(sign(claims(), signer=person, method=ECDSA_SHA256))
    assert answer is not None
    assert answer.signer is not None
    assert (answer.signer["name"], answer.signer["is_person"]) == ("Trần Thị Giả Lập", True)
    assert "999190000001" not in str(answer.signer)


def test_the_time_the_signer_claims_is_told_but_proves_nothing() -> None:
    signer = made.authority().organisation("Bệnh viện", bits=2048, fault="expired")
    objects = '<ds:Object Id="time"><SigningTime xmlns="">2025-06-01T09:00:00+07:00</SigningTime></ds:Object>'
    signed = sign(
        claims(), signer=signer, objects=objects, references=(Reference(), Reference("#time", (INCLUSIVE,)))
    )
    answer = made.check(signed)
    assert answer is not None
    assert answer.signer is not None
    assert answer.signer["claimed_at"] == "2025-06-01T09:00:00+07:00"
    assert [part for part, _ in answer.problems] == ["expired"]
    unsigned = made.check(sign(claims(), objects=objects))
    assert unsigned is not None
    assert unsigned.signer is not None
    assert unsigned.signer["claimed_at"] is None
