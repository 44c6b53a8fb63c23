"""A message and the changes that its state allows.

    (draft) ── every field changes ──▶ (draft) ── send ──▶ (sent) ── dates change, recipients are added ──▶ (sent)
       └── delete                                             ├── display over: nothing changes any more
                                                              └── its sender is deleted before it began: (withdrawn)

Required fields are required for sending; a draft may lack any of them. The source of each rule is the user guide of «
Mes messages ».
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Literal, Self

from chorus_connector.domain.messages.display import LONGEST_AHEAD, default_end
from chorus_connector.domain.messages.refusals import WrongMessageState, problem, raise_if_invalid
from chorus_connector.domain.messages.structure import Address, Relation
from chorus_connector.domain.messages.texts import MAX_CONTENT, MAX_TITLE, is_blank, normal_form, text_problems
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

MAX_RECIPIENTS = 500
"""Recipients named one by one; the limit keeps a message in one record. Lists and « tous mes destinataires » go beyond.
"""
MAX_LISTS = 20

DATES = ("display_start", "display_end")
FIELDS = (
    "sender_service",
    "title",
    "content",
    *DATES,
    "recipient_kind",
    "all_recipients",
    "recipients",
    "list_ids",
)
"""The fields that a person sets; the application sets all others."""


class RecipientSelection(Record):
    """Who a message is for: recipients named one by one, lists, or everyone an invoice was exchanged with."""

    recipients: tuple[Address, ...] = ()
    list_ids: tuple[str, ...] = ()
    all_recipients: bool = False

    @property
    def empty(self) -> bool:
        return not (self.recipients or self.list_ids or self.all_recipients)


class Message(Record):
    """One message of one sender. Frozen: the methods give its next version.

    ``display_version`` counts the changes of the display dates, so that copies in inboxes can tell which dates are
    newer. ``dispatches`` counts its deliveries: the sending, and each addition of recipients.
    """

    reference: str
    sender_siret: str
    sender_name: str
    state: Literal["draft", "sent", "withdrawn"] = "draft"
    version: int = 0
    created_at: datetime
    created_by: str
    changed_at: datetime
    changed_by: str
    sent_at: datetime | None = None
    dispatches: int = 0
    display_version: int = 0
    sender_service: str = ""
    title: str = ""
    content: str = ""
    display_start: date | None = None
    display_end: date | None = None
    #: of a draft: no person chose the date, so it follows the day of sending (``dated``); it is stored as none
    display_start_is_default: bool = False
    display_end_is_default: bool = False
    recipient_kind: Relation | None = None
    all_recipients: bool = False
    recipients: tuple[Address, ...] = ()
    list_ids: tuple[str, ...] = ()

    @property
    def selection(self) -> RecipientSelection:
        return RecipientSelection(
            recipients=self.recipients, list_ids=self.list_ids, all_recipients=self.all_recipients
        )

    def dated(self, today: date) -> Self:
        """The message with that day's defaults in the place of dates that no person chose.

        The end follows the start, whether a person chose that or not.
        """
        start = today if self.display_start_is_default else self.display_start
        end = default_end(start or today) if self.display_end_is_default else self.display_end
        return self.model_copy(update={"display_start": start, "display_end": end})

    def over(self, today: date) -> bool:
        """Whether it was sent and its display period has ended, or it was withdrawn."""
        if self.state == "withdrawn":
            return True
        return self.state == "sent" and self.display_end is not None and self.display_end < today

    def shown(self, today: date) -> bool:
        """Whether a recipient sees it among the current messages."""
        started = self.display_start is not None and self.display_start <= today
        return self.state == "sent" and started and not self.over(today)

    def edited(self, fields: Mapping[str, Any], *, today: date, by: str, now: datetime) -> Self:
        """The next version with these fields, or the message itself when they change nothing.

        Raises WrongMessageState for what its state forbids, InvalidMessage.
        """
        after = self._with(fields, today)
        if after == self:
            return self
        if self.state == "draft":
            return after._next(by, now)
        return after._next(by, now, display_version=self.display_version + 1)

    def _with(self, fields: Mapping[str, Any], today: date) -> Self:
        """The message with these fields, as the same version."""
        fields = _normalised(fields)
        changes = {name: value for name, value in fields.items() if value != getattr(self, name)}
        if self.state != "draft":
            self._check_sent_change(changes, today)
        after = self.model_copy(update=changes | _chosen_dates(fields))
        raise_if_invalid(after.form_problems())
        return after

    def moved(self, fields: Mapping[str, Any], *, sender_siret: str, sender_name: str, by: str, now: datetime) -> Self:
        """The draft as the next version of another sender's, with these fields and the same reference.

        A service is one of its sender's, so it is left behind unless ``fields`` name one. Raises WrongMessageState when
        the message is sent, InvalidMessage.
        """
        if self.state != "draft":
            raise WrongMessageState("sent_field_fixed", problems=(problem("sent_field_fixed", "sender_siret"),))
        sender = {"sender_siret": sender_siret, "sender_name": sender_name, "sender_service": ""}
        return self.model_copy(update=sender)._with(fields, day_in_paris(now))._next(by, now)

    def sent(self, *, today: date, by: str, now: datetime) -> Self:
        """The message, sent.

        Raises WrongMessageState when it was sent before, InvalidMessage with all that is missing.
        """
        if self.state != "draft":
            raise WrongMessageState("already_sent")
        whole = self.dated(today).model_copy(
            update={"display_start_is_default": False, "display_end_is_default": False}
        )
        raise_if_invalid([*whole.form_problems(), *whole._missing(today)])
        return whole._next(by, now, state="sent", sent_at=now, dispatches=1)

    def with_recipients(self, selection: RecipientSelection, *, today: date, by: str, now: datetime) -> Self:
        """The sent message with these recipients added; recipients are never removed.

        Raises WrongMessageState, InvalidMessage.
        """
        if self.state == "draft":
            raise WrongMessageState("draft_has_no_additions")
        if self.over(today):
            raise WrongMessageState("display_over")
        if selection.empty:
            raise_if_invalid([problem("recipients_missing", "recipients")])
        after = self.model_copy(
            update={
                "recipients": tuple(dict.fromkeys((*self.recipients, *selection.recipients))),
                "list_ids": tuple(dict.fromkeys((*self.list_ids, *selection.list_ids))),
                "all_recipients": self.all_recipients or selection.all_recipients,
            }
        )
        raise_if_invalid(after.form_problems())
        return after._next(by, now, dispatches=self.dispatches + 1)

    def withdrawn(self, *, by: str, now: datetime) -> Self:
        """The sent message as the next version, which no recipient receives any more."""
        return self._next(by, now, state="withdrawn")

    def check_deletable(self) -> None:
        """Raises WrongMessageState unless it is a draft."""
        if self.state != "draft":
            raise WrongMessageState("only_drafts_deleted")

    def form_problems(self) -> list[Problem]:
        """What is wrong even in a draft: lengths, characters, an end before the start, too many recipients or lists."""
        problems = text_problems("title", self.title, limit=MAX_TITLE)
        problems += text_problems("content", self.content, limit=MAX_CONTENT, lines=True)
        if self.display_start and self.display_end and self.display_end < self.display_start:
            problems.append(problem("display_end_before_start", "display_end"))
        if len(self.recipients) > MAX_RECIPIENTS:
            problems.append(problem("too_many_recipients", "recipients", limit=MAX_RECIPIENTS))
        if len(self.list_ids) > MAX_LISTS:
            problems.append(problem("too_many_lists", "list_ids", limit=MAX_LISTS))
        return problems

    def _missing(self, today: date) -> list[Problem]:
        """What a message needs to be sent although a draft may lack it."""
        required = {
            name: problem(f"{name}_missing", name)
            for name, given in (
                ("title", not is_blank(self.title)),
                ("content", not is_blank(self.content)),
                ("display_start", self.display_start),
                ("display_end", self.display_end),
            )
            if not given
        }
        problems = list(required.values())
        if self.selection.empty:
            problems.append(problem("recipients_missing", "recipients"))
        if self.display_start and self.display_start < today:
            problems.append(problem("display_start_past", "display_start"))
        return [*problems, *self._too_late(today)]

    def _too_late(self, today: date) -> list[Problem]:
        if self.display_end is None or self.display_end <= today + timedelta(days=LONGEST_AHEAD):
            return []
        return [problem("display_end_too_late", "display_end", limit=LONGEST_AHEAD)]

    def _check_sent_change(self, changes: Mapping[str, Any], today: date) -> None:
        if self.over(today):
            raise WrongMessageState("display_over")
        fixed = [problem("sent_field_fixed", name) for name in changes if name not in DATES]
        if fixed:
            raise WrongMessageState("sent_field_fixed", problems=tuple(fixed))
        if "display_start" in changes and self.display_start is not None and self.display_start <= today:
            raise WrongMessageState("start_already_past", problems=(problem("start_already_past", "display_start"),))
        problems: list[Problem] = []
        for name, day in changes.items():
            if day is None:
                problems.append(problem(f"{name}_missing", name))
            elif day < today:
                problems.append(problem(f"{name}_past", name))
        if "display_end" in changes:
            problems += self.model_copy(update=changes)._too_late(today)
        raise_if_invalid(problems)

    def _next(self, by: str, now: datetime, **changes: Any) -> Self:
        # model_copy does not validate; all callers are typed code in this module
        return self.model_copy(
            update={"version": self.version + 1, "changed_at": now, "changed_by": by, **changes},
        )


def new_message(
    fields: Mapping[str, Any], *, reference: str, sender_siret: str, sender_name: str, by: str, now: datetime
) -> Message:
    """A draft with these fields; dates that are absent follow the day of sending.

    Raises InvalidMessage for what even a draft may not contain.
    """
    by_default = {f"{name}_is_default": name not in fields for name in DATES}
    message = Message(
        reference=reference,
        sender_siret=sender_siret,
        sender_name=sender_name,
        created_at=now,
        created_by=by,
        changed_at=now,
        changed_by=by,
        **_normalised(fields),
        **by_default,
    )
    raise_if_invalid(message.form_problems())
    return message


def _chosen_dates(fields: Mapping[str, Any]) -> dict[str, bool]:
    """A date that a person names is chosen, also when it is emptied."""
    return {f"{name}_is_default": False for name in DATES if name in fields}


def _normalised(fields: Mapping[str, Any]) -> dict[str, Any]:
    values = dict(fields)
    for name in ("title", "content"):
        if values.get(name) is not None:
            values[name] = normal_form(values[name])
    for name in ("recipients", "list_ids"):
        if values.get(name) is not None:
            values[name] = tuple(dict.fromkeys(values[name]))
    return values
