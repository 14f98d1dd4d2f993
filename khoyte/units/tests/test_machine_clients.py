"""Software with keys: registering, tokens for signed proofs, everything that is no proof, and the ends."""

import base64
import hmac
import json
import time
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from django.test import Client, override_settings
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

from khoyte.audit.models import AuditEntry
from khoyte.units import accounts, client_commands, client_keys, client_proofs, machine_clients, queries
from khoyte.units.errors import UnknownClient, UnknownUnit, WrongKey, WrongUnit
from khoyte.units.models import ClientKey, MachineClient, MachineToken, UsedAssertion
from khoyte.units.tests.country import BY

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("units")]
TOKEN = "http://testserver/oauth/token"
RSA = RSAKey.generate_key(2048, {"kid": "rsa-1"})
EC = ECKey.generate_key("P-384", {"kid": "ec-1"})
STRANGE = RSAKey.generate_key(2048, {"kid": "rsa-1"})
SCOPES = ["ledger:read", "submissions:read"]


def public(*keys: Any) -> bytes:
    return json.dumps({"keys": [key.as_dict(private=False) for key in keys]}).encode()


@pytest.fixture
def software() -> MachineClient:
    return machine_clients.register(
        client_id="his-97001",
        unit="97001",
        name="Phần mềm bệnh viện",
        scopes=SCOPES,
        keys=client_keys.read(public(RSA, EC)),
        by=BY,
    )


def claims(**changed: Any) -> dict[str, Any]:
    now = int(time.time())
    usual = {
        "iss": "his-97001",
        "sub": "his-97001",
        "aud": TOKEN,
        "exp": now + 240,
        "iat": now,
        "jti": str(uuid.uuid4()),
    }
    return {name: value for name, value in {**usual, **changed}.items() if value is not None}


def proof(key: Any = RSA, algorithm: str = "RS384", *, header: dict | None = None, **changed: Any) -> str:
    head = {"alg": algorithm, "kid": key.kid, "typ": "JWT", **(header or {})}
    head = {name: value for name, value in head.items() if value is not None}
    return jwt.encode(head, claims(**changed), key, algorithms=[algorithm])


def ask(assertion: str | None = None, **changed: str | None):
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": client_proofs.ASSERTION_TYPE,
        "client_assertion": proof() if assertion is None else assertion,
        "scope": "ledger:read",
        **changed,
    }
    body = "&".join(f"{name}={quoted(value)}" for name, value in form.items() if value is not None)
    return Client(raise_request_exception=False).post(
        "/oauth/token", body, content_type="application/x-www-form-urlencoded"
    )


def quoted(value: str) -> str:
    return quote(value, safe="", errors="surrogatepass")


def told(answer) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]


class TestToken:
    @pytest.mark.parametrize(("key", "algorithm"), [(RSA, "RS384"), (EC, "ES384")])
    def test_a_proof_gets_a_token_that_works(self, software: MachineClient, key: Any, algorithm: str) -> None:
        answer = ask(proof(key, algorithm))
        given = answer.json()
        assert answer.status_code == 200
        assert (answer["Cache-Control"], answer["Pragma"]) == ("no-store", "no-cache")
        assert {name: given[name] for name in ("token_type", "expires_in", "scope")} == {
            "token_type": "bearer",
            "expires_in": 300,
            "scope": "ledger:read",
        }
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        assert Client().get("/api/v1/ledger", headers=bearer).status_code == 200
        assert Client().get("/api/v1/submissions", headers=bearer).status_code == 403

    def test_it_speaks_for_its_unit(self, software: MachineClient) -> None:
        actor = queries.actor_of_token(ask().json()["access_token"])
        assert actor is not None
        assert (actor.kind, actor.name, actor.facility) == ("machine", "machine:97001:his-97001", "97001")
        entry = AuditEntry.objects.get(action="token.issue")
        assert (entry.actor, entry.subject_id, entry.facility) == (actor.name, "his-97001", "97001")
        assert entry.details == {"scopes": ["ledger:read"], "ttl_seconds": 300}

    def test_asking_for_nothing_gives_all_it_may_have(self, software: MachineClient) -> None:
        assert ask(scope=None).json()["scope"] == "ledger:read submissions:read"

    def test_it_ends_after_five_minutes(self, software: MachineClient) -> None:
        token = ask().json()["access_token"]
        row = MachineToken.objects.get()
        MachineToken.objects.update(expires_at=row.created_at)
        assert queries.actor_of_token(token) is None

    def test_behind_a_proxy_the_public_address_is_the_audience(self, software: MachineClient) -> None:
        with override_settings(ADDRESS="https://kho.example"):
            assert ask(proof(aud="https://kho.example/oauth/token")).status_code == 200
            assert told(ask(proof())) == (401, "invalid_client")
            found = Client().get("/.well-known/smart-configuration").json()
        assert found["token_endpoint"] == "https://kho.example/oauth/token"

    @pytest.mark.parametrize("base", ["", "/fhir"])
    def test_the_way_there_is_written_where_smart_clients_look(self, base: str) -> None:
        found = Client().get(f"{base}/.well-known/smart-configuration").json()
        assert found["token_endpoint"] == TOKEN
        assert found["token_endpoint_auth_methods_supported"] == ["private_key_jwt"]
        assert found["token_endpoint_auth_signing_alg_values_supported"] == ["ES384", "RS384"]
        assert found["grant_types_supported"] == ["client_credentials"]


