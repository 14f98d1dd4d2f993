"""Every way in which outsiders hand something to the system, each carrying one canary.

A door is a function from a canary's value to the requests that carry it. Doors marked `own` speak as a
facility that may see its own records; all others as strangers.
"""

import base64
import io
import json
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode
from xml.sax.saxutils import escape

from khoyte.nonprod.faults.canary.knocking import Caller, Knock, multipart
from khoyte.nonprod.faults.canary.persons import Envelope

XML = "application/xml"
_PAGES = ("/", "/goi-ho-so", "/luot-kham", "/tinh", "/tai-khoan", "/quy-tac", "/dang-nhap", "/khong-co")
_REST = ("submissions", "ledger", "webhook", "khong-co")


@dataclass
class World:
    """What doors need: who may speak, a signed-in browser, files, and where webhooks arrive."""

    caller: Caller
    bearer: str
    neighbour: str
    cookies: dict[str, str]
    desk: dict[str, str]
    envelope: Envelope
    receiver: str
    upload: str = field(default="")

    @property
    def machine(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.bearer}"}

    @property
    def browser(self) -> dict[str, str]:
        return with_cookies(self.cookies)

    def send(self, body: bytes, more: Mapping[str, str] | None = None, kind: str = XML) -> Knock:
        headers = {**self.machine, "Content-Type": kind, **(more or {})}
        return Knock("POST", "/api/v1/submissions", headers, body, own=True)


def with_cookies(cookies: Mapping[str, str]) -> dict[str, str]:
    return {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}


Door = Callable[[World, str], Iterator[Knock]]
DOORS: dict[str, Door] = {}


def door(name: str) -> Callable[[Door], Door]:
    def add(function: Door) -> Door:
        DOORS[name] = function
        return function

    return add


def in_header(value: str) -> str:
    """A value without what would end the header; NUL and line ends are the web server's to refuse."""
    return value.replace("\r", " ").replace("\n", " ")


@door("path")
def _path(world: World, value: str) -> Iterator[Knock]:
    inside = quote(value, safe="")
    for place in ("/{}", "/goi-ho-so/{}", "/quy-tac/{}", "/static/{}.css", "/api/v1/{}", "/fhir/{}"):
        yield Knock(target=place.format(inside))
    yield Knock(target="/" + value.replace(" ", ""))  # eight-bit signs, unescaped
    yield Knock(target=f"/api/v1/submissions/{inside}", headers=world.machine, own=True)
    yield Knock(target=f"/tinh/loai-giay-to/{inside}/XML7", headers=world.browser, own=True)


@door("query string")
def _query(world: World, value: str) -> Iterator[Knock]:
    for page in _PAGES:
        yield Knock(target=f"{page}?{urlencode({'q': value, 'ten': value})}")
    for name in _REST:
        yield Knock(target=f"/api/v1/{name}?{urlencode({'facility': value})}")


@door("query string of those who may")
def _own_query(world: World, value: str) -> Iterator[Knock]:
    asked = urlencode({"trang": value, "ngay": value, "q": value, "lang": value})
    for page in _PAGES:
        yield Knock(target=f"{page}?{asked}", headers=world.browser, own=True)
    for name in ("cursor", "facility", "from", "to", "state", "day"):
        for route in ("submissions", "ledger"):
            target = f"/api/v1/{route}?{urlencode({name: value})}"
            yield Knock(target=target, headers=world.machine, own=True)


@door("Host")
def _host(world: World, value: str) -> Iterator[Knock]:
    for host in (quote(value, safe=""), in_header(value), f"{value.replace(' ', '-')}.example"):
        yield Knock(target="/dang-nhap", headers={"Host": host})
        yield Knock(target="/api/v1/ledger", headers={"Host": host})


@door("Authorization")
def _authorization(world: World, value: str) -> Iterator[Knock]:
    basic = base64.b64encode(f"user:{value}".encode()).decode()
    for header in (f"Bearer {value}", f"Basic {basic}", value, f"Bearer {value} {value}"):
        yield Knock(target="/api/v1/submissions", headers={"Authorization": in_header(header)})


@door("cookies")
def _cookies(world: World, value: str) -> Iterator[Knock]:
    for name in ("sessionid", "csrftoken", "lang", value.replace(" ", "")):
        for spelled in (quote(value), f'"{value}"'):
            yield Knock(target="/goi-ho-so", headers={"Cookie": f"{name}={spelled}"})
    yield Knock("POST", "/dang-nhap", {"Cookie": f"csrftoken={quote(value)}"}, b"username=a&password=b")


