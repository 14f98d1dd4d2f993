"""Secrets are found by look and by randomness. They are put together here, so that this file holds none."""

import base64
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from khoyte.nonprod.checks import secrets
from khoyte.nonprod.checks.secrets import entropy, findings_in, looks_random

CHANCE = random.Random(7)
LETTERS = "".join(map(chr, [*range(65, 91), *range(97, 123), *range(48, 58)]))


def made(length: int) -> str:
    return "".join(CHANCE.choices(LETTERS, k=length))


SAMPLES = [
    ("private-key", "-----BEGIN " + "OPENSSH PRIVATE KEY-----"),
    ("private-key", "-----BEGIN " + "PRIVATE KEY-----"),
    ("khoyte-token", "kht" + "_" + made(43)),
    ("webhook-secret", "whsec" + "_" + made(32)),
    ("jwt", ".".join(["ey" + "J" + made(20), "ey" + "J" + made(30), made(40)])),
    ("github-token", "ghp" + "_" + made(36)),
    ("aws-key", "AKIA" + "IOSFODNN7EXAMPLE"),
    ("google-key", "AI" + "za" + made(35)),
    ("slack-token", "xox" + "b-" + made(30)),
    ("password-in-address", "postgresql://" + "khoyte:" + "geheim" + "@db.example/khoyte"),
    ("random-string", made(40) + "aB3"),
]


@pytest.mark.parametrize(("kind", "text"), SAMPLES, ids=[kind for kind, _ in SAMPLES])
def test_each_shape_is_found_in_a_line_and_not_repeated(kind: str, text: str):
    (finding,) = findings_in("a.py", f'x = 1\nkey = "{text}"\n')
    assert (finding.rule, finding.line) == (kind, 2)
    assert text not in str(finding)


@given(st.binary(min_size=32, max_size=64))
def test_keys_in_base64_are_found(key: bytes):
    written = base64.b64encode(key).decode()
    if entropy(written) >= 4.15 and all(
        any(map(test, written)) for test in (str.islower, str.isupper, str.isdigit)
    ):
        assert looks_random(written.rstrip("="))


@pytest.mark.parametrize(
    "words",
    [
        "khoyte.submissions.presenters.verdict",
        "test_a_failing_sample_fails_its_rule_and_no_other",
        "KHOYTE_WAITING_LIMIT_PER_FACILITY",
        "01a200f8-309d-77cd-a3e7-f5783b66cd87",
        "2026-11-22T10:00:00+07:00",
        "postgresql://localhost:5432/khoyte",
        "https://example.org/a/very/long/path/of/words",
        "--hash=sha256:0000000000000000000000000000000000000000",
    ],
)
def test_words_are_no_secrets(words: str):
    assert list(findings_in("a.py", words)) == []


def test_locks_may_hold_hashes_but_no_tokens():
    digest = "".join(CHANCE.choices("0123456789abcdef", k=64))
    assert list(findings_in("requirements.txt", f"    --hash=sha256:{digest}")) == []
    assert [one.rule for one in findings_in("other.txt", digest)] == ["random-string"]
    assert [one.rule for one in findings_in("requirements.txt", SAMPLES[2][1])] == ["khoyte-token"]


def test_the_tree_holds_no_secret():
    outcome = secrets.check()
    assert [str(finding) for finding in outcome.findings] == []
    assert int(outcome.looked_at.split()[0]) > 400
