"""« Mes messages »: one structure for a caller who may act for it, and the use cases made from it.

Only the functions of messages load this module.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING

from chorus_connector.adapters.queues.messages import SqsRenewals
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.arrivals import DynamoArrivals
from chorus_connector.adapters.table.counterparties import DynamoCounterparties
from chorus_connector.adapters.table.distribution_lists import DynamoLists
from chorus_connector.adapters.table.inbox import DynamoInbox, DynamoInboxes
from chorus_connector.adapters.table.outbox import DynamoOutbox, DynamoReferences
from chorus_connector.adapters.table.outcomes import DynamoAwaited, DynamoDueMailings, DynamoOutcomes
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.adapters.tenant_policy import Reach
from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.messages.arrivals import InboxesThatNotify
from chorus_connector.usecases.messages.audience import Audience
from chorus_connector.usecases.messages.correspondents import FindRecipients
from chorus_connector.usecases.messages.delivery import DeliverMessage
from chorus_connector.usecases.messages.exchanges import RecordExchange
from chorus_connector.usecases.messages.healing import ReachStructure
from chorus_connector.usecases.messages.lists import KeepLists
from chorus_connector.usecases.messages.mailing import HandOutMailings
from chorus_connector.usecases.messages.naming import RenewNames
from chorus_connector.usecases.messages.reach import PreviewRecipients
from chorus_connector.usecases.messages.reading import ReadInbox, ReadLists, ReadOutbox
from chorus_connector.usecases.messages.structures import AdministerStructure, CallersSubscriptions
from chorus_connector.usecases.messages.writing import WriteMessages
from chorus_connector.wiring.clients import ScopedSession, function_client
from chorus_connector.wiring.emails import delivery_queue, mailer
from chorus_connector.wiring.installation import user_directory

if TYPE_CHECKING:
    from collections.abc import Callable

    from mypy_boto3_dynamodb import DynamoDBClient

    from chorus_connector.adapters.email import SesMailer
    from chorus_connector.domain.messages.access import MessageAccess, MessageSubscription, PublicBodyMember
    from chorus_connector.domain.messages.structure import Structure
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.domain.suppliers.supplier import Role
    from chorus_connector.ports.values import ChangePage
    from chorus_connector.wiring.installation import AuthorisedInstallation


@dataclass(frozen=True)
class StructureGrant:
    """The proof that a caller may act for a structure. Only ``api.message_access`` makes one."""

    siret: str
    caller: Caller
    access: MessageAccess | None = None


class AuthorisedStructure:
    """A structure that a caller may act for, for one invocation: the twin of ``AuthorisedTenant``."""

    def __init__(self, grant: StructureGrant) -> None:
        self._grant = grant
        self.siret = grant.siret
        self.caller = grant.caller
        self.by = grant.caller.principal
        self.session = _session(grant.siret)

    @property
    def access(self) -> MessageAccess:
        """What the caller may do with its messages. Raises NotFound when the grant is of another kind."""
        if self._grant.access is None:
            raise NotFound
        return self._grant.access

    @property
    def record(self) -> Structure | None:
        """What is known of the structure now."""
        return structures().get(self.siret)

    @cached_property
    def outbox(self) -> DynamoOutbox:
        """Its own messages."""
        return outbox(self.siret, self.access.tenant)

    @cached_property
    def outcomes(self) -> DynamoOutcomes:
        """What became of its own messages."""
        return outcomes(self.siret)

    @cached_property
    def lists(self) -> DynamoLists:
        """Its distribution lists."""
        return lists(self.siret, self.access.tenant)

    @cached_property
    def audience(self) -> Audience:
        """The structures it may write to. Raises NotFound."""
        structure = self.record
        if structure is None:
            raise NotFound
        return Audience(
            structure=structure,
            structures=structures(),
            counterparties=counterparties(self.siret),
            lists=self.lists,
        )

    def subscribers(self) -> Sequence[MessageSubscription]:
        """Every subscription to its messages."""
        return list(structures(self.session.of_structure).subscribers(self.siret))

    def members(self) -> Sequence[PublicBodyMember]:
        """The members of a public body; a supplier's are in its access list."""
        return structures(self.session.of_structure).members(self.siret)

    def changes(self, *, limit: int, cursor: str | None) -> ChangePage:
        """Its audit trail."""
        return structures(self.session.of_structure).changes(self.siret, limit=limit, cursor=cursor)


