"""Every state a document can be in, every move between them, and where each state is listed."""

from itertools import product

import pytest

from chorus_connector.domain.errors import WrongState
from chorus_connector.domain.invoices.states import AWAITING_PERSON, EDITABLE, MOVES, State, list_of
from tests.builders import NOW, an_invoice

ALLOWED = {
    "RECEIVED": "RECEIVED SET_ASIDE DUPLICATE UNUSABLE READING",
    "SET_ASIDE": "SET_ASIDE READING TO_COMPLETE READY HELD",
    "DUPLICATE": "",
    "UNUSABLE": "RECEIVED READING",
    "READING": "READING TO_COMPLETE READY HELD UNUSABLE SET_ASIDE",
    "TO_COMPLETE": "TO_COMPLETE READY HELD READING SET_ASIDE",
    "READY": "READY TO_COMPLETE SUBMITTING HELD REFUSED SET_ASIDE SUBMITTED",
    "HELD": "HELD TO_COMPLETE READY SET_ASIDE",
    "SUBMITTING": "SUBMITTING SUBMITTED REFUSED IN_DOUBT READY HELD",
    "IN_DOUBT": "IN_DOUBT SUBMITTED READY REFUSED",
    "REFUSED": "REFUSED TO_COMPLETE READY HELD SET_ASIDE SUBMITTED",
    "SUBMITTED": "SUBMITTED",
}
"""Written by hand and on purpose not derived from the code: a changed move must be changed in both places."""


@pytest.mark.parametrize(("origin", "target"), [*product(State, State)])
def test_a_document_makes_the_allowed_moves_and_no_other(origin: State, target: State) -> None:
    invoice = an_invoice(origin)
    if target in ALLOWED[origin].split():
        assert invoice.move(target, NOW, action="test").state is target
    else:
        with pytest.raises(WrongState):
            invoice.move(target, NOW, action="test")


def test_what_the_portal_may_hold_is_never_sent_before_it_was_asked() -> None:
    """Only a READY invoice starts a submission, and IN_DOUBT becomes READY by proof alone."""
    assert {origin for origin, targets in MOVES.items() if State.SUBMITTING in targets} == {
        State.READY,
        State.SUBMITTING,
    }


def test_a_submitted_invoice_stays_submitted() -> None:
    assert MOVES[State.SUBMITTED] == {State.SUBMITTED}


def test_a_person_changes_the_form_only_while_the_portal_certainly_does_not_hold_the_invoice() -> None:
    assert {State.TO_COMPLETE, State.READY, State.HELD, State.REFUSED} == EDITABLE


def test_a_person_is_awaited_where_only_a_person_can_act() -> None:
    assert {State.TO_COMPLETE, State.REFUSED, State.UNUSABLE} == AWAITING_PERSON


LISTS = {
    "to_process": "UNUSABLE READING TO_COMPLETE READY HELD REFUSED",
    "tracking": "SUBMITTING IN_DOUBT SUBMITTED",
    "aside": "RECEIVED SET_ASIDE DUPLICATE",
}


@pytest.mark.parametrize("state", State)
def test_every_state_is_in_one_list(state: State) -> None:
    assert [name for name, states in LISTS.items() if state in states.split()] == [list_of(state)]
