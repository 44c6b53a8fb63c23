"""What a user can list: inboxes, outboxes and distribution lists of all structures that the user is subscribed to.

Each structure's store returns its records in order. They are merged lazily, so a page costs what it shows, not what
follows it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from heapq import merge
from itertools import dropwhile, islice
from typing import TYPE_CHECKING, Literal, NamedTuple

from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.listing import (
    MAX_SCANNED,
    MAX_SEARCHED,
    MAX_SORTED,
    ColumnSort,
    Count,
    ListPosition,
    ResultPage,
    count_matches,
    fingerprint,
    natural_page,
    newest_of,
    position_of,
    sorted_page,
)
from chorus_connector.domain.messages.refusals import InvalidMessage, problem
from chorus_connector.domain.messages.texts import collated, words

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageAccess
    from chorus_connector.domain.messages.announcement import AnnouncedMessage
    from chorus_connector.domain.messages.delivery import DeliveryTotal, Received
    from chorus_connector.domain.messages.distribution import DistributionList
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Relation, Structure
    from chorus_connector.ports.messages import Announcements, Inbox, Lists, Outbox, Outcomes, Structures

DEFAULT_LIMIT = 5
"""The page size of the portal's own screens."""

MAX_MARKED = 500
"""Messages that one call marks as read."""


@dataclass(frozen=True)
class Line:
    """A received message, whether this user has read it, and what it says where that was wanted."""

    received: Received
    read: bool | None = None
    content: str | None = None

    def over(self, today: date) -> bool:
        """Whether its display has ended: it is in the archive."""
        return self.received.display_end < today


@dataclass(frozen=True)
class Sender:
    """A structure that wrote to the user's structures, and how many of its messages were looked at."""

    siret: str
    name: str
    messages: int


class MarkedRead(NamedTuple):
    """How many messages were marked as read; ``complete`` False: there are more."""

    marked: int
    complete: bool


@dataclass(frozen=True)
class InboxFilter:
    """``current``: within the display period; ``archive``: after it; ``all``: both.

    A message is not shown before its period begins. ``text``: each of its words starts a word of the title or of the
    content, without case and accents.
    """

    view: Literal["current", "archive", "all"] = "current"
    sender: str | None = None
    recipient: str | None = None
    unread: bool | None = None
    text: str | None = None

    def check(self) -> None:
        """Raises InvalidMessage for a text without a word, which every message would match."""
        if self.text is not None and not words(self.text):
            raise InvalidMessage(problem("text_missing", "text"))

    def matches(self, line: Line, today: date) -> bool:
        received = line.received
        return (
            received.display_start <= today
            and (self.view == "all" or line.over(today) == (self.view == "archive"))
            and self.sender in (None, received.sender_siret)
            and (self.unread is None or line.read is not self.unread)
            and all(
                any(word.startswith(wanted) for word in words(f"{received.title} {line.content or ''}"))
                for wanted in words(self.text or "")
            )
        )


INBOX_COLUMNS: Mapping[str, Callable[[Received], str]] = {
    "received_at": lambda each: display.sortable_utc(each.received_at),
    "title": lambda each: collated(each.title),
    "sender_siret": lambda each: each.sender_siret,
    "sender_name": lambda each: collated(each.sender_name),
    "reference": lambda each: each.reference,
    "recipient": lambda each: f"{each.siret}#{each.service}",
    "recipient_siret": lambda each: f"{each.siret}#{each.service}",
    "display_start": lambda each: each.display_start.isoformat(),
    "display_end": lambda each: each.display_end.isoformat(),
}