WRONG_CLAIMS = {
    "another audience": {"aud": "https://elsewhere.example/oauth/token"},
    "several audiences": {"aud": [TOKEN, "https://elsewhere.example"]},
    "no audience": {"aud": None},
    "no end": {"exp": None},
    "ended": {"exp": 1_700_000_000},
    "ends too late": {"exp": 9_999_999_999},
    "end as text": {"exp": "soon"},
    "end as truth": {"exp": True},
    "not yet": {"nbf": 9_999_999_999},
    "made in the future": {"iat": 9_999_999_999},
    "no number": {"jti": None},
    "empty number": {"jti": ""},
    "number as number": {"jti": 7},
    "long number": {"jti": "x" * 300},
    "another subject": {"sub": "his-97002"},
    "no subject": {"sub": None},
    "no issuer": {"iss": None},
    "unknown issuer": {"iss": "nobody", "sub": "nobody"},
    "issuer as list": {"iss": ["his-97001"]},
    "issuer with a NUL": {"iss": "his\x0097001"},
}


def part(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).decode().rstrip("=")


def written(header: dict[str, Any]) -> str:
    return f"{part(json.dumps(header).encode())}.{part(json.dumps(claims()).encode())}"


def unsigned() -> str:
    return written({"alg": "none", "kid": "rsa-1"}) + "."


def signed_with_the_public_key() -> str:
    """The classic confusion: the public key's text as the secret of an HMAC."""
    signed = written({"alg": "HS384", "kid": "rsa-1"})
    return f"{signed}.{part(hmac.digest(RSA.as_pem(private=False), signed.encode(), 'sha384'))}"


WRONG_PROOFS = {
    "signed by another key": lambda: proof(STRANGE),
    "another algorithm": lambda: proof(RSA, "RS256"),
    "not signed": unsigned,
    "public key as secret": signed_with_the_public_key,
    "no key named": lambda: proof(header={"kid": None}),
    "unknown key": lambda: proof(header={"kid": "other"}),
    "key of the other kind": lambda: proof(RSA, header={"kid": "ec-1"}),
    "key with a NUL": lambda: proof(header={"kid": "a\x00b"}),
    "key as number": lambda: f"{written({'alg': 'RS384', 'kid': 7})}.AA",
    "cut off": lambda: proof()[:-9],
    "changed": lambda: proof().replace(".", ".e", 1),
    "no token": lambda: "x",
    "empty parts": lambda: "..",
    "not ascii": lambda: "é.é.é",
    "enormous": lambda: "a" * 9000,
    "nested": lambda: f"{base64.urlsafe_b64encode(b'[' * 3000).decode()}.e30.AA",
}


VALUES = st.none() | st.text(max_size=9) | st.integers() | st.lists(st.text(max_size=3), max_size=2)


