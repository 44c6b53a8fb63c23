"""Bounces and complaints, as SES reports them through EventBridge.

Source: SES's event publishing: ``detail`` has ``eventType``, the e-mail's tags, and the addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple

from chorus_connector.ports.notification_values import MessageFeedback


class EmailFeedback(NamedTuple):
    """An address of a supplier that must get nothing more."""

    supplier_id: str
    email: str
    state: Literal["bounced", "complained"]


def parse_feedback(body: str) -> Iterator[EmailFeedback]:
    """Every address of the event that must be switched off.

    A transient bounce (a full mailbox) gives none, and so does an e-mail without a supplier: see
    ``parse_message_feedback``.
    """
    detail = json.loads(body)["detail"]
    for supplier_id in detail["mail"]["tags"].get("supplier_id", []):
        for email in _bounced(detail):
            yield EmailFeedback(supplier_id, email, "bounced")
        for each in detail.get("complaint", {}).get("complainedRecipients", []):
            yield EmailFeedback(supplier_id, each["emailAddress"], "complained")


def parse_message_feedback(body: str) -> MessageFeedback | None:
    """What became of an e-mail with a message to a structure; None when it was none, or may still arrive."""
    detail = json.loads(body)["detail"]
    tags = detail["mail"]["tags"]
    names = ("sender_siret", "reference", "recipient_siret")
    if not all(tags.get(name) for name in names):
        return None
    sender, reference, siret = (tags[name][0] for name in names)
    if _bounced(detail):
        return MessageFeedback(sender, reference, siret, "bounced")
    return MessageFeedback(sender, reference, siret, "complained") if "complaint" in detail else None


def _bounced(detail: dict[str, Any]) -> list[str]:
    bounce = detail.get("bounce", {})
    if bounce.get("bounceType") != "Permanent":
        return []
    return [each["emailAddress"] for each in bounce["bouncedRecipients"]]
