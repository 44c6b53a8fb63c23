"""``teach`` learns the layouts of one supplier from PDFs and truths; ``read --layouts`` reads the next ones by them."""

import json
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from typer.testing import CliRunner

from tools.cli import app
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.scenario import draw_invoice


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four invoices of one supplier and one of another, with their truths."""
    where = tmp_path_factory.mktemp("taught")
    design = layouts("dev")["bandeau"]
    first = draw_invoice(Random("the supplier"), design)
    for number in range(5):
        drawn = draw_invoice(Random(f"a document {number}"), design)
        if number < 4:
            drawn = replace(drawn, supplier=first.supplier, number=f"{first.number[:-2]}{41 + 7 * number}")
        document = print_invoice(drawn, design, Random("one print"), f"document-{number}")
        (where / f"document-{number}.pdf").write_bytes(document.pdf)
        (where / f"document-{number}.json").write_text(json.dumps(document.truth), encoding="utf-8")
    return where


def teach(folder: Path, *numbers: int, truths: Path | None = None, out: str = "layouts.json") -> tuple[int, str]:
    """The exit code and what was written to stderr."""
    files = [str(folder / f"document-{number}.pdf") for number in numbers]
    done = CliRunner().invoke(app, ["teach", "--truth", str(truths or folder), "--out", str(folder / out), *files])
    return done.exit_code, done.stderr


def test_a_later_invoice_is_read_by_what_the_first_ones_taught(folder: Path) -> None:
    assert teach(folder, 0, 1, 2)[0] == 0
    known = ["--layouts", str(folder / "layouts.json")]
    files = [str(folder / f"document-{number}.pdf") for number in (3, 4)]
    lines = [
        json.loads(line) for line in CliRunner().invoke(app, ["read", "--jsonl", *known, *files]).stdout.splitlines()
    ]
    assert lines[0]["layout"]["confirmed"] == 3
    assert lines[1]["layout"] is None
    assert lines[1]["unattended"] is False
    number = json.loads((folder / "document-3.json").read_text(encoding="utf-8"))["fields"]["invoice_number"]
    assert lines[0]["fields"]["invoice_number"]["value"] == number


def test_without_layouts_a_line_says_that_none_is_known(folder: Path) -> None:
    done = CliRunner().invoke(app, ["read", "--jsonl", str(folder / "document-0.pdf")])
    line = json.loads(done.stdout)
    assert (line["layout"], line["unattended"]) == (None, False)


def test_documents_of_two_suppliers_are_refused_and_nothing_is_written(folder: Path) -> None:
    code, said = teach(folder, 0, 4, out="two.json")
    assert code == 2
    assert "several suppliers" in said
    assert not list(folder.glob("*two.json*"))


def test_a_missing_truth_is_refused(folder: Path, tmp_path: Path) -> None:
    assert teach(folder, 0, truths=tmp_path, out="none.json")[0] == 2
    assert not (folder / "none.json").exists()


@pytest.mark.parametrize("text", ["{", "[]", '{"values": {}}', '{"fields": {"total_ht": 12}}'])
def test_a_truth_of_another_form_is_refused(folder: Path, tmp_path: Path, text: str) -> None:
    (tmp_path / "document-0.json").write_text(text, encoding="utf-8")
    assert teach(folder, 0, truths=tmp_path)[0] == 2


def test_the_truth_of_another_document_is_refused(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "document-0.json").write_bytes((folder / "document-1.json").read_bytes())
    code, said = teach(folder, 0, truths=tmp_path, out="other.json")
    assert code == 2
    assert "does not print" in said


def test_a_file_that_teach_did_not_write_is_refused(folder: Path) -> None:
    done = CliRunner().invoke(
        app, ["read", "--layouts", str(folder / "document-0.json"), str(folder / "document-0.pdf")]
    )
    assert done.exit_code == 2
