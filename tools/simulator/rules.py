"""The field rules of an invoice: what the portal refuses at submission, in the order of its checks.

Each rule is one function that raises a Refusal. soumettre raises the first; a flow collects all of them. The
recipient's three obligations (service, engagement, one of the two) are applied independently, then the service's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tools.simulator.directory import PUBLIC_INVOICES, SERVICE_CODE, SIRET, Service, Structure
from tools.simulator.embedded import has_structured_invoice
from tools.simulator.files import MAX_INVOICE, StoredFile
from tools.simulator.invoices import Attachment, Routed
from tools.simulator.lives import VALIDATED_FRAMEWORKS
from tools.simulator.refusals import Refusal, refusal
from tools.simulator.tables import codes, table
from tools.simulator.validation import to_date

if TYPE_CHECKING:
    from tools.simulator.portal import Portal
    from tools.simulator.requests import PieceACompleter, Soumettre
    from tools.simulator.suppliers import Account, Supplier

SUBMIT = "factures/soumettre"
NUMBER = re.compile(r"[A-Za-z0-9_/+-]+")


@dataclass
class Submission:
    """A submission under check, and what the rules have found for it."""

    portal: Portal
    account: Account
    request: Soumettre
    now: datetime
    operation: str = SUBMIT
    supplier: Supplier | None = None
    recipient: Structure | None = None
    service: Service | None = None
    main_file: StoredFile | None = None
    attachments: list[Attachment] = field(default_factory=list)

    @property
    def typed(self) -> bool:
        """SAISIE_API: the portal makes the PDF and gives the number."""
        return self.request.modeDepot == "SAISIE_API"

    @property
    def engagement(self) -> str | None:
        return self.request.references.numeroBonCommande or None

    def checked_supplier(self) -> Supplier:
        if self.supplier is None:
            raise LookupError("the supplier was not checked")
        return self.supplier

    def routed(self) -> Routed:
        if self.recipient is None:
            raise LookupError("the recipient was not checked")
        return Routed(self.recipient, self.service, self.engagement)


def check_supplier(it: Submission) -> None:
    given = it.request.fournisseur
    supplier = it.portal.suppliers.get(given.idFournisseur)
    if supplier is None or not supplier.active:
        raise refusal(it.operation, "unknown_supplier")
    if supplier.id not in it.account.supplier_ids:
        raise refusal(it.operation, "supplier_not_attached")
    if given.idServiceFournisseur is not None and given.idServiceFournisseur not in supplier.services:
        raise refusal(it.operation, "unknown_supplier_service")
    bank = given.codeCoordonneesBancairesFournisseur
    if bank is not None and bank not in supplier.bank_accounts:
        raise refusal(it.operation, "unknown_bank_account")
    it.supplier = supplier


def check_number(it: Submission) -> None:
    number = it.request.numeroFactureSaisi
    if it.typed:
        return
    if not number:
        raise refusal(it.operation, "number_missing")
    if len(number) > 20:
        raise refusal(it.operation, "number_too_long")
    if not NUMBER.fullmatch(number):
        raise refusal(it.operation, "number_characters")
    if it.supplier and it.portal.invoices.numbered(it.supplier.id, number):
        raise refusal(it.operation, "duplicate_number")


def check_date(it: Submission) -> None:
    given = it.request.dateFacture
    if given is None:
        if it.typed:
            return
        raise refusal(it.operation, "date_missing")
    if to_date(given) > it.now.date():
        raise refusal(it.operation, "date_in_future")


def check_recipient(it: Submission) -> None:
    siret = it.request.destinataire.codeDestinataire
    structure = it.portal.directory.find(siret)
    if structure is None and not SIRET.fullmatch(siret):
        raise refusal(it.operation, "recipient_malformed")
    if structure is None:
        raise refusal(it.operation, "unknown_recipient")
    if not structure.seed.active:
        raise refusal(it.operation, "inactive_recipient")
    if structure.seed.works_owner_only:
        raise refusal(it.operation, "works_owner_only")
    it.recipient = structure


def check_service(it: Submission) -> None:
    code = it.request.destinataire.codeServiceExecutant or None
    if it.recipient is None:
        return
    if code is None:
        if it.recipient.seed.service_required:
            raise refusal(it.operation, "service_required")
        if it.recipient.seed.service_or_engagement and it.engagement is None:
            raise refusal(it.operation, "service_or_engagement_required")
        return
    if not SERVICE_CODE.fullmatch(code):
        raise refusal(it.operation, "service_malformed")
    if code == PUBLIC_INVOICES:
        raise refusal(it.operation, "public_invoices_service")
    service = it.portal.directory.service(it.recipient, code)
    if service is None:
        raise refusal(it.operation, "unknown_service")
    if not service.active:
        raise refusal(it.operation, "inactive_service")
    it.service = service


def check_engagement(it: Submission) -> None:
    number = it.engagement
    if it.recipient is None:
        return
    if number is None:
        if it.recipient.seed.engagement_required:
            raise refusal(it.operation, "engagement_required")
        if it.service and it.service.seed.engagement_required:
            raise refusal(it.operation, "engagement_required_by_service")
        return
    if len(number) > 50:
        raise refusal(it.operation, "too_long", "numeroBonCommande (50)")
    # The portal knows only the State's engagements; other recipients accept any text.
    if it.recipient.seed.state and number not in it.recipient.seed.engagements:
        raise refusal(it.operation, "unknown_engagement")


def check_framework(it: Submission) -> None:
    framework = it.request.cadreDeFacturation
    if framework.codeCadreFacturation not in VALIDATED_FRAMEWORKS:
        return
    if not framework.codeStructureValideur:
        raise refusal(it.operation, "validator_required")
    if not known_structure(it.portal, framework.codeStructureValideur):
        raise refusal(it.operation, "unknown_validator")


def check_references(it: Submission) -> None:
    references = it.request.references
    tables = table("referentials")
    if references.deviseFacture not in codes(tables["currencies"]):
        raise refusal(it.operation, "unknown_currency")
    credit_note = references.typeFacture == "AVOIR"
    if references.modePaiement is None and not credit_note:
        raise refusal(it.operation, "missing_field", "references.modePaiement")
    if references.modePaiement and credit_note and it.portal.dialect.credit_note_payment_mode == "refused":
        raise refusal(it.operation, "payment_mode_on_credit_note")
    if references.typeTva is None and it.typed:
        raise refusal(it.operation, "vat_regime_required")
    if references.typeTva == "EXONERATION" and references.motifExonerationTva not in (
        None,
        *codes(tables["exemptions"]),
    ):
        raise refusal(it.operation, "unknown_exemption")
    if len(references.numeroMarche or "") > 50:
        raise refusal(it.operation, "too_long", "numeroMarche (50)")
    # Read on a credit note only.
    if credit_note and len(references.numeroFactureOrigine or "") > 20:
        raise refusal(it.operation, "origin_number_too_long")
    if len(it.request.commentaire or "") > 2000:
        raise refusal(it.operation, "too_long", "commentaire (2000)")


def check_totals(it: Submission) -> None:
    totals = it.request.montantTotal
    for name in ("montantHtTotal", "montantTVA", "montantTtcTotal", "montantAPayer", "montantRemiseGlobaleTTC"):
        if decimals(getattr(totals, name) or Decimal(0)) > 6:
            raise refusal(it.operation, "too_many_decimals", name)
    whole = totals.montantHtTotal + totals.montantTVA
    # Before the global discount by the rules, after it in an official sample: both are taken.
    expected = (whole, whole - (totals.montantRemiseGlobaleTTC or Decimal(0)))
    if min(abs(total - totals.montantTtcTotal) for total in expected) > it.portal.settings.totals_tolerance:
        raise refusal(it.operation, "totals_disagree")


def check_vat_lines(it: Submission) -> None:
    lines = it.request.ligneTva or []
    known = codes(table("referentials")["vat_rates"])
    for line in lines:
        if line.ligneTvaTaux is not None and line.ligneTvaTaux not in known:
            raise refusal(it.operation, "unknown_vat_rate", line.ligneTvaTaux[:20])
    if not lines:
        return
    bases = sum((line.ligneTvaMontantBaseHtParTaux or Decimal(0) for line in lines), Decimal(0))
    taxes = sum((line.ligneTvaMontantTvaParTaux or Decimal(0) for line in lines), Decimal(0))
    totals = it.request.montantTotal
    tolerance = it.portal.settings.totals_tolerance
    if abs(bases - totals.montantHtTotal) > tolerance or abs(taxes - totals.montantTVA) > tolerance:
        raise refusal(it.operation, "vat_lines_disagree")


def check_lines(it: Submission) -> None:
    lines = it.request.lignePoste or []
    if it.typed and not lines:
        raise refusal(it.operation, "lines_required")
    known = codes(table("referentials")["vat_rates"])
    for line in lines:
        if (line.lignePosteTauxTva is None) == (line.lignePosteTauxTvaManuel is None):
            raise refusal(it.operation, "line_rate")
        if line.lignePosteTauxTva is not None and line.lignePosteTauxTva not in known:
            raise refusal(it.operation, "unknown_vat_rate", line.lignePosteTauxTva[:20])


def check_main_file(it: Submission) -> None:
    given = it.request.pieceJointePrincipale or []
    if it.typed and not given:
        return
    if len(given) != 1:
        raise refusal(it.operation, "main_file_required")
    if len(given[0].pieceJointePrincipaleDesignation) > 100:
        raise refusal(it.operation, "too_long", "pieceJointePrincipaleDesignation (100)")
    file_id = given[0].pieceJointePrincipaleId
    stored = it.portal.files.get(file_id, it.account.login)
    if stored is None:
        raise refusal(it.operation, "unknown_attachment", str(file_id))
    if not stored.is_pdf:
        raise refusal(it.operation, "main_file_not_pdf")
    draft = it.portal.invoices.draft_of(file_id)
    if draft is not None and draft.submitted:
        raise refusal(it.operation, "wrong_state")
    if it.portal.dialect.embedded_xml == "refused" and has_structured_invoice(stored.content):
        raise refusal(it.operation, "embedded_xml")
    it.main_file = stored


def check_attachments(it: Submission) -> None:
    given = it.request.pieceJointeComplementaire or []
    it.attachments = linked_attachments(it.portal, it.account, it.operation, given)
    files = [attachment.file for attachment in it.attachments] + ([it.main_file] if it.main_file else [])
    if sum(len(stored.content) for stored in files) > MAX_INVOICE:
        raise refusal(it.operation, "attachments_too_large")


RULES: tuple[Callable[[Submission], None], ...] = (
    check_supplier,
    check_number,
    check_date,
    check_recipient,
    check_service,
    check_engagement,
    check_framework,
    check_references,
    check_totals,
    check_vat_lines,
    check_lines,
    check_main_file,
    check_attachments,
)
FLOW_RULES = tuple(rule for rule in RULES if rule not in (check_main_file, check_attachments, check_lines))
"""A flow carries its files itself, and its lines are the schema's business."""


