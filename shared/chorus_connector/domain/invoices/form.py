"""The submission form: one value per field, where it comes from, and what it beat.

Values meet here with a fixed precedence: what a person typed beats the document's metadata, which
beats the supplier's correspondence tables, then the XML inside, the text layer and OCR, then the supplier's
own settings. Nothing that lost is forgotten: the form shows it. Pure: no effect, no clock.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field

from chorus_connector.domain.invoices.field_names import FormFieldName
from chorus_connector.domain.invoices.values import normalise
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.paper.page import Box
from chorus_connector.domain.reading.result import Reading, VatLine
from chorus_connector.domain.record import Record

ValueSource = Literal["person", "metadata", "table", "xml", "text", "ocr", "supplier", "default", "portal"]
"""Of these ``portal`` is what Chorus Pro says of an invoice sent by other means; it competes with nothing."""
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
"""Where the table's row translates the metadata itself: the translation stands in the metadata's place."""

FormValue = str | tuple[VatLine, ...]


class Candidate(Record):
    """A value somebody or something proposes for a field. ``confidence`` is 0–1; a person's is 1."""

    value: FormValue
    source: ValueSource
    confidence: float = 1.0
    page: int | None = None
    box: Box | None = None
    label_box: Box | None = None


class FormField(Candidate):
    """The value the form offers, and the candidates it beat, strongest first."""

    beaten: tuple[Candidate, ...] = ()


class Translation(Record):
    """What a correspondence table says of a field, and whether the label it read is a metadata."""

    value: str
    of_metadata: bool = False


class Form(Record):
    """A pre-filled submission form. A field nobody has a value for is absent."""

    fields: dict[FormFieldName, FormField] = Field(default_factory=dict)

    def value(self, name: FormFieldName) -> str | None:
        """The text offered for a field, or None. ``vat_lines`` has no text: read its field."""
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
    """Bring every source's candidates together and keep the strongest of each field.

    ``associations`` says which metadata feeds which field; a metadata value that does not convert
    is a problem and does not enter the form. ``corrections`` are a person's, already normalised: an empty
    text means "this field is to stay empty". ``translations`` are the correspondence tables' rows: one that
    translates a metadata takes its place, so that the label itself need not be a value of the field.
    """
    translated = translations or {}
    candidates: dict[FormFieldName, list[Candidate]] = {}
    problems: list[Problem] = []
    for name, text in corrections.items():
        candidates.setdefault(name, []).append(Candidate(value=text, source="person"))
    for name, metadata_name in associations.items():
        if raw := metadata.get(metadata_name, "").strip():
            candidate, problem = _of_metadata(name, metadata_name, raw, translated.get(name))
            candidates.setdefault(name, []).extend([candidate] if candidate else [])
            problems.extend([problem] if problem else [])
    for name, translation in translated.items():
        candidates.setdefault(name, []).append(Candidate(value=translation.value, source="table"))
    for read_name, read in reading.fields.items():
        candidates.setdefault(read_name, []).append(
            Candidate(
                value=read.value,
                source=read.source,
                confidence=read.confidence,
                page=read.page,
                box=read.box,
                label_box=read.label_box,
            )
        )
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


def _of_metadata(
    name: FormFieldName, metadata_name: str, raw: str, translation: Translation | None
) -> tuple[Candidate | None, Problem | None]:
    """What a metadata proposes: its value, the label a table translates, or nothing and the reason."""
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
