"""What a supplier may do about an invoice that was sent back, according to its status at the portal.

À recycler: the same number is sent to a corrected recipient, service or engagement. Suspendue: the supplier adds files
or a comment. Rejetée: it acknowledges the rejection and issues the invoice again under another number. A wrong
validator is replaced.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import Field

from chorus_connector.domain.errors import Conflict
from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, fields_where
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.portal.status import RepairKind, can_be_reissued, meaning, repair_for
from chorus_connector.domain.record import Record

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Deposit, ListedInvoice

ROUTING = fields_where(lambda field: field.recyclable)
"""The fields that decide who receives the invoice."""

Action = RepairKind | Literal["reissue"]

_ASKED: dict[RepairKind, tuple[str, str]] = {
    "recycle": (
        "Corrigez le destinataire, le service ou l'engagement : la facture repart avec le même numéro.",
        "Correct the recipient, service or engagement: the invoice leaves again with the same number.",
    ),
    "complete": (
        "Joignez les pièces demandées ou répondez par un commentaire : la facture garde son numéro.",
        "Attach the documents asked for, or answer with a comment: the invoice keeps its number.",
    ),
    "treat_rejection": (
        "La facture est rejetée pour de bon : prenez-en acte, puis émettez-en une nouvelle sous un autre numéro.",
        "The invoice is rejected for good: acknowledge it, then issue a new one under another number.",
    ),
    "correct_validator": (
        "Le valideur indiqué n'est pas le bon : donnez le SIRET du titulaire du marché.",
        "The validator named is not the right one: give the SIRET of the holder of the contract.",
    ),
}


class RepairRequest(Record):
    """The supplier's answer. Each kind uses its own fields; None leaves a value unchanged."""

    kind: RepairKind
    recipient_siret: str | None = Field(default=None, max_length=20)
    service_code: str | None = Field(default=None, max_length=INVOICE_FIELDS["service_code"].longest)
    engagement_number: str | None = Field(default=None, max_length=INVOICE_FIELDS["engagement_number"].longest)
    validator_siret: str | None = Field(default=None, max_length=20)
    comment: str | None = Field(default=None, max_length=2000)
    attachment_ids: tuple[str, ...] = Field(default=(), max_length=20)


class Task(Record):
    """What the supplier must do about a sent-back invoice; ``motive`` is the recipient's own comment."""

    actions: tuple[Action, ...]
    status: str
    fr: str
    en: str
    motive: str | None = None
    proposal: dict[str, str | None] = Field(default_factory=dict)
    #: an answer was sent or was lost: the portal is asked before another can be given
    under_way: bool = False


def task_of(invoice: ListedInvoice) -> Task | None:
    """The supplier's task for that invoice; None when there is nothing to do."""
    deposit = invoice.deposit
    if deposit is None or not deposit.waits_for_supplier or invoice.replaced_by is not None:
        return None
    kind = repair_for(deposit.status)
    reissue: tuple[Action, ...] = ("reissue",) if can_be_reissued(deposit.status) else ()
    fr, en = _ASKED[kind] if kind else _ask_the_portal_first(deposit)
    return Task(
        actions=(*((kind,) if kind else ()), *reissue),
        status=deposit.status,
        fr=fr,
        en=en,
        motive=deposit.status_comment,
        proposal=_proposal(kind, invoice.form),
        under_way=invoice.repair is not None and invoice.repair.unsettled,
    )


def require_deposit(invoice: ListedInvoice) -> Deposit:
    """The invoice's deposit. Raises Conflict when it is not at the portal."""
    if invoice.deposit is None:
        raise Conflict("not_at_portal", "Cette facture n'est pas sur Chorus Pro.", "This invoice is not at Chorus Pro.")
    return invoice.deposit


def require_allowed(invoice: ListedInvoice, action: Action) -> Deposit:
    """The invoice's deposit. Raises Conflict, with the reason, when its status forbids that action."""
    deposit = require_deposit(invoice)
    allowed = can_be_reissued(deposit.status) if action == "reissue" else repair_for(deposit.status) == action
    if not allowed or deposit.missing_since is not None:
        words = meaning(deposit.status)
        raise Conflict(
            "status_forbids",
            f"Impossible ({action}) : la facture est à l'état « {words.fr} » sur Chorus Pro.",
            f"Cannot {action}: the invoice is '{words.en}' at Chorus Pro.",
        )
    if action == "treat_rejection" and deposit.rejection_treated:
        raise Conflict(
            "already_treated", "Ce rejet est déjà traité sur Chorus Pro.", "This rejection is already treated there."
        )
    return deposit


def rerouted(form: Form, request: RepairRequest) -> Form:
    """The form with the recipient, service and engagement of the request; an empty text removes a value."""
    fields = dict(form.fields)
    for name in ROUTING:
        text = getattr(request, name)
        if text == "":
            fields.pop(name, None)
        elif text is not None:
            fields[name] = FormField(value=text, source="person")
    return form.model_copy(update={"fields": fields})


def _proposal(kind: RepairKind | None, form: Form) -> dict[str, str | None]:
    if kind == "recycle":
        return {name: form.value(name) for name in ROUTING}
    if kind == "correct_validator":
        return {"validator_siret": form.value("validator_siret")}
    return {}


def _ask_the_portal_first(deposit: Deposit) -> tuple[str, str]:
    words = meaning(deposit.status)
    return (
        f"Chorus Pro attend une action du fournisseur (« {words.fr} ») : voyez la facture sur le portail.",
        f"Chorus Pro waits for the supplier ('{words.en}'): look at the invoice on the portal.",
    )
