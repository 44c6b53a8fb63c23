"""An invoice on its way from upload to SUBMITTED, with a fault at some of the AWS calls of the real handlers.

The faults are those of AWS and of Lambda: a worker that is killed, an answer that is lost, another writer, a message
that is delivered twice. The portal is the simulator over HTTP and makes no fault here (``http_world`` has those).
"""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta, tzinfo
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NamedTuple, Self

from botocore import xform_name
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import ClientError

from chorus_connector.adapters.table.invoices import DynamoInvoices
from chorus_connector.domain.invoices.states import State
from tests.aws import new_client
from tests.fakes import Crash
from tests.real_portal import deposits_taken
from tools.bench.way import QUEUES, Way, drawn_invoices, events_of_functions
from tools.simulator.server import SimulatorServer

if TYPE_CHECKING:
    from botocore.model import OperationModel

DELIVERIES = 5
"""Of one message, before it is a dead letter (``infra_cdk.queues.RECEIVES_BEFORE_DEAD_LETTER``)."""
_RUNS = 16
"""Ten-minute runs until an invoice is submitted, whatever happened: two hours and a half."""

_INVOICE, _TO_THE_SAME_RECIPIENT = "lettre-assistance-mairie.pdf", "facture-site-internet.pdf"
_IN_CONFLICT = frozenset({"UpdateItem", "PutItem", "DeleteItem", "TransactWriteItems"})
_REPEATED_BY_SDK = frozenset({"UpdateItem", "PutItem", "BatchWriteItem", "SendMessageBatch"})
"""Writes that AWS does again when their answer was lost; it knows a repeated transaction by its token."""


class Fault(StrEnum):
    """What happens at an AWS call."""

    KILLED_BEFORE = "killed before"
    KILLED_AFTER = "killed after"
    """The call was made, and its answer is lost."""
    CONFLICT = "conflict"
    """Another writer has the item, longer than the retries last."""
    REPEATED = "repeated"
    """The answer is lost, and the SDK makes the call again."""
    SECOND_WORKER = "second worker"
    """In front of the call, another worker handles the same message from start to end."""

    def concerns(self, operation: str) -> bool:
        """Whether a call of that operation can meet the fault."""
        match self:
            case Fault.CONFLICT:
                return operation in _IN_CONFLICT
            case Fault.REPEATED:
                return operation in _REPEATED_BY_SDK
            case _:
                return True


class Call(NamedTuple):
    """A call of AWS by a function."""

    function: str
    operation: str


