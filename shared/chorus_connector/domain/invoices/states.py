"""The states of a document in this connector, and the only moves between them.

    RECEIVED ─▶ READING ─▶ TO_COMPLETE ◀─▶ READY ─▶ SUBMITTING ─▶ SUBMITTED
       │                        ▲            ▲▼          │
       ├─▶ SET_ASIDE            │           HELD         ├─▶ IN_DOUBT ─▶ SUBMITTED | READY
       ├─▶ DUPLICATE            └──── REFUSED ◀──────────┘
       └─▶ UNUSABLE                      (also from READY: the portal refused the file itself)

The portal's status of an invoice is separate (``Deposit.status``).
"""

from enum import StrEnum
from typing import Literal


class State(StrEnum):
    """The state of a document in this connector, not its status at the portal."""

    RECEIVED = "RECEIVED"  # announced or uploaded; its file has not been examined yet
    SET_ASIDE = "SET_ASIDE"  # no criterion matches: stored, not processed
    DUPLICATE = "DUPLICATE"  # the same file already exists under another id
    UNUSABLE = "UNUSABLE"  # not a PDF that can be sent
    READING = "READING"
    TO_COMPLETE = "TO_COMPLETE"
    READY = "READY"
    HELD = "HELD"  # waits, for example because the portal is down; the invoice itself has no fault
    SUBMITTING = "SUBMITTING"
    IN_DOUBT = "IN_DOUBT"  # the portal's answer was lost: it may have the invoice
    REFUSED = "REFUSED"  # the portal refused the file or the deposit
    SUBMITTED = "SUBMITTED"


MOVES: dict[State, frozenset[State]] = {
    # RECEIVED: it waits, because the supplier is suspended
    State.RECEIVED: frozenset({State.RECEIVED, State.SET_ASIDE, State.DUPLICATE, State.UNUSABLE, State.READING}),
    State.SET_ASIDE: frozenset({State.SET_ASIDE, State.READING, State.TO_COMPLETE, State.READY, State.HELD}),
    State.DUPLICATE: frozenset(),
    State.UNUSABLE: frozenset({State.RECEIVED, State.READING}),  # an operator has it examined again
    State.READING: frozenset(
        {State.READING, State.TO_COMPLETE, State.READY, State.HELD, State.UNUSABLE, State.SET_ASIDE}
    ),
    # READING: an operator has it read again
    State.TO_COMPLETE: frozenset({State.TO_COMPLETE, State.READY, State.HELD, State.READING, State.SET_ASIDE}),
    State.READY: frozenset(
        {
            *(State.READY, State.TO_COMPLETE, State.SUBMITTING, State.HELD, State.REFUSED, State.SET_ASIDE),
            State.SUBMITTED,
        }
    ),
    # SUBMITTED, from READY and REFUSED: an attempt that a person took over arrived at the portal after all
    # REFUSED: the portal refused the file before a deposit
    State.HELD: frozenset({State.HELD, State.TO_COMPLETE, State.READY, State.SET_ASIDE}),
    State.SUBMITTING: frozenset(
        {State.SUBMITTING, State.SUBMITTED, State.REFUSED, State.IN_DOUBT, State.READY, State.HELD}
    ),
    State.IN_DOUBT: frozenset({State.IN_DOUBT, State.SUBMITTED, State.READY, State.REFUSED}),
    State.REFUSED: frozenset(
        {State.REFUSED, State.TO_COMPLETE, State.READY, State.HELD, State.SET_ASIDE, State.SUBMITTED}
    ),
    State.SUBMITTED: frozenset({State.SUBMITTED}),
}

EDITABLE = frozenset({State.TO_COMPLETE, State.READY, State.HELD, State.REFUSED})
"""States in which a person may change the form: the portal does not have the invoice, as far as it could be found out
(``Attempt.unsettled``)."""

STOPPABLE = EDITABLE | {State.RECEIVED, State.READING}
"""States in which a person may stop the document: no attempt to submit it is under way."""

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
    """The list that shows documents in that state."""
    return _LIST_OF.get(state, "to_process")
