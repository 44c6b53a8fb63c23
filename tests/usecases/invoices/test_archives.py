"""ZIPs: every file through the intake, each once whatever happens to the worker, a line for each entry."""

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import pytest

from chorus_connector.adapters import zip_tasks
from chorus_connector.domain.errors import FileTooComplex, Invalid, NotFound, SupplierSuspended
from chorus_connector.domain.invoices.archive import Archive, ArchiveListing
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.ports.values import ArchiveWork
from chorus_connector.usecases.invoices.archives import ExpectArchives, NewArchive, TakeArchives, seen_lines
from chorus_connector.usecases.invoices.intake import Intake, Upload, Uploader
from chorus_connector.usecases.invoices.visibility import VisibleInvoices
from tests.builders import NOW, a_supplier
from tests.fakes import Crash, FakeArchives, FakeDocuments, FakeInvoices, FakeQueue, FakeTable, FakeUploads

FILES = [("2026/a.pdf", b"%PDF a"), ("2026/b.pdf", b"%PDF b"), ("c.pdf", b"%PDF c")]
ALICE = Uploader("alice")


def a_zip(entries: Sequence[tuple[str, bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in entries:
            archive.writestr(name, data)
    return out.getvalue()


class Zips:
    """``ports.ArchiveReader`` without a process. An entry with ``dies`` in its name ends the process."""

    def __init__(self) -> None:
        self.dies: FileTooComplex | None = None

    def listing(self, data: bytes) -> ArchiveListing:
        if self.dies:
            raise self.dies
        return ArchiveListing.model_validate_json(zip_tasks.list_archive(data))

    def extract(self, data: bytes, numbers: Sequence[int]) -> list[bytes | None]:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = [archive.infolist()[number] for number in numbers]
            if any("dies" in info.filename for info in infos):
                raise FileTooComplex(final=True)
            return [archive.read(info) for info in infos]


class World:
    def __init__(self, entries: Sequence[tuple[str, bytes]] = FILES, *, at_once: int = 100, **supplier: Any) -> None:
        self.supplier = a_supplier(**supplier)
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.documents = FakeDocuments()
        self.ocr = FakeQueue()
        self.intake = Intake(self.supplier, self.invoices, self.documents, self.ocr, lambda _: None)
        self.archives = FakeArchives()
        self.uploads = FakeUploads()
        self.queue: Any = FakeQueue()
        self.sent: list[ArchiveWork] = []
        self.zips = Zips()
        self.entries = entries
        self.at_once = at_once

    def send(self, work: ArchiveWork) -> None:
        self.sent.append(work)

    def expected(self, by: Uploader = ALICE, **new: Any) -> ExpectArchives:
        expecting = ExpectArchives(self.archives, self.uploads, self)
        said = NewArchive(**{"file_name": "z.zip", "folder": "Factures", **new})
        expecting.expect(said, self.supplier, archive_id="z1", by=by, now=NOW)
        return expecting

    def arrived(self, **new: Any) -> None:
        self.uploads.send("z1", a_zip(self.entries))
        assert self.expected(**new).arrived("z1", version="1", now=NOW)

    def take(self, *, steps: int = 100, tries: int = 1) -> Archive:
        left = iter([True] * steps)
        taking = TakeArchives(self.supplier, self.archives, self.uploads, self.zips, self.intake, self, self.at_once)
        return taking.take("z1", now=NOW, tries=tries, may_go_on=lambda: next(left, False))

    @property
    def lines(self) -> dict[str, tuple[str, str | None]]:
        return {
            each.name: (each.state, each.problem.code if each.problem else None)
            for each in self.archives.get("z1").lines
        }

    @property
    def documents_taken(self) -> dict[str, bytes]:
        page = self.invoices.page(None, limit=100, cursor=None)
        return {each.file_name: self.documents.original(each.document_id) for each in page.invoices}


def test_the_files_of_a_released_zip_are_read_without_a_criterion() -> None:
    world = World()
    world.arrived(folder="Devis", release=True)
    world.take()
    for invoice in world.invoices.page(None, limit=10, cursor=None).invoices:
        assert world.intake.examine(invoice.document_id, now=NOW).state is State.READING


@pytest.mark.row("B12")
def test_every_file_becomes_a_document_with_the_filing_of_the_request() -> None:
    world = World()
    world.arrived(metadata={"PJ": "oui"}, classification_rule="Règle")
    assert world.take().state == "DONE"
    assert world.documents_taken == {"a.pdf": b"%PDF a", "b.pdf": b"%PDF b", "c.pdf": b"%PDF c"}
    for invoice in world.invoices.page(None, limit=10, cursor=None).invoices:
        assert (invoice.folder, invoice.classification_rule, invoice.metadata) == ("Factures", "Règle", {"PJ": "oui"})
        assert invoice.state is State.RECEIVED
        assert world.intake.examine(invoice.document_id, now=NOW).state is State.READING
    assert set(world.lines.values()) == {("TAKEN", None)}


def test_the_folder_inside_is_appended_only_when_the_request_says_so() -> None:
    world = World(criteria=(Criterion(criterion_id="c", folder="Factures"),))
    world.arrived(append_folders=True)
    world.take()
    folders = {each.file_name: each.folder for each in world.invoices.page(None, limit=9, cursor=None).invoices}
    assert folders == {"a.pdf": "Factures/2026", "b.pdf": "Factures/2026", "c.pdf": "Factures"}


def test_what_is_no_document_has_a_line_that_says_why() -> None:
    world = World(
        [
            ("d/", b""),
            ("d/vide.pdf", b""),
            ("__MACOSX/._a.pdf", b"x"),
            ("autre.zip", b"PK"),
            ("d/dies.pdf", b"%PDF dies"),
            ("e\u202efdp.pdf", b"%PDF e"),
            (f"{'n' * 201}.pdf", b"%PDF n"),
            ("../../f.pdf", b"%PDF f"),
        ]
    )
    world.arrived()
    assert world.take().state == "DONE"
    assert list(world.lines.values()) == [
        ("SKIPPED", "archive_folder"),
        ("REFUSED", "archive_entry_empty"),
        ("SKIPPED", "archive_system_file"),
        ("REFUSED", "archive_nested"),
        ("REFUSED", "archive_entry_unreadable"),
        ("REFUSED", "file_name_characters"),
        ("REFUSED", "archive_name_too_long"),
        ("TAKEN", None),
    ]
    assert world.documents_taken == {"f.pdf": b"%PDF f"}


def test_a_file_that_was_uploaded_before_names_its_document() -> None:
    world = World()
    before = world.intake.receive(
        Upload("avant.pdf", folder="Factures"), b"%PDF b", document_id="d0", by=ALICE, now=NOW
    )
    world.intake.examine(before.document_id, now=NOW)
    world.arrived()
    world.take()
    assert [each[0] for each in world.lines.values()] == ["TAKEN", "KNOWN", "TAKEN"]
    assert world.archives.get("z1").lines[1].document_id == "d0"
    assert world.archives.get("z1").lines[1].problem is None


def test_a_file_that_was_uploaded_before_with_another_filing_says_what_the_zip_said_otherwise() -> None:
    world = World()
    said = Upload("avant.pdf", folder="Factures", metadata={"BON": "1"})
    before = world.intake.receive(said, b"%PDF b", document_id="d0", by=ALICE, now=NOW)
    world.intake.examine(before.document_id, now=NOW)
    world.arrived(metadata={"bon": "BC-2"})
    world.take()
    problem = world.archives.get("z1").lines[1].problem
    assert problem is not None
    assert (problem.code, problem.blocking) == ("filing_differs", False)
    assert "metadata.bon" in problem.en
    assert "d0" in problem.en
    assert "BC-2" not in problem.en


@pytest.mark.parametrize("at_once", [1, 100])
@pytest.mark.parametrize("version", range(3, 8))
def test_a_worker_that_dies_at_any_write_leaves_nothing_out_and_takes_nothing_twice(version: int, at_once: int) -> None:
    world = World(at_once=at_once)
    world.arrived()
    world.archives.crash_before = version
    for _ in range(2):
        try:
            world.take()
            break
        except Crash:
            continue
    assert world.take().state == "DONE"
    assert len(world.invoices.page(None, limit=100, cursor=None).invoices) == 3
    assert set(world.lines.values()) == {("TAKEN", None)}


def test_a_worker_that_died_before_it_stored_a_file_is_made_up_for() -> None:
    world = World()
    world.arrived()
    world.take()
    lost = world.archives.get("z1").lines[0].document_id
    assert lost is not None
    del world.documents.originals[lost]
    waiting = [each.model_copy(update={"state": "WAITING"}) for each in world.archives.get("z1").lines]
    world.archives.save(world.archives.get("z1").next(NOW, state="TAKING", lines=tuple(waiting)))
    world.take()
    assert world.documents.original(lost) == b"%PDF a"


def test_when_time_runs_out_another_message_continues() -> None:
    world = World(at_once=1)
    world.arrived()
    world.sent.clear()
    assert world.take(steps=1).state == "TAKING"
    assert [each[0] for each in world.lines.values()] == ["TAKEN", "WAITING", "WAITING"]
    assert world.sent == [ArchiveWork("s1", "z1")]
    assert world.take().state == "DONE"


@pytest.mark.parametrize("data", [b"no zip", a_zip([])], ids=["text", "empty"])
def test_what_is_no_zip_is_refused_whole(data: bytes) -> None:
    world = World()
    world.uploads.send("z1", data)
    world.expected().arrived("z1", version="1", now=NOW)
    refused = world.take()
    assert (refused.state, refused.problem and refused.problem.code) == ("REFUSED", "archive_unreadable")


def test_a_zip_whose_opening_ends_its_process_is_tried_once_more_and_then_refused() -> None:
    world = World()
    world.arrived()
    world.zips.dies = FileTooComplex()
    with pytest.raises(FileTooComplex):
        world.take()
    refused = world.take(tries=2)
    assert refused.problem is not None
    assert (refused.state, refused.problem.code) == ("REFUSED", "archive_too_complex")


def test_only_the_file_that_came_first_by_the_link_counts() -> None:
    world = World()
    world.arrived()
    expecting = ExpectArchives(world.archives, world.uploads, world)
    world.uploads.send("z1", a_zip([("forged.pdf", b"%PDF")]))
    assert not expecting.arrived("z1", version="2", now=NOW)
    assert expecting.arrived("z1", version="1", now=NOW), "a redelivery"
    world.take()
    assert "forged.pdf" not in world.documents_taken


def test_a_suspended_supplier_takes_no_zip_and_a_restricted_user_uploads_none_out_of_sight() -> None:
    suspended = World(status="suspended")
    with pytest.raises(SupplierSuspended):
        suspended.expected()
    world = World(user_label_metadata="Secteur")
    bob = Uploader("bob", Visibility("Secteur", frozenset({"nord"})))
    with pytest.raises(Invalid):
        world.expected(by=bob, metadata={"Secteur": "Sud"})
    later = World()
    later.arrived()
    later.supplier = a_supplier(status="suspended")
    assert later.take().state == "REFUSED"


@pytest.mark.row("S40")
def test_a_restricted_uploader_learns_nothing_of_a_hidden_duplicate_nor_a_reader_of_a_hidden_document() -> None:
    world = World(user_label_metadata="Secteur")
    hidden = Upload("avant.pdf", folder="Factures", metadata={"Secteur": "Sud"})
    world.intake.receive(hidden, b"%PDF b", document_id="d0", by=ALICE, now=NOW)
    world.intake.examine("d0", now=NOW)
    bob = Visibility("Secteur", frozenset({"nord"}))
    world.arrived(by=Uploader("bob", bob), metadata={"Secteur": "Nord"})
    world.take()
    assert [*world.lines.values()][1] == ("REFUSED", "duplicate_file")
    assert world.archives.get("z1").lines[1].document_id is None
    seen = {
        who: [
            each.line.document_id
            for each in seen_lines(world.archives.get("z1"), VisibleInvoices(world.invoices, sight))
        ]
        for who, sight in (("bob", bob), ("south", Visibility("Secteur", frozenset({"sud"}))), ("all", EVERYTHING))
    }
    assert seen["south"] == [None, None, None]
    assert seen["bob"] == seen["all"] != seen["south"]


def test_a_document_that_was_deleted_is_not_named() -> None:
    world = World()
    world.arrived()
    world.take()

    class Gone:
        def get(self, _: str) -> Any:
            raise NotFound

    lines: Any = [*seen_lines(world.archives.get("z1"), Gone())]  # type: ignore[arg-type]
    assert [each.line.document_id for each in lines] == [None, None, None]
    assert Problem
