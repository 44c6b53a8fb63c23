"""One installation in memory with Acmé, its clients and the town's users, wired as ``runtime.message_wiring`` does."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chorus_connector.domain.messages.delivery import Dispatch, Progress
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Address, Exchange
from chorus_connector.usecases.messages.audience import Audience
from chorus_connector.usecases.messages.correspondents import FindRecipients
from chorus_connector.usecases.messages.delivery import DeliverMessage
from chorus_connector.usecases.messages.exchanges import RecordExchange
from chorus_connector.usecases.messages.healing import ReachStructure
from chorus_connector.usecases.messages.lists import KeepLists
from chorus_connector.usecases.messages.reading import ReadInbox, ReadOutbox
from chorus_connector.usecases.messages.writing import WriteMessages
from tests.messages import fakes
from tests.messages.builders import ACME, MINISTRY, NOW, TOWN, a_structure, an_access


@dataclass
class World:
    table: fakes.FakeMessageTable = field(default_factory=fakes.FakeMessageTable)
    mailer: fakes.FakeMailer | None = None
    queue: fakes.FakeDeliveryQueue = field(default_factory=fakes.FakeDeliveryQueue)

    def __post_init__(self) -> None:
        self.table.structures = {
            ACME: a_structure(ACME, name="Acmé", public=False, has_account=True),
            TOWN: a_structure(TOWN, has_account=True),
            MINISTRY: a_structure(MINISTRY),
        }
        for recipient in (TOWN, MINISTRY):
            self.exchange(ACME, recipient)

    def exchange(self, supplier: str, recipient: str, service: str = "", at: datetime = NOW) -> None:
        record = RecordExchange(self.structures, lambda siret: fakes.FakeCounterparties(self.table, siret))
        record.record(Exchange(supplier_siret=supplier, recipient_siret=recipient, service_code=service, at=at))

    def client(self, number: int, *, account: bool = True) -> str:
        """One more client of Acmé."""
        siret = f"22{number:012d}"
        self.table.structures[siret] = a_structure(siret, has_account=account)
        self.exchange(ACME, siret)
        return siret

    @property
    def structures(self) -> fakes.FakeStructures:
        return fakes.FakeStructures(self.table)

    @property
    def outbox(self) -> fakes.FakeOutbox:
        return fakes.FakeOutbox(self.table, ACME)

    @property
    def outcomes(self) -> fakes.FakeOutcomes:
        return fakes.FakeOutcomes(self.table, ACME)

    @property
    def audience(self) -> Audience:
        return Audience(
            structure=self.table.structures[ACME],
            structures=self.structures,
            counterparties=fakes.FakeCounterparties(self.table, ACME),
            lists=fakes.FakeLists(self.table, ACME),
        )

    @property
    def finder(self) -> FindRecipients:
        return FindRecipients(self.audience)

    @property
    def pen(self) -> WriteMessages:
        references = fakes.FakeReferences(self.table)
        return WriteMessages(an_access(), self.audience, self.outbox, references)

    @property
    def lists(self) -> KeepLists:
        return KeepLists(an_access(), self.audience, fakes.FakeLists(self.table, ACME))

    def worker(self, chunks: int = 20) -> DeliverMessage:
        return DeliverMessage(
            structures=self.structures,
            counterparties=fakes.FakeCounterparties(self.table, ACME),
            outbox=self.outbox,
            outcomes=self.outcomes,
            inboxes=fakes.FakeInboxes(self.table),
            awaited=fakes.FakeAwaited(self.table),
            queue=self.queue,
            mailer=self.mailer,
            chunks=chunks,
        )

    def inbox_reader(self, principal: str, *accesses: Any) -> ReadInbox:
        return ReadInbox(
            principal,
            accesses,
            lambda siret: fakes.FakeInbox(self.table, siret),
            fakes.FakeAnnouncements(self.table),
        )

    def outbox_reader(self) -> ReadOutbox:
        return ReadOutbox(
            "alice",
            [an_access()],
            lambda siret: fakes.FakeOutbox(self.table, siret),
            lambda siret: fakes.FakeOutcomes(self.table, siret),
        )

    def sent(self, now: datetime = NOW + timedelta(hours=1), **fields: Any) -> Message:
        values = {"title": "Fermeture", "content": "En août.", **fields}
        return self.pen.create(values, send=True, now=now)

    def pending(self) -> list[Dispatch]:
        return [each for each in self.table.dispatches.values() if not each.done]

    def deliver_all(self, now: datetime = NOW + timedelta(hours=1)) -> None:
        """Every delivery that is requested, and the mailings that are due by ``now``."""
        for dispatch in self.pending():
            self.worker(chunks=1000).work_on(dispatch.reference, dispatch.key, now=now)
        for dispatch in self.pending():
            self.worker(chunks=1000).work_on(dispatch.reference, dispatch.key, now=now)

    def arrive(self, siret: str, now: datetime = NOW + timedelta(hours=1)) -> None:
        """The structure got an account or an address: what the stream and the queue do then."""
        reach = ReachStructure(fakes.FakeAwaited(self.table), self.queue, sender=lambda _: self.worker().healing)
        reach.run(siret, after="", now=now)

    def outcome_of(self, reference: str, siret: str, service: str = "") -> str:
        """The stored outcome of one recipient."""
        return self.table.deliveries[ACME, reference, Address(siret=siret, service=service)][0].outcome

    def progress_of(self, reference: str) -> Progress:
        """The counts of a message, as its sender sees them during the display."""
        total = self.outcomes.counts(reference)
        for each in self.outbox.dispatches(reference):
            total = total.plus(each.progress)
        return total
