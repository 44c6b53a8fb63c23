"""« Mes messages » as the API shows it: plain JSON, dates of the calendar, and what is missing said out loud."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from chorus_connector.domain.messages.delivery import DeliveryTotal

if TYPE_CHECKING:
    from chorus_connector.domain.messages.access import MessageSubscription
    from chorus_connector.domain.messages.announcement import AnnouncedMessage
    from chorus_connector.domain.messages.delivery import Dispatch, Progress, RecipientDelivery
    from chorus_connector.domain.messages.listing import Count, ResultPage
    from chorus_connector.domain.messages.message import Message
    from chorus_connector.domain.messages.structure import Counterparty, Structure
    from chorus_connector.domain.problem import Problem
    from chorus_connector.usecases.messages.lists import ListMember
    from chorus_connector.usecases.messages.reach import Preview
    from chorus_connector.usecases.messages.reading import Line, ListLine

NOBODY_REACHED = {
    "fr": "Aucun de ces destinataires ne peut recevoir le message ici aujourd'hui : aucun n'a de compte sur cette "
    "installation ni d'adresse e-mail connue. Il leur parviendra s'ils en ont pendant l'affichage.",
    "en": "None of these recipients can receive the message here today: none has an account on this installation or "
    "a known e-mail address. It reaches them if they get one during the display.",
}
NOT_HERE = {
    "fr": "Sans compte sur cette installation, ce destinataire ne peut pas recevoir le message ici : "
    "Chorus Pro n'offre pas d'API pour « Mes messages ».",
    "en": "Without an account on this installation this recipient cannot receive the message here: "
    "Chorus Pro offers no API for « Mes messages ».",
}
_STATE_LABELS = {
    "draft": {"fr": "Brouillon", "en": "Draft"},
    "sent": {"fr": "Envoyé", "en": "Sent"},
    "withdrawn": {"fr": "Retiré", "en": "Withdrawn"},
}
_KIND_LABELS = {"client": {"fr": "Clients", "en": "Clients"}, "supplier": {"fr": "Fournisseurs", "en": "Suppliers"}}


def structure_view(structure: Structure, *warnings: Problem) -> dict[str, Any]:
    """A structure; ``has_account`` False: it can be written to, it cannot receive here. ``warnings``: of its change."""
    shown = structure.model_dump(mode="json", exclude={"suspended", "deleting", "tenant"})
    return {**shown, "warnings": [each.model_dump() for each in (*structure.warnings, *warnings)]}


def subscription_view(subscription: MessageSubscription) -> dict[str, Any]:
    return subscription.model_dump(mode="json")


def counterparty_view(counterparty: Counterparty) -> dict[str, Any]:
    """An allowed recipient, as completion and search offer it."""
    return counterparty.model_dump(mode="json", exclude={"first_at", "tenant", "found_as"})


def own_structures(sirets: Iterable[str], names: Mapping[str, str]) -> list[dict[str, str]]:
    """The structures of the caller's subscriptions, by name."""
    named = [{"siret": siret, "name": names.get(siret, "")} for siret in dict.fromkeys(sirets)]
    return sorted(named, key=lambda each: (each["name"].casefold(), each["siret"]))


def message_line_view(message: Message, total: DeliveryTotal, today: date) -> dict[str, Any]:
    """One line of the outbox, with the dates that it has today and what became of it."""
    message = message.dated(today)
    return {
        **message.model_dump(
            mode="json",
            include={
                "reference",
                "created_at",
                "sender_siret",
                "sender_name",
                "sender_service",
                "title",
                "display_start",
                "display_end",
                "display_start_is_default",
                "display_end_is_default",
                "state",
                "sent_at",
                "version",
            },
        ),
        "state_label": _STATE_LABELS[message.state],
        "over": message.over(today),
        "progress": _progress_view(message, total, today),
    }


def message_view(message: Message, dispatches: Sequence[Dispatch], changes: Progress, today: date) -> dict[str, Any]:
    """A message of the outbox, whole, with what became of each delivery and the ``changes`` since then."""
    chosen = message.model_dump(
        mode="json", include={"content", "recipient_kind", "all_recipients", "recipients", "list_ids"}
    )
    return {
        **message_line_view(message, DeliveryTotal.of(dispatches, changes), today),
        **chosen,
        "created_by": message.created_by,
        "changed_at": message.model_dump(mode="json")["changed_at"],
        "changed_by": message.changed_by,
        "deliveries": [_dispatch_view(each, message, today) for each in dispatches],
    }


