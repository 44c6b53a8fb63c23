"""Decides how a document goes to the portal: as a flow, as a plain PDF, or as a plain PDF without the XML inside it.

The portal reads only the XML of a flow, and its screen treats every PDF with an invoice XML as a flow (notice of AIFE;
what its API does is not published). So the XML goes only where the portal would accept it, or where someone wants it.
"""

from dataclasses import dataclass
from typing import Literal

from chorus_connector.domain.invoices.fields import INVOICE_FIELDS, FormFieldName, fields_where
from chorus_connector.domain.invoices.file_facts import FileFacts, FlowFault
from chorus_connector.domain.invoices.form import Form
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

Way = Literal["flow", "plain_pdf", "plain_pdf_without_xml", "undecided"]
"""``undecided``: a person must choose, because the XML should be removed and the file must not be changed."""

SendingReason = (
    Literal[
        "no_xml",
        "flow_accepted",
        "flow_off",
        "asked_for",
        "flow_rejected",
        "attachments",
        "form_differs",
        "xml_kept",
        "signed",
    ]
    | FlowFault
)

_COMPARED = fields_where(lambda field: field.compared_in_flow)
_DEPOSIT_ONLY = fields_where(lambda field: field.deposit_only)

REASONS: dict[SendingReason, tuple[str, str]] = {
    "no_xml": ("le fichier ne contient pas de XML", "the file contains no XML"),
    "flow_accepted": (
        "le XML a les valeurs du formulaire et ce que le portail exige d'un flux",
        "the XML has the form's values and what the portal demands of a flow",
    ),
    "flow_off": (
        "les flux ne sont pas activés pour ce fournisseur, et le portail pourrait traiter le XML comme un flux",
        "flows are switched off for this supplier, and the portal might treat the XML as a flow",
    ),
    "asked_for": ("une personne a demandé l'envoi du PDF seul", "a person asked for the PDF alone"),
    "flow_rejected": (
        "le portail a rejeté le XML pour son format",
        "the portal rejected the XML because of its format",
    ),
    "attachments": (
        "des pièces jointes l'accompagnent, et un flux devrait les contenir dans son XML",
        "attachments go with it, and a flow would need them inside its XML",
    ),
    "xml_unusable": (
        "le XML n'est pas une facture CII lisible et seule dans le fichier",
        "the XML is not a readable CII invoice that is alone in the file",
    ),
    "not_facturx": (
        "le profil du XML (BT-24) n'est pas un profil Factur-X",
        "the XML's profile (BT-24) is not one of Factur-X",
    ),
    "profile_ctc_fr": (
        "le profil EXTENDED-CTC-FR (BT-24) compte comme CII et non comme Factur-X",
        "the profile EXTENDED-CTC-FR (BT-24) counts as CII and not as Factur-X",
    ),
    "process_missing": (
        "le XML n'a pas de cadre de facturation (BT-23)",
        "the XML has no business process (BT-23)",
    ),
    "process_of_reform": (
        "le cadre BT-23 « {detail} » est celui de la réforme, que le portail rejette dans un flux",
        "the business process BT-23 '{detail}' is one of the reform, which the portal rejects in a flow",
    ),
    "process_unknown": (
        "le cadre BT-23 « {detail} » n'est pas un cadre de Chorus Pro",
        "the business process BT-23 '{detail}' is not a framework of Chorus Pro",
    ),
    "identifier_written_otherwise": (
        "le XML n'écrit pas les SIRET en 14 chiffres sans espace, comme identifiant du fournisseur et du destinataire",
        "the XML does not write both SIRETs as 14 digits without a space, as the identifiers of seller and buyer",
    ),
    "type_of_its_own": (
        "le XML a un type (BT-3) que Chorus Pro n'a pas : le document part comme le formulaire le dit",
        "the XML has a type (BT-3) that Chorus Pro does not have: the document goes as the form says",
    ),
    "payment_means_missing": (
        "le XML n'a pas de code du moyen de paiement, que le portail exige d'une facture",
        "the XML has no code of the payment means, which the portal demands of an invoice",
    ),
    "payment_means_on_credit_note": (
        "le XML de cet avoir a un moyen de paiement, que le portail n'accepte pas sur un avoir",
        "the XML of this credit note has payment means, which the portal does not accept on a credit note",
    ),
    "gross_price_without_allowance": (
        "le XML a un prix brut sans remise (AppliedTradeAllowanceCharge), que le portail rejette",
        "the XML has a gross price without an allowance (AppliedTradeAllowanceCharge), which the portal rejects",
    ),
    "reference_without_file": (
        "le XML a une référence (AdditionalReferencedDocument) sans le fichier qu'elle annonce, que le portail rejette",
        "the XML has a reference (AdditionalReferencedDocument) without the file it announces, which the portal "
        "rejects",
    ),
    "form_differs": (
        "le XML et le formulaire diffèrent ({detail})",
        "the XML and the form differ ({detail})",
    ),
    "xml_kept": ("il a été choisi de laisser le XML dans le PDF", "it was chosen to leave the XML inside the PDF"),
    "signed": (
        "le PDF est signé : en retirer le XML romprait la signature",
        "the PDF is signed: to remove its XML would break the signature",
    ),
}
_WAYS: dict[Way, tuple[str, str]] = {
    "flow": ("Envoi en flux", "Sent as a flow"),
    "plain_pdf": ("Envoi du PDF tel quel", "Sent as a PDF, as it is"),
    "plain_pdf_without_xml": ("Envoi du PDF sans son XML", "Sent as a PDF without its XML"),
    "undecided": ("Envoi à décider", "To be decided"),
}


