"""The submission form: one value per field, its source, and the values it replaced.

The sources have a fixed precedence: a person's correction, the document's metadata, the supplier's correspondence
tables, the XML inside the PDF, the text layer, OCR, the supplier's settings. The form also shows the values that lost.
"""

from collections.abc import Iterator, Mapping
from typing import Literal, TypeVar

from pydantic import Field

from chorus_connector.domain.invoices.fields import FormFieldName
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.business_process import business_process
from chorus_connector.domain.reading.paper.page import Box
from chorus_connector.domain.reading.result import FieldReading, Reading, VatLine
from chorus_connector.domain.record import Record
from chorus_connector.domain.suppliers.matching import same_name, value_named

ValueSource = Literal["person", "metadata", "table", "xml", "text", "ocr", "supplier", "default", "portal", "directory"]
"""``portal`` is a value that Chorus Pro gave of an invoice sent by other means; it has no competitor.

``directory`` is the code of the service whose label was given instead of it, or the name of the recipient whose SIRET a
person gave; it beats what gave the label, and the name that was read.
"""
PRECEDENCE: tuple[ValueSource, ...] = (
    "person",
    "metadata",
    "table",
    "xml",
    "text",
    "ocr",
    "supplier",
    "default",
)

_TABLE_READS_METADATA: tuple[ValueSource, ...] = ("person", "table", "metadata", *PRECEDENCE[3:])
"""The precedence where a table translates the metadata itself: the translation takes the metadata's place."""

FormValue = str | tuple[VatLine, ...]


class Candidate(Record):
    """A value that one source proposes for a field. ``confidence`` is 0–1; a person's value has 1."""

    value: FormValue
    source: ValueSource
    confidence: float = 1.0
    page: int | None = None
    box: Box | None = None
    label_box: Box | None = None


AnyCandidate = TypeVar("AnyCandidate", bound=Candidate)


class FormField(Candidate):
    """The value in the form, and the candidates it beat, strongest first."""

    beaten: tuple[Candidate, ...] = ()


class Translation(Record):
    """What a correspondence table says of a field, and whether it translated a metadata or a printed label."""

    value: str
    of_metadata: bool = False


class Form(Record):
    """A pre-filled submission form. A field without a value is absent."""

    fields: dict[FormFieldName, FormField] = Field(default_factory=dict)

    def with_code(self, name: FormFieldName, code: str) -> "Form":
        """The form with the directory's code in place of the label that the field has."""
        label = self.fields[name]
        beaten = (Candidate(**label.model_dump(exclude={"beaten"})), *label.beaten)
        field = label.model_copy(update={"value": code, "source": "directory", "confidence": 1.0, "beaten": beaten})
        return self.model_copy(update={"fields": {**self.fields, name: field}})

    def with_recipient_named(self, name: str) -> "Form":
        """The form with the directory's name of a recipient whose SIRET a person gave: the read one is another's."""
        siret, read = self.fields.get("recipient_siret"), self.value("recipient_name")
        if siret is None or siret.source != "person" or not name or same_name(read or "", name):
            return self
        if read is not None:
            return self.with_code("recipient_name", name)
        named = FormField(value=name, source="directory")
        return self.model_copy(update={"fields": {**self.fields, "recipient_name": named}})

    def value(self, name: FormFieldName) -> str | None:
        """The field's text, or None. ``vat_lines`` has no text: read ``fields``."""
        field = self.fields.get(name)
        return field.value if field and isinstance(field.value, str) else None