def check(it: Submission) -> None:
    """Raise the Refusal of the first rule that is broken."""
    for rule in RULES:
        rule(it)


def broken_rules(it: Submission) -> list[Refusal]:
    """All violations of an invoice of a flow."""
    found: list[Refusal] = []
    for rule in FLOW_RULES:
        try:
            rule(it)
        except Refusal as problem:
            found.append(problem)
    return found


def linked_attachments(
    portal: Portal, account: Account, operation: str, given: Sequence[PieceACompleter]
) -> list[Attachment]:
    """The complementary files of a request; raises a Refusal for an unknown file or type."""
    known = codes(table("referentials")["attachment_types"])
    attachments = []
    for piece in given:
        stored = portal.files.get(piece.pieceJointeComplementaireId, account.login)
        if stored is None:
            raise refusal(operation, "unknown_attachment", str(piece.pieceJointeComplementaireId))
        if piece.pieceJointeComplementaireType not in known:
            raise refusal(operation, "unknown_attachment_type", piece.pieceJointeComplementaireType[:30])
        if len(piece.pieceJointeComplementaireDesignation) > 100:
            raise refusal(operation, "too_long", "pieceJointeComplementaireDesignation (100)")
        attachments.append(
            Attachment(
                link_id=portal.invoices.next_link_id(),
                file=stored,
                designation=piece.pieceJointeComplementaireDesignation,
                type_code=piece.pieceJointeComplementaireType,
                line_number=piece.pieceJointeComplementaireNumeroLigneFacture,
            )
        )
    return attachments


def known_structure(portal: Portal, identifier: str) -> bool:
    """Whether a SIRET is a known structure, public or private: validators are usually suppliers."""
    return portal.suppliers.find(identifier) is not None or portal.directory.find(identifier) is not None


def decimals(value: Decimal) -> int:
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0
