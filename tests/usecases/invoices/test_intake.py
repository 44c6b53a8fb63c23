"""Uploads: which files are accepted and queued for reading, and that repeated messages change nothing."""

import hashlib
from collections.abc import Callable

import pytest

from chorus_connector.domain.errors import FileTooComplex, SupplierSuspended
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.intake import MAX_PDF_BYTES, Intake, Upload
from tests.builders import NOW, a_supplier
from tests.fakes import Crash, FakeDocuments, FakeInvoices, FakeQueue, FakeTable

PDF = b"%PDF-1.7 some invoice"
BAD = Problem(field=None, code="pdf_not_a_pdf", fr="Pas un PDF.", en="Not a PDF.")


def inspect(data: bytes) -> Problem | None:
    return None if data.startswith(b"%PDF") else BAD


def dies(_: bytes) -> Problem | None:
    raise FileTooComplex


class World:
    def __init__(self, inspect: Callable[[bytes], Problem | None] = inspect, **supplier: object) -> None:
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.documents = FakeDocuments()
        self.queue = FakeQueue()
        self.intake = Intake(a_supplier(**supplier), self.invoices, self.documents, self.queue, inspect)

    def receive(self, data: bytes = PDF, document_id: str = "d1", **upload: object) -> State:
        """A file in a request, and then the bucket's event."""
        given = {"file_name": "f.pdf", "folder": "Factures", **upload}
        invoice = self.intake.receive(Upload(**given), data, document_id=document_id, by="alice", now=NOW)  # type: ignore[arg-type]
        return self.intake.examine(invoice.document_id, now=NOW).state


@pytest.mark.row("S29")
def test_a_matching_document_is_queued_for_reading() -> None:
    world = World()
    assert world.receive() is State.READING
    assert world.queue.sent == [Work("s1", "d1")]


@pytest.mark.row("S29")
def test_a_document_without_a_matching_criterion_is_kept_and_left_alone() -> None:
    world = World()
    assert world.receive(folder="Devis") is State.SET_ASIDE
    assert world.queue.sent == []
    assert world.documents.original("d1") == PDF


@pytest.mark.row("S26")
def test_the_criterion_may_be_a_classification_rule() -> None:
    world = World(criteria=(Criterion(criterion_id="c", classification_rule="Factures publiques"),))
    assert world.receive(classification_rule=" factures PUBLIQUES ") is State.READING
    assert world.receive(PDF + b"2", document_id="d2", classification_rule="Autre") is State.SET_ASIDE


@pytest.mark.row("S28")
def test_any_one_criterion_is_enough() -> None:
    criteria = (
        Criterion(criterion_id="a", classification_rule="Règle"),
        Criterion(criterion_id="b", folder="factures"),
    )
    assert World(criteria=criteria).receive() is State.READING


@pytest.mark.row("S30")
def test_what_is_not_a_pdf_gets_a_clear_refusal_and_is_kept() -> None:
    world = World()
    assert world.receive(b"PK zip") is State.UNUSABLE
    assert world.invoices.get("d1").problems == (BAD,)
    assert world.documents.original("d1") == b"PK zip"
    assert world.queue.sent == []


def test_a_file_that_ends_its_process_is_examined_again_and_then_unusable() -> None:
    """Once may be a busy machine."""
    world = World(inspect=dies)
    world.intake.receive(Upload(file_name="f.pdf"), PDF, document_id="d1", by="alice", now=NOW)
    with pytest.raises(FileTooComplex):
        world.intake.examine("d1", now=NOW, tries=1)
    assert world.invoices.get("d1").state is State.RECEIVED
    invoice = world.intake.examine("d1", now=NOW, tries=2)
    assert invoice.state is State.UNUSABLE
    assert [problem.code for problem in invoice.problems] == ["pdf_too_complex"]
    assert invoice.sha256 is not None


def test_a_file_over_ten_megabytes_is_refused_without_being_read() -> None:
    world = World()
    world.intake.expect(Upload("big.pdf", folder="factures"), document_id="d1", by="alice", now=NOW)

    class TooLarge(FakeDocuments):
        def original_size(self, document_id: str) -> int:
            return MAX_PDF_BYTES + 1

        def original(self, document_id: str) -> bytes:
            raise AssertionError("a file that is too large must not be read")

    intake = Intake(a_supplier(), world.invoices, TooLarge(), world.queue, inspect)
    invoice = intake.examine("d1", now=NOW)
    assert invoice.state is State.UNUSABLE
    assert [problem.code for problem in invoice.problems] == ["pdf_too_large"]


@pytest.mark.parametrize(
    ("size", "state"), [(10_485_760, State.READING), (10_485_761, State.UNUSABLE)], ids=["10 MB", "one byte more"]
)
def test_a_file_of_exactly_ten_megabytes_is_taken_and_one_byte_more_is_not(size: int, state: State) -> None:
    class Sized(FakeDocuments):
        def original_size(self, document_id: str) -> int:
            return size

    documents = Sized()
    documents.put_original("d1", PDF)
    world = World()
    intake = Intake(a_supplier(), world.invoices, documents, world.queue, inspect)
    intake.expect(Upload("f.pdf", folder="factures"), document_id="d1", by="alice", now=NOW)
    invoice = intake.examine("d1", now=NOW)
    assert (invoice.state, invoice.size) == (state, size)


