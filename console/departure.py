"""The sentence that says when a document leaves, and why it does not: the name of its text and the text's values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Sentence = tuple[str, dict[str, Any]]


def departure(line: Mapping[str, Any], document: Mapping[str, Any], *, open_fields: int, can_leave: bool) -> Sentence:
    """Why the document is here and when it goes. ``line`` is the supplier's, as `me.summary` gives it.

    Times stay as the API gives them: the template writes them.
    """
    state = document["state"]
    if document["stopped"]:
        return f"invoice.leaves.stopped_{document['stopped']['kind']}", {}
    if line["status"] != "active" and state in {"TO_COMPLETE", "READY", "HELD", "REFUSED", "RECEIVED"}:
        return "invoice.leaves.suspended", {}
    if state == "TO_COMPLETE":
        return _to_complete(open_fields, can_leave=can_leave)
    if state == "READY":
        return _ready(line)
    return f"invoice.leaves.{state}", {}


def _to_complete(open_fields: int, *, can_leave: bool) -> Sentence:
    if can_leave:
        return "invoice.leaves.your_word", {}
    return ("invoice.leaves.fields", {"n": open_fields}) if open_fields else ("invoice.leaves.document", {})


def _ready(line: Mapping[str, Any]) -> Sentence:
    if not line["credentials"]["saved"]:
        return "invoice.leaves.no_credentials", {}
    if line["credentials"]["refused"]:
        return "invoice.leaves.credentials_refused", {}
    if line["paused_until"]:
        return "invoice.leaves.paused", {"until": line["paused_until"]}
    return ("invoice.leaves.next_run" if line["automatic_submission"] else "invoice.leaves.by_hand"), {}
