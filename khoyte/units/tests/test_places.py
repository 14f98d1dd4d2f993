"""Where a request comes from: what a trusted proxy says is believed, what anybody may write is not."""

import ipaddress

import pytest
from django.test import RequestFactory, override_settings
from hypothesis import given
from hypothesis import strategies as st

from khoyte.foundation.errors import WrongUsage
from khoyte.units.places import address_of, is_inside, networks, sender_of

PROXY, PROXY_6, CLIENT = "10.0.0.1", "fd00::1", "203.0.113.7"
TRUSTING = override_settings(PROXIES=networks("10.0.0.0/30,fd00::1", "KHOYTE_PROXIES"))


def came_from(connection: str, **headers: str) -> str:
    return address_of(RequestFactory().get("/", REMOTE_ADDR=connection, headers=headers))


@pytest.mark.parametrize(
    ("connection", "forwarded", "expected"),
    [
        (CLIENT, None, CLIENT),
        (PROXY, None, PROXY),
        (PROXY, CLIENT, CLIENT),
        (PROXY, f"127.0.0.1, {CLIENT}", CLIENT),
        (PROXY, f"127.0.0.1, {CLIENT}, 10.0.0.2", CLIENT),
        (PROXY, "::ffff:203.0.113.7", CLIENT),
        (PROXY_6, "2001:db8::5", "2001:db8::5"),
        (PROXY, "", ""),
        (PROXY, "unknown", ""),
        (PROXY, f"{CLIENT}, nonsense", ""),
        (PROXY, "10.0.0.2", ""),
        # Nobody we trust wrote it: known is only that the request was forwarded.
        (CLIENT, "127.0.0.1", ""),
        ("127.0.0.1", CLIENT, ""),
        ("", None, ""),
        ("unix:", None, ""),
    ],
)
@TRUSTING
def test_the_address_of_a_request(connection: str, forwarded: str | None, expected: str) -> None:
    headers = {} if forwarded is None else {"X-Forwarded-For": forwarded}
    assert came_from(connection, **headers) == expected


@TRUSTING
@given(st.text(alphabet="0123456789abcdef.:, ", max_size=80))
def test_whatever_was_forwarded_is_an_address_or_unknown(forwarded: str) -> None:
    found = came_from(PROXY, **{"X-Forwarded-For": forwarded})
    assert found == "" or str(ipaddress.ip_address(found)) == found


@pytest.mark.parametrize("header", ["Forwarded", "X-Real-IP"])
def test_other_headers_of_proxies_make_the_address_unknown(header: str) -> None:
    assert came_from("127.0.0.1", **{header: "127.0.0.1"}) == ""


@override_settings(INSIDE=networks("2001:db8:7::/48,fd00::/8,10.1.0.0/16", "KHOYTE_INSIDE"))
def test_networks_of_both_kinds_stand_beside_each_other():
    asked = ("2001:db8:7::1", "2001:db8:8::1", "fd12::1", "10.1.2.3", "::ffff:a01:203")
    assert {address for address in asked if is_inside(address)} == {"2001:db8:7::1", "fd12::1", "10.1.2.3"}


@pytest.mark.parametrize(
    ("address", "counted_as"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:0:1::7", "2001:db8:0:1::/64"),
        ("2001:db8:0:1:ffff:ffff:ffff:ffff", "2001:db8:0:1::/64"),
        ("2001:db8:0:2::7", "2001:db8:0:2::/64"),
        ("::5", "::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::1", "::1"),
        ("", ""),
    ],
)
def test_of_ipv6_a_customers_network_is_one_sender(address, counted_as):
    assert sender_of(address) == counted_as


@override_settings(INSIDE=networks("10.1.0.0/16, ::1/128", "KHOYTE_INSIDE"))
def test_inside_is_what_the_setting_names() -> None:
    found = {address: is_inside(address) for address in ("10.1.2.3", "10.2.0.1", "::1", "127.0.0.1", "")}
    assert found == {"10.1.2.3": True, "10.2.0.1": False, "::1": True, "127.0.0.1": False, "": False}


def test_the_loopback_is_inside_unless_said_otherwise() -> None:
    assert [is_inside(address) for address in ("127.0.0.1", "::1", "192.168.1.5")] == [True, True, False]


@pytest.mark.parametrize("written", ["10.1.0.0/33", "10.1.2.3/16", "inside", "10.1.0.0/16;::1"])
def test_a_wrong_setting_is_named(written: str) -> None:
    with pytest.raises(WrongUsage, match="KHOYTE_INSIDE"):
        networks(written, "KHOYTE_INSIDE")
