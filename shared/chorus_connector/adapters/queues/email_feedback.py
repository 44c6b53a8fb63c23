"""Bounces and complaints, as SES reports them through EventBridge.

Source: SES's event publishing: ``detail`` has ``eventType``, the e-mail's tags, and the addresses.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Literal, NamedTuple


class EmailFeedback(NamedTuple):
    """An address of a supplier that must get nothing more."""

    supplier_id: str
    email: str
    state: Literal["bounced", "complained"]


def parse_feedback(body: str) -> Iterator[EmailFeedback]:
    """Every address of the event that must be switched off.

    A transient bounce (a full mailbox) gives none, and so does an e-mail without a supplier: a message to a structure.
    """
    detail = json.loads(body)["detail"]
    for supplier_id in detail["mail"]["tags"].get("supplier_id", []):
        for email in _bounced(detail):
            yield EmailFeedback(supplier_id, email, "bounced")
        for each in detail.get("complaint", {}).get("complainedRecipients", []):
            yield EmailFeedback(supplier_id, each["emailAddress"], "complained")


def _bounced(detail: dict[str, Any]) -> list[str]:
    bounce = detail.get("bounce", {})
    if bounce.get("bounceType") != "Permanent":
        return []
    return [each["emailAddress"] for each in bounce["bouncedRecipients"]]