@dataclass(frozen=True)
class ReadInbox:
    """One user's inboxes."""

    principal: str
    accesses: Sequence[MessageAccess]
    inbox: Callable[[str], Inbox]
    announcements: Announcements

    def page(
        self,
        wanted: InboxFilter,
        *,
        sort: str,
        limit: int,
        cursor: str | None,
        now: datetime,
        with_content: bool = False,
    ) -> ResultPage[Line]:
        """Matching received messages in the order of ``sort``.

        Raises InvalidMessage on an unknown sort or cursor, and on a text without a word.
        """
        wanted.check()
        order = ColumnSort.parse(sort, INBOX_COLUMNS)
        belongs_to = fingerprint({"inbox": self.principal, "sort": sort, **asdict(wanted)})
        after = position_of(cursor, belongs_to)
        today = display.today(now)
        if order.column == "received_at":
            page = natural_page(
                self._lines(wanted, now, newest_first=order.descending, after=after),
                position=lambda line: line.received.order,
                matches=lambda line: wanted.matches(line, today) and self._is_shown(line.received),
                limit=limit,
                belongs_to=belongs_to,
                scanned_at_most=MAX_SEARCHED if wanted.text else None,
            )
        else:
            column = INBOX_COLUMNS[order.column]
            newest = newest_of(self._lines(wanted, now, newest_first=True, after=None))
            shown = _shown_once(newest)
            page = sorted_page(
                iter(newest),
                position=lambda line: (column(line.received), *line.received.order),
                matches=lambda line: wanted.matches(line, today) and shown(line),
                descending=order.descending,
                limit=limit,
                after=after,
                belongs_to=belongs_to,
            )
        items = tuple(self._with_read_marks(page.items))
        return replace(page, items=tuple(self._with_contents(items)) if with_content else items)

    def senders(self, *, now: datetime) -> tuple[list[Sender], bool]:
        """Who wrote to the user's structures, most messages first; False: only the newest messages were looked at."""
        everything, today = InboxFilter(view="all"), display.today(now)
        lines = self._lines(everything, now, newest_first=True, after=None)
        looked_at = list(islice(lines, MAX_SORTED + 1))
        shown = list(_first_copies(each.received for each in looked_at[:MAX_SORTED] if everything.matches(each, today)))
        names = {each.sender_siret: each.sender_name for each in reversed(shown)}
        counts = Counter(each.sender_siret for each in shown).most_common()
        return [Sender(siret, names[siret], count) for siret, count in counts], len(looked_at) <= MAX_SORTED

    def mark_all(self, wanted: InboxFilter, *, until: datetime, now: datetime) -> MarkedRead:
        """Mark the unread messages that match, and that were received until then, as read by this user.

        At most ``MAX_MARKED`` at once, the newest first.
        """
        unread, today = replace(wanted, unread=True), display.today(now)
        lines = self._lines(unread, min(until, now), newest_first=True, after=None)
        matching = (each.received for each in islice(lines, MAX_SCANNED) if unread.matches(each, today))
        found = list(islice(_first_copies(matching), MAX_MARKED + 1))
        for each in found[:MAX_MARKED]:
            self.inbox(each.siret).mark(self.principal, each, read=True)
        return MarkedRead(len(found[:MAX_MARKED]), len(found) <= MAX_MARKED)

    def count(self, wanted: InboxFilter, *, now: datetime) -> Count:
        """How many received messages match, up to a limit."""
        today = display.today(now)
        newest = newest_of(self._lines(wanted, now, newest_first=True, after=None))
        shown = _shown_once(newest)
        return count_matches(iter(newest), lambda line: wanted.matches(line, today) and shown(line))

    def open(self, siret: str, reference: str, service: str, *, now: datetime) -> tuple[Line, AnnouncedMessage]:
        """A received message with its content, also after its display period (archive), and without its sender.

        Raises NotFound.
        """
        received = self._received(siret, reference, service)
        announcement = self.announcements.of([received]).get(reference)
        if announcement is None or announcement.display_start > display.today(now):
            raise NotFound
        (line,) = self._with_read_marks([Line(received)])
        return line, announcement

    def mark(self, siret: str, reference: str, service: str, *, read: bool) -> None:
        """Record that this user has read the message, or has not. Raises NotFound."""
        received = self._received(siret, reference, service)
        self.inbox(siret).mark(self.principal, received, read=read)

    def _received(self, siret: str, reference: str, service: str) -> Received:
        access = next((each for each in self.accesses if each.siret == siret), None)
        if access is None or not access.receives(service):
            raise NotFound
        return self.inbox(siret).get(reference, service)

    def _is_shown(self, received: Received) -> bool:
        """Whether the list shows this copy of a message that the structure got for several of its services.

        It is the whole structure's if there is one, else that of the first service that the user sees.
        """
        if not received.service:
            return True
        (access,) = (each for each in self.accesses if each.siret == received.siret)
        services = self.inbox(received.siret).addressed(received.reference)
        return received.service == next(each for each in services if access.receives(each))

    def _lines(
        self, wanted: InboxFilter, now: datetime, *, newest_first: bool, after: ListPosition | None
    ) -> Iterator[Line]:
        """The received messages of the wanted structures, in order of reception, after the cursor's position."""
        start = "#".join(after[:2]) if after else None
        streams = [
            self._of_structure(each, now, newest_first=newest_first, start=start)
            for each in self.accesses
            if wanted.recipient in (None, each.siret)
        ]
        merged: Iterator[Received] = merge(*streams, key=lambda each: each.order, reverse=newest_first)
        if after is not None:
            merged = dropwhile(lambda each: _is_at_or_before(each.order, after, newest_first), merged)
        lines: Iterator[Line] = (Line(received) for received in merged)
        if wanted.unread is not None:
            lines = _in_chunks(lines, self._with_read_marks)
        return _in_chunks(lines, self._with_contents) if wanted.text else lines

    def _of_structure(
        self, access: MessageAccess, now: datetime, *, newest_first: bool, start: str | None
    ) -> Iterator[Received]:
        inbox = self.inbox(access.siret)
        found = inbox.received(newest_first=newest_first, start=start, until=now)
        return (received for received in found if access.receives(received.service))

    def _with_contents(self, lines: Sequence[Line]) -> Iterator[Line]:
        """The lines with what their messages say; one whose content is gone has none."""
        contents = self._contents([line.received for line in lines if line.content is None])
        return (
            line if line.content is not None else replace(line, content=contents.get(line.received.reference, ""))
            for line in lines
        )

    def _contents(self, messages: Sequence[Received]) -> Mapping[str, str]:
        return {reference: each.content for reference, each in self.announcements.of(messages).items()}

    def _with_read_marks(self, lines: Sequence[Line]) -> Iterator[Line]:
        """The lines with this user's read marks, fetched with one query per structure."""
        sirets = {line.received.siret for line in lines}
        read = {
            siret: self.inbox(siret).read_by(
                self.principal, [line.received.reference for line in lines if line.received.siret == siret]
            )
            for siret in sirets
        }
        return (replace(line, read=line.received.reference in read[line.received.siret]) for line in lines)