def fill_form(
    reading: Reading,
    *,
    metadata: Mapping[str, str],
    associations: Mapping[FormFieldName, str],
    corrections: Mapping[FormFieldName, str],
    supplier_values: Mapping[FormFieldName, str],
    translations: Mapping[FormFieldName, Translation] | None = None,
) -> tuple[Form, tuple[Problem, ...]]:
    """The form with the strongest candidate of each field, and the problems of metadata that do not convert.

    ``associations`` name the metadata that fills each field; a metadata value that does not convert does not enter
    the form. ``corrections`` are a person's values, already normalised: an empty text keeps the field empty.
    ``translations`` are rows of the correspondence tables: one that translates a metadata takes its place, so the
    metadata itself need not be a valid value of the field.
    """
    translated = translations or {}
    candidates: dict[FormFieldName, list[Candidate]] = {}
    problems: list[Problem] = []
    for name, text in corrections.items():
        candidates.setdefault(name, []).append(Candidate(value=text, source="person"))
    for name, metadata_name in associations.items():
        if raw := value_named(metadata_name, metadata):
            candidate, problem = _of_metadata(name, metadata_name, raw, translated.get(name))
            candidates.setdefault(name, []).extend([candidate] if candidate else [])
            problems.extend([problem] if problem else [])
    for name, translation in translated.items():
        candidates.setdefault(name, []).append(Candidate(value=translation.value, source="table"))
    for read_name, read_candidate in _of_reading(reading):
        candidates.setdefault(read_name, []).append(read_candidate)
    for name, text in supplier_values.items():
        candidates.setdefault(name, []).append(Candidate(value=text, source="supplier"))
    fields: dict[FormFieldName, FormField] = {}
    for name, found in candidates.items():
        if not found:
            continue
        of_metadata = name in translated and translated[name].of_metadata
        if (field := _strongest(found, _TABLE_READS_METADATA if of_metadata else PRECEDENCE)) is not None:
            fields[name] = field
    return Form(fields=fields), tuple(problems)


def located(form: Form, reading: Reading) -> Form:
    """The form with the page and the boxes of each value that the reading found.

    They are shown with the form and stored with the reading only.
    """

    readings: dict[str, FieldReading] = dict(reading.fields.items())
    fields: dict[FormFieldName, FormField] = {}
    for name, field in form.fields.items():
        beaten = tuple(_located(each, readings.get(name)) for each in field.beaten)
        fields[name] = _located(field, readings.get(name)).model_copy(update={"beaten": beaten})
    return Form(fields=fields)


def _located(candidate: AnyCandidate, read: FieldReading | None) -> AnyCandidate:
    if read is None or (read.source, read.value) != (candidate.source, candidate.value):
        return candidate
    return candidate.model_copy(update={"page": read.page, "box": read.box, "label_box": read.label_box})


def _of_reading(reading: Reading) -> Iterator[tuple[FormFieldName, Candidate]]:
    for name, read in reading.fields.items():
        yield name, Candidate(value=read.value, source=read.source, confidence=read.confidence)
    process = business_process(reading.xml.business_process if reading.xml else None)
    if process.framework is not None:
        yield "framework", Candidate(value=process.framework, source="xml", confidence=process.confidence)


def _of_metadata(
    name: FormFieldName, metadata_name: str, raw: str, translation: Translation | None
) -> tuple[Candidate | None, Problem | None]:
    """A metadata's candidate: its value, or the label that a table translates; otherwise the problem."""
    value, problem = normalise(name, raw)
    if problem is None:
        return Candidate(value=value, source="metadata"), None
    if translation is not None and translation.of_metadata:
        return Candidate(value=raw, source="metadata"), None
    return None, _metadata_problem(name, metadata_name, problem)


def _strongest(found: list[Candidate], precedence: tuple[ValueSource, ...]) -> FormField | None:
    ranked = sorted(found, key=lambda candidate: precedence.index(candidate.source))
    best, *rest = ranked
    if best.value == "":  # a person emptied the field on purpose
        return None
    return FormField(**best.model_dump(), beaten=tuple(rest))


def _metadata_problem(name: FormFieldName, metadata_name: str, problem: Problem) -> Problem:
    return Problem(
        field=name,
        code="metadata_not_convertible",
        fr=f"La métadonnée « {metadata_name} » ne convient pas : {problem.fr}",
        en=f"The metadata '{metadata_name}' does not fit: {problem.en}",
    )
