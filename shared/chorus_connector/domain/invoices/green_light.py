"""Checks a form before its invoice is sent; each problem names its field, its rule and the fix.

The recipient's record, today's date and what is known of numbers and bank accounts are arguments. The three
obligations of a recipient and the one of a service are independent rules.
Sources: Chorus Pro's field rules (`soumettreFacture`), structures/consulter `parametres`.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FormFieldName, fields_where
from chorus_connector.domain.invoices.form import Candidate, Form, FormField
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.identifier import names_a_recipient

_REQUIRED = fields_where(lambda field: field.required)
_VALIDATORS = {
    "A9": ("le titulaire du marché", "the main contractor"),
    "A12": ("le mandataire du groupement", "the leader of the group"),
}
_SURE_ENOUGH = fields_where(lambda field: field.read and field.sent)
"""A value of these that was read needs enough confidence to be sent without a person."""


_SAYS = {
    "text": ("La page porte", "The page has"),
    "xml": ("Le XML du document porte", "The document's XML has"),
    "metadata": ("La métadonnée du document donne", "The document's metadata gives"),
}


@dataclass(frozen=True)
class GreenLightFacts:
    """The facts from outside the form that the check needs."""

    #: None: the supplier has another identifier
    supplier_siret: str | None
    today: date
    #: None: the SIRET is missing or malformed, the directory does not know it, or it could not be asked
    recipient: Recipient | None
    #: the directory answered that it has no such structure
    recipient_unknown: bool = False
    #: the id of another document of this supplier that has claimed the number
    number_taken_by: str | None = None
    #: the portal's ids of the supplier's bank details; None: unknown, because the form names none
    bank_accounts: frozenset[str] | None = None
    confidence_threshold: float = 0.0
    #: the seller's SIREN in the document's XML
    xml_supplier_siren: str | None = None
    #: a person requested the submission of this form
    submission_requested: bool = False
    #: the document replaces a rejected invoice: a person gave its number when they asked for it
    reissued: bool = False


def check(form: Form, facts: GreenLightFacts) -> tuple[Problem, ...]:
    """Every problem of this form; without a blocking one the invoice may be sent."""
    return (
        *_missing(form),
        *_unsure(form, facts),
        *_number(form, facts),
        *_dates(form, facts.today),
        *_supplier(form, facts),
        *_recipient(form, facts),
        *_obligations(form, facts.recipient),
        *_codes(form),
        *_totals(form),
        *_framework(form),
        *_vat_regime(form),
        *_payment_method(form),
        *_bank_account(form, facts.bank_accounts),
    )


def _missing(form: Form) -> Iterator[Problem]:
    for name in _REQUIRED:
        if form.value(name) is None:
            label = INVOICE_FIELDS[name]
            yield Problem(
                field=name,
                code="missing",
                fr=f"Il manque {label.fr} : complétez-le dans le formulaire.",
                en=f"{label.en.capitalize()} is missing: fill it in.",
            )


def _unsure(form: Form, facts: GreenLightFacts) -> Iterator[Problem]:
    for name in _SURE_ENOUGH:
        field = form.fields.get(name)
        read = field is not None and field.source in ("xml", "text", "ocr")
        if field and read and field.confidence < facts.confidence_threshold:
            if name == "service_code" and _is_a_service(form, facts.recipient):
                continue
            label = INVOICE_FIELDS[name]
            yield Problem(
                field=name,
                code="low_confidence",
                fr=f"Vérifiez {label.fr} : la lecture n'est pas assez sûre.",
                en=f"Check {label.en}: it was not read surely enough.",
            )


def _is_a_service(form: Form, recipient: Recipient | None) -> bool:
    """Whether the recipient has an active service with the form's code: then the reading needs no confirmation."""
    code = form.value("service_code")
    service = recipient.service(code) if recipient is not None and code else None
    return service is not None and service.active


def _number(form: Form, facts: GreenLightFacts) -> Iterator[Problem]:
    number = form.value("invoice_number")
    if number is None:
        return
    if _too_long(form, "invoice_number"):
        yield Problem(
            field="invoice_number",
            code="number_too_long",
            fr="Le numéro de facture dépasse 20 caractères : Chorus Pro le refuse.",
            en="The invoice number is longer than 20 characters: Chorus Pro refuses it.",
        )
    if not re.fullmatch(r"[A-Za-z0-9_/+-]+", number):
        yield Problem(
            field="invoice_number",
            code="number_characters",
            fr="Le numéro de facture n'admet que lettres, chiffres et - _ / + (sans espace).",
            en="The invoice number may only hold letters, digits and - _ / + (no space).",
        )
    if facts.number_taken_by is not None:
        yield Problem(
            field="invoice_number",
            code="number_taken",
            fr="Ce numéro est déjà celui d'une autre facture de ce fournisseur.",
            en="Another invoice of this supplier already has this number.",
        )
    if not facts.reissued and (other := _another_number(form.fields["invoice_number"])) is not None:
        fr, en = _SAYS.get(other.source, _SAYS["text"])
        yield Problem(
            field="invoice_number",
            code="number_differs",
            fr=f"{fr} un autre numéro : {other.value}. Ce document ne part pas seul : comparez-le avec la page, puis "
            "déposez-le si le numéro saisi est le bon.",
            en=f"{en} another number: {other.value}. This document does not leave by itself: compare it with the page, "
            "then submit it if the typed number is right.",
            blocking=not facts.submission_requested,
        )


