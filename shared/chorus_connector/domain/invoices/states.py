"""Where a document stands with us on its way to Chorus Pro, and the only moves it may make.

    RECEIVED ─▶ READING ─▶ TO_COMPLETE ◀─▶ READY ─▶ SUBMITTING ─▶ SUBMITTED
       │                        ▲            ▲▼          │
       ├─▶ SET_ASIDE            │           HELD         ├─▶ IN_DOUBT ─▶ SUBMITTED | READY
       ├─▶ DUPLICATE            └──── REFUSED ◀──────────┘
       └─▶ UNUSABLE

The portal's own status is another thing (``status``): no order is assumed there.
"""

from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """Where a document stands with us (not with the portal)."""

    RECEIVED = "RECEIVED"  # announced or accepted; its file has not been examined yet
    SET_ASIDE = "SET_ASIDE"  # no criterion matches: kept, left alone
    DUPLICATE = "DUPLICATE"  # the same file is already here under another id
    UNUSABLE = "UNUSABLE"  # not a PDF that can be sent
    READING = "READING"
    TO_COMPLETE = "TO_COMPLETE"
    READY = "READY"
    HELD = "HELD"  # portal down or credentials refused: nothing is wrong with the invoice
    SUBMITTING = "SUBMITTING"
    IN_DOUBT = "IN_DOUBT"  # the portal's answer was lost: it may hold the invoice
    REFUSED = "REFUSED"  # the portal said no before accepting
    SUBMITTED = "SUBMITTED"


MOVES: dict[State, frozenset[State]] = {
    State.RECEIVED: frozenset({State.SET_ASIDE, State.DUPLICATE, State.UNUSABLE, State.READING}),
    State.SET_ASIDE: frozenset({State.READING}),
    State.DUPLICATE: frozenset(),
    State.UNUSABLE: frozenset(),
    State.READING: frozenset({State.READING, State.TO_COMPLETE, State.READY, State.HELD, State.UNUSABLE}),
    State.TO_COMPLETE: frozenset({State.TO_COMPLETE, State.READY, State.HELD}),
    State.READY: frozenset({State.READY, State.TO_COMPLETE, State.SUBMITTING, State.HELD}),
    State.HELD: frozenset({State.HELD, State.TO_COMPLETE, State.READY}),
    State.SUBMITTING: frozenset(
        {State.SUBMITTING, State.SUBMITTED, State.REFUSED, State.IN_DOUBT, State.READY, State.HELD}
    ),
    State.IN_DOUBT: frozenset({State.IN_DOUBT, State.SUBMITTED, State.READY, State.REFUSED}),
    State.REFUSED: frozenset({State.REFUSED, State.TO_COMPLETE, State.READY, State.HELD}),
    State.SUBMITTED: frozenset({State.SUBMITTED}),
}

EDITABLE = frozenset({State.TO_COMPLETE, State.READY, State.HELD, State.REFUSED})
"""States in which a person may still change the form: the portal certainly does not hold the invoice."""

AWAITING_PERSON = frozenset({State.TO_COMPLETE, State.REFUSED, State.UNUSABLE})

List = Literal["to_process", "tracking", "aside"]

_LIST_OF: dict[State, List] = {
    State.SUBMITTED: "tracking",
    State.SUBMITTING: "tracking",
    State.IN_DOUBT: "tracking",
    State.RECEIVED: "aside",
    State.SET_ASIDE: "aside",
    State.DUPLICATE: "aside",
}


def list_of(state: State) -> List:
    """The list of the screens in which a document in that state stands."""
    return _LIST_OF.get(state, "to_process")
