import base64
import hashlib
import hmac

from khoyte.links import signing


def test_the_published_example_of_standard_webhooks():
    key = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    headers = signing.headers("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}', [key])
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_two_secrets_give_two_signatures_newest_first():
    new, old = signing.new_secret(), signing.new_secret()
    value = signing.headers("id", 5, b"{}", [new, old])["webhook-signature"]

    def expected(secret: str) -> str:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        return "v1," + base64.b64encode(hmac.new(key, b"id.5.{}", hashlib.sha256).digest()).decode()

    assert value == f"{expected(new)} {expected(old)}"


def test_secrets_are_long_and_never_the_same():
    made = {signing.new_secret() for _ in range(50)}
    assert len(made) == 50
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in made)