def _another_number(typed: FormField) -> Candidate | None:
    """What the document or its metadata gives as its number, if a person typed another one; writing does not count."""
    others = [each for each in typed.beaten if each.source != "supplier"] if typed.source == "person" else []
    if any(_bare(each.value) == _bare(typed.value) for each in others):
        return None
    return next(iter(others), None)


def _bare(number: object) -> str:
    return re.sub(r"[\W_]", "", str(number)).casefold()


def _dates(form: Form, today: date) -> Iterator[Problem]:
    text = form.value("invoice_date")
    if text is None:
        return
    invoice_date = date.fromisoformat(text)
    if invoice_date > today:
        yield Problem(
            field="invoice_date",
            code="date_in_future",
            fr="La date de facture est postérieure à aujourd'hui : Chorus Pro la refuse.",
            en="The invoice date is after today: Chorus Pro refuses it.",
        )
    due_text = form.value("due_date")
    if due_text is not None and date.fromisoformat(due_text) < invoice_date:
        yield Problem(
            field="due_date",
            code="due_before_invoice",
            fr="L'échéance précède la date de facture : vérifiez les deux dates.",
            en="The due date is before the invoice date: check both.",
            blocking=False,
        )


def _supplier(form: Form, facts: GreenLightFacts) -> Iterator[Problem]:
    printed, siren, own = form.value("supplier_siret"), facts.xml_supplier_siren, facts.supplier_siret
    of_another = siren is not None and not (own or "").startswith(siren)
    if printed is None and own is None and not of_another:
        yield Problem(
            field="supplier_siret",
            code="supplier_not_compared",
            fr="Ce fournisseur n'a pas de SIRET, et son identifiant n'est pas cherché sur la facture : rien ne dit si "
            "le document lui appartient.",
            en="This supplier has no SIRET, and its identifier is not searched on the invoice: nothing tells whether "
            "the document is theirs.",
            blocking=False,
        )
    if of_another if printed is None else printed != own:
        yield Problem(
            field="supplier_siret",
            code="supplier_siret_differs",
            fr="Le SIRET (ou le SIREN du XML) du fournisseur lu sur la facture n'est pas celui de ce fournisseur : "
            "vérifiez que le document lui appartient, puis corrigez-le (ou videz-le, s'il n'a pas de SIRET).",
            en="The supplier SIRET on the invoice (or the SIREN in its XML) is not this supplier's: check that the "
            "document is theirs, then correct it (or empty it, if this supplier has no SIRET).",
        )


def _recipient(form: Form, facts: GreenLightFacts) -> Iterator[Problem]:
    siret = form.value("recipient_siret")
    if siret is None:
        return
    if not names_a_recipient(siret):
        yield Problem(
            field="recipient_siret",
            code="not_a_siret",
            fr="Le SIRET du destinataire doit avoir 14 chiffres.",
            en="The recipient's SIRET must have 14 digits.",
        )
    elif siret == facts.supplier_siret:
        yield Problem(
            field="recipient_siret",
            code="recipient_is_supplier",
            fr="Le destinataire est le fournisseur lui-même : indiquez le SIRET de la structure publique.",
            en="The recipient is the supplier itself: give the public structure's SIRET.",
        )
    elif facts.recipient_unknown:
        yield Problem(
            field="recipient_siret",
            code="recipient_unknown",
            fr="Ce SIRET (ou numéro RIDET ou TAHITI) n'est pas dans l'annuaire de Chorus Pro : vérifiez-le auprès du "
            "destinataire. Un SIRET a 14 chiffres.",
            en="This SIRET (or RIDET or TAHITI number) is not in the Chorus Pro directory: check it with the "
            "recipient. A SIRET has 14 digits.",
        )
    elif facts.recipient is not None and not facts.recipient.active:
        yield Problem(
            field="recipient_siret",
            code="recipient_inactive",
            fr="Cette structure n'est plus active dans Chorus Pro : demandez le SIRET qui la remplace.",
            en="This structure is no longer active in Chorus Pro: ask for the SIRET that replaces it.",
        )
    elif facts.recipient is not None and facts.recipient.ambiguous:
        yield Problem(
            field="recipient_siret",
            code="recipient_ambiguous",
            fr="Chorus Pro a plusieurs structures actives sous ce SIRET : vérifiez que c'est bien le destinataire, "
            "puis soumettez la facture.",
            en="Chorus Pro has several active structures under this SIRET: check that it is the recipient, then submit "
            "the invoice.",
            blocking=not facts.submission_requested,
        )
    elif facts.recipient is not None and facts.recipient.works_invoices_only:
        yield Problem(
            field="recipient_siret",
            code="recipient_works_only",
            fr="Cette structure ne reçoit que des factures de travaux : la facture simple y est refusée.",
            en="This structure only takes works invoices: a simple invoice is refused.",
        )


