"""The attachments of an invoice: which files belong to it, whether they are sent, and the portal's limits.

An attachment belongs to an invoice when both have the same classification rule and the same value of a metadata.
Sources of the limits: Chorus Pro, ajouter/fichier (name, extensions, 10 MB, error 20003); 120 MB for the whole invoice.
"""

import re
import unicodedata
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

from chorus_connector.domain.errors import Invalid, refuse_if_any
from chorus_connector.domain.invoices.file_names import has_unsafe_characters
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import matching_form, same_name, value_named

MAX_NAME = 50
MAX_FILE_BYTES = 10 * 1024 * 1024
MAX_INVOICE_BYTES = 120 * 1024 * 1024
MAX_LINKED = 50
MAX_METADATA = 20
_EXTENSIONS = """
BMP GIF FAX ODT PPT PPTX PPS TIF TIFF XLS XLSX XLC XLM BZ2 GZ GZIP TGZ ZIP JPEG JPG PNG SVG P7S RTF
TXT XML XSD XSL CSV PDF HTM HTML XHTML DOC DOCX ODP ODS
"""
EXTENSIONS = frozenset(_EXTENSIONS.split())
TYPE_PATTERN = r"[A-Z0-9_]{1,30}"
_YES = frozenset({"oui", "yes", "o", "y", "1", "true", "vrai", "x"})
_NO = frozenset({"non", "no", "n", "0", "false", "faux"})


class LinkRule(Record):
    """Attachments with this classification rule are sent with the rule's invoices that have the same metadata value.

    ``classification_rule`` is empty for documents filed without one. ``attachment_type`` is a code of the portal's
    referential, for files that name none themselves.
    """

    classification_rule: str = Field(default="", max_length=200)
    metadata: str = Field(min_length=1, max_length=100)
    attachment_type: str | None = Field(default=None, pattern=f"^{TYPE_PATTERN}$")


class AttachmentPolicy(Record):
    """A supplier's settings for attachments. ``send`` False: no attachment is sent, whatever is linked."""

    send: bool = False
    #: the metadata that says per invoice whether attachments are sent (« PJ »: oui or non); None: ``send`` decides
    switch_metadata: str | None = Field(default=None, min_length=1, max_length=100)
    #: further values of that metadata that send them; its own name always does (« PJ » = « PJ »)
    switch_values: tuple[Annotated[str, Field(min_length=1, max_length=100)], ...] = Field(default=(), max_length=20)
    default_type: str | None = Field(default=None, pattern=f"^{TYPE_PATTERN}$")
    rules: tuple[LinkRule, ...] = Field(default=(), max_length=50)

    @property
    def types(self) -> frozenset[str]:
        """Every type this policy names."""
        named = {self.default_type, *(rule.attachment_type for rule in self.rules)}
        return frozenset(code for code in named if code)


class Attachment(Record):
    """A file of one supplier that may be sent with invoices. ``size`` in bytes is None until it has arrived.

    ``object_version`` identifies the bytes that were checked: only they are sent, even if an upload link is used twice.
    ``upload_version`` is the version of the upload that they were stored from.
    """

    attachment_id: str
    file_name: str
    classification_rule: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)
    attachment_type: str | None = None
    #: the document it was uploaded for; None: for those that the rules link
    document_id: str | None = None
    size: int | None = None
    #: of its file; None: it has not arrived, or an older release took it
    sha256: SkipJsonSchema[str | None] = None
    object_version: SkipJsonSchema[str] = ""
    upload_version: SkipJsonSchema[str] = ""
    uploaded_at: datetime
    uploaded_by: str
    #: the labels that its uploader could see, in their matching form; None: every document
    uploader_labels: SkipJsonSchema[frozenset[str] | None] = None

    @property
    def content_key(self) -> str:
        """The same for two attachments with the same content, as far as that is known."""
        return self.sha256 or self.attachment_id

    @property
    def link_keys(self) -> frozenset[tuple[str, str]]:
        """The keys of its metadata, by which the rules find it (see ``link_key``)."""
        return frozenset(link_key(name, value) for name, value in self.metadata.items())


class LinkedAttachment(Record):
    """An attachment that is sent with one invoice."""

    attachment_id: str
    file_name: str
    size: int
    attachment_type: str
    object_version: SkipJsonSchema[str] = ""


class AttachmentType(Record):
    """A code of the portal's referential and its French name."""

    code: str
    name: str = ""


class Filing(Record):
    """The part of an invoice's filing that decides which attachments are linked."""

    classification_rule: str = ""
    metadata: dict[str, str] = Field(default_factory=dict)


Wish = Literal["yes", "no", "unsaid"]


def says_no(value: str) -> bool:
    """Whether the switch's metadata with that value sends nothing, whatever the policy's ``switch_values`` are."""
    return matching_form(value) in _NO