def write_messages(structure: AuthorisedStructure) -> WriteMessages:
    """The caller's changes to the structure's messages."""
    return WriteMessages(
        access=structure.access,
        audience=structure.audience,
        outbox=structure.outbox,
        references=DynamoReferences(function_client("dynamodb"), _table()),
    )


def preview_recipients(structure: AuthorisedStructure) -> PreviewRecipients:
    """Who would receive the structure's messages."""
    return PreviewRecipients(structure.access, structure.audience, sends_email=bool(settings().email_sender))


def find_recipients(structure: AuthorisedStructure) -> FindRecipients:
    """Completion and search of the structures that it may write to."""
    return FindRecipients(structure.audience)


def take_drafts(structure: AuthorisedStructure, sender: AuthorisedStructure) -> WriteMessages:
    """The same, in a session that also reaches ``sender``, for drafts that the caller takes over from it."""
    client = _session(structure.siret, sender.siret).client("dynamodb")
    return replace(
        write_messages(structure), outbox=DynamoOutbox(client, _table(), structure.siret, structure.access.tenant)
    )


def keep_lists(structure: AuthorisedStructure) -> KeepLists:
    """The caller's changes to the structure's distribution lists."""
    return KeepLists(access=structure.access, audience=structure.audience, lists=structure.lists)


def administer_structure(by: AuthorisedStructure) -> AdministerStructure:
    """Changes to a structure, its members and subscriptions, in the session of that structure."""
    return AdministerStructure(structures(by.session.of_structure), by.siret, settings().strict_siret)


def administer_public_body(by: AuthorisedInstallation, siret: str) -> AdministerStructure:  # noqa: ARG001
    """The same for an administrator of the installation (``by`` is the proof), in a session of the one changed."""
    return AdministerStructure(structures(_any_structure), siret, settings().strict_siret)


def check_exists(by: AuthorisedStructure | AuthorisedInstallation, principal: str) -> None:
    """Raises Invalid when the user pool has no such principal, Forbidden for a group that ``by`` may not name."""
    from chorus_connector.usecases.suppliers.principals import check_principal  # noqa: PLC0415

    check_principal(user_directory(), principal, by=by.caller)


def known_structure(siret: str) -> AdministerStructure:
    """A structure to read, and the check of who administers it."""
    return AdministerStructure(structures(), siret, settings().strict_siret)


def subscriptions(caller: Caller) -> CallersSubscriptions:
    """The caller's subscriptions in effect, and those of its groups."""
    return CallersSubscriptions(structures(), caller)


def structure_names(sirets: Iterable[str]) -> Mapping[str, str]:
    """The present names of these structures, as far as they are known."""
    return {siret: each.name for siret, each in structures().get_many(sirets, service="").items()}


def memberships(caller: Caller) -> Mapping[str, frozenset[Role]]:
    """The roles of the caller, and of its groups, for each public body."""
    return structures().memberships(caller.identities)


def read_inbox(caller: Caller) -> ReadInbox:
    """The inboxes of the structures that the caller is subscribed to."""
    accesses = subscriptions(caller).accesses()
    return ReadInbox(principal=caller.principal, accesses=accesses, inbox=inbox, announcements=_announcements())


def read_outbox(caller: Caller) -> ReadOutbox:
    """The outboxes of the structures that the caller is subscribed to."""
    return ReadOutbox(
        principal=caller.principal, accesses=subscriptions(caller).accesses(), outbox=outbox, outcomes=outcomes
    )