def _obligations(form: Form, recipient: Recipient | None) -> Iterator[Problem]:
    if recipient is None:
        return
    code, engagement = form.value("service_code"), form.value("engagement_number")
    service = recipient.service(code) if code else None
    if recipient.service_required and code is None:
        yield _required("service_code", "service_required", "Ce destinataire exige")
    if code and (problem := _judge_service(code, recipient)):
        yield problem
    if engagement is None:
        if recipient.engagement_required:
            yield _required("engagement_number", "engagement_required", "Ce destinataire exige")
        elif service is not None and service.engagement_required:
            yield _required("engagement_number", "engagement_required_by_service", "Ce service exige")
    if recipient.service_or_engagement_required and code is None and engagement is None:
        yield Problem(
            field="service_code",
            code="service_or_engagement_required",
            fr="Ce destinataire exige un code service ou un numéro d'engagement : donnez l'un des deux.",
            en="This recipient needs a service code or an engagement number: give one of them.",
        )


def _judge_service(code: str, recipient: Recipient) -> Problem | None:
    service = recipient.service(code)
    if code == TECHNICAL_SERVICE:
        return Problem(
            field="service_code",
            code="service_reserved",
            fr="FACTURES_PUBLIQUES est réservé aux factures entre structures publiques : choisissez un autre service.",
            en="FACTURES_PUBLIQUES is reserved to invoices between public bodies: choose another service.",
        )
    if service is not None and not service.active:
        return Problem(
            field="service_code",
            code="service_inactive",
            fr="Ce service n'est plus actif : demandez au destinataire le code qui le remplace.",
            en="This service is no longer active: ask the recipient for the code that replaces it.",
        )
    if service is None and recipient.lists_services:
        meant = next((each.code for each in recipient.services if each.code.casefold() == code.casefold()), None)
        return Problem(
            field="service_code",
            code="service_unknown",
            fr=f"Ce code service n'existe pas chez ce destinataire : il a le service « {meant} »."
            if meant
            else "Ce code service n'existe pas chez ce destinataire : choisissez-en un de sa liste.",
            en=f"This recipient has no such service code: it has the service “{meant}”."
            if meant
            else "This recipient has no such service code: choose one of its list.",
        )
    return None


def _required(field: FormFieldName, code: str, who: str) -> Problem:
    label = INVOICE_FIELDS[field]
    return Problem(
        field=field,
        code=code,
        fr=f"{who} {label.fr} : demandez-le au destinataire et complétez le formulaire.",
        en=f"{label.en.capitalize()} is required here: ask the recipient for it and fill it in.",
    )


def _codes(form: Form) -> Iterator[Problem]:
    for name, field in INVOICE_FIELDS.items():
        if name != "invoice_number" and _too_long(form, name):
            yield Problem(
                field=name,
                code="too_long",
                fr=f"{field.longest} caractères au plus : Chorus Pro refuse au-delà.",
                en=f"At most {field.longest} characters: Chorus Pro refuses more.",
            )
    code = form.value("service_code")
    if code and not re.fullmatch(r"[\w À-ÿ-]+", code):
        yield Problem(
            field="service_code",
            code="service_characters",
            fr="Le code service n'admet que lettres, chiffres, espace, - et _.",
            en="A service code may only hold letters, digits, space, - and _.",
        )
    if (currency := form.value("currency")) and not re.fullmatch(r"[A-Z]{3}", currency):
        yield Problem(
            field="currency",
            code="currency",
            fr="La devise s'écrit en trois lettres (EUR).",
            en="The currency is three letters (EUR).",
        )


