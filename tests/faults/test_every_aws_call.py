"""A fault at every AWS call of an invoice's way: it is submitted exactly once, and its record says so.

The real handlers run on moto, from the bucket's event to the deposit at the simulator.
"""

from collections.abc import Iterator, Mapping, Sequence
from unittest.mock import patch

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from chorus_connector.adapters.chorus import ChorusPortal
from tests.faults.faulty_way import DELIVERIES, Call, Fault, FaultyWay
from tools.bench.way import empty_aws
from tools.simulator.server import SimulatorServer

pytestmark = pytest.mark.row("B01")

ATTEMPT, OUTCOME = Call("submission", "TransactWriteItems"), Call("submission", "UpdateItem")
"""The saves of a submission before and after its deposit."""


@pytest.fixture(scope="module")
def way() -> Iterator[FaultyWay]:
    # the simulator forgets its tokens between two invoices: the pause before the call is made again would take hours
    pauses = patch.dict(ChorusPortal.__init__.__kwdefaults__ or {}, sleep=lambda _: None)
    with SimulatorServer() as simulator, empty_aws(), pauses:
        yield FaultyWay(simulator)


@pytest.fixture(scope="module")
def usual(way: FaultyWay) -> Mapping[bool, Sequence[Call]]:
    """The calls without a fault, with a recipient that is known and with one that is not."""
    calls = {}
    for known in (True, False):
        way.send({}, recipient_known=known)
        way.assert_sent_exactly_once()
        calls[known] = tuple(way.calls)
    return calls


def test_every_function_on_the_way_is_disturbed(usual: Mapping[bool, Sequence[Call]]) -> None:
    functions = list(dict.fromkeys(call.function for call in usual[False]))
    assert functions == ["upload_intake", "textract_ocr", "resolution", "sync_ten_minutes", "submission"]
    assert set(functions) - {call.function for call in usual[True]} == {"resolution"}


@pytest.mark.parametrize(
    ("fault", "call"),
    [
        (Fault.KILLED_BEFORE, ATTEMPT),
        (Fault.KILLED_AFTER, ATTEMPT),
        (Fault.SECOND_WORKER, ATTEMPT),
        (Fault.KILLED_BEFORE, OUTCOME),
        (Fault.CONFLICT, OUTCOME),
        (Fault.REPEATED, OUTCOME),
    ],
)
def test_a_fault_beside_the_deposit(
    way: FaultyWay, usual: Mapping[bool, Sequence[Call]], fault: Fault, call: Call
) -> None:
    number = 1 + usual[True].index(call)
    way.send({number: fault}, recipient_known=True)
    assert way.calls[:number] == list(usual[True][:number])
    way.assert_sent_exactly_once()


@pytest.mark.acceptance
@pytest.mark.parametrize("recipient_known", [True, False], ids=["recipient known", "recipient unknown"])
@pytest.mark.parametrize("fault", Fault)
def test_a_fault_at_any_call(
    way: FaultyWay, usual: Mapping[bool, Sequence[Call]], fault: Fault, recipient_known: bool
) -> None:
    wrong = {}
    for number, call in enumerate(usual[recipient_known], start=1):
        if fault.concerns(call.operation):
            way.send({number: fault}, recipient_known=recipient_known)
            assert way.calls[number - 1] == call
            try:
                way.assert_sent_exactly_once()
            except AssertionError as error:
                wrong[number, call] = str(error).partition("\n")[0]
    assert wrong == {}


@pytest.mark.acceptance
@settings(max_examples=150)
@given(
    # as many faults as a message has deliveries would make it a dead letter, and rightly so
    faults=st.dictionaries(st.integers(1, 40), st.sampled_from(Fault), min_size=2, max_size=DELIVERIES - 1),
    recipient_known=st.booleans(),
)
@example(faults={23: Fault.KILLED_AFTER, 29: Fault.SECOND_WORKER}, recipient_known=False)
def test_any_faults_of_one_invoice(way: FaultyWay, faults: dict[int, Fault], recipient_known: bool) -> None:
    """In the example a worker takes over a lost attempt, and meanwhile another does so and proves it absent."""
    way.send(faults, recipient_known=recipient_known)
    way.assert_sent_exactly_once()
