"""« Mes messages » · what a person typed into the form of a message, and how it becomes a request to the API."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from console.formats import PARIS
from console.routes.messages_recipients import NAMED, ChosenRecipient, chosen, recipient_of

if TYPE_CHECKING:
    from console.requests import Incoming

_SHOWN = timedelta(days=14)
"""How long a message is shown unless a person chooses: the API's own default (docs/messages.md)."""


@dataclass(frozen=True)
class MessageForm:
    """The four blocks of the form. `default_start` and `default_end` are dates that no person chose.

    `shown_sender` is the sender whose services and lists the page offered.
    """

    sender: str = ""
    shown_sender: str = ""
    service: str = ""
    kind: str = ""
    all_recipients: bool = False
    list_ids: tuple[str, ...] = ()
    recipients: tuple[ChosenRecipient, ...] = ()
    start: str = ""
    end: str = ""
    default_start: str = ""
    default_end: str = ""
    title: str = ""
    content: str = ""

    @property
    def sender_changed(self) -> bool:
        """Whether another sender was chosen than the one whose services and lists the page had."""
        return self.sender != self.shown_sender

    @property
    def shown_recipients(self) -> Sequence[ChosenRecipient]:
        """Those that the page shows one by one."""
        return self.recipients[:NAMED]

    @property
    def other_recipients(self) -> Sequence[ChosenRecipient]:
        """Those that the page keeps together."""
        return self.recipients[NAMED:]

    def selection(self) -> dict[str, Any]:
        """The recipients, as the API takes them."""
        return {
            "recipients": [each.address for each in self.recipients],
            "list_ids": list(self.list_ids),
            "all_recipients": self.all_recipients,
        }

    def body(self) -> dict[str, Any]:
        """The message, as the API takes it. A date that no person chose is left out: it follows the day of sending."""
        dates = {
            "display_start": (self.start, self.default_start),
            "display_end": (self.end, self.default_end),
        }
        return {
            **self.selection(),
            "sender_siret": self.sender,
            "sender_service": self.service,
            "recipient_kind": self.kind or None,
            "title": self.title,
            "content": self.content,
            **{name: typed or None for name, (typed, default) in dates.items() if typed != default or not typed},
        }

    def of_sender(self, services: Sequence[str], *, public: bool, lists: Sequence[str]) -> MessageForm:
        """The form with the choices that its sender has: a service or a list of another one is left out."""
        return replace(
            self,
            shown_sender=self.sender,
            service=self.service if self.service in services else next(iter(services), ""),
            kind=(self.kind or "supplier") if public else "",
            list_ids=tuple(each for each in self.list_ids if each in lists),
        )


def typed_form(incoming: Incoming) -> MessageForm:
    """The posted form."""
    one = incoming.one
    return MessageForm(
        sender=one("sender"),
        shown_sender=one("shown_sender"),
        service=one("service"),
        kind=one("kind"),
        all_recipients=one("all_recipients") == "yes",
        list_ids=tuple(incoming.many("list")),
        recipients=chosen(incoming),
        start=one("display_start"),
        end=one("display_end"),
        default_start=one("default_start"),
        default_end=one("default_end"),
        title=one("title"),
        content=one("content"),
    )


def empty_form(now: datetime, *, sender: str = "", kind: str = "") -> MessageForm:
    """The form of a new message, shown from today for two weeks."""
    today = now.astimezone(PARIS).date()
    start, end = today.isoformat(), (today + _SHOWN).isoformat()
    return MessageForm(sender=sender, kind=kind, start=start, end=end, default_start=start, default_end=end)


def form_of(message: Mapping[str, Any], recipients: Sequence[ChosenRecipient]) -> MessageForm:
    """The form of a draft, with the names of its recipients."""
    named = {each.key: each for each in recipients}
    start, end = message["display_start"] or "", message["display_end"] or ""
    addressed = map(recipient_of, message["recipients"])
    return MessageForm(
        sender=message["sender_siret"],
        shown_sender=message["sender_siret"],
        service=message["sender_service"],
        kind=message["recipient_kind"] or "",
        all_recipients=message["all_recipients"],
        list_ids=tuple(message["list_ids"]),
        recipients=tuple(named.get(each.key, each) for each in addressed),
        start=start,
        end=end,
        default_start=start if message["display_start_is_default"] else "",
        default_end=end if message["display_end_is_default"] else "",
        title=message["title"],
        content=message["content"],
    )