class Sending(Record):
    """How a document goes to the portal, and why. ``detail`` is a code or the name of a field."""

    way: Way
    reason: SendingReason
    detail: str = ""

    @property
    def code(self) -> str:
        """Way, reason and detail in one word for the audit trail."""
        return ":".join(filter(None, (self.way, self.reason, self.detail)))

    @property
    def fr(self) -> str:
        label = INVOICE_FIELDS[self.detail].fr if self.detail in INVOICE_FIELDS else self.detail
        return f"{_WAYS[self.way][0]} : {REASONS[self.reason][0].format(detail=label)}."

    @property
    def en(self) -> str:
        label = INVOICE_FIELDS[self.detail].en if self.detail in INVOICE_FIELDS else self.detail
        return f"{_WAYS[self.way][1]}: {REASONS[self.reason][1].format(detail=label)}."


@dataclass(frozen=True)
class Wishes:
    """What the supplier and a person chose, and what happened before.

    ``supplier_siret``: a supplier without one sends no flow, because how the portal finds it in an XML is not known.

    ``as_flow``: the supplier sends a Factur-X as a flow. ``keep_xml``: the supplier, or a person for this document,
    leaves the XML inside. ``plain_pdf``: a person asked for the PDF alone. ``rejected``: the portal rejected the
    document's flow for its format. ``attachments``: other files go with it.
    """

    supplier_siret: str | None
    as_flow: bool = False
    keep_xml: bool = False
    plain_pdf: bool = False
    rejected: bool = False
    attachments: bool = False


def decide(form: Form, file: FileFacts, wishes: Wishes) -> Sending:
    """How the document goes to the portal."""
    if not file.xml:
        return Sending(way="plain_pdf", reason="no_xml")
    reason, detail = _against_a_flow(form, file, wishes)
    if reason is None:
        return Sending(way="flow", reason="flow_accepted")
    if wishes.keep_xml:
        return Sending(way="plain_pdf", reason="xml_kept")
    if file.signed:
        return Sending(way="undecided", reason="signed")
    return Sending(way="plain_pdf_without_xml", reason=reason, detail=detail)


def _against_a_flow(form: Form, file: FileFacts, wishes: Wishes) -> tuple[SendingReason | None, str]:
    """The first reason not to send the XML as a flow."""
    choices: tuple[tuple[SendingReason, bool], ...] = (
        ("flow_rejected", wishes.rejected),
        ("asked_for", wishes.plain_pdf),
        ("flow_off", not wishes.as_flow),
        ("attachments", wishes.attachments),
    )
    for reason, applies in choices:
        if applies:
            return reason, ""
    if file.fault is not None:
        return file.fault, file.process if file.fault.startswith("process") else ""
    different = _differing(form, file, wishes.supplier_siret)
    return ("form_differs", different) if different else (None, "")


def _differing(form: Form, file: FileFacts, supplier_siret: str | None) -> FormFieldName | None:
    """The first field whose value a flow would not carry."""
    said: dict[str, str] = {str(name): value for name, value in file.said.items()}
    if said.get("supplier_siret") != supplier_siret:
        return "supplier_siret"
    for name in _COMPARED:
        if said.get(name) != form.value(name):
            return name
    if file.process != form.value("framework"):
        return "framework"
    return next((name for name in _DEPOSIT_ONLY if form.value(name)), None)


def sending_problems(sending: Sending, file: FileFacts) -> tuple[Problem, ...]:
    """What a person must decide before the document goes, and what they should know."""
    problems = []
    if sending.way == "undecided":
        problems.append(_signed())
    if sending.reason == "xml_kept":
        problems.append(_xml_goes_along())
    if file.other_files:
        problems.append(_other_files(file.other_files))
    return tuple(problems)


def xml_not_removed() -> Problem:
    """The problem of a PDF whose XML should be removed and cannot be. A person chooses."""
    return Problem(
        field=None,
        code="xml_not_removed",
        fr="Le XML contenu dans ce PDF n'a pas pu être retiré sans changer ses pages. Remplacez le fichier par un PDF "
        "sans XML, ou demandez l'envoi du fichier tel quel, XML compris (keep_xml).",
        en="The XML inside this PDF could not be removed without a change of its pages. Replace the file by a PDF "
        "without XML, or ask for the file to be sent as it is, XML included (keep_xml).",
    )


def _signed() -> Problem:
    return Problem(
        field=None,
        code="pdf_signed",
        fr="Ce PDF est signé et contient un XML que le portail pourrait traiter comme un flux et rejeter. Il n'est "
        "jamais modifié : demandez son envoi tel quel, XML compris (keep_xml), ou remplacez-le par un PDF sans XML.",
        en="This PDF is signed and contains XML that the portal might treat as a flow and reject. It is never changed: "
        "ask for it to be sent as it is, XML included (keep_xml), or replace it by a PDF without XML.",
    )


def _xml_goes_along() -> Problem:
    return Problem(
        field=None,
        code="xml_kept",
        fr="Le XML reste dans le PDF, comme choisi : le portail pourrait le traiter comme un flux et rejeter le dépôt.",
        en="The XML stays inside the PDF, as chosen: the portal might treat it as a flow and reject the deposit.",
        blocking=False,
    )


def _other_files(count: int) -> Problem:
    return Problem(
        field=None,
        code="pdf_has_files",
        fr=f"Le PDF contient {count} fichier(s) joint(s) qui y restent : le destinataire pourrait ne pas les voir. "
        "Déposez-les comme pièces jointes s'ils lui sont nécessaires.",
        en=f"The PDF contains {count} attached file(s), which stay inside: the recipient may not see them. Upload them "
        "as attachments if the recipient needs them.",
        blocking=False,
    )
