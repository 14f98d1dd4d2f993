"""An authenticator app for tests: it shows the code of any period, also of one to come."""

import time

import pyotp

from khoyte.units import second_step
from khoyte.units.models import Account, SecondStep
from khoyte.units.tests.country import BY


class App:
    """What a phone would show. `next` gives a code not used before, within what is accepted."""

    def __init__(self, secret: str) -> None:
        self.totp = pyotp.TOTP(secret.replace(" ", ""))
        self.secret = self.totp.secret

    def code(self, *, periods: int = 0) -> str:
        return self.totp.generate_otp(int(time.time()) // 30 + periods)

    def next(self) -> str:
        """Forget which codes were used, as if half a minute had passed."""
        SecondStep.objects.update(last_step=0)
        return self.code()


def make_second_step(account: Account) -> App:
    """A second step that stands."""
    app = App(second_step.unfinished_secret(account))
    assert second_step.confirm(account, app.code(), by=BY)
    return app
