"""« Mes messages » at size: sending to 10,000 recipients, completion among 100,000, a page of an inbox of 100,000.

Two kinds of figures. *In process*: our own code on a table that answers at once (``sorted_table``), with the calls and
units that DynamoDB would count; each call to the real one adds a few milliseconds. *Local stack*: everything through
the HTTP API, at a size that the emulator's queries can handle.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.adapters.table.counterparties import DynamoCounterparties
from chorus_connector.adapters.table.distribution_lists import DynamoLists
from chorus_connector.adapters.table.inbox import DynamoInbox, DynamoInboxes
from chorus_connector.adapters.table.outbox import DynamoOutbox
from chorus_connector.adapters.table.outcomes import DynamoAwaited, DynamoOutcomes
from chorus_connector.adapters.table.structures import DynamoStructures
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.access import MessageSubscription, accesses
from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import Dispatch, Received
from chorus_connector.domain.messages.message import Message
from chorus_connector.domain.messages.structure import Counterparty, Structure
from chorus_connector.domain.suppliers.audit import Change
from chorus_connector.ports.values import TrailLine
from chorus_connector.usecases.messages.audience import Audience
from chorus_connector.usecases.messages.correspondents import FindRecipients
from chorus_connector.usecases.messages.delivery import DeliverMessage
from chorus_connector.usecases.messages.reading import InboxFilter, ReadInbox
from tools.bench.figures import Figure
from tools.bench.sorted_table import SortedTable
from tools.local_stack.stack import LocalStack

RECIPIENTS = 10_000
LARGE = 100_000
ON_THE_STACK = 1_000
ASKED = 200
ACME, TOWN = "83000000000017", "23000000000018"


def figures(stack: LocalStack) -> list[Figure]:
    """All figures: in process, and on the local stack."""
    return [*in_process(), *on_the_stack(stack)]


def in_process() -> list[Figure]:
    """Our own code, with DynamoDB's calls and units."""
    return [*_sending(), *_completion(), *_inbox()]


def _sending() -> list[Figure]:
    table, now = SortedTable(), datetime.now(UTC)
    _know(table, RECIPIENTS, now)
    outbox = DynamoOutbox(table.client, "t", ACME)
    dispatch = Dispatch(
        sender_siret=ACME,
        reference="MSG_000000001",
        number=1,
        requested_at=now,
        requested_by="bench",
        all_recipients=True,
    )
    outbox.add(_message(now), dispatch)
    table.forget()
    worker = DeliverMessage(
        structures=DynamoStructures(table.client, "t"),
        counterparties=DynamoCounterparties(table.client, "t", ACME),
        outbox=outbox,
        outcomes=DynamoOutcomes(table.client, "t", ACME),
        awaited=DynamoAwaited(table.client, "t"),
        inboxes=DynamoInboxes(table.client, "t"),
        queue=_NoQueue(),
        chunks=RECIPIENTS,
    )
    started = time.perf_counter()
    done = worker.work_on("MSG_000000001", dispatch.key, now=now)
    took = time.perf_counter() - started
    assert done.progress.delivered == RECIPIENTS
    how = "in process"
    return [
        Figure("sending to 10,000: our own code", f"{took:.1f}", "s", how),
        Figure("sending to 10,000: write units", f"{table.write_units:,}", "WCU", f"{how}, 500 characters"),
        Figure("sending to 10,000: read units", f"{table.read_units:,.0f}", "RCU", how),
        Figure("sending to 10,000: calls", f"{sum(table.calls.values()):,}", "calls", str(dict(table.calls))),
    ]


def _completion() -> list[Figure]:
    table, now = SortedTable(), datetime.now(UTC)
    _know(table, LARGE, now, accounts=False)
    audience = Audience(
        structure=Structure(siret=ACME, name="Acmé", public=False),
        structures=DynamoStructures(table.client, "t"),
        counterparties=DynamoCounterparties(table.client, "t", ACME),
        lists=DynamoLists(table.client, "t", ACME),
    )
    finder = FindRecipients(audience)
    table.forget()
    numbers = iter(range(ASKED + 1))
    step = LARGE // ASKED - 1

    def ask() -> None:
        assert finder.completed(None, f"2{next(numbers) * step:013d}"[:10], limit=20).items

    return [_p95("completion, 100,000 counterparties", ask), *_per_request("completion", table)]


def _inbox() -> list[Figure]:
    table, now = SortedTable(), datetime.now(UTC)
    DynamoInboxes(table.client, "t").put(list(_announcements(LARGE, now)), announcement_of(_message(now)))
    subscription = MessageSubscription(principal="tom", siret=TOWN, mode="read", granted_by="mayor", granted_at=now)
    reader = ReadInbox(
        "tom",
        accesses("tom", [subscription]),
        lambda siret: DynamoInbox(table.client, "t", siret),
        DynamoAnnouncements(table.client, "t"),
    )
    cursor: list[str | None] = [None]

    def next_page() -> None:
        page = reader.page(InboxFilter(), sort="-received_at", limit=5, cursor=cursor[0], now=now)
        assert len(page.items) == 5
        cursor[0] = page.cursor

    def archive() -> None:
        wanted = InboxFilter(view="archive")
        assert len(reader.page(wanted, sort="-received_at", limit=100, cursor=None, now=now).items) == 100

    def by_title() -> None:
        assert not reader.page(InboxFilter(), sort="title", limit=5, cursor=None, now=now).complete

    figures = []
    for name, ask in (("page of 5", next_page), ("archive page of 100", archive), ("page sorted by title", by_title)):
        table.forget()
        figures += [_p95(f"inbox of 100,000, {name}", ask), *_per_request(name, table)]
    return figures


