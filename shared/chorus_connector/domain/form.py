"""The submission form: one value per field, where it comes from, and what it beat.

Values meet here with a fixed precedence (S31): what a person typed beats the document's metadata, which
beats the supplier's correspondence tables, then the XML inside, the text layer and OCR, then the supplier's
own settings. Nothing that lost is forgotten: the form shows it. Pure: no effect, no clock.
"""

from collections.abc import Mapping
from typing import Literal

from pydantic import BaseModel, ConfigDict

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.page import Box
from chorus_connector.domain.reading.result import FieldName, Reading, VatLine
from chorus_connector.domain.values import normalise

SubmissionField = Literal[
    "vat_regime",
    "vat_exemption_reason",
    "payment_method",
    "framework",
    "bank_account",
    "comment",
    "original_invoice_number",
    "validator_siret",
    "validator_service",
]
FormFieldName = FieldName | SubmissionField
ValueSource = Literal["person", "metadata", "table", "xml", "text", "ocr", "supplier", "default"]
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

FormValue = str | tuple[VatLine, ...]


class Candidate(BaseModel):
    """A value somebody or something proposes for a field. ``confidence`` is 0–1; a person's is 1."""

    model_config = ConfigDict(frozen=True)

    value: FormValue
    source: ValueSource
    confidence: float = 1.0
    page: int | None = None
    box: Box | None = None
    label_box: Box | None = None


class FormField(Candidate):
    """The value the form offers, and the candidates it beat, strongest first."""

    beaten: tuple[Candidate, ...] = ()


class Form(BaseModel):
    """A pre-filled submission form. A field nobody has a value for is absent."""

    model_config = ConfigDict(frozen=True)

    fields: dict[FormFieldName, FormField] = {}

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
) -> tuple[Form, tuple[Problem, ...]]:
    """Bring every source's candidates together and keep the strongest of each field.

    ``associations`` says which metadata feeds which field (S32, S33); a metadata value that does not convert
    is a problem and does not enter the form. ``corrections`` are a person's, already normalised: an empty
    text means "this field is to stay empty".
    """
    candidates: dict[FormFieldName, list[Candidate]] = {}
    problems: list[Problem] = []
    for name, text in corrections.items():
        candidates.setdefault(name, []).append(Candidate(value=text, source="person"))
    for name, metadata_name in associations.items():
        if raw := metadata.get(metadata_name, "").strip():
            value, problem = normalise(name, raw)
            if problem:
                problems.append(_metadata_problem(name, metadata_name, problem))
            else:
                candidates.setdefault(name, []).append(Candidate(value=value, source="metadata"))
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
    fields = {name: field for name, found in candidates.items() if (field := _strongest(found)) is not None}
    return Form(fields=fields), tuple(problems)


def _strongest(found: list[Candidate]) -> FormField | None:
    ranked = sorted(found, key=lambda candidate: PRECEDENCE.index(candidate.source))
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
