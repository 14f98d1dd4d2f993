"""To whom a notice goes: an account, a role of a unit, or a contact of somebody without an account."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from khoyte.foundation.crypto import Keyring
from khoyte.notices.enums import Channel
from khoyte.units.enums import Role
from khoyte.units.models import Account

CONTACT, CODE = "notice.address", "notice.code"


@dataclass(frozen=True)
class To:
    """One of: an account by its name; roles of a unit; a contact outside."""

    account: str = ""
    unit: str = ""
    roles: tuple[str, ...] = ()
    channel: str = ""
    contact: str = ""


def account(name: str) -> To:
    return To(account=name)


def role(unit: str, *roles: str) -> To:
    """Everybody who has one of the roles in the unit."""
    return To(unit=unit, roles=tuple(str(one) for one in roles))


def officers(facility: str, province: str) -> To:
    """Those who keep the records of a facility; of its province where it names none."""
    if facility:
        return role(facility, Role.FACILITY, Role.FACILITY_REVIEWER)
    return role(province, Role.PROVINCE)


def contact(channel: Channel, address: str) -> To:
    """Somebody without an account, by an address they gave."""
    return To(channel=channel.value, contact=address)


@dataclass(frozen=True)
class Heard:
    """One recipient found: `key` is what makes a notice once only for it."""

    key: bytes
    account: str = ""
    unit: str = ""
    role: str = ""
    channel: str = ""
    contact_sealed: bytes | None = None


class Directory:
    """Accounts of all units named, read once for many notices."""

    def __init__(self, recipients: Iterable[To]):
        recipients = list(recipients)
        self._keyring = Keyring.held()
        names = {to.account for to in recipients if to.account}
        units = {to.unit for to in recipients if to.unit}
        rows = Account.objects.filter(is_active=True)
        self._known = set(rows.filter(username__in=names).values_list("username", flat=True))
        self._of_unit: dict[str, list[tuple[str, str]]] = {}
        found = rows.filter(unit__in=units).order_by("username").values_list("unit_id", "role", "username")
        for unit, held, name in found:
            self._of_unit.setdefault(unit, []).append((held, name))

    def heard_by(self, to: To) -> Iterator[Heard]:
        """Each recipient of `to`. A role that nobody holds is one too, so that the silence is seen."""
        if to.contact:
            blind = self._keyring.blind(f"{to.channel}:{to.contact}", CONTACT)
            sealed = self._keyring.seal(to.contact.encode(), CONTACT)
            yield Heard(blind[:16], channel=to.channel, contact_sealed=sealed)
            return
        if to.account:
            if to.account in self._known:
                yield self._person(to.account, "", "")
            return
        names = self._holders(to.unit, to.roles)
        for held, name in names:
            yield self._person(name, to.unit, held)
        if not names:
            key = self._keyring.blind(f"role:{to.unit}:{','.join(to.roles)}", CONTACT)[:16]
            yield Heard(key, unit=to.unit, role=to.roles[0])

    def _person(self, name: str, unit: str, held: str) -> Heard:
        return Heard(key_of(name, self._keyring), account=name, unit=unit, role=held)

    def _holders(self, unit: str, roles: Collection[str]) -> list[tuple[str, str]]:
        return [(held, name) for held, name in self._of_unit.get(unit, ()) if held in roles]


def key_of(name: str, keyring: Keyring | None = None) -> bytes:
    """The recipient key of an account."""
    return (keyring or Keyring.held()).blind(f"account:{name}", CONTACT)[:16]