class TestNoProof:
    @pytest.mark.parametrize("case", WRONG_CLAIMS)
    def test_wrong_claims(self, software: MachineClient, case: str) -> None:
        answer = ask(proof(**WRONG_CLAIMS[case]))
        assert told(answer) == (401, "invalid_client")
        assert MachineToken.objects.count() == 0
        assert UsedAssertion.objects.count() == 0

    @pytest.mark.parametrize("case", WRONG_PROOFS)
    def test_wrong_signatures_and_what_is_no_token_answer_alike(self, software, case: str) -> None:
        answers = [ask(WRONG_PROOFS[case]()), ask("nonsense")]
        assert [told(answer) for answer in answers] == [(401, "invalid_client")] * 2
        assert answers[0].content == answers[1].content

    def test_a_proof_is_used_once(self, software: MachineClient) -> None:
        once = proof()
        assert [ask(once).status_code for _ in range(3)] == [200, 401, 401]
        assert ask(proof()).status_code == 200

    def test_the_number_counts_not_the_proof(self, software: MachineClient) -> None:
        assert ask(proof(jti="7")).status_code == 200
        assert told(ask(proof(EC, "ES384", jti="7"))) == (401, "invalid_client")

    def test_two_clients_may_use_the_same_number(self, software: MachineClient) -> None:
        machine_clients.register(
            client_id="lis-97001",
            unit="97001",
            name="x",
            scopes=SCOPES,
            keys=client_keys.read(public(RSA)),
            by=BY,
        )
        statuses = [
            ask(proof(jti="7", iss=name, sub=name)).status_code for name in ("his-97001", "lis-97001")
        ]
        assert statuses == [200, 200]

    def test_a_refused_scope_does_not_use_the_proof_up(self, software: MachineClient) -> None:
        once = proof()
        assert told(ask(once, scope="submissions:write")) == (400, "invalid_scope")
        assert ask(once).status_code == 200

    @pytest.mark.parametrize("scope", ["", " ", "everything", "ledger:read submissions:write", "a\x00b"])
    def test_scopes_it_may_not_have(self, software: MachineClient, scope: str) -> None:
        assert told(ask(scope=scope)) == (400, "invalid_scope")

    @pytest.mark.parametrize(
        ("form", "error"),
        [
            ({"grant_type": "password"}, "unsupported_grant_type"),
            ({"grant_type": None}, "invalid_request"),
            ({"client_assertion_type": "x"}, "invalid_request"),
            ({"client_assertion_type": None}, "invalid_request"),
            ({"client_assertion": None}, "invalid_request"),
            ({"client_assertion": ""}, "invalid_request"),
        ],
    )
    def test_a_request_that_is_none(self, software: MachineClient, form: dict, error: str) -> None:
        assert told(ask(**form)) == (400, error)

    def test_another_form_of_body_and_a_doubled_parameter(self, software: MachineClient) -> None:
        client = Client(raise_request_exception=False)
        assert told(client.post("/oauth/token", "{}", content_type="application/json")) == (
            400,
            "invalid_request",
        )
        form = "application/x-www-form-urlencoded"
        doubled = "grant_type=client_credentials&grant_type=x"
        assert told(client.post("/oauth/token", doubled, content_type=form)) == (400, "invalid_request")
        many = "&".join(f"a{n}=" for n in range(2000))
        assert told(client.post("/oauth/token", many, content_type=form)) == (400, "invalid_request")
        answer = client.get("/oauth/token")
        assert (answer.status_code, answer["Allow"]) == (405, "POST")

    @settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
    @given(
        head=st.dictionaries(st.sampled_from(["alg", "kid", "typ", "crit", "jwk", "x5c", "b64"]), VALUES),
        body=st.binary(max_size=40),
    )
    def test_whatever_is_sent_is_refused_in_the_same_words(self, software, head: dict, body: bytes) -> None:
        parts = (json.dumps({"alg": "RS384", "kid": "rsa-1", **head}).encode(), body, b"signature")
        sent = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
        assert told(ask(sent)) == (401, "invalid_client")


class TestEnds:
    def works(self, token: str) -> bool:
        bearer = {"Authorization": f"Bearer {token}"}
        return Client().get("/api/v1/ledger", headers=bearer).status_code == 200

    def test_revoked_software_ends_at_once(self, software: MachineClient) -> None:
        token = ask().json()["access_token"]
        assert self.works(token)
        assert machine_clients.revoke("his-97001", by=BY) == 1
        assert not self.works(token)
        assert told(ask()) == (401, "invalid_client")

    def test_a_key_taken_away_ends_what_it_got(self, software: MachineClient) -> None:
        token = ask().json()["access_token"]
        machine_clients.remove_key("his-97001", "rsa-1", by=BY)
        assert not self.works(token)
        assert told(ask()) == (401, "invalid_client")
        assert ask(proof(EC, "ES384")).status_code == 200

    def test_a_new_key_works_beside_the_old(self, software: MachineClient) -> None:
        new = ECKey.generate_key("P-384", {"kid": "ec-2"})
        (key,) = client_keys.read(public(new))
        machine_clients.add_key("his-97001", key, by=BY)
        assert [ask(proof(one, "ES384")).status_code for one in (EC, new)] == [200, 200]
        with pytest.raises(WrongKey):
            machine_clients.add_key("his-97001", key, by=BY)

    def test_all_tokens_of_the_unit_end_with_its_software(self, software: MachineClient) -> None:
        token = ask().json()["access_token"]
        accounts.revoke_tokens("97001", by=BY)
        assert not self.works(token)

    def test_what_is_over_is_removed(self, software: MachineClient) -> None:
        ask()
        ended = MachineToken.objects.get().expires_at.replace(year=2025)
        MachineToken.objects.update(expires_at=ended)
        UsedAssertion.objects.update(expires_at=ended)
        machine_clients.clear_expired()
        assert (MachineToken.objects.count(), UsedAssertion.objects.count()) == (0, 0)