def read_lists(caller: Caller) -> ReadLists:
    """The distribution lists of the structures that the caller is subscribed to."""
    return ReadLists(
        principal=caller.principal, accesses=subscriptions(caller).accesses(), structures=structures(), lists=lists
    )


def record_exchange() -> RecordExchange:
    """Records which structures exchanged an invoice."""
    return RecordExchange(structures=structures(), counterparties=counterparties)


def renew_names() -> RenewNames:
    """Carries a structure's changed names to its counterparties' copies."""
    return RenewNames(structures=structures(), counterparties=counterparties, queue=renewal_queue())


def deliver_message(sender_siret: str) -> DeliverMessage:
    """Delivers the messages of one sender."""
    return DeliverMessage(
        structures=structures(),
        counterparties=counterparties(sender_siret),
        outbox=outbox(sender_siret),
        outcomes=outcomes(sender_siret),
        inboxes=InboxesThatNotify(
            inboxes=DynamoInboxes(function_client("dynamodb"), _table()),
            structures=structures(),
            arrivals=DynamoArrivals(function_client("dynamodb"), _table()),
            clock=lambda: datetime.now(UTC),
        ),
        awaited=_awaited(),
        queue=delivery_queue(),
        mailer=_mailer(sender_siret),
    )


def hand_out_mailings() -> HandOutMailings:
    """Queues the mailings that are due, of every sender."""
    return HandOutMailings(DynamoDueMailings(function_client("dynamodb"), _table()), delivery_queue())


def reach_structure() -> ReachStructure:
    """Delivers what a structure was to receive before it had an account or an address."""
    return ReachStructure(_awaited(), delivery_queue(), sender=lambda siret: deliver_message(siret).healing)


def structures(session_of: Callable[[str], DynamoDBClient] | None = None) -> DynamoStructures:
    """The known structures, and who may act for them. They are changed with ``session_of`` only: see its class."""
    return DynamoStructures(function_client("dynamodb"), _table(), session_of)


def counterparties(siret: str) -> DynamoCounterparties:
    """The structures that one structure exchanged invoices with."""
    return DynamoCounterparties(_session(siret).client("dynamodb"), _table(), siret)


def outbox(siret: str, tenant: str = "") -> DynamoOutbox:
    """One structure's own messages; a new one requires that ``tenant`` has the SIRET (empty: none must)."""
    return DynamoOutbox(_session(siret).client("dynamodb"), _table(), siret, tenant)


def outcomes(siret: str) -> DynamoOutcomes:
    """What became of one structure's own messages after their delivery."""
    return DynamoOutcomes(_session(siret).client("dynamodb"), _table(), siret)


def inbox(siret: str) -> DynamoInbox:
    """The messages that one structure received."""
    return DynamoInbox(_session(siret).client("dynamodb"), _table(), siret)


def lists(siret: str, tenant: str = "") -> DynamoLists:
    """One structure's distribution lists; a new one requires that ``tenant`` has the SIRET (empty: none must)."""
    return DynamoLists(_session(siret).client("dynamodb"), _table(), siret, tenant)


def _announcements() -> DynamoAnnouncements:
    """What received messages say. The function's own role reads it by its whole key: it is no structure's own."""
    return DynamoAnnouncements(function_client("dynamodb"), _table())


def renewal_queue() -> SqsRenewals:
    """The queue of structures whose names changed."""
    return SqsRenewals(function_client("sqs"), settings().required("delivery_queue_url"))


def _session(*sirets: str) -> ScopedSession:
    return ScopedSession(Reach().with_sirets(*sirets))


def _any_structure(siret: str) -> DynamoDBClient:
    return _session(siret).of_structure(siret)


def _awaited() -> DynamoAwaited:
    return DynamoAwaited(function_client("dynamodb"), _table())


def _mailer(sender_siret: str) -> SesMailer | None:
    return mailer(sender_siret=sender_siret) if settings().email_sender else None


def _table() -> str:
    return settings().required("table")