def _first_copies(received: Iterator[Received]) -> Iterator[Received]:
    """The first copy of each message to several services of a structure: they are one message for the user."""
    seen: set[tuple[str, str]] = set()
    for each in received:
        if (each.siret, each.reference) not in seen:
            seen.add((each.siret, each.reference))
            yield each


def _in_chunks(lines: Iterator[Line], completed: Callable[[Sequence[Line]], Iterator[Line]]) -> Iterator[Line]:
    """The lines, a hundred at a time completed with what one call reads for all of them."""
    while chunk := list(islice(lines, 100)):
        yield from completed(chunk)


@dataclass(frozen=True)
class OutboxFilter:
    """The filters of the portal's own screen. All given filters must match; without any, all messages match."""

    sender: str | None = None
    state: Literal["draft", "sent", "withdrawn"] | None = None
    title: str | None = None
    reference: str | None = None
    start_from: date | None = None
    start_to: date | None = None
    end_from: date | None = None
    end_to: date | None = None

    def matches(self, message: Message) -> bool:
        return (
            self.state in (None, message.state)
            and (self.title is None or collated(self.title) in collated(message.title))
            and (self.reference is None or self.reference.strip().upper() in message.reference)
            and _within(message.display_start, self.start_from, self.start_to)
            and _within(message.display_end, self.end_from, self.end_to)
        )


OUTBOX_COLUMNS: Mapping[str, Callable[[Message], str]] = {
    "reference": lambda each: each.reference,
    "created_at": lambda each: display.sortable_utc(each.created_at),
    "sender_siret": lambda each: each.sender_siret,
    "sender_name": lambda each: collated(each.sender_name),
    "title": lambda each: collated(each.title),
    "display_start": lambda each: each.display_start.isoformat() if each.display_start else "",
    "display_end": lambda each: each.display_end.isoformat() if each.display_end else "",
    "state": lambda each: each.state,
}


