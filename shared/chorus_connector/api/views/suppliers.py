"""Suppliers as the API shows them: plain JSON, nothing internal, nothing secret.

Apart from ``views``: who configures a supplier loads nothing of its invoices.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.suppliers.supplier import INTERNAL
from chorus_connector.domain.suppliers.warnings import supplier_warnings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from chorus_connector.domain.messages.access import MessageSubscription
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.portal.breaker import Breaker
    from chorus_connector.domain.portal.diagnosis import PortalPlatform
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.domain.suppliers.audit import Change
    from chorus_connector.domain.suppliers.supplier import Role, Supplier
    from chorus_connector.ports.values import AuditEvent, DeletedSupplier
    from chorus_connector.usecases.suppliers.summary import SupplierLine


SHOWN_IN_LISTS = {"supplier_id", "name", "identifier", "status", "version"}
"""The attributes of a supplier in a list, besides its SIRET."""

SHOWN_OF_CREDENTIALS = {
    *("credentials_mode", "credentials_saved_at", "certificate_expires_at", "credentials_status", "bank_accounts")
}
"""The attributes of a supplier that tell about its credentials."""

_SAME_NEWS = timedelta(hours=1)
"""The daily trial and a call that announce the same code within this time have met the same refusal."""


def supplier_view(supplier: Supplier) -> dict[str, Any]:
    """A supplier's settings; of its credentials, only when they were saved and what their last trial showed."""
    shown = supplier.model_dump(mode="json", exclude=set(INTERNAL))
    warnings = _warnings(supplier)
    return {"siret": supplier.siret, **shown, "warnings": warnings}


def supplier_summary(supplier: Supplier, rights: Mapping[str, frozenset[Role]]) -> dict[str, Any]:
    """One line of the list of suppliers, with the caller's rights on it and without its configuration."""
    shown = supplier.model_dump(mode="json", include=SHOWN_IN_LISTS)
    return {"siret": supplier.siret, **shown, "roles": sorted(rights.get(supplier.supplier_id, frozenset()))}


def me_view(
    who: Caller,
    *,
    suppliers: Sequence[Supplier],
    rights: Mapping[str, frozenset[Role]],
    memberships: Mapping[str, frozenset[Role]],
    subscriptions: Sequence[MessageSubscription],
) -> dict[str, Any]:
    """The caller and what it may do: ``rights`` by supplier, ``memberships`` by structure's SIRET."""
    by_siret: dict[str, list[MessageSubscription]] = {}
    for each in subscriptions:
        by_siret.setdefault(each.siret, []).append(each)
    return {
        "principal": who.principal,
        "groups": sorted(who.groups),
        "administers_installation": who.administers_installation,
        "suppliers": [supplier_summary(each, rights) for each in suppliers],
        "structures": [
            _structure_rights(siret, memberships.get(siret, frozenset()), subscription)
            for siret in sorted({*memberships, *by_siret})
            for subscription in by_siret.get(siret, [None])
        ],
    }


def summary_line_view(line: SupplierLine, rights: Mapping[str, frozenset[Role]]) -> dict[str, Any]:
    """One supplier of the summary: what waits there, and what its work may be held up by."""
    supplier, status = line.supplier, line.supplier.credentials_status
    return {
        **supplier_summary(supplier, rights),
        "automatic_submission": supplier.automatic_submission,
        "counters": line.counters,
        "counters_missing": line.not_shown,
        "as_of": line.counted_at.isoformat() if line.counted_at else None,
        "waiting_since": line.waiting_since.isoformat() if line.waiting_since else None,
        "credentials": {
            "saved": supplier.credentials_saved_at is not None,
            "refused": line.refused,
            "suspected": line.suspected,
            "password_expires_at": status.password_expires_at.isoformat()
            if status and status.password_expires_at
            else None,
            "password_days_left": line.password_days_left,
            "certificate_expires_at": supplier.certificate_expires_at.isoformat()
            if supplier.certificate_expires_at
            else None,
            "certificate_days_left": line.certificate_days_left,
        },
        "paused_until": line.paused_until.isoformat() if line.paused_until else None,
    }


def _structure_rights(siret: str, roles: frozenset[Role], subscription: MessageSubscription | None) -> dict[str, Any]:
    shown = subscription.model_dump(mode="json", include={"mode", "services"}) if subscription else {}
    return {"siret": siret, "roles": sorted(roles), "mode": None, "services": None, **shown}


def change_view(change: Change) -> dict[str, Any]:
    """One line of an audit trail."""
    return {**change.model_dump(mode="json"), "event": change.event_name}


def removal_view(supplier: Supplier) -> dict[str, Any]:
    """How far the end of a supplier has come."""
    removal = supplier.removal
    assert removal is not None
    return {
        "status": "deleting",
        "doing": removal.stage,
        "exported": removal.export.lines if removal.export else 0,
        "removed": removal.records_removed,
        "export": None,
    }


def removed_view(deleted: DeletedSupplier, link: dict[str, Any] | None) -> dict[str, Any]:
    """What stays of a supplier that is gone."""
    return {"status": "deleted", "doing": None, "exported": None, "removed": deleted.records_removed, "export": link}


def credentials_view(
    supplier: Supplier,
    events: Sequence[AuditEvent],
    breaker: Breaker,
    notices: Sequence[Notification],
    *,
    platform: PortalPlatform,
) -> dict[str, Any]:
    """What is known of a supplier's credentials, and what people were told about them. No secret.

    ``breaker`` knows what the portal said to the last calls, ``notices`` what was announced because of them.
    """
    # only the route that reads the credentials loads what judges them
    from chorus_connector.usecases.portal.credentials_state import credentials_now, refusal_of  # noqa: PLC0415

    shown = supplier.model_dump(mode="json", include=SHOWN_OF_CREDENTIALS)
    status = credentials_now(supplier.credentials_status, breaker)
    shown["credentials_status"] = status.model_dump(mode="json") if status else None
    told = {"refused": refusal_of(breaker), "announcements": _announcements(events, notices)}
    return {**shown, "platform": platform, **told}


def _announcements(events: Sequence[AuditEvent], notices: Sequence[Notification]) -> list[dict[str, Any]]:
    """What the daily trial and the calls of the day announced, oldest first; what both did is one."""
    told = [(event.at, event.state, event.detail.split(", ")) for event in events]
    for notice in notices:
        code = notice.access or ""
        if not any(code in codes and abs(at - notice.occurred_at) < _SAME_NEWS for at, _, codes in told):
            told.append((notice.occurred_at, "working" if code == "credentials_work_again" else "refused", [code]))
    told.sort(key=lambda each: each[0])
    return [{"at": at.isoformat(), "state": state, "codes": codes} for at, state, codes in told]


def saved_policy_view(supplier: Supplier) -> dict[str, Any]:
    """The attachment policy, with the warnings about it."""
    about = [each for each in _warnings(supplier) if (each["field"] or "").startswith("attachments")]
    return {**supplier.attachments.model_dump(mode="json"), "warnings": about}


def _warnings(supplier: Supplier) -> list[dict[str, Any]]:
    return [each.model_dump() for each in supplier_warnings(supplier)]
