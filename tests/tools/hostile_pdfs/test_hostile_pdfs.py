"""The generator of hostile PDFs draws the same file from the same seed, and small files for a small size."""

import io
from pathlib import Path
from random import Random

import pypdfium2
import pytest

from tools.hostile_pdfs.draft import KINDS, Draft, between, spaces
from tools.hostile_pdfs.kinds import MAX_BYTES, hostile_pdf
from tools.hostile_pdfs.mutations import MUTATIONS, Mutation, damaged, in_clear, sound_pdfs

MILD = 0.2


@pytest.mark.parametrize("name", KINDS)
def test_a_kind_is_drawn_from_its_seed_and_says_what_it_attacks(name: str) -> None:
    data = hostile_pdf(name, MILD, seed=3)
    assert data == hostile_pdf(name, MILD, seed=3)
    assert b"%PDF-" in data[:1024]
    assert len(data) < 100_000
    assert KINDS[name].attacks.endswith(".")


@pytest.mark.parametrize("name", ["many_large_xml", "deep_page_tree", "metadata", "forms_multiply"])
def test_no_file_is_larger_than_the_connector_takes(name: str) -> None:
    assert len(hostile_pdf(name)) <= MAX_BYTES


def test_no_two_kinds_say_the_same() -> None:
    assert len({kind.attacks for kind in KINDS.values()}) == len(KINDS) > 140


def test_a_draft_is_a_sound_pdf() -> None:
    document = pypdfium2.PdfDocument(Draft().pdf())
    assert "FACTURE" in document[0].get_textpage().get_text_range()


def test_counts_grow_by_a_constant_factor() -> None:
    assert [between(size, 10, 1000) for size in (0, 0.5, 1)] == [10, 100, 1000]


def test_a_bomb_inflates_to_what_it_says() -> None:
    import zlib

    assert len(zlib.decompressobj().decompress(spaces(3))) == 3 * 1024 * 1024


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda each: each.__name__)
def test_a_mutation_is_drawn_from_its_seed_and_changes_the_file(mutation: Mutation) -> None:
    pdf = in_clear(sound_pdfs()[0])
    drawn = [mutation(pdf, Random(seed)) for seed in range(8)]
    assert drawn == [mutation(pdf, Random(seed)) for seed in range(8)]
    assert any(each != pdf for each in drawn)


def test_a_file_in_clear_has_the_same_text() -> None:
    pdf = sound_pdfs()[0]
    texts = [pypdfium2.PdfDocument(each)[0].get_textpage().get_text_range() for each in (pdf, in_clear(pdf))]
    assert texts[0] == texts[1]
    assert b"/FlateDecode" not in in_clear(pdf)


def test_most_damaged_invoices_open() -> None:
    def opens(data: bytes) -> bool:
        try:
            return len(pypdfium2.PdfDocument(io.BytesIO(data))) > 0
        except pypdfium2.PdfiumError:
            return False

    rng = Random(5)
    assert sum(opens(damaged(rng.choice(sound_pdfs()), rng)) for _ in range(100)) > 60


def test_the_page_names_every_kind_and_what_it_attacks() -> None:
    page = (Path(__file__).parents[3] / "docs" / "hostile_files.md").read_text(encoding="utf-8")
    assert [kind.name for kind in KINDS.values() if f"| `{kind.name}` | {kind.attacks} |" not in page] == []
    assert page.count("\n| `") == len(KINDS)