class TestKeys:
    def test_jwk_set_single_and_pem_are_read_alike(self) -> None:
        (from_pem,) = client_keys.read(EC.as_pem(private=False))
        (from_jwk,) = client_keys.read(json.dumps(EC.as_dict(private=False)).encode())
        (from_set,) = client_keys.read(public(EC))
        assert from_jwk == from_set
        assert from_pem == {**from_jwk, "kid": EC.thumbprint()}
        assert from_jwk["alg"] == "ES384"

    @pytest.mark.parametrize(
        "file",
        [
            b"",
            b"x",
            b"{}",
            b"[]",
            b"null",
            b'{"keys": []}',
            b'{"keys": [1]}',
            b"[" * 5000,
            b"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
            b'{"kty": "RSA"}',
            public(ECKey.generate_key("P-256", {"kid": "small"})),
            json.dumps({"kty": "oct", "k": "AAAA"}).encode(),
            public(RSA, RSA),
            json.dumps({**RSA.as_dict(private=False), "alg": "RS256"}).encode(),
            json.dumps({**RSA.as_dict(private=False), "use": "enc"}).encode(),
            json.dumps(RSA.as_dict(private=True)).encode(),
            EC.as_pem(private=True),
            b"x" * 70_000,
        ],
        ids=range(18),
    )
    def test_what_is_no_strong_public_key_is_refused(self, file: bytes) -> None:
        with pytest.raises(WrongKey):
            client_keys.read(file)

    @given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
    def test_any_file_is_read_or_refused(self, file: bytes) -> None:
        with pytest.raises(WrongKey):
            client_keys.read(file)

    def test_nothing_private_is_kept(self, software: MachineClient) -> None:
        kept = [set(row.jwk) for row in ClientKey.objects.all()]
        assert kept == [{"kty", "n", "e", "kid", "alg", "use"}, {"kty", "crv", "x", "y", "kid", "alg", "use"}]


class TestCommands:
    def run(self, *arguments: str) -> str:
        done = CliRunner().invoke(
            client_commands.client, arguments, obj={"lang": "vi"}, standalone_mode=False
        )
        if done.exception:
            raise done.exception
        return done.stdout.strip()

    @pytest.fixture
    def key_file(self, tmp_path: Path) -> str:
        path = tmp_path / "keys.json"
        path.write_bytes(public(RSA))
        return str(path)

    def test_from_register_to_revoke(self, key_file: str, tmp_path: Path) -> None:
        made = self.run(
            "register", "his-97001", "--unit", "97001", "--scope", "ledger:read", "submissions:read",
            "--key", key_file,
        )  # fmt: skip
        assert made == "his-97001 97001 ledger:read submissions:read"
        other = tmp_path / "ec.pem"
        other.write_bytes(EC.as_pem(private=False))
        kid = self.run("add-key", "his-97001", str(other))
        assert kid == EC.thumbprint()
        (line,) = json.loads(self.run("list", "--json"))["clients"]
        assert (line["client_id"], line["keys"]) == ("his-97001", sorted(["rsa-1", kid]))
        self.run("remove-key", "his-97001", kid)
        assert self.run("list") == "97001  his-97001  ledger:read submissions:read  rsa-1"
        self.run("revoke", "his-97001")
        assert self.run("list", "--unit", "97001").endswith("đã ngừng")
        acts = (
            AuditEntry.objects.filter(subject_kind="client").order_by("id").values_list("action", flat=True)
        )
        assert list(acts) == [
            *("client.register", "client.add_key", "client.add_key"),
            *("client.remove_key", "client.revoke"),
        ]

    def test_what_cannot_be_is_said(self, key_file: str) -> None:
        usual = ("--unit", "97001", "--scope", "ledger:read", "--key", key_file)
        for arguments, error in (
            (("register", "his 97001", *usual), WrongUnit),
            (("register", "x", "--unit", "00000", *usual[2:]), UnknownUnit),
            (("register", "x", *usual[:3], "everything", *usual[4:]), WrongUnit),
            (("revoke", "nobody"), UnknownClient),
            (("add-key", "nobody", key_file), UnknownClient),
            (("remove-key", "nobody", "x"), UnknownClient),
        ):
            with pytest.raises(error):
                self.run(*arguments)
        self.run("register", "x", *usual)
        with pytest.raises(WrongUnit):
            self.run("register", "x", *usual)
        with pytest.raises(WrongKey):
            self.run("remove-key", "x", "no such key")
