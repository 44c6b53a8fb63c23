"""The accuracy table counts honestly: what is right, wrong, missing, or given where there is nothing."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.result import Reading
from tools.accuracy.measure import measure
from tools.accuracy.report import summary, table, xml_differences
from tools.accuracy.taught import by_supplier, lessons
from tools.accuracy.truth import Truth, read_truth, truths
from tools.accuracy.verdicts import FIELDS, judge, same
from tools.invoice_generator import corpus

TRUTH = read_truth(
    Path("design-1.pdf"),
    {
        "fields": {"invoice_number": "F1", "total_ttc": "120.00", "due_date": None, "iban": "FR761"},
        "visible": {"invoice_number": True, "total_ttc": True, "due_date": None, "iban": False},
        "acceptable": {"invoice_number": ["N° F1", None]},
    },
)


@pytest.mark.parametrize(
    ("name", "given", "verdict"),
    [
        ("invoice_number", "F1", "right"),
        ("invoice_number", "N° F1", "right"),
        ("invoice_number", "F2", "wrong"),
        ("invoice_number", None, "absent"),
        ("total_ttc", None, "missing"),
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
    assert judge("iban", replace(TRUTH, kind="xml"), None) == "missing"


@pytest.mark.parametrize(
    ("file", "design", "number"),
    [
        ("c02_traiteur-4.pdf", "c02_traiteur", 4),
        ("c02_traiteur-4_scan.pdf", "c02_traiteur", 4),
        ("0012_grille.pdf", "grille", 12),
        ("tune_03_L02.pdf", "L02", 3),
        ("invoice.pdf", "invoice", 1),
    ],
)
def test_the_name_of_a_file_says_its_design(file: str, design: str, number: int) -> None:
    truth = read_truth(Path(file), {"fields": {}})
    assert (truth.design, truth.number) == (design, number)


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


def _reading(**values: object) -> Reading:
    given = {name: {"value": value, "confidence": 0.97, "source": "text"} for name, value in values.items()}
    return Reading.model_validate({"fields": given})


def _perfect(truth: Truth) -> Reading:
    return _reading(**{name: truth.fields[name] for name in FIELDS if truth.fields.get(name)})


def _difference(field: str) -> Reading:
    return Reading(problems=(Problem(field=field, code="xml_page_difference", fr="…", en="…", blocking=False),))


def _everything_leaves(_: object) -> bool:
    return True


def test_a_perfect_reader_scores_a_hundred(folder: Path) -> None:
    figures = summary(measure(truths(folder), _perfect, _everything_leaves))
    everything = figures["parts"]["all"]
    assert everything["all_fields"]["right_pct"] == 100
    assert everything["all_fields"]["wrong_pct"] == 0
    assert everything["key_fields_right"] == everything["documents"] == 6
    assert everything["designs"] == 3
    assert everything["unattended"]["unattended"] == 6
    assert everything["unattended"]["wrong"] == 0
    assert "fields right 100.00 %" in table(figures)
    json.dumps(figures)


def test_one_wrong_number_costs_its_document_and_is_counted_among_what_leaves(folder: Path) -> None:
    victim = next(truths(folder)).name

    def read(truth: Truth) -> Reading:
        wrong = replace(truth, fields={**truth.fields, "invoice_number": "nonsense"})
        return _perfect(wrong if truth.name == victim else truth)

    everything = summary(measure(truths(folder), read, _everything_leaves))["parts"]["all"]
    assert everything["fields"]["invoice_number"]["wrong"] == 1
    assert everything["key_fields_right"] == 5
    assert everything["unattended"]["wrong_documents"] == [victim]
    sure = next(each for each in everything["calibration"] if each["from"] == 0.95 and each["n"])
    assert sure["right_pct"] < 100


def test_a_document_that_asks_for_a_person_risks_nothing(folder: Path) -> None:
    judged = measure(truths(folder), lambda _: Reading(), lambda _: False)
    risk = summary(judged)["parts"]["all"]["unattended"]
    assert (risk["unattended"], risk["wrong"], risk["to_a_person_pct"]) == (0, 0, 100)


def test_a_reader_that_crashes_is_reported_and_the_others_are_still_read(folder: Path) -> None:
    victim = next(truths(folder)).name

    def read(truth: Truth) -> Reading:
        if truth.name == victim:
            raise ValueError("boom")
        return _perfect(truth)

    figures = summary(measure(truths(folder), read, _everything_leaves))
    assert figures["crashes"] == [f"{victim}: ValueError: boom"]
    assert figures["parts"]["all"]["documents"] == 6
    assert figures["parts"]["all"]["unattended"]["unattended"] == 5, "what was not read does not leave"


def test_a_difference_of_page_and_xml_is_false_unless_it_was_planted() -> None:
    planted = replace(TRUTH, kind="xml", differing={"total_ttc": "130.00"})
    differing = iter(("total_ttc", "due_date"))
    judged = measure([planted, planted], lambda _: _difference(next(differing)), _everything_leaves)
    figures = xml_differences(judged)
    assert figures == {"documents": 2, "with_a_false_one": 1, "planted": 2, "found": 1}


def test_the_first_documents_of_each_design_are_taught_and_the_later_ones_read() -> None:
    names = ["a-1", "a-2", "a-2_scan", "a-3", "a-3_scan", "b-1_scan", "b-2"]
    documents = [read_truth(Path(f"{n}.pdf"), {"fields": {}, "supplier": "s", "scan": "scan" in n}) for n in names]
    (own,) = by_supplier(documents).values()
    teach, later = lessons(own, 2)
    assert sorted(each.name for each in teach) == ["a-1", "a-2", "b-1_scan", "b-2"]
    assert sorted(each.name for each in later) == ["a-3", "a-3_scan"]