def reached_view(preview: Preview) -> dict[str, Any]:
    """What the answer to a sending says of its recipients: how many can receive it today."""
    shown: dict[str, Any] = {"reachable": preview.reachable, "reachable_is_exact": preview.exact}
    return {**shown, "warning": NOBODY_REACHED} if preview.exact and not preview.reachable else shown


def preview_view(preview: Preview, *, start: int, limit: int) -> dict[str, Any]:
    """Who would receive a message: counts, and the recipients from that place on."""
    shown = preview.recipients[start : start + limit]
    following = start + limit
    return {
        **reached_view(preview),
        "total": len(preview.recipients),
        "here": preview.count("here"),
        "by_email": preview.count("by_email"),
        "not_here": preview.count("not_here"),
        "recipients": [{**each.address.model_dump(), "name": each.name, "reach": each.reach} for each in shown],
        "cursor": str(following) if following < len(preview.recipients) else None,
    }


def recipient_delivery_view(
    delivery: RecipientDelivery, message: Message, today: date, *, read: bool
) -> dict[str, Any]:
    """What became of one recipient; ``read``: a person of its structure has marked the message as read."""
    shown = delivery.model_dump(mode="json", include={"siret", "service", "name", "at"})
    outcome = delivery.seen_on(today, message.display_start)
    shown |= {"outcome": outcome, "read": read}
    return {**shown, "explanation": NOT_HERE} if outcome == "not_here" else shown


def received_line_view(line: Line, today: date) -> dict[str, Any]:
    """One line of the inbox, with its content where that was read."""
    received = line.received
    shown = received.model_dump(
        mode="json",
        include={
            "reference",
            "received_at",
            "title",
            "sender_siret",
            "sender_name",
            "sender_service",
            "display_start",
            "display_end",
        },
    )
    return {
        **shown,
        "recipient_siret": received.siret,
        "recipient_service": received.service,
        "read": line.read,
        "display_over": line.over(today),
        **({"content": line.content} if line.content is not None else {}),
    }


def received_view(line: Line, announcement: AnnouncedMessage, today: date) -> dict[str, Any]:
    """A received message, whole; its dates are the sender's latest."""
    latest = announcement.model_dump(mode="json", include={"display_start", "display_end", "content"})
    over = announcement.display_end < today
    return {**received_line_view(line, today), **latest, "display_over": over, "may_reply": False}


def list_line_view(line: ListLine) -> dict[str, Any]:
    """One line of the distribution lists."""
    each = line.distribution_list
    return {
        "list_id": each.list_id,
        "name": each.name,
        "identifier": each.siret,
        "designation": line.designation,
        "service_code": each.service,
        "service_label": line.service_label,
        "kind": each.kind,
        "kind_label": _KIND_LABELS[each.kind],
        "members_count": len(each.members),
        "version": each.version,
    }


def list_view(line: ListLine, members: Iterable[ListMember]) -> dict[str, Any]:
    """A distribution list with its members and their names."""
    return {**list_line_view(line), "members": [_member_view(each) for each in members]}


def page_of(name: str, page: ResultPage[Any], views: Iterable[dict[str, Any]], count: Count | None) -> dict[str, Any]:
    """A page of items under ``name``, with the cursor of the next page, and the count if it was requested."""
    body: dict[str, Any] = {name: list(views), "cursor": page.cursor, "complete": page.complete}
    if count is not None:
        body |= {"count": count.value, "count_is_exact": count.exact}
    return body


def _member_view(member: ListMember) -> dict[str, str]:
    described = member.described
    names = {"name": described.name, "service_label": described.service_label} if described else {}
    return {**member.address.model_dump(), "name": "", "service_label": "", **names}


def _dispatch_view(dispatch: Dispatch, message: Message, today: date) -> dict[str, Any]:
    return {
        "requested_at": dispatch.model_dump(mode="json")["requested_at"],
        "requested_by": dispatch.requested_by,
        "all_recipients": dispatch.all_recipients,
        "lists": [each.model_dump() for each in dispatch.lists],
        "done": dispatch.done,
        "progress": dispatch.progress.seen_on(today, message.display_start).model_dump(),
    }


def _progress_view(message: Message, total: DeliveryTotal, today: date) -> dict[str, Any]:
    progress = total.progress.seen_on(today, message.display_start)
    shown = {**progress.model_dump(), "done": total.done}
    return {**shown, "not_here_explanation": NOT_HERE} if progress.not_here else shown
