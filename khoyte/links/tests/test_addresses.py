import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.links.addresses import WebAddress, is_allowed, parse, resolve
from khoyte.links.errors import AddressRefused


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://his.example/khoyte?a=1", WebAddress("https", "his.example", 443, "/khoyte?a=1")),
        ("http://HIS.example", WebAddress("http", "his.example", 80, "/")),
        ("https://his.example:8443/", WebAddress("https", "his.example", 8443, "/")),
        ("http://[2001:db8::1]:81/x", WebAddress("http", "2001:db8::1", 81, "/x")),
    ],
)
def test_parse_takes_a_url_apart(url: str, expected: WebAddress):
    assert parse(url) == expected


@pytest.mark.parametrize(
    "url",
    [
        "",
        "his.example/khoyte",
        "ftp://his.example/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:5432/_x",
        "javascript:alert(1)",
        "https://",
        "https:///path",
        "https://user:word@his.example/",
        "https://his.example@127.0.0.1/",
        "https://his.example:0/",
        "https://his.example:99999/",
        "https://his.example:port/",
        "https://his.example/#part",
        "https://his.example\\@127.0.0.1/",
        "https://his.example/a b",
        "https://his.example/\r\nX-Other: 1",
        "https://his.example/bệnh-viện",
        "https://[::1/",
        "https://his.example/" + "a" * 2000,
    ],
)
def test_parse_refuses_what_is_no_plain_web_address(url: str):
    with pytest.raises(AddressRefused) as refused:
        parse(url)
    assert (refused.value.code, refused.value.status) == ("not-an-address", 422)


@given(st.text(max_size=60))
def test_parse_of_any_text_gives_an_address_or_refuses(text: str):
    try:
        address = parse("https://" + text)
    except AddressRefused:
        return
    assert address.host
    assert 0 < address.port < 65536
    assert address.target.isascii()
    assert " " not in address.target


PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "0.0.0.0",
    "10.1.2.3",
    "172.16.0.1",
    "192.168.1.1",
    "100.64.0.1",
    "100.100.100.200",
    "169.254.169.254",
    "168.63.129.16",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "203.0.113.5",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::7f00:1",
    "64:ff9b:1::1",
    "2002:7f00:1::",
    "2001::1",
    "2001:db8::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "ff02::1",
    "not-an-address",
]


@pytest.mark.parametrize("number", PRIVATE)
def test_private_and_reserved_addresses_are_refused(number: str):
    assert not is_allowed(number, loopback=False)


@pytest.mark.parametrize("number", ["8.8.8.8", "113.160.0.1", "2606:4700::1111", "2405:4800::1"])
def test_public_addresses_are_allowed(number: str):
    assert is_allowed(number, loopback=False)


def test_loopback_mode_allows_this_machine_and_nothing_more():
    allowed = {number for number in PRIVATE if is_allowed(number, loopback=True)}
    assert allowed == {"127.0.0.1", "127.8.9.10", "::1"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "127.1", "2130706433", "0x7f000001", "0177.0.0.1", "localhost", "0", "[::1]"]
)
def test_every_way_to_write_this_machine_is_refused(host: str):
    with pytest.raises(AddressRefused) as refused:
        resolve(parse(f"http://{host}/"), loopback=False)
    assert refused.value.code == "address-not-public"


def test_one_private_address_among_public_ones_refuses_the_host(monkeypatch: pytest.MonkeyPatch):
    def both(*_: object, **__: object) -> list[tuple]:
        return [(socket.AF_INET, 1, 6, "", (number, 80)) for number in ("8.8.8.8", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(AddressRefused) as refused:
        resolve(parse("http://his.example/"), loopback=False)
    assert refused.value.code == "address-not-public"


def test_a_host_that_is_not_there_is_named_as_such():
    with pytest.raises(AddressRefused) as refused:
        resolve(parse("http://no-such-host.invalid/"), loopback=False)
    assert refused.value.code == "unknown-host"