def link_key(name: str, value: str) -> tuple[str, str]:
    """The form in which a metadata's name and value are compared: the matching form that labels have too."""
    return matching_form(name), matching_form(value)


def wish(policy: AttachmentPolicy, metadata: Mapping[str, str], decision: bool | None = None) -> Wish | Problem:
    """Whether this invoice's attachments are sent, or the problem with the metadata that says so.

    ``decision`` is a person's, and beats all else. Then: "no" when the supplier sends none; else what the invoice's
    metadata says; "unsaid" when it says nothing.
    """
    if decision is not None:
        return "unsaid" if decision else "no"
    if not policy.send:
        return "no"
    if policy.switch_metadata is None:
        return "unsaid"
    said = matching_form(value_named(policy.switch_metadata, metadata))
    if says_no(said):
        return "no"
    if said in _YES | {matching_form(each) for each in (policy.switch_metadata, *policy.switch_values)}:
        return "yes"
    return _unclear_switch(policy) if said else "unsaid"


def rules_for(policy: AttachmentPolicy, filing: Filing) -> Iterator[tuple[LinkRule, tuple[str, str]]]:
    """The rules that apply to an invoice with this filing, each with the key that finds its attachments."""
    for rule in policy.rules:
        value = value_named(rule.metadata, filing.metadata)
        if matching_form(value) and same_name(rule.classification_rule, filing.classification_rule):
            yield rule, link_key(rule.metadata, value)


def belongs(rule: LinkRule, attachment: Attachment) -> bool:
    """Whether the rule links that attachment: its file has arrived, and it has the rule's classification rule."""
    return attachment.size is not None and same_name(rule.classification_rule, attachment.classification_rule)


def linked(policy: AttachmentPolicy, found: Iterable[tuple[LinkRule, Attachment]]) -> tuple[LinkedAttachment, ...]:
    """The attachments to send, in order of arrival, with their types: of several with one content the first."""
    ordered = sorted(found, key=lambda pair: (pair[1].uploaded_at, pair[1].attachment_id))
    firsts: dict[str, tuple[LinkRule, Attachment]] = {}
    for pair in ordered:
        firsts.setdefault(pair[1].content_key, pair)
    return tuple(
        LinkedAttachment(
            attachment_id=attachment.attachment_id,
            file_name=attachment.file_name,
            size=attachment.size or 0,
            attachment_type=attachment.attachment_type or rule.attachment_type or policy.default_type or "",
            object_version=attachment.object_version,
        )
        for rule, attachment in firsts.values()
    )


def check_linked(
    attachments: tuple[LinkedAttachment, ...], *, invoice_size: int, types: Collection[str] = ()
) -> Iterator[Problem]:
    """Problems with the files taken together; each file alone was checked at its upload.

    ``types`` are the codes that the portal has; empty: not known. A rule's type may have gone since it was saved.
    """
    if len(attachments) > MAX_LINKED:
        yield _too_many()
    if invoice_size + sum(each.size for each in attachments) > MAX_INVOICE_BYTES:
        yield _too_large_together()
    if any(not each.attachment_type for each in attachments):
        yield _no_type()
    if unknown := unknown_type((each.attachment_type for each in attachments), types):
        yield unknown


def unknown_type(named: Iterable[str], types: Collection[str]) -> Problem | None:
    """The problem of types that the portal does not have; None if it has them all, or its ``types`` are not known."""
    unknown = sorted({each for each in named if each} - set(types)) if types else []
    if not unknown:
        return None
    said, offered = ", ".join(unknown), ", ".join(sorted(types))
    return Problem(
        field="attachments",
        code="attachment_type_unknown",
        fr=f"Types de pièces jointes inconnus de Chorus Pro : {said}. Il connaît : {offered}.",
        en=f"Types of attachments that Chorus Pro does not know: {said}. It knows: {offered}.",
    )


def checked_name(file_name: str) -> str:
    """The file's name, stripped and NFC-normalised. Raises Invalid when the portal would refuse it."""
    name = unicodedata.normalize("NFC", file_name).strip()
    refuse_if_any("Pièce jointe refusée.", "The attachment is refused.", *_check_name(name))
    return name


def checked_size(size: int) -> int:
    """The file's size in bytes. Raises Invalid when the file is empty or larger than the portal accepts."""
    if size == 0:
        raise _refused("attachment_empty", "Le fichier est vide.", "The file is empty.")
    if size > MAX_FILE_BYTES:
        raise _refused(
            "attachment_too_large",
            "Le fichier dépasse 10 Mo : Chorus Pro le refuse.",
            "The file is larger than 10 MB: Chorus Pro refuses it.",
        )
    return size


def awaited_problem(metadata: str) -> Problem:
    """The invoice announces attachments and none has arrived yet: the invoice waits for them."""
    return Problem(
        field="attachments",
        code="attachment_awaited",
        fr=f"« {metadata} » annonce des pièces jointes et aucune n'est arrivée : la facture les attend.",
        en=f"'{metadata}' announces attachments and none has come: the invoice waits for them.",
        blocking=False,
    )


