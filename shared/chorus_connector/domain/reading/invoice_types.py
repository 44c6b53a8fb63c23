"""The type of an invoice XML (BT-3, UNTDID 1001): invoice or credit note, and what Chorus Pro has no word for.

Chorus Pro knows two types only. So a self-billed, corrective or factored invoice would arrive as an ordinary one:
there a person decides. For other types the form shows what the XML says.
Sources: EN 16931, code list of BT-3; XP Z12-012, BR-FR-04, for the sixteen codes of the French rules; for factored
invoices the order of 14 December 2021 (the subrogation is entered in the portal's own field) and AIFE's page on
factoring (the factor's bank details are chosen on the invoice).
"""

from collections.abc import Iterator, Mapping

from chorus_connector.domain.invoices.fields import InvoiceType
from chorus_connector.domain.problem import Problem

_CREDIT_NOTES = frozenset({"81", "83", "261", "262", "296", "308", "381", "396", "420", "458", "502", "503", "532"})
_INVOICES = frozenset(
    {
        *("71", "80", "82", "84", "102", "130", "202", "203", "204", "211", "218", "219", "295", "326"),
        *("331", "380", "382", "383", "384", "385", "386", "387", "388", "389", "390", "393", "394", "395"),
        *("456", "457", "471", "472", "473", "500", "501", "527", "553", "575", "623", "633", "751", "780"),
        *("817", "870", "875", "876", "877", "935"),
    }
)
"""The codes of EN 16931 that demand a payment. 325, a pro forma invoice, does not."""
_SELF_BILLED = frozenset({"261", "389", "471", "473", "500", "501", "502", "527"})
_FACTORED = frozenset({"393", "396", "472", "473", "501", "502"})
_CORRECTIVE = frozenset({"384", "471", "472", "473"})
_WORKS = frozenset({"202", "203", "204", "211", "218", "219", "875", "876", "877"})
_ORDINARY = frozenset({"380", "381"})
_NAMES: Mapping[str, tuple[str, str]] = {
    "261": ("avoir auto-facturé", "self-billed credit note"),
    "262": ("avoir de remise globale", "credit note for a global discount"),
    "326": ("facture partielle", "partial invoice"),
    "384": ("facture rectificative", "corrective invoice"),
    "386": ("facture d'acompte", "deposit invoice"),
    "389": ("facture auto-facturée", "self-billed invoice"),
    "393": ("facture affacturée", "factored invoice"),
    "396": ("avoir affacturé", "factored credit note"),
    "471": ("facture rectificative auto-facturée", "self-billed corrective invoice"),
    "472": ("facture rectificative affacturée", "factored corrective invoice"),
    "473": ("facture rectificative auto-facturée et affacturée", "self-billed and factored corrective invoice"),
    "500": ("facture d'acompte auto-facturée", "self-billed deposit invoice"),
    "501": ("facture auto-facturée et affacturée", "self-billed and factored invoice"),
    "502": ("avoir auto-facturé et affacturé", "self-billed and factored credit note"),
    "503": ("avoir sur facture d'acompte", "credit note for a deposit invoice"),
    "527": ("note de débit auto-facturée", "self-billed debit note"),
}

_SHOWN = 60  # characters of a number that a problem quotes
ASKED_OF_A_PERSON = frozenset({"self_billed_invoice", "corrective_invoice", "works_invoice", "xml_type_sent_as"})
"""Codes of problems that only a person's own value settles: a metadata may say « facture » of every document."""
SHOWN_BESIDE_A_METADATA = frozenset({"factor_bank_account"})
"""Codes of problems that no longer block, and are still shown, when a metadata or a table gives the field's value."""


def type_of(code: str) -> InvoiceType | None:
    """Whether a type code is an invoice's or a credit note's; None for any other document."""
    if code in _CREDIT_NOTES:
        return "credit_note"
    return "invoice" if code in _INVOICES else None