class FaultyWay(Way):
    """Takes one invoice after the other, each in the same installation, as it was before the first.

    The message of a worker that failed is delivered again, and a run that died is started again, as Lambda does.
    """

    def __init__(self, simulator: SimulatorServer) -> None:
        self.calls: list[Call] = []
        """What the functions called for the invoice, second workers excepted."""
        self.dead_letters: list[str] = []
        self._faults: Mapping[int, Fault] | None = None
        self._event: Mapping[str, Any] = {}
        self._delivered: list[tuple[str, str]] = []
        self._later = timedelta(0)
        events = events_of_functions()
        events.register("before-call.*.*", self._before_call)
        events.register("after-call.*.*", self._after_call)
        super().__init__(simulator)
        clock = _clock(lambda: self._later)
        for handler in self.handlers.values():
            if hasattr(handler, "datetime"):
                vars(handler)["datetime"] = clock
        drawn = drawn_invoices(_INVOICE, _TO_THE_SAME_RECIPIENT)
        self._invoice = drawn[_INVOICE]
        self._unknown = self._table()
        self._send(drawn[_TO_THE_SAME_RECIPIENT], {})
        self._known = self._table()

    def send(self, faults: Mapping[int, Fault], *, recipient_known: bool) -> None:
        """Take an invoice from its arrival to SUBMITTED, with faults at the calls of these numbers (the first is 1).

        Each message of a submitted invoice is delivered once more, as SQS may do, and there is another run.
        """
        self._restore(self._known if recipient_known else self._unknown)
        self._send(self._invoice, faults)

    def _send(self, data: bytes, faults: Mapping[int, Fault]) -> None:
        self.simulator.portal.reset()
        self.seed_portal()
        self._later = timedelta(0)
        for kept in (self.calls, self.dead_letters, self._delivered):
            kept.clear()
        self.document_id = self.upload(data)
        self._faults = faults
        self.announce(self.document_id)
        for _ in range(_RUNS):
            self.hand_on()
            if self.state(self.document_id) == State.SUBMITTED:
                self._deliver_again()  # only now: it would make good a message that was lost
                break
            self._later += timedelta(minutes=10)
        self._faults = None

    def _deliver_again(self) -> None:
        self._faults = None
        for function, body in tuple(self._delivered):
            self.deliver(function, body)
        self.hand_on()

    # --- what Lambda does when a worker fails ------------------------------------------------------------

    def deliver(self, function: str, body: str) -> None:
        self._delivered.append((function, body))
        if not any(self.is_done(function, body, delivery=delivery) for delivery in range(1, DELIVERIES + 1)):
            self.dead_letters.append(f"{function}: {body}")

    def is_done(self, function: str, body: str, *, delivery: int = 1) -> bool:
        try:
            return super().is_done(function, body, delivery=delivery)
        except Crash:
            return False

    def start_run(self) -> None:
        for _ in range(3):  # Lambda's own number
            with suppress(Crash):
                super().start_run()
                return

    def invoke(self, function: str, event: Mapping[str, Any]) -> Any:
        self._event = event
        return super().invoke(function, event)

    # --- what goes wrong ---------------------------------------------------------------------------------

    def _before_call(self, model: "OperationModel", params: Mapping[str, Any], **_: object) -> Any:
        """Gives botocore the answer in place of AWS, or None to make the call."""
        if self._faults is None:
            return None
        self.calls.append(Call(self.running, model.name))
        fault = self._faults.get(len(self.calls))
        if fault is None or not fault.concerns(model.name):
            return None
        match fault:
            case Fault.KILLED_BEFORE:
                raise Crash
            case Fault.CONFLICT:
                return AWSResponse("", 400, HTTPHeaders(), None), _conflict(model.name)
            case Fault.REPEATED:
                client = new_client(model.service_model.service_name)
                with suppress(ClientError):
                    getattr(client, xform_name(model.name))(**json.loads(params["body"]))
            case Fault.SECOND_WORKER:
                faults, self._faults = self._faults, None
                self.invoke(self.running, self._event)
                self._faults = faults
        return None

    def _after_call(self, **_: object) -> None:
        if self._faults is not None and self._faults.get(len(self.calls)) is Fault.KILLED_AFTER:
            raise Crash

    # --- the table, and what became of the invoice -------------------------------------------------------

    def _table(self) -> dict[str, Mapping[str, Any]]:
        return {f"{item['PK']['S']} {item['SK']['S']}": item for item in self.items()}

    def _restore(self, wanted: Mapping[str, Mapping[str, Any]]) -> None:
        """Make the table's items these, and empty the queues."""
        table, stored = os.environ["TABLE_NAME"], self._table()
        for key in stored.keys() - wanted.keys():
            self.table.delete_item(TableName=table, Key={name: stored[key][name] for name in ("PK", "SK")})
        for key, item in wanted.items():
            if stored.get(key) != item:
                self.table.put_item(TableName=table, Item=item)
        for queue in QUEUES:
            self.messages(queue)

    def assert_sent_exactly_once(self) -> None:
        # the portal refuses a number twice: that must never be what saved us
        assert deposits_taken(self.simulator) == 1
        invoices = DynamoInvoices(self.table, os.environ["TABLE_NAME"], self.supplier_id)
        invoice = invoices.get(self.document_id)
        assert invoice.state is State.SUBMITTED
        assert invoice.deposit is not None
        assert [held.id for held in self.simulator.portal.invoices.all()] == [invoice.deposit.chorus_id]
        assert invoices.number_holder(invoice.deposit.invoice_number) == self.document_id
        assert invoices.content_holder(invoice.sha256 or "") == self.document_id
        # each version has its line, and a write that was repeated has no second one
        assert len(self.invoice_item(self.document_id)["trail"]["L"]) == invoice.version + 1
        actions = [event.action for event in invoices.events(self.document_id)]
        assert (actions[0], actions[-1]) == ("received", "submitted")
        assert (actions.count("read"), actions.count("submitted")) == (1, 1)
        assert self.dead_letters == []


def _clock(later: Callable[[], timedelta]) -> type[datetime]:
    """``datetime`` with a ``now`` that is so much later."""

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return super().now(tz) + later()

    return Clock


def _conflict(operation: str) -> Mapping[str, Any]:
    """DynamoDB's answer to a write that meets another one."""
    cancelled = operation == "TransactWriteItems"
    code = "TransactionCanceledException" if cancelled else "TransactionConflictException"
    return {
        "Error": {"Code": code, "Message": "another writer has the item"},
        "CancellationReasons": [{"Code": "TransactionConflict"}, {"Code": "None"}] if cancelled else [],
        "ResponseMetadata": {"HTTPStatusCode": 400, "RetryAttempts": 0, "HTTPHeaders": {}, "RequestId": ""},
    }