@door("other headers")
def _headers(world: World, value: str) -> Iterator[Knock]:
    for name in (
        *("Accept", "Accept-Language", "Accept-Encoding", "User-Agent", "Referer", "Origin", "Range"),
        *("X-Forwarded-For", "X-Forwarded-Host", "Forwarded", "X-Request-Id", "If-Match", "Expect"),
        *("Upgrade", "If-Modified-Since", "Content-Encoding", "X-HTTP-Method-Override", "TE", "Via"),
    ):
        for target in ("/dang-nhap", "/api/v1/ledger"):
            yield Knock(target=target, headers={name: in_header(value)})


@door("broken request")
def _broken(world: World, value: str) -> Iterator[Knock]:
    written, host = value.encode(), b"Host: 127.0.0.1\r\n"
    yield Knock(raw=b"GET /" + written + b" HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    yield Knock(raw=written + b" / HTTP/1.1\r\n" + host + b"Connection: close\r\n\r\n")
    yield Knock(raw=written + b"\r\n\r\n")
    yield Knock(raw=b"GET / HTTP/1.1\r\n" + host + written + b"\r\nConnection: close\r\n\r\n")
    header = written.replace(b" ", b"") + b": x\r\nConnection: close\r\n\r\n"
    yield Knock(raw=b"GET / HTTP/1.1\r\n" + host + header)
    yield Knock(raw=b"GET / HTTP/9." + written + b"\r\n" + host + b"\r\n")
    length = b"POST /dang-nhap HTTP/1.1\r\n" + host + b"Connection: close\r\nContent-Length: "
    yield Knock(raw=length + written + b"\r\n\r\nx")


@door("method")
def _method(world: World, value: str) -> Iterator[Knock]:
    word = "".join(sign for sign in value if sign.isascii() and sign.isalnum())
    for target in ("/", "/dang-nhap", "/api/v1/submissions", "/static/khoyte.css"):
        yield Knock(word, target)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        yield Knock(method, f"/dang-nhap?{urlencode({'q': value})}", body=value.encode())


@door("user name typed as a password, password as a user name")
def _sign_in(world: World, value: str) -> Iterator[Knock]:
    token = world.cookies["csrftoken"]
    headers = {"Cookie": f"csrftoken={token}", "Content-Type": "application/x-www-form-urlencoded"}
    for name, password in ((value, "x"), ("clerk", value)):
        form = {"csrfmiddlewaretoken": token, "username": name, "password": password, "next": "/"}
        yield Knock("POST", "/dang-nhap", headers, urlencode(form).encode())


@door("where to go after signing in")
def _next(world: World, value: str) -> Iterator[Knock]:
    yield Knock(target=f"/dang-nhap?{urlencode({'next': '//' + value})}")
    yield Knock(target=f"/dang-nhap?{urlencode({'next': '/goi-ho-so?q=' + value})}")


@door("form fields")
def _form(world: World, value: str) -> Iterator[Knock]:
    form = urlencode({value: value, "tep": value, "csrfmiddlewaretoken": value}).encode()
    kind = {"Content-Type": "application/x-www-form-urlencoded"}
    for target in ("/dang-nhap", "/dang-xuat", "/goi-ho-so/gui"):
        yield Knock("POST", target, {**kind, "Cookie": "csrftoken=x"}, form)
        yield Knock("POST", target, {**kind, "Referer": f"http://{quote(value)}/"}, form)
    yield Knock("POST", "/goi-ho-so/gui", {**kind, **world.browser}, form, own=True)


@door("content type")
def _content_type(world: World, value: str) -> Iterator[Knock]:
    for kind in (f"application/xml; charset={value}", value, f"multipart/form-data; boundary={value}"):
        yield world.send(value.encode(), kind=in_header(kind))
    yield Knock("POST", "/dang-nhap", {"Content-Type": f"text/html; charset={in_header(value)}"}, b"a=b")


@door("file name, key, gateway's receipt")
def _names(world: World, value: str) -> Iterator[Knock]:
    body = world.envelope.sound(value)
    yield world.send(body, {"X-File-Name": in_header(value), "Idempotency-Key": in_header(value)})
    yield world.send(body[:-40], {"Idempotency-Key": in_header(value)})  # same key, other body
    gateway = dict.fromkeys(("X-Ma-Giao-Dich", "X-Ma-Ket-Qua", "X-Thoi-Gian-Tiep-Nhan"), in_header(value))
    yield world.send(world.envelope.sound(value), gateway)
    yield world.send(b"", {"X-File-Name": in_header(value)})


@door("multipart")
def _multipart(world: World, value: str) -> Iterator[Knock]:
    quoted = value.replace('"', "%22")
    content = world.envelope.sound(value)
    for head in (
        f'Content-Disposition: form-data; name="{quoted}"; filename="{quoted}.xml"',
        f"Content-Disposition: form-data; name=tep; filename*=UTF-8''{quote(value)}",
        f'Content-Disposition: form-data; name="tep"; filename="a.xml"\r\nX-Note: {value}',
        f"{value}: {value}",
    ):
        for inside in (content, value.encode()):
            kind, body = multipart([(head, inside)])
            yield world.send(body, kind=kind)
            yield Knock("POST", "/goi-ho-so/gui", {**world.browser, "Content-Type": kind}, body, own=True)
    kind, body = multipart([(f'Content-Disposition: form-data; name="{quoted}"', value.encode())])
    yield world.send(body[: len(body) // 2], kind=kind)


@door("form of a browser")
def _page_form(world: World, value: str) -> Iterator[Knock]:
    proof = "Content-Disposition: form-data; name=csrfmiddlewaretoken"
    quoted = value.replace('"', "'")
    for content in (value.encode(), b"<a>" + value.encode(), world.envelope.sound(value)[:-60]):
        file = f'Content-Disposition: form-data; name="tep"; filename="{quoted}.xml"'
        kind, body = multipart([(proof, world.cookies["csrftoken"].encode()), (file, content)])
        yield Knock("POST", "/goi-ho-so/gui", {**world.browser, "Content-Type": kind}, body, own=True)


@door("data-protection desk")
def _desk(world: World, value: str) -> Iterator[Knock]:
    """Requests, consents and breach files: names and numbers are typed into each."""
    persons = ("ho-ten", "so-dinh-danh", "dai-dien", "lien-he", "noi-dung", "ghi-chu", "so-nguoi")
    chosen = {"loai": "view", "quan-he": "self", "cach-nhan": "paper", "luc": "2026-11-20T08:00"}
    for page in ("yeu-cau", "dong-y", "vi-pham"):
        for form in (
            {**dict.fromkeys(persons, value), **chosen},
            {**dict.fromkeys(persons, value), **dict.fromkeys(chosen, value), "muc-dich": value},
            {**chosen, "ho-ten": value, "so-dinh-danh": "999085000123", "lien-he": value, "noi-dung": value},
        ):
            body = urlencode({**form, "csrfmiddlewaretoken": world.desk["csrftoken"]}).encode()
            headers = {**with_cookies(world.desk), "Content-Type": "application/x-www-form-urlencoded"}
            yield Knock("POST", f"/bao-ve-du-lieu/{page}/moi", headers, body, own=True)
            yield Knock("POST", f"/bao-ve-du-lieu/{page}/moi", {"Content-Type": "text/plain"}, body)
    yield Knock(target="/bao-ve-du-lieu", headers=with_cookies(world.desk), own=True)


@door("upload in parts")
def _upload(world: World, value: str) -> Iterator[Knock]:
    machine, name = world.machine, base64.b64encode(value.encode()).decode()
    body = value.encode()
    for metadata in (f"filename {name}", f"filename {in_header(value)}", f"{in_header(value)} {name}"):
        headers = {**machine, "Upload-Length": str(len(body)), "Upload-Metadata": metadata}
        yield Knock("POST", "/api/v1/uploads", headers, own=True)
    for header in ("Upload-Length", "Tus-Resumable"):
        yield Knock("POST", "/api/v1/uploads", {**machine, header: in_header(value)}, own=True)
    begun = world.caller.ask(
        Knock("POST", "/api/v1/uploads", {**machine, "Upload-Length": str(len(body))}, own=True)
    )
    place = begun.headers.get("Location", "/api/v1/uploads/x")
    part = {**machine, "Content-Type": "application/offset+octet-stream"}
    yield Knock("PATCH", place, {**part, "Upload-Offset": in_header(value)}, body, own=True)
    yield Knock("PATCH", place, {**part, "Upload-Offset": "0"}, body, own=True)


@door("sound records")
def _sound(world: World, value: str) -> Iterator[Knock]:
    yield world.send(world.envelope.sound(value))
    yield Knock("POST", "/api/v1/submissions", {"Content-Type": XML}, world.envelope.sound(value))
    others = {"Authorization": f"Bearer {world.neighbour}", "Content-Type": XML}
    yield Knock("POST", "/api/v1/submissions", others, world.envelope.sound(value))


@door("spoiled records")
def _spoiled(world: World, value: str) -> Iterator[Knock]:
    """Every field of XML1 holds the canary, so every rule has something to complain of."""
    yield world.send(world.envelope.spoiled(value))
    yield world.send(world.envelope.spoiled(value), {"Prefer": "wait=2"})


@door("malformed XML")
def _malformed(world: World, value: str) -> Iterator[Knock]:
    sound = world.envelope.sound(value)
    text, word = escape(value), "".join(sign for sign in value if sign.isalpha()) or "x"
    begin, end = world.envelope.around()
    for inside in (
        f"<{word}>{text}</{word}>",
        f"<HOSO {word}='{text}'><FILEHOSO>",
        f"<HOSO><FILEHOSO><LOAIHOSO>{text}</LOAIHOSO><NOIDUNGFILE>{text}</NOIDUNGFILE></FILEHOSO></HOSO>",
        f"<HOSO>&{word};</HOSO>",
        f"<HOSO><!-- {text} --><?{word} {text}?><![CDATA[{value}]]></HOSO>",
        world.envelope.inside(f"<CHITIEU><{word}>{text}</CHITIEU>"),
        world.envelope.inside(f"<CHITIEU><{word}/><HO_TEN>{text}"),
    ):
        yield world.send(f"{begin}{inside}{end}".encode())
    yield world.send(f"<!DOCTYPE a [<!ENTITY {word} '{text}'>]><a>&{word};</a>".encode())
    yield world.send(sound[: len(sound) // 3])
    yield world.send(sound + value.encode())


@door("encodings")
def _encodings(world: World, value: str) -> Iterator[Knock]:
    text = f"<?xml version='1.0' encoding='{{}}'?><GIAMDINHHS><HO_TEN>{escape(value)}</HO_TEN></GIAMDINHHS>"
    yield world.send(text.format("utf-16").encode("utf-16"))
    yield world.send(text.format("windows-1258").encode())
    yield world.send(text.format(escape(value)).encode())
    yield world.send(text.format("utf-8").encode() + b"\xff\xfe\x00")


@door("facility code, case number")
def _codes(world: World, value: str) -> Iterator[Knock]:
    yield world.send(world.envelope.sound(value, facility=escape(value)))
    yield world.send(world.envelope.sound(value, facility="99999"))
    yield world.send(f"<GIAMDINHHS><MACSKCB>{escape(value)}</MACSKCB>".encode())


@door("neither XML nor ZIP")
def _neither(world: World, value: str) -> Iterator[Knock]:
    for body in (value.encode(), b"%PDF-1.7 " + value.encode(), json.dumps({"ho_ten": value}).encode()):
        yield world.send(body)


@door("archive")
def _archive(world: World, value: str) -> Iterator[Knock]:
    sound = world.envelope.sound(value)
    name = value.replace("/", "-")
    for members in (
        {f"{name}.xml": sound},
        {f"{name}.xml": value.encode()},
        {f"../{name}": sound, f"{name}/": b""},
        {"a.zip": _zipped({f"{name}.xml": sound})},
    ):
        yield world.send(_zipped(members), kind="application/zip")
    whole = _zipped({f"{name}.xml": sound})
    yield world.send(whole[: len(whole) - 30], kind="application/zip")
    yield world.send(whole[:60] + b"\0\0\0" + whole[63:], kind="application/zip")


def _zipped(members: Mapping[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return written.getvalue()


@door("webhook address")
def _webhook(world: World, value: str) -> Iterator[Knock]:
    kind = {**world.machine, "Content-Type": "application/json"}
    for document in (
        {"url": value},
        {"url": f"http://{value}/"},
        {"url": f"http://user:{quote(value, safe='')}@example.org/"},
        {"url": {"deep": value}},
        {value: value},
        [value],
    ):
        yield Knock("PUT", "/api/v1/webhook", kind, json.dumps(document).encode(), own=True)
    yield Knock("PUT", "/api/v1/webhook", kind, b'{"url": "' + value.encode(), own=True)
    # The last one stands: messages go there, its query is a secret as receivers like to have them.
    told = {"url": f"{world.receiver}?{urlencode({'token': value})}"}
    yield Knock("PUT", "/api/v1/webhook", kind, json.dumps(told).encode(), own=True)
