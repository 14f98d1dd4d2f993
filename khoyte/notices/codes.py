"""A one-time code on its way to the person of a new account, by text message or by e-mail.

It goes one way alone, the telephone before the mail, and never with the user name: whoever reads a message
that went astray has half of what opens the account. The code lies sealed until it is out.
"""

from django.utils import timezone

from khoyte.notices.actions import is_address, tell
from khoyte.notices.addressing import contact
from khoyte.notices.channels import offered
from khoyte.notices.enums import Channel
from khoyte.units.letting_in import Reach
from khoyte.units.models import Account


def send_code(account: Account, code: str, reach: Reach) -> str:
    """Send it in the caller's transaction; the address, mostly hidden, or "" where no way is there."""
    phone = "".join(sign for sign in reach.phone if sign not in " .()-")
    for channel, address in ((Channel.SMS, phone), (Channel.EMAIL, reach.mail.strip())):
        if channel in offered() and is_address(channel, address):
            tell(
                "account_code",
                to=[contact(channel, address)],
                subject=account.username,
                occasion=timezone.now().isoformat(),
                facts={"unit": account.unit_id, "code": code},
            )
            return _hidden(address)
    return ""


def _hidden(address: str) -> str:
    """Enough to know one's own address again."""
    name, at, place = address.rpartition("@")
    return f"{name[:1]}•••@{place}" if at else f"•••{address[-3:]}"
