"""The accuracy table counts honestly: what is right, wrong, missing, or given where there is nothing."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tools.invoice_generator import accuracy, corpus
from tools.invoice_generator.verdicts import judge, same


@dataclass(frozen=True)
class FakeField:
    value: object
    confidence: float = 0.97


@dataclass(frozen=True)
class FakeReading:
    fields: dict[str, FakeField] = field(default_factory=dict)
    problems: tuple[Any, ...] = ()


TRUTH: dict[str, object] = {
    "fields": {"invoice_number": "F1", "total_ttc": "120.00", "due_date": None, "iban": "FR761"},
    "visible": {"invoice_number": True, "total_ttc": True, "due_date": None, "iban": False},
}


@pytest.mark.parametrize(
    ("name", "given", "verdict"),
    [
        ("invoice_number", "F1", "right"),
        ("invoice_number", "F2", "wrong"),
        ("invoice_number", None, "missing"),
        ("total_ttc", "-120.00", "right"),
        ("due_date", None, "absent"),
        ("due_date", "2026-01-01", "invented"),
        ("iban", None, "absent"),
        ("iban", "FR761", "deduced"),
        ("iban", "FR999", "invented"),
    ],
)
def test_each_value_gets_one_verdict(name: str, given: object, verdict: str) -> None:
    assert judge(name, TRUTH, given) == verdict


def test_what_only_the_xml_holds_is_there_to_be_found() -> None:
    assert judge("iban", TRUTH | {"embedded_xml": True}, None) == "missing"


@pytest.mark.parametrize(
    ("name", "one", "other", "equal"),
    [
        ("supplier_name", "Électricité Générale", "ELECTRICITE GENERALE", True),
        ("supplier_name", "Dupont Frères", "SARL Dupont Frères", True),
        ("recipient_name", "SIVOM du Pays de Retz", "SIVOM", False),
        ("recipient_name", "Mairie de Pont-l'Abbaye", "Mairie de Pont-l'Abbayc", True),
        ("service_code", "DIR GENERALE", "DIR", False),
        ("service_code", "dir\u00a0generale", "DIR GENERALE", True),
        ("supplier_siret", "12345678200051", "123 456 782 00051", True),
        ("total_ht", "100.00", "100.0", True),
        ("total_ht", "100.00", "100.01", False),
        ("invoice_date", "2026-03-01", "2026-01-03", False),
    ],
)
def test_values_are_compared_by_what_they_mean(name: str, one: str, other: str, equal: bool) -> None:
    assert same(name, one, other) is equal


def test_vat_lines_are_right_as_a_whole_in_any_order() -> None:
    lines = [{"rate": "20.00", "base": "10.00", "amount": "2.00"}, {"rate": "5.50", "base": "4.00", "amount": "0.22"}]
    assert same("vat_lines", lines, tuple(reversed(lines)))
    assert not same("vat_lines", lines, lines[:1])


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    corpus.write(tmp_path, corpus.documents(4, 6, "classique,grille,bandeau", facturx=0.3))
    return tmp_path


def _perfect(folder: Path) -> accuracy.Reader:
    answers = {pdf.read_bytes(): truth for pdf, truth in accuracy.truths(folder)}

    def read(data: bytes) -> FakeReading:
        fields = answers[data]["fields"]
        assert isinstance(fields, dict)
        return FakeReading({name: FakeField(value) for name, value in fields.items() if value})

    return read


def test_a_perfect_reader_scores_a_hundred(folder: Path) -> None:
    data: Any = accuracy.summary(accuracy.measure(folder, _perfect(folder)), {})
    everything = data["parts"]["all"]
    assert everything["all_fields"]["right_pct"] == 100
    assert everything["all_fields"]["wrong_pct"] == 0
    assert everything["whole"] == everything["documents"] == 6
    assert (
        sum(b["n"] for b in everything["calibration"])
        == sum(b["n"] for b in everything["calibration"] if b["from"] == 0.95)
        > 0
    )
    assert "mean over printed fields 100.00 %" in accuracy.table(data)
    json.dumps(data)


def test_one_wrong_number_costs_its_document_and_shows_in_the_calibration(folder: Path) -> None:
    perfect = _perfect(folder)
    victim = next(pdf.read_bytes() for pdf, _ in accuracy.truths(folder))

    def read(data: bytes) -> FakeReading:
        fields = dict(perfect(data).fields)
        return FakeReading(fields | {"invoice_number": FakeField("nonsense", 0.6)} if data == victim else fields)  # type: ignore[arg-type]

    data: Any = accuracy.summary(accuracy.measure(folder, read), {})
    assert data["parts"]["all"]["fields"]["invoice_number"]["wrong"] == 1
    assert data["parts"]["all"]["whole"] == 5
    assert [b["right_pct"] for b in data["parts"]["all"]["calibration"] if b["from"] == 0.5] == [0.0]


def test_a_reader_that_crashes_is_reported_and_the_others_are_still_read(folder: Path) -> None:
    victim = next(pdf.read_bytes() for pdf, _ in accuracy.truths(folder))
    perfect = _perfect(folder)

    def read(data: bytes) -> accuracy.ReadDocument:
        if data == victim:
            raise ValueError("boom")
        return perfect(data)

    result = accuracy.measure(folder, read)
    assert len(result.crashes) == 1
    assert sum(result.documents.values()) == 6
