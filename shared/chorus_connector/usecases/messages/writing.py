"""Changes to the outbox: create, edit, send, add recipients, delete.

Everything is checked before anything is written. One write contains the message's next version and the delivery that it
requests; the table's stream starts the delivery, so a requested delivery is never lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.errors import NotFound, StaleWrite, SupplierDeleting, SupplierSuspended
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.delivery import Dispatch, ListUsed
from chorus_connector.domain.messages.message import Message, RecipientSelection, new_message
from chorus_connector.domain.messages.refusals import problem, raise_if_invalid

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageAccess
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.ports.messages import MessageReferences, Outbox, Parts
    from chorus_connector.usecases.messages.audience import Audience


@dataclass(frozen=True)
class WriteMessages:
    """One user's changes to one structure's messages; what their subscriptions do not cover is refused."""

    access: MessageAccess
    audience: Audience
    outbox: Outbox
    references: MessageReferences

    def create(self, fields: Mapping[str, Any], *, send: bool, now: datetime) -> Message:
        """A draft, or a message sent at once. A refused request writes nothing.

        Raises InvalidMessage, SupplierDeleting.
        """
        self._check_stays()
        sender = self.audience.structure
        draft = new_message(
            fields,
            reference="",
            sender_siret=sender.siret,
            sender_name=sender.name,
            by=self.access.principal,
            now=now,
        )
        self._check(draft)
        if not send:
            message = draft.model_copy(update={"reference": self.references.next(), "version": 1})
            self.outbox.add(message)
            return message
        sent = draft.sent(today=display.today(now), by=self.access.principal, now=now)
        lists = self._checked(sent, sent.selection)
        # last step: a refused message must not use a reference
        sent = sent.model_copy(update={"reference": self.references.next()})
        self.outbox.add(sent, self._delivery(sent, sent.selection, lists), _parts(sent.selection, lists))
        return sent

    def edit(self, reference: str, fields: Mapping[str, Any], *, version: int, now: datetime) -> Message:
        """The message with these fields; nothing is written when they change nothing.

        Raises NotFound, StaleWrite, Refused, InvalidMessage, SupplierDeleting.
        """
        self._check_stays()
        message = self._current(reference, version)
        edited = message.edited(fields, today=display.today(now), by=self.access.principal, now=now)
        self._check(edited)
        if edited == message:
            return message
        if edited.state == "draft":
            self.outbox.save(edited)
        else:
            redate = Dispatch(
                sender_siret=edited.sender_siret,
                reference=reference,
                number=edited.display_version,
                purpose="redate",
                requested_at=now,
                requested_by=edited.changed_by,
            )
            self.outbox.save(edited, redate)
        return edited

    def move(
        self, reference: str, fields: Mapping[str, Any], *, to: WriteMessages, version: int, now: datetime
    ) -> Message:
        """The draft as another sender's, with these fields. It keeps its reference.

        Its recipients are judged at the sending. The user must be able to write for both senders.

        Raises NotFound, StaleWrite, Refused, InvalidMessage.
        """
        self._check_stays()
        to._check_stays()
        message, sender = self._current(reference, version), to.audience.structure
        moved = message.moved(
            fields, sender_siret=sender.siret, sender_name=sender.name, by=self.access.principal, now=now
        )
        to._check(moved)
        to.outbox.take(moved, sender_siret=message.sender_siret)
        return moved

    def send(self, reference: str, *, version: int, now: datetime) -> Message:
        """The draft, sent. Raises NotFound, StaleWrite, Refused, InvalidMessage that names everything missing."""
        self._check_stays()
        message = self._current(reference, version)
        sent = message.sent(today=display.today(now), by=self.access.principal, now=now)
        lists = self._checked(sent, sent.selection)
        self.outbox.save(sent, self._delivery(sent, sent.selection, lists), _parts(sent.selection, lists))
        return sent

    def add_recipients(self, reference: str, selection: RecipientSelection, *, version: int, now: datetime) -> Message:
        """The sent message with more recipients. Raises NotFound, StaleWrite, Refused, InvalidMessage."""
        self._check_stays()
        message = self._current(reference, version)
        grown = message.with_recipients(selection, today=display.today(now), by=self.access.principal, now=now)
        lists = self._checked(grown, selection)
        self.outbox.save(grown, self._delivery(grown, selection, lists), _parts(selection, lists))
        return grown

    def delete(self, reference: str, *, version: int) -> None:
        """Delete a draft. Raises NotFound, StaleWrite, Refused."""
        message = self._current(reference, version)
        message.check_deletable()
        self.outbox.delete(message)

    def _check_stays(self) -> None:
        """Raises SupplierDeleting: a supplier that is being deleted writes and sends nothing."""
        if self.audience.structure.deleting:
            raise SupplierDeleting

    def _current(self, reference: str, version: int) -> Message:
        message = self.outbox.get(reference)
        if not self.access.covers(message.sender_service):
            raise NotFound
        self.access.check_writing(message.sender_service)
        if message.version != version:
            raise StaleWrite
        return message

    def _check(self, message: Message) -> None:
        """What even a draft must satisfy: the user may write for its service, and the service exists."""
        self.access.check_writing(message.sender_service)
        problems = self.audience.kind_problems(message.recipient_kind)
        service = message.sender_service
        if service and self.audience.structure.service(service) is None:
            problems.append(problem("sender_service_unknown", "sender_service", service=service))
        raise_if_invalid(problems)

    def _checked(self, message: Message, selection: RecipientSelection) -> Sequence[DistributionList]:
        """The selected lists, after all checks for sending.

        Raises SupplierSuspended: a suspended supplier sends nothing.
        """
        if self.audience.structure.suspended:
            raise SupplierSuspended
        self._check(message)
        relation = self.audience.relation(message.recipient_kind)
        self.audience.check(selection, relation)
        lists = self.audience.used_lists(selection.list_ids, relation)
        raise_if_invalid(
            [
                problem("list_unknown", "list_ids", list_id=each.list_id)
                for each in lists
                if not self.access.may_use_list_of(each.service)
            ]
        )
        return lists

    def _delivery(self, message: Message, selection: RecipientSelection, lists: Sequence[DistributionList]) -> Dispatch:
        return Dispatch(
            sender_siret=message.sender_siret,
            reference=message.reference,
            number=message.dispatches,
            requested_at=message.changed_at,
            requested_by=message.changed_by,
            relation=self.audience.relation(message.recipient_kind),
            lists=tuple(
                ListUsed(list_id=each.list_id, name=each.name, version=each.version, members=len(each.members))
                for each in lists
            ),
            all_recipients=selection.all_recipients,
        )


def _parts(selection: RecipientSelection, lists: Sequence[DistributionList]) -> Parts:
    return [selection.recipients, *(each.members for each in lists)]