def on_the_stack(stack: LocalStack) -> list[Figure]:
    """Figures through the HTTP API. Delivers a first message, so that the stream is read up to date."""
    client, table, now = stack.boto_client("dynamodb"), stack.outputs["TableName"], datetime.now(UTC)
    _know(client, ON_THE_STACK, now, table=table)
    sender = Structure(siret=ACME, name="Banc d'essai", public=False, version=1)
    DynamoStructures(client, table).save(sender, owner="")
    principal = stack.subject(stack.user_token("bench"))
    right = MessageSubscription(principal=principal, siret=ACME, mode="write", granted_by="bench", granted_at=now)
    line = Change(change_id="bench", at=now, by="bench", item=f"subscription/{principal}", action="set")
    DynamoStructures(client, table).subscribe(right, line=TrailLine("", line))
    with _user(stack) as user:
        _send(user, recipients=[{"siret": _siret(0)}])
        asked, took = _send(user, all_recipients=True)
        params = {"sender": ACME, "prefix": _siret(7)}
        completion = _p95(
            f"completion, {ON_THE_STACK:,} counterparties",
            lambda: user.get("/messages/recipients/completion", params=params).raise_for_status(),
            how="local stack",
        )
    how = "local stack, POST to everything delivered"
    return [
        Figure(f"sending to {ON_THE_STACK:,}: the answer", f"{asked * 1000:.0f}", "ms", "local stack"),
        Figure(f"sending to {ON_THE_STACK:,}: all delivered", f"{took:.1f}", "s", how),
        completion,
    ]


def _send(user: httpx.Client, **to: Any) -> tuple[float, float]:
    """Seconds until the answer, and until all deliveries are done."""
    body = {"sender_siret": ACME, "title": "Fermeture", "content": "x" * 500, "send": True, **to}
    started = time.perf_counter()
    message = user.post("/messages/outbox", json=body).raise_for_status().json()
    asked = time.perf_counter() - started
    path = f"/messages/outbox/{ACME}/{message['reference']}"
    while not user.get(path).raise_for_status().json()["progress"]["done"]:
        time.sleep(0.1)
    return asked, time.perf_counter() - started


def _know(client: Any, count: int, now: datetime, *, table: str = "t", accounts: bool = True) -> None:
    """Write that many structures with an account that Acmé exchanged an invoice with."""
    inside = DynamoCounterparties(client, table, ACME)

    def items() -> Iterator[dict[str, Any]]:
        for number in range(count):
            met = Counterparty(siret=_siret(number), name=f"Commune {number}", first_at=now)
            key = keys.primary_key(keys.structure(ACME), keys.counterparty("client", met.siret, ""))
            yield {**key, "data": {"S": met.model_dump_json(exclude_defaults=True)}}
            if accounts:
                known = Structure(siret=met.siret, name=met.name, public=True)
                key = {**keys.structure_record(met.siret), "version": {"N": "1"}}
                yield {**key, "account": {"BOOL": True}, "data": {"S": known.model_dump_json()}}

    inside._table.write_many({"PutRequest": {"Item": item}} for item in items())


def _announcements(count: int, now: datetime) -> Iterator[Received]:
    """Messages received one second apart; every other one is archived."""
    start, end = display.default_period(now)
    for number in range(count):
        yield Received(
            siret=TOWN,
            reference=f"MSG_{number:09d}",
            sender_siret=f"8{number % 500:013d}",
            sender_name=f"Fournisseur {number % 500}",
            title=f"Annonce {number}",
            received_at=now - timedelta(seconds=count - number),
            display_start=start - timedelta(days=2),
            display_end=end if number % 2 else start - timedelta(days=1),
        )


def _message(now: datetime) -> Message:
    start, end = display.default_period(now)
    return Message(
        reference="MSG_000000001",
        sender_siret=ACME,
        sender_name="Acmé",
        state="sent",
        version=1,
        created_at=now,
        created_by="bench",
        changed_at=now,
        changed_by="bench",
        title="Fermeture",
        content="x" * 500,
        display_start=start,
        display_end=end,
        sent_at=now,
        dispatches=1,
        all_recipients=True,
    )


def _siret(number: int) -> str:
    return f"2{number:013d}"


def _p95(name: str, ask: Callable[[], object], *, how: str = "in process") -> Figure:
    durations = []
    for _ in range(ASKED):
        started = time.perf_counter()
        ask()
        durations.append((time.perf_counter() - started) * 1000)
    value = statistics.quantiles(durations, n=20)[-1]
    how = f"{how}, {ASKED} one after the other, median {statistics.median(durations):.1f} ms"
    return Figure(f"{name}: p95", f"{value:.1f}", "ms", how)


def _per_request(name: str, table: SortedTable) -> list[Figure]:
    calls = {call: times / ASKED for call, times in table.calls.items()}
    return [Figure(f"{name}: read units", f"{table.read_units / ASKED:.1f}", "RCU", f"calls: {calls}")]


@contextmanager
def _user(stack: LocalStack) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {stack.user_token('bench')}"}
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60, trust_env=False) as client:
        yield client


class _NoQueue:
    """``DeliveryQueue`` of a worker without a time limit, which therefore never queues a next step."""

    def send(self, sender_siret: str, reference: str, key: str, *, later: timedelta = timedelta(0)) -> None:
        raise AssertionError("it was to finish")

    def send_structure(self, siret: str, *, after: str = "", later: timedelta = timedelta(0)) -> None:
        raise AssertionError("no structure came")