def test_a_suspended_supplier_takes_no_file() -> None:
    world = World(status="suspended")
    with pytest.raises(SupplierSuspended):
        world.receive()
    with pytest.raises(SupplierSuspended):
        world.intake.expect(Upload("f.pdf"), document_id="d1", by="alice", now=NOW)
    assert world.documents.originals == {}
    assert world.invoices.page(None, limit=10, cursor=None).invoices == ()


def test_a_document_is_known_by_what_it_holds() -> None:
    """The digest finds the same file again; before sending it shows whether the file was replaced."""
    world = World()
    world.receive()
    read = world.invoices.get("d1")
    assert (read.size, read.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert world.invoices.content_holder(read.sha256 or "") == "d1"


def test_the_same_document_twice_is_one_invoice() -> None:
    world = World()
    world.receive()
    second = world.intake.receive(Upload("again.pdf"), PDF, document_id="d2", by="bob", now=NOW)
    assert second.document_id == "d1"
    assert len(world.invoices.page(None, limit=10, cursor=None).invoices) == 1


def test_the_same_file_sent_to_the_bucket_twice_is_distinguished() -> None:
    world = World()
    world.receive()
    world.intake.expect(Upload("again.pdf", folder="factures"), document_id="d2", by="bob", now=NOW)
    world.documents.put_original("d2", PDF)
    invoice = world.intake.examine("d2", now=NOW)
    assert (invoice.state, invoice.duplicate_of) == (State.DUPLICATE, "d1")
    assert set(world.queue.sent) == {Work("s1", "d1")}, "the one that is here is read, the other is not"


def _numbered(number: str) -> Form:
    return Form(fields={"invoice_number": FormField(value=number, source="text", confidence=0.99)})


def _sent_again(world: World, **metadata: str) -> Problem:
    """The same file once more, straight to the bucket; why it goes nowhere."""
    again = Upload("again.pdf", folder="factures", metadata=metadata)
    world.intake.expect(again, document_id="d2", by="bob", now=NOW)
    world.documents.put_original("d2", PDF)
    (problem,) = world.intake.examine("d2", now=NOW).problems
    return problem


def test_a_duplicate_names_the_other_document_and_what_to_do() -> None:
    world = World()
    world.receive(file_name="facture mars.pdf")
    read = world.invoices.get("d1").to_complete(NOW, form=_numbered("F26-114"))
    world.invoices.save(read, by="test", action="resolved")
    problem = _sent_again(world)
    assert (problem.code, problem.field) == ("duplicate_file", None)
    for text in (problem.fr, problem.en):
        assert all(named in text for named in ("facture mars.pdf", "F26-114", "d1"))
    assert "déposez" in problem.fr
    assert "upload" in problem.en


def test_a_duplicate_of_what_is_still_being_read_names_its_file() -> None:
    world = World()
    world.receive(file_name="facture mars.pdf")
    assert "« facture mars.pdf » (document d1)" in _sent_again(world).fr


def test_a_duplicate_names_no_document_that_who_sees_it_may_not_see() -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(file_name="secret.pdf", metadata={"secteur": "Nord"})
    problem = _sent_again(world, secteur="Sud")
    assert "secret.pdf" not in problem.fr + problem.en
    assert "administra" in problem.fr
    assert "administra" in problem.en


def test_a_person_sees_the_name_of_the_other_document_when_it_is_theirs() -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(file_name="la nôtre.pdf", metadata={"secteur": "Nord"})
    assert "la nôtre.pdf" in _sent_again(world, Secteur=" nord").fr


def test_a_second_event_of_the_bucket_queues_the_next_step_again_and_changes_nothing() -> None:
    world = World()
    world.receive()
    before = world.invoices.get("d1")
    world.intake.examine("d1", now=NOW)
    assert world.invoices.get("d1") == before
    assert world.queue.sent == [Work("s1", "d1")] * 2


def test_a_document_set_aside_is_taken_when_its_file_comes_again_where_it_belongs() -> None:
    world = World()
    assert world.receive(folder="Devis") is State.SET_ASIDE
    taken = world.intake.receive(Upload("f.pdf", folder="factures"), PDF, document_id="d2", by="bob", now=NOW)
    assert (taken.document_id, taken.state, taken.folder) == ("d1", State.READING, "factures")
    assert world.queue.sent == [Work("s1", "d1")]


def test_a_document_set_aside_is_taken_by_the_bucket_too() -> None:
    world = World()
    world.receive(folder="Devis")
    world.intake.expect(Upload("again.pdf", folder="factures"), document_id="d2", by="bob", now=NOW)
    world.documents.put_original("d2", PDF)
    assert world.intake.examine("d2", now=NOW).state is State.DUPLICATE
    assert world.invoices.get("d1").state is State.READING
    assert world.queue.sent == [Work("s1", "d1")]


def test_a_retry_queues_the_next_step_that_a_killed_worker_had_not_queued() -> None:
    world = World()
    world.receive(folder="Devis")
    send, world.queue.send = world.queue.send, _die  # type: ignore[method-assign]
    again = Upload("f.pdf", folder="Factures")
    with pytest.raises(Crash):
        world.intake.receive(again, PDF, document_id="d2", by="alice", now=NOW)
    world.queue.send = send  # type: ignore[method-assign]
    assert world.intake.receive(again, PDF, document_id="d3", by="alice", now=NOW).state is State.READING
    assert world.queue.sent == [Work("s1", "d1")]


def _die(_: object) -> None:
    raise Crash