def _totals(form: Form) -> Iterator[Problem]:
    ht, tva, ttc, due = (_money(form, n) for n in ("total_ht", "total_tva", "total_ttc", "amount_due"))
    if ht is not None and tva is not None and ttc is not None and ht + tva != ttc:
        yield Problem(
            field="total_ttc",
            code="totals_disagree",
            fr=f"HT + TVA ≠ TTC (écart {ttc - ht - tva:+} €) : corrigez le montant faux.",
            en=f"Total without VAT + VAT is not the total with VAT (off by {ttc - ht - tva:+} EUR): "
            "correct the wrong one.",
        )
    if ttc is not None and due is not None and abs(due) > abs(ttc):
        yield Problem(
            field="amount_due",
            code="due_above_total",
            fr="Le montant à payer dépasse le total TTC.",
            en="The amount due is above the total with VAT.",
        )


def _framework(form: Form) -> Iterator[Problem]:
    framework = form.value("framework")
    if framework in ("A9", "A12") and form.value("validator_siret") is None:
        validator_fr, validator_en = _VALIDATORS[framework]
        yield Problem(
            field="validator_siret",
            code="validator_required",
            fr=f"Le cadre {framework} exige le SIRET du valideur, {validator_fr} : Chorus Pro lui soumet la facture "
            "avant de l'adresser au destinataire.",
            en=f"Framework {framework} needs the validator's SIRET, that is of {validator_en}: Chorus Pro asks them "
            "to validate the invoice before it goes to the recipient.",
        )
    if framework == "A2" and (due := _money(form, "amount_due")) is not None and due != 0:
        total = form.value("total_ttc") or "?"
        yield Problem(
            field="amount_due",
            code="already_paid",
            fr=f"Cadre A2 (déjà payée) : le montant à payer doit être 0, or il est de {due} € (total TTC {total} €). "
            "Corrigez-le, ou choisissez un autre cadre.",
            en=f"Framework A2 (already paid): the amount due must be 0, but it is {due} EUR (total with VAT {total} "
            "EUR). Correct it, or choose another framework.",
        )


def _vat_regime(form: Form) -> Iterator[Problem]:
    regime, tva = form.value("vat_regime"), _money(form, "total_tva")
    if regime == "none" and tva is not None and tva != 0:
        yield Problem(
            field="vat_regime",
            code="vat_without_regime",
            fr="Le régime choisi est sans TVA, mais la facture en porte : changez le régime ou le total TVA.",
            en="The chosen regime is without VAT, but the invoice bears some: change the regime or the VAT total.",
        )
    if regime == "exempt" and form.value("vat_exemption_reason") is None:
        yield Problem(
            field="vat_exemption_reason",
            code="exemption_reason_required",
            fr="Une exonération de TVA exige son motif.",
            en="A VAT exemption needs its reason.",
        )


def _payment_method(form: Form) -> Iterator[Problem]:
    """A credit note has no payment means (OCA's connector, in production since 2017; Chorus Pro publishes no rule)."""
    if form.value("invoice_type") == "credit_note":
        yield Problem(
            field="payment_method",
            code="no_payment_method",
            fr="Un avoir n'a pas de mode de paiement : Chorus Pro n'en accepte pas, il n'en est pas envoyé.",
            en="A credit note has no payment method: Chorus Pro accepts none, and none is sent.",
            blocking=False,
        )


def _bank_account(form: Form, known: frozenset[str] | None) -> Iterator[Problem]:
    wanted = form.value("bank_account")
    if wanted is None or known is None or wanted in known:
        return
    if wanted.isdigit():
        yield Problem(
            field="bank_account",
            code="bank_account_unknown",
            fr="Ces coordonnées bancaires ne sont pas parmi celles que Chorus Pro connaît pour ce fournisseur : "
            "choisissez-en d'autres, ou ajoutez-les d'abord sur la fiche de la structure dans Chorus Pro.",
            en="These bank details are not among those Chorus Pro knows for this supplier: choose others, or add them "
            "first to the structure's sheet in Chorus Pro.",
        )
    else:
        yield Problem(
            field="bank_account",
            code="bank_account_unknown",
            fr=f"« {wanted} » n'est ni un identifiant de coordonnées bancaires ni une étiquette de la table « bank » : "
            "ajoutez l'étiquette à cette table, ou choisissez des coordonnées.",
            en=f"'{wanted}' is neither an id of bank details nor a label of the table 'bank': add the label to that "
            "table, or choose bank details.",
        )


def _too_long(form: Form, name: FormFieldName) -> bool:
    longest = INVOICE_FIELDS[name].longest
    return longest is not None and len(form.value(name) or "") > longest


def _money(form: Form, name: FormFieldName) -> Decimal | None:
    text = form.value(name)
    return Decimal(text) if text is not None else None