def type_problems(code: str, preceding: str | None) -> Iterator[Problem]:
    """What a person must know or decide about a document of that type. ``preceding`` is its BT-25."""
    kind = type_of(code)
    if kind is None or code in _ORDINARY:
        return
    fr, en = _NAMES.get(code, ("autre type", "another type"))
    fr, en = f"{fr} (type {code})", f"{en} (type {code})"
    if code in _SELF_BILLED:
        yield _self_billed(fr, en)
    if code in _CORRECTIVE:
        yield _corrective(fr, en, preceding)
    if code in _WORKS:
        yield _works(code)
    if code in _FACTORED and kind == "invoice":
        yield _factor_account(fr, en)
    if code in _FACTORED:
        yield _subrogation(fr, en)
    if code not in _SELF_BILLED | _CORRECTIVE | _WORKS | _FACTORED:
        yield _sent_as(kind, fr, en)


def _self_billed(fr: str, en: str) -> Problem:
    return Problem(
        field="invoice_type",
        code="self_billed_invoice",
        fr=f"Le XML dit : {fr}, donc établie par l'acheteur au nom du fournisseur. Chorus Pro n'a pas ce type. "
        "Vérifiez que c'est à vous de la déposer, puis confirmez le type (facture ou avoir).",
        en=f"The XML says: {en}, so the buyer made it in the supplier's name. Chorus Pro has no such type. Check that "
        "it is yours to submit, then confirm the type (invoice or credit note).",
    )


def _corrective(fr: str, en: str, preceding: str | None) -> Problem:
    first = (preceding or "")[:_SHOWN]
    of_fr, of_en = (f" de la facture {first}", f" of the invoice {first}") if first else ("", "")
    return Problem(
        field="invoice_type",
        code="corrective_invoice",
        fr=f"Le XML dit : {fr}{of_fr}. Chorus Pro n'a pas ce type : elle y serait une facture de plus, à payer aussi. "
        "Vérifiez que la première est rejetée ou annulée par un avoir, puis confirmez le type (facture ou avoir).",
        en=f"The XML says: {en}{of_en}. Chorus Pro has no such type: it would be one more invoice to pay. Check that "
        "the first one was rejected or cancelled by a credit note, then confirm the type (invoice or credit note).",
    )


def _works(code: str) -> Problem:
    return Problem(
        field="invoice_type",
        code="works_invoice",
        fr=f"Le XML dit : décompte ou situation de travaux (type {code}). Chorus Pro les reçoit par le circuit des "
        "marchés de travaux, qui ne se dépose pas ici. Si c'est une facture simple, confirmez le type (facture).",
        en=f"The XML says: payment request for works (type {code}). Chorus Pro takes these by its circuit for works "
        "contracts, which is not submitted here. If it is an ordinary invoice, confirm the type (invoice).",
    )


def _factor_account(fr: str, en: str) -> Problem:
    return Problem(
        field="bank_account",
        code="factor_bank_account",
        fr=f"Le XML dit : {fr}. Choisissez les coordonnées bancaires de la société d'affacturage (sur la fiche de la "
        "structure dans Chorus Pro, case « Affactureur ») ; laissez le champ vide si elle n'est pas payée directement.",
        en=f"The XML says: {en}. Choose the factoring company's bank details (on the structure's sheet in Chorus Pro, "
        "marked « Affactureur »); set the field to an empty text if it is not paid directly.",
    )


def _subrogation(fr: str, en: str) -> Problem:
    return Problem(
        field="comment",
        code="subrogation_missing",
        fr=f"Le XML dit : {fr}. Écrivez la mention de subrogation dans le commentaire : elle doit être saisie dans "
        "Chorus Pro même si elle est imprimée (arrêté du 14 décembre 2021). Laissez-le vide s'il n'y en a pas.",
        en=f"The XML says: {en}. Write the sentence of subrogation in the comment: it must be entered in Chorus Pro "
        "even if it is printed (order of 14 December 2021). Set the field to an empty text if there is none.",
    )


def _sent_as(kind: InvoiceType, fr: str, en: str) -> Problem:
    as_fr, as_en = ("un avoir", "a credit note") if kind == "credit_note" else ("une facture", "an invoice")
    return Problem(
        field="invoice_type",
        code="xml_type_sent_as",
        fr=f"Le XML dit : {fr}. Chorus Pro n'a pas ce type : le document y part comme {as_fr}.",
        en=f"The XML says: {en}. Chorus Pro has no such type: the document is sent as {as_en}.",
        blocking=False,
    )
