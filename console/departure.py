"""The sentence that says when a document leaves, and why it does not: the name of its text and the text's values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Sentence = tuple[str, dict[str, Any]]


_ON_ITS_WAY = frozenset({"SUBMITTING", "SUBMITTED", "IN_DOUBT"})
_UNDONE_BY = frozenset({"withdrawn", "held_by_a_person", "released", "refiled"})


def departure(
    line: Mapping[str, Any], document: Mapping[str, Any], *, open_fields: int, can_leave: bool, requested: bool = False
) -> Sentence:
    """Why the document is here and when it goes. ``line`` is the supplier's, as `me.summary` gives it.

    ``requested``: a person asked for its submission, and it waits for its turn. Times stay as the API gives them: the
    template writes them.
    """
    state = document["state"]
    if state == "SUBMITTED":
        return _submitted(document)
    if document["stopped"]:
        return f"invoice.leaves.stopped_{document['stopped']['kind']}", {}
    if line["status"] != "active" and state in {"TO_COMPLETE", "READY", "HELD", "REFUSED", "RECEIVED"}:
        return "invoice.leaves.suspended", {}
    if state == "TO_COMPLETE":
        return _to_complete(open_fields, can_leave=can_leave)
    if state == "READY":
        return _ready(line, requested=requested)
    is_expected = state == "RECEIVED" and document["upload_until"]
    return f"invoice.leaves.{'expected' if is_expected else state}", {"until": document["upload_until"]}


def changed_meanwhile(document: Mapping[str, Any], *, requested: bool, is_typed: bool) -> str:
    """The name of the sentence for a person whose request came after another change of the document."""
    if requested:
        return "invoice.changed.requested"
    if document["state"] in _ON_ITS_WAY:
        return "invoice.changed.left"
    return "invoice.changed.typed" if is_typed else "invoice.changed.now"


def is_requested(document: Mapping[str, Any], events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a person's request to submit the ready document still holds, as its audit trail says."""
    if document["state"] != "READY" or document["stopped"]:
        return False
    for each in reversed(events):
        if each["state"] != "READY" or each["action"] in _UNDONE_BY:
            return False
        if each["action"] == "submit_requested":
            return True
    return False


def _submitted(document: Mapping[str, Any]) -> Sentence:
    task, deposit = document["task"], document["deposit"]
    if task:
        return ("invoice.leaves.answer_under_way" if task["under_way"] else "invoice.leaves.sent_back"), {}
    if deposit and deposit["rejection_treated"]:
        return "invoice.leaves.rejection_treated", {}
    portal = document.get("portal")
    if portal and portal["retrieved_at"]:
        return "invoice.leaves.SUBMITTED", {"at": portal["retrieved_at"]}
    return "invoice.leaves.submitted_unasked", {}


def _to_complete(open_fields: int, *, can_leave: bool) -> Sentence:
    if can_leave:
        return "invoice.leaves.your_word", {}
    return ("invoice.leaves.fields", {"n": open_fields}) if open_fields else ("invoice.leaves.document", {})


def _ready(line: Mapping[str, Any], *, requested: bool) -> Sentence:
    if not line["credentials"]["saved"]:
        return "invoice.leaves.no_credentials", {}
    if line["credentials"]["refused"]:
        return "invoice.leaves.credentials_refused", {}
    if line["paused_until"]:
        return "invoice.leaves.paused", {"until": line["paused_until"]}
    if requested:
        return "invoice.leaves.requested", {}
    return ("invoice.leaves.next_run" if line["automatic_submission"] else "invoice.leaves.by_hand"), {}
