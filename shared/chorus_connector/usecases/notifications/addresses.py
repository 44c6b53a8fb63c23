"""Who may get e-mail: the verified address of a member, or an address whose owner agreed.

A link in an e-mail leads to a page with a button. Reading the page changes nothing, because mail scanners open links;
only the button agrees. Functions: supplier_api and email_digest ask; email_addresses takes the answer, and switches an
address off after a bounce or a complaint.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from chorus_connector.domain.errors import Conflict, Invalid, StaleWrite
from chorus_connector.domain.notifications.addresses import MAX_ADDRESSES, EmailAddress
from chorus_connector.domain.notifications.digest import confirmation_request, switched_off_notice
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import GROUP_PREFIX
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.digest import Email
    from chorus_connector.domain.suppliers.access import Subscriber
    from chorus_connector.ports.notifications import EmailAddresses, Mailer
    from chorus_connector.ports.suppliers import AccessStore, SupplierStore, UserDirectory

_TOKEN = re.compile(r"([A-Za-z0-9_-]{1,64})\.([0-9a-f]{32})\.([A-Za-z0-9_-]{43})")


class ConfirmationToken(NamedTuple):
    """What a confirmation link carries: the supplier, the address by its id, and the secret."""

    supplier_id: str
    address_id: str
    secret: str

    def __str__(self) -> str:
        return ".".join(self)

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """The token; None when the text is none."""
        found = _TOKEN.fullmatch(text)
        return cls(*found.groups()) if found else None


_REFUSED = Problem(
    field="email",
    code="email_refused",
    fr="Le service d'envoi refuse cette adresse e-mail : vérifiez-la.",
    en="The mail service refuses this e-mail address: check it.",
)


@dataclass(frozen=True)
class Addressees:
    """Decides whether an address of one supplier may get notifications."""

    addresses: EmailAddresses
    access: AccessStore
    directory: UserDirectory

    def may_receive(self, principal: str, email: str) -> bool:
        """Whether the address agreed, or is the principal's own and the principal is a member. Raises Transient."""
        known = self.addresses.get(email)
        if known is not None and (known.is_off or known.state == "confirmed"):
            return known.state == "confirmed"
        verified = self.directory.verified_email(principal)
        return verified is not None and verified.lower() == email.lower() and self._is_member(principal)

    def _is_member(self, principal: str) -> bool:
        members = {each.principal for each in self.access.get().members if each.accepted}
        if principal in members:
            return True
        groups = {each for each in members if each.startswith(GROUP_PREFIX)}
        return bool(groups) and not groups.isdisjoint(
            f"{GROUP_PREFIX}{each}" for each in self.directory.groups_of(principal)
        )


@dataclass(frozen=True)
class AskAddresses:
    """Asks addresses of one supplier. ``link`` gives the page of a token; ``new_secret`` 32 random bytes as text."""

    supplier_id: str
    supplier: SupplierStore
    addressees: Addressees
    mailer: Mailer
    link: Callable[[ConfirmationToken], str]
    new_secret: Callable[[], str]

    def admit(self, subscriber: Subscriber, *, now: datetime) -> None:
        """Ask the subscriber's address, if it must agree and was not asked. Raises Conflict at the limits."""
        email = subscriber.email
        if email is None or self._addresses.get(email) is not None:
            return
        if not self.addressees.may_receive(subscriber.principal, email):
            self.ask(email, now=now)

    def ask(self, email: str, *, now: datetime) -> EmailAddress:
        """Send one e-mail with a link, unless the address agreed already. Raises Conflict at the limits, Invalid."""
        known = self._addresses.get(email)
        if known is not None and known.state == "confirmed":
            return known
        if known is None and len(self._addresses.all()) >= MAX_ADDRESSES:
            raise Conflict(
                "too_many_addresses",
                f"Un fournisseur demande la confirmation de {MAX_ADDRESSES} adresses au plus : retirez-en une, ou "
                "créez un utilisateur.",
                f"A supplier may have {MAX_ADDRESSES} addresses asked at most: remove one, or create a user.",
            )
        secret = self.new_secret()
        asked = (known or EmailAddress(email=email, changed_at=now)).asked(secret, now=now)
        self._addresses.save(asked)
        token = ConfirmationToken(self.supplier_id, asked.id, secret)
        try:
            self.mailer.send(email, confirmation_request(self.supplier.get().name, self.link(token)))
        except Exception as error:
            if known is None:
                self._addresses.forget(email)  # nothing was sent, so the next request asks it
            if isinstance(error, EmailRefused):
                raise Invalid.about(_REFUSED) from None
            raise
        return asked

    def forget(self, email: str) -> None:
        """Forget that the address agreed, once no subscription has it; limits, bounces and complaints are kept."""
        known = self._addresses.get(email)
        if known is not None and known.state == "confirmed":
            self._addresses.forget(email)

    @property
    def _addresses(self) -> EmailAddresses:
        return self.addressees.addresses


@dataclass(frozen=True)
class AnswerForAddresses:
    """What comes back from an address of one supplier: an agreement, a bounce or a complaint."""

    supplier: SupplierStore
    addressees: Addressees
    mailer: Mailer

    def confirm(self, token: ConfirmationToken, *, now: datetime) -> bool:
        """Take the agreement. False for a link that was used, was replaced or expired, or that never was."""
        known = self.addressees.addresses.find(token.address_id)
        confirmed = known and known.confirmed(token.secret, now=now)
        if not known or not confirmed:
            return False
        try:
            self.addressees.addresses.save(confirmed, change=_change(known, confirmed, by="email_confirmation"))
        except StaleWrite:
            return False  # the link was used at the same moment, or replaced
        return True

    def switch_off(self, email: str, state: Literal["bounced", "complained"], *, now: datetime) -> bool:
        """Send nothing more to the address, and tell the supplier's administrators. False when it was off already.

        Raises NotFound when the supplier is gone.
        """
        name = self.supplier.get().name
        addresses = self.addressees.addresses
        known = addresses.get(email)
        if known is not None and known.is_off:
            return False
        before = known or EmailAddress(email=email, changed_at=now)
        off = before.switched_off(state, now=now)
        addresses.save(off, change=_change(before, off, by="email_feedback"))
        self._tell_administrators(switched_off_notice(name, off.email, off.state))
        return True

    def _tell_administrators(self, notice: Email) -> None:
        for member in self.addressees.access.get().members:
            if "administer" not in member.roles or not member.accepted:
                continue
            own = self.addressees.directory.verified_email(member.principal)
            if own is None or not self.addressees.may_receive(member.principal, own):
                continue
            try:
                self.mailer.send(own, notice)
            except EmailRefused:
                continue  # the state is also in the list of subscribers and in the audit trail


def _change(before: EmailAddress, after: EmailAddress, *, by: str) -> Change:
    return Change(
        change_id=f"email-{after.id}-{after.version}",
        at=after.changed_at,
        by=by,
        item="notifications/email",
        action="confirmed" if after.state == "confirmed" else "switched_off",
        before={"email": before.email, "state": before.state},
        after={"email": after.email, "state": after.state},
    )
