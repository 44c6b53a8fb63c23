"""The service of a form: the code of the service whose label was given or printed, and the buyer's reference of an XML.

BT-10 is the service in many an XML and free text in as many. So it counts only if the recipient's directory lists it;
otherwise it is shown and not sent. A routing code (BT-46, scheme 0224) is the service without this question.
"""

from chorus_connector.domain.invoices.form import Candidate, Form, FormField
from chorus_connector.domain.portal.recipient import TECHNICAL_SERVICE, Recipient
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading import weights
from chorus_connector.domain.reading.result import XmlFacts

_STATED = ("person", "metadata", "table")
_SHOWN = 60  # characters of the reference that a problem quotes


def reference_to_try(form: Form, xml: XmlFacts | None, *, emptied: bool) -> str | None:
    """The buyer's reference that may be the service, or None if something surer names the service.

    ``emptied``: a person emptied the field.
    """
    field = form.fields.get("service_code")
    if xml is None or xml.routing_code or emptied or (field is not None and field.source in _STATED):
        return None
    return xml.buyer_reference


def with_reference(form: Form, reference: str | None, recipient: Recipient) -> tuple[Form, tuple[Problem, ...]]:
    """The form with the reference as its service if the recipient lists it; otherwise without it, and a problem."""
    if reference is None:
        return form, ()
    field = form.fields.get("service_code")
    others = [] if field is None else [Candidate(**field.model_dump(exclude={"beaten"})), *field.beaten]
    others = [each for each in others if (each.source, each.value) != ("xml", reference)]
    said = Candidate(value=reference, source="xml", confidence=weights.XML_CONFIDENCE)
    if _lists(recipient, reference):
        return _with_candidates(form, [said, *others]), ()
    return _with_candidates(form, others), (_not_a_service(reference),)


def with_code_of_service(form: Form, recipient: Recipient | None) -> Form:
    """The form with the code of the service whose label it has. What a person entered stays as it is."""
    field, text = form.fields.get("service_code"), form.value("service_code")
    if recipient is None or field is None or text is None or field.source == "person":
        return form
    labelled = recipient.labelled(text) if recipient.service(text) is None else None
    return form.with_code("service_code", labelled.code) if labelled else form


def with_labelled_service(form: Form, recipient: Recipient, *, emptied: bool) -> tuple[Form, tuple[Problem, ...]]:
    """The form with the code of the service that the document names, or what is shown of that name.

    The name must be that of one active service of the recipient. ``emptied``: a person emptied the service.
    """
    field = form.fields.get("service_label")
    if field is None or not isinstance(field.value, str) or "service_code" in form.fields or emptied:
        return form, ()
    labelled = recipient.labelled(field.value)
    if labelled is not None:
        said = Candidate(**field.model_dump(exclude={"beaten"}))
        code = said.model_copy(update={"value": labelled.code, "source": "directory", "confidence": 1.0})
        return _with_candidates(form, [code, said]), ()
    if not recipient.lists_services and not recipient.service_required:
        return form, ()
    return form, (_unknown_label(field.value),)


def _lists(recipient: Recipient, text: str) -> bool:
    """Whether the text is a service of the recipient, or the technical service, which the green light refuses."""
    return text == TECHNICAL_SERVICE or (recipient.service(text) or recipient.labelled(text)) is not None


def _with_candidates(form: Form, ranked: list[Candidate]) -> Form:
    fields = dict(form.fields)
    fields.pop("service_code", None)
    if ranked:
        fields["service_code"] = FormField(**ranked[0].model_dump(), beaten=tuple(ranked[1:]))
    return form.model_copy(update={"fields": fields})


def _unknown_label(label: str) -> Problem:
    shown = label[:_SHOWN]
    return Problem(
        field="service_code",
        code="service_label_unknown",
        fr=f"Le document nomme le service « {shown} ». Ce nom n'est ni dans votre table des services de ce "
        "destinataire, ni celui d'un seul de ses services actifs dans l'annuaire : il n'est pas envoyé comme code "
        "service. Choisissez le service, ou ajoutez ce nom à la table.",
        en=f"The document names the service “{shown}”. Your table of services of this recipient does not have this "
        "name, and the directory does not give it to exactly one active service: it is not sent as the service code. "
        "Choose the service, or add the name to the table.",
        blocking=False,
    )


def _not_a_service(reference: str) -> Problem:
    shown = reference[:_SHOWN]
    return Problem(
        field="service_code",
        code="buyer_reference_not_a_service",
        fr=f"Le XML porte la référence acheteur « {shown} » (BT-10). Ce n'est pas un service de ce destinataire dans "
        "l'annuaire : elle n'est pas envoyée comme code service.",
        en=f"The XML has the buyer reference “{shown}” (BT-10). The directory lists no such service of this recipient: "
        "it is not sent as the service code.",
        blocking=False,
    )
