"""Entries of a ZIP: their names, what they are, and what is never inflated."""

import io
import json
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.adapters import zip_tasks
from chorus_connector.adapters.sandbox import ChildDied, Sandbox
from chorus_connector.adapters.zip_reader import SandboxedZips
from chorus_connector.domain.errors import FileTooComplex
from chorus_connector.domain.invoices.archive import ArchiveEntry, ArchiveListing

MEGABYTE = 1024 * 1024


def a_zip(*entries: tuple[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


def named(raw: bytes) -> bytes:
    """A ZIP with one file whose name is these bytes, without the flag for UTF-8."""
    placeholder = b"x" * len(raw)
    return a_zip((placeholder.decode(), b"data")).replace(placeholder, raw)


def encrypted(data: bytes) -> bytes:
    """The ZIP with the flag of encryption on its first entry, in both of its headers."""
    flagged = bytearray(data)
    for signature, place in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        at = data.index(signature) + place
        flagged[at : at + 2] = struct.pack("<H", struct.unpack_from("<H", flagged, at)[0] | 1)
    return bytes(flagged)


def listing(data: bytes) -> ArchiveListing:
    return ArchiveListing.model_validate_json(zip_tasks.list_archive(data))


def entries(data: bytes) -> tuple[ArchiveEntry, ...]:
    found = listing(data)
    assert found.problem is None
    return found.entries


def problem_of(data: bytes) -> str | None:
    found = listing(data)
    return found.problem.code if found.problem else None


def contents(data: bytes, *numbers: int) -> list[int | None]:
    """The sizes of these entries when inflated."""
    head, _, _ = zip_tasks.extract(data, numbers=numbers).partition(b"\n")
    return list(json.loads(head))


def test_each_entry_says_what_it_is() -> None:
    data = a_zip(
        ("2026/", b""),
        ("2026/facture.pdf", b"%PDF"),
        ("vide.pdf", b""),
        ("autre.ZIP", b"PK"),
        ("grand.pdf", bytes(10 * MEGABYTE + 1)),
        ("__MACOSX/._facture.pdf", b"x"),
        ("2026/.DS_Store", b"x"),
        ("Thumbs.db", b"x"),
        ("lettre.docx", b"PK"),
    )
    kinds = [each.kind for each in entries(data)]
    assert kinds == ["folder", "file", "empty", "archive", "too_large", "system", "system", "system", "file"]
    assert entries(encrypted(a_zip(("f.pdf", b"%PDF"))))[0].kind == "encrypted"


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("Reçus été.pdf".encode("cp437"), "Reçus été.pdf"),
        ("Reçus été œuvre.pdf".encode(), "Reçus été œuvre.pdf"),
        ("ÀÈÊ É.pdf".encode("cp850"), "ÀÈÊ É.pdf"),
        (b"dossier\\f.pdf", "dossier/f.pdf"),
        (b"../../etc/passwd", "../../etc/passwd"),
        (b"/abs/f.pdf", "/abs/f.pdf"),
    ],
)
def test_names_are_read_as_they_were_written(raw: bytes, name: str) -> None:
    (entry,) = entries(named(raw))
    assert entry.name == name


def test_a_name_with_the_flag_of_utf_8_is_utf_8() -> None:
    (entry,) = entries(a_zip(("Œuvres – août.pdf", b"%PDF")))
    assert entry.name == "Œuvres – août.pdf"


def test_too_many_or_too_much_is_refused_before_anything_is_inflated(monkeypatch: pytest.MonkeyPatch) -> None:
    assert problem_of(a_zip(*((f"{n}.pdf", b"x") for n in range(201)))) == "archive_too_many_files"
    assert problem_of(a_zip(*((f"d{n}/", b"") for n in range(301)))) == "archive_too_many_files"
    assert len(entries(a_zip(*((f"{n}.pdf", b"x") for n in range(200)), ("a/", b"")))) == 201
    assert problem_of(a_zip(*((f"{'n' * 400}{n}.pdf", b"x") for n in range(199)))) == "archive_too_many_files"
    monkeypatch.setattr(zip_tasks, "MAX_INFLATED", 300)
    assert entries(a_zip(*((f"{n}.pdf", bytes(100)) for n in range(3))))
    assert problem_of(a_zip(*((f"{n}.pdf", bytes(101)) for n in range(3)))) == "archive_inflates_too_much"


@pytest.mark.parametrize(
    "data",
    [b"", b"%PDF-1.7", b"PK\x03\x04", a_zip(("f.pdf", b"%PDF" * 99))[:-30]],
    ids=["empty", "a PDF", "a beginning", "without its end"],
)
def test_what_is_no_zip_is_refused(data: bytes) -> None:
    assert problem_of(data) == "archive_unreadable"


def test_an_entry_is_never_inflated_beyond_what_its_directory_claims() -> None:
    """The directory says ten bytes, and the data inflate to twenty megabytes."""
    bomb = a_zip(("f.pdf", bytes(20 * MEGABYTE)))
    lying = bomb.replace(struct.pack("<I", 20 * MEGABYTE), struct.pack("<I", 10))
    assert entries(lying)[0].size == 10
    assert contents(lying, 0) == [None]


def test_a_damaged_entry_does_not_stop_the_others() -> None:
    data = bytearray(a_zip(("a.pdf", b"%PDF a" * 50), ("b.pdf", b"%PDF b" * 50)))
    data[40] ^= 0xFF
    sizes = contents(bytes(data), 0, 1)
    assert sizes[0] is None
    assert sizes[1] == 300


@given(st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=12))
@settings(max_examples=60, deadline=None)
def test_a_damaged_zip_is_listed_or_refused(changes: list[tuple[int, int]]) -> None:
    data = bytearray(a_zip(("a/f.pdf", b"%PDF a" * 20), ("b.pdf", b"%PDF b")))
    for place, byte in changes:
        data[place % len(data)] = byte
    found = listing(bytes(data))
    if found.problem is None:
        files = [each.number for each in found.entries if each.kind == "file"]
        zip_tasks.extract(bytes(data), numbers=files)


def test_a_zip_is_opened_in_a_process_of_its_own() -> None:
    sandbox = Sandbox("chorus_connector.adapters.zip_tasks")
    zips = SandboxedZips(sandbox)
    data = a_zip(("a.pdf", b"%PDF a"), ("b.pdf", b"%PDF b"))
    assert [each.name for each in zips.listing(data).entries] == ["a.pdf", "b.pdf"]
    assert zips.extract(data, [1, 0]) == [b"%PDF b", b"%PDF a"]
    sandbox.close()


class Answering:
    def __init__(self, answer: bytes) -> None:
        self.answer = answer

    def call(self, *_: object, **__: object) -> bytes:
        return self.answer


@pytest.mark.parametrize(
    "answer", [b"", b"[1]\n", b"[2]\nx", b"[-1]\n", b'["a"]\na', b"[1, 1]\nab", b"{}\n", b"[1.0]\nx"]
)
def test_an_answer_that_does_not_add_up_counts_as_a_death(answer: bytes) -> None:
    deaths: list[ChildDied] = []
    with pytest.raises(FileTooComplex) as died:
        SandboxedZips(Answering(answer), deaths.append).extract(b"PK", [0])  # type: ignore[arg-type]
    assert died.value.final
    assert len(deaths) == 1