def withheld_problem(file_names: Iterable[str]) -> Problem:
    """Files that a rule would link, and that are not sent because an uploader of the two may not see both."""
    named = ", ".join(file_names)
    return Problem(
        field="attachments",
        code="attachment_withheld",
        fr=f"Non jointes : {named}. La personne qui a déposé la facture ou la pièce n'a pas le droit de voir l'autre. "
        "Pour les joindre, déposez-les de nouveau avec l'étiquette de la facture.",
        en=f"Not attached: {named}. The uploader of the invoice or of the file may not see the other. To attach them, "
        "upload them again with the invoice's label.",
        blocking=False,
    )


def repeated_problem(file_names: Iterable[str]) -> Problem:
    """Files that have the content of another attachment of the invoice: that is sent once."""
    named = ", ".join(file_names)
    return Problem(
        field="attachments",
        code="attachment_repeated",
        fr=f"Déjà jointes sous un autre dépôt, avec le même contenu : {named}. Ce contenu part une seule fois.",
        en=f"Attached already by another upload with the same content: {named}. That content is sent once.",
        blocking=False,
    )


def missing_problem(metadata: str) -> Problem:
    """The problem for an attachment that did not come within the waiting time: a person must decide."""
    return Problem(
        field="attachments",
        code="attachment_missing",
        fr=f"« {metadata} » annonce des pièces jointes et aucune n'est liée à cette facture : déposez-les avec la même "
        "règle de classement et la même métadonnée, puis validez de nouveau.",
        en=f"'{metadata}' announces attachments and none is linked to this invoice: upload them with the same "
        "classification rule and metadata, then validate again.",
    )


def _check_name(name: str) -> Iterator[Problem]:
    extension = name.rpartition(".")[2].upper() if "." in name else ""
    if not 0 < len(name) <= MAX_NAME:
        yield _name_too_long()
    forbidden = re.search(r"[\\/:*?\"<>|]", name) or any(unicodedata.category(char).startswith("C") for char in name)
    if forbidden or has_unsafe_characters(name):
        yield _name_characters()
    if extension not in EXTENSIONS or name.startswith("."):
        yield _extension()


def _refused(code: str, fr: str, en: str) -> Invalid:
    return Invalid.about(Problem(field="file", code=code, fr=fr, en=en))


def _unclear_switch(policy: AttachmentPolicy) -> Problem:
    name = policy.switch_metadata or ""
    words = ", ".join((name, *policy.switch_values))
    return Problem(
        field="attachments",
        code="attachment_switch",
        fr=f"La métadonnée « {name} » doit dire oui ou non (ou, pour oui : {words}) ; décidez ici pour cette facture "
        "(send_attachments : true ou false).",
        en=f"The metadata '{name}' must say yes or no: oui, non (or, for yes: {words}); decide here for this invoice "
        "(send_attachments: true or false).",
    )


def _too_many() -> Problem:
    return Problem(
        field="attachments",
        code="attachments_too_many",
        fr=f"Plus de {MAX_LINKED} pièces jointes sont liées à cette facture : regroupez-les.",
        en=f"More than {MAX_LINKED} attachments are linked to this invoice: put them together.",
    )


def _too_large_together() -> Problem:
    return Problem(
        field="attachments",
        code="attachments_too_large",
        fr="La facture et ses pièces jointes dépassent 120 Mo : Chorus Pro les refuse, allégez-les.",
        en="The invoice and its attachments are larger than 120 MB: Chorus Pro refuses them, make them lighter.",
    )


def _no_type() -> Problem:
    return Problem(
        field="attachments",
        code="attachment_type_missing",
        fr="Une pièce jointe n'a pas de type : choisissez un type par défaut dans la configuration.",
        en="An attachment has no type: choose a default type in the configuration.",
    )


def _name_too_long() -> Problem:
    return Problem(
        field="file_name",
        code="attachment_name_too_long",
        fr=f"Le nom doit compter de 1 à {MAX_NAME} caractères, extension comprise : renommez le fichier.",
        en=f"The name must be 1 to {MAX_NAME} characters long, extension included: rename the file.",
    )


def _name_characters() -> Problem:
    return Problem(
        field="file_name",
        code="attachment_name_characters",
        fr='Le nom contient un caractère interdit (\\ / : * ? " < > | ou un caractère de contrôle).',
        en='The name holds a forbidden character (\\ / : * ? " < > | or a control character).',
    )


def _extension() -> Problem:
    return Problem(
        field="file_name",
        code="attachment_extension",
        fr="Chorus Pro n'accepte pas cette extension (acceptées : PDF, PNG, JPG, XLSX, DOCX, ZIP, CSV, XML…).",
        en="Chorus Pro does not take this extension (it takes PDF, PNG, JPG, XLSX, DOCX, ZIP, CSV, XML…).",
    )