@dataclass(frozen=True)
class ReadOutbox:
    """One user's outboxes."""

    principal: str
    accesses: Sequence[MessageAccess]
    outbox: Callable[[str], Outbox]
    outcomes: Callable[[str], Outcomes]

    def totals(self, messages: Iterable[Message]) -> Mapping[str, DeliveryTotal]:
        """By reference, what became of the sent ones among these messages, with one read per sender."""
        of_sender: defaultdict[str, list[Message]] = defaultdict(list)
        for each in messages:
            if each.dispatches:
                of_sender[each.sender_siret].append(each)
        found = (self.outcomes(siret).totals(sent) for siret, sent in of_sender.items())
        return dict(item for each in found for item in each.items())

    def page(
        self, wanted: OutboxFilter, *, sort: str, limit: int, cursor: str | None, today: date
    ) -> ResultPage[Message]:
        """Matching messages in the order of ``sort``, with the dates that they have today.

        Raises InvalidMessage on an unknown sort or cursor.
        """
        order = ColumnSort.parse(sort, OUTBOX_COLUMNS)
        belongs_to = fingerprint({"outbox": self.principal, "sort": sort, **asdict(wanted)})
        after = position_of(cursor, belongs_to)
        if order.column == "reference":
            return natural_page(
                self._messages(wanted, today, newest_first=order.descending, after=after),
                position=lambda message: (message.reference,),
                matches=wanted.matches,
                limit=limit,
                belongs_to=belongs_to,
            )
        column = OUTBOX_COLUMNS[order.column]
        return sorted_page(
            self._messages(wanted, today, newest_first=True, after=None),
            position=lambda message: (column(message), message.reference),
            matches=wanted.matches,
            descending=order.descending,
            limit=limit,
            after=after,
            belongs_to=belongs_to,
        )

    def count(self, wanted: OutboxFilter, *, today: date) -> Count:
        """How many messages match, up to a limit."""
        return count_matches(self._messages(wanted, today, newest_first=True, after=None), wanted.matches)

    def _messages(
        self, wanted: OutboxFilter, today: date, *, newest_first: bool, after: ListPosition | None
    ) -> Iterator[Message]:
        start = after[0] if after else None
        streams = [
            self._of_structure(each, newest_first=newest_first, start=start)
            for each in self.accesses
            if wanted.sender in (None, each.siret)
        ]
        merged: Iterator[Message] = merge(*streams, key=lambda each: each.reference, reverse=newest_first)
        if after is not None:
            merged = dropwhile(lambda each: _is_at_or_before((each.reference,), after, newest_first), merged)
        return (message.dated(today) for message in merged)

    def _of_structure(self, access: MessageAccess, *, newest_first: bool, start: str | None) -> Iterator[Message]:
        found = self.outbox(access.siret).messages(newest_first=newest_first, start=start)
        return (message for message in found if access.covers(message.sender_service))


@dataclass(frozen=True)
class ListLine:
    """A distribution list with the names of its owner and service, as the portal's screen shows it."""

    distribution_list: DistributionList
    designation: str
    service_label: str


LIST_COLUMNS: Mapping[str, Callable[[ListLine], str]] = {
    "name": lambda each: collated(each.distribution_list.name),
    "identifier": lambda each: each.distribution_list.siret,
    "designation": lambda each: collated(each.designation),
    "service_code": lambda each: each.distribution_list.service,
    "service_label": lambda each: collated(each.service_label),
    "kind": lambda each: each.distribution_list.kind,
}


@dataclass(frozen=True)
class ReadLists:
    """One user's distribution lists. A structure has so few that all of them are sorted in memory."""

    principal: str
    accesses: Sequence[MessageAccess]
    structures: Structures
    lists: Callable[[str], Lists]

    def page(
        self, *, owner: str | None, kind: Relation | None, sort: str, limit: int, cursor: str | None
    ) -> ResultPage[ListLine]:
        """The lists that the user may use, in the order of ``sort``.

        Raises InvalidMessage on an unknown sort or cursor.
        """
        order = ColumnSort.parse(sort, LIST_COLUMNS)
        belongs_to = fingerprint({"lists": self.principal, "sort": sort, "owner": owner, "kind": kind})
        column = LIST_COLUMNS[order.column]
        return sorted_page(
            self._lines(owner),
            position=lambda line: (column(line), line.distribution_list.list_id),
            matches=lambda line: kind in (None, line.distribution_list.kind),
            descending=order.descending,
            limit=limit,
            after=position_of(cursor, belongs_to),
            belongs_to=belongs_to,
        )

    def _lines(self, owner: str | None) -> Iterator[ListLine]:
        accesses = [each for each in self.accesses if owner in (None, each.siret)]
        known = self.structures.get_many(each.siret for each in accesses)
        for access in accesses:
            for found in self.lists(access.siret).all():
                if access.may_use_list_of(found.service):
                    yield list_line(found, known.get(access.siret))


def list_line(distribution_list: DistributionList, owner: Structure | None) -> ListLine:
    service = owner.service(distribution_list.service) if owner else None
    return ListLine(distribution_list, owner.name if owner else "", service.label if service else "")


def _shown_once(lines: Sequence[Line]) -> Callable[[Line], bool]:
    """As ``ReadInbox._is_shown``, for all lines of a sort or a count: their copies are among them."""
    first: dict[tuple[str, str], str] = {}
    for each in (line.received for line in lines):
        key = (each.siret, each.reference)
        first[key] = min(each.service, first.get(key, each.service))
    return lambda line: first[line.received.siret, line.received.reference] == line.received.service


def _is_at_or_before(order: ListPosition, after: ListPosition, newest_first: bool) -> bool:
    """Whether a record is at or before the position after which the page starts."""
    return order >= after if newest_first else order <= after


def _within(day: date | None, first: date | None, last: date | None) -> bool:
    if day is None:
        return first is None and last is None
    return (first is None or first <= day) and (last is None or day <= last)
