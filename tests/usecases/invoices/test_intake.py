"""Uploads: which files are accepted and queued for reading, and that repeated messages change nothing."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import AlreadyExists, FileTooComplex, Invalid, SupplierSuspended
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.replay import step_for
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import Visibility
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Criterion
from chorus_connector.ports.values import StoredFile, Work
from chorus_connector.usecases.invoices.intake import MAX_PDF_BYTES, Intake, StoreUploads, Upload, Uploader
from tests.builders import NOW, a_supplier
from tests.fakes import Crash, FakeDocuments, FakeInvoices, FakeQueue, FakeTable

PDF = b"%PDF-1.7 some invoice"
ALICE, BOB = Uploader("alice"), Uploader("bob")
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
        self.uploads = StoreUploads(self.invoices, self.documents)

    def receive(self, data: bytes = PDF, document_id: str = "d1", **upload: object) -> State:
        """A file in a request, and then the bucket's event."""
        given = {"file_name": "f.pdf", "folder": "Factures", **upload}
        invoice = self.intake.receive(Upload(**given), data, document_id=document_id, by=ALICE, now=NOW)  # type: ignore[arg-type]
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


@pytest.mark.row("S29")
def test_a_document_that_its_uploader_releases_is_read_without_a_criterion() -> None:
    world = World()
    assert world.receive(folder=None, release=True) is State.READING
    assert world.receive(PDF + b"2", document_id="d2", folder="Devis") is State.SET_ASIDE
    again = world.intake.receive(Upload("f.pdf", release=True), PDF + b"2", document_id="d3", by=ALICE, now=NOW)
    assert (again.document_id, again.state) == ("d2", State.READING)


def test_an_announced_document_is_expected_until_its_file_arrives() -> None:
    world = World()
    invoice, link = world.intake.expect(Upload("f.pdf", release=True), document_id="d1", by=ALICE, now=NOW)
    assert invoice.upload_until == NOW + timedelta(seconds=link.expires_in)
    assert invoice.awaits_file
    world.documents.put_original("d1", PDF)
    read = world.intake.examine("d1", now=NOW)
    assert (read.state, read.upload_until, read.awaits_file) == (State.READING, None, False)


def test_an_announced_document_whose_supplier_is_suspended_meanwhile_waits_and_is_expected_no_more() -> None:
    world = World()
    world.intake.expect(Upload("f.pdf"), document_id="d1", by=ALICE, now=NOW)
    world.documents.put_original("d1", PDF)
    suspended = replace(world.intake, supplier=a_supplier(status="suspended"))
    assert not suspended.examine("d1", now=NOW).awaits_file


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
    world.intake.receive(Upload(file_name="f.pdf"), PDF, document_id="d1", by=ALICE, now=NOW)
    with pytest.raises(FileTooComplex):
        world.intake.examine("d1", now=NOW, tries=1)
    assert world.invoices.get("d1").state is State.RECEIVED
    invoice = world.intake.examine("d1", now=NOW, tries=2)
    assert invoice.state is State.UNUSABLE
    assert [problem.code for problem in invoice.problems] == ["pdf_too_complex"]
    assert invoice.sha256 is not None


def test_a_file_that_ends_its_process_by_itself_is_unusable_at_once() -> None:
    def dies_for_good(_: bytes) -> Problem | None:
        raise FileTooComplex(final=True)

    world = World(inspect=dies_for_good)
    world.intake.receive(Upload(file_name="f.pdf"), PDF, document_id="d1", by=ALICE, now=NOW)
    assert world.intake.examine("d1", now=NOW, tries=1).state is State.UNUSABLE


def test_a_file_over_ten_megabytes_is_refused_without_being_read() -> None:
    world = World()
    world.intake.expect(Upload("big.pdf", folder="factures"), document_id="d1", by=ALICE, now=NOW)

    class TooLarge(FakeDocuments):
        def stored_original(self, document_id: str, *, at_most: int) -> StoredFile:
            assert at_most == MAX_PDF_BYTES
            return StoredFile("v1", MAX_PDF_BYTES + 1)

        def original(self, document_id: str, version: str = "") -> bytes:
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
        def stored_original(self, document_id: str, *, at_most: int) -> StoredFile:
            return StoredFile("v1", size, data=PDF if size <= at_most else None)

    documents = Sized()
    documents.put_original("d1", PDF)
    world = World()
    intake = Intake(a_supplier(), world.invoices, documents, world.queue, inspect)
    intake.expect(Upload("f.pdf", folder="factures"), document_id="d1", by=ALICE, now=NOW)
    invoice = intake.examine("d1", now=NOW)
    assert (invoice.state, invoice.size) == (state, size)


def test_a_suspended_supplier_takes_no_file() -> None:
    world = World(status="suspended")
    with pytest.raises(SupplierSuspended):
        world.receive()
    with pytest.raises(SupplierSuspended):
        world.intake.expect(Upload("f.pdf"), document_id="d1", by=ALICE, now=NOW)
    assert world.documents.originals == {}
    assert world.invoices.page(None, limit=10, cursor=None).invoices == ()


def test_a_document_is_known_by_what_it_holds() -> None:
    """The digest finds the same file again; before sending it shows whether the file was replaced."""
    world = World()
    world.receive()
    read = world.invoices.get("d1")
    assert (read.size, read.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
    assert world.invoices.content_holder(read.sha256 or "") == "d1"


def announced(document_id: str = "d1", **supplier: object) -> World:
    world = World(**supplier)
    world.intake.expect(Upload("f.pdf", folder="factures"), document_id=document_id, by=ALICE, now=NOW)
    return world


@given(st.permutations([0, 1, 2]), st.booleans())
def test_of_the_files_that_one_link_brought_only_the_first_is_ever_stored(order: list[int], again: bool) -> None:
    """In whatever order the bucket announces them, and however often."""
    world = announced()
    files = [PDF, b"%PDF-1.4 FORGED CONTENT", b"%PDF-1.4 FORGED AGAIN"]
    versions = [world.documents.uploads.send("d1", each) for each in files]
    for index in [*order, *(order if again else [])]:
        assert world.uploads.arrived("d1", version=versions[index], now=NOW) == (index == 0)
    assert world.documents.originals == {"d1": PDF}
    dropped = [each for each in world.invoices.events("d1") if each.action == "later_file_dropped"]
    assert len(dropped) == 1, "one line for all of them"


def test_a_file_that_comes_after_the_examination_changes_no_step() -> None:
    world = announced()
    first = world.documents.uploads.send("d1", PDF)
    world.uploads.arrived("d1", version=first, now=NOW)
    examined = world.intake.examine("d1", now=NOW)
    later = world.documents.uploads.send("d1", b"%PDF-1.4 FORGED CONTENT")
    assert not world.uploads.arrived("d1", version=later, now=NOW)
    assert world.invoices.get("d1") == examined
    assert world.documents.original("d1", examined.object_version) == PDF
    assert examined.object_version


def test_the_first_file_announced_again_after_the_examination_is_no_later_file() -> None:
    world = announced()
    first = world.documents.uploads.send("d1", PDF)
    world.uploads.arrived("d1", version=first, now=NOW)
    world.intake.examine("d1", now=NOW)
    assert world.uploads.arrived("d1", version=first, now=NOW)
    assert "later_file_dropped" not in [each.action for each in world.invoices.events("d1")]


def test_when_an_event_was_lost_among_too_many_files_the_document_is_unusable_and_says_why() -> None:
    world = announced()
    for _ in range(1001):
        world.documents.uploads.send("d1", PDF)
    assert world.uploads.arrived("d1", version="", now=NOW)
    invoice = world.intake.examine("d1", now=NOW)
    assert invoice.state is State.UNUSABLE
    assert [each.code for each in invoice.problems] == ["too_many_files_by_link"]
    assert world.documents.originals == {}


def test_a_file_that_comes_by_a_link_after_the_suspension_waits_and_is_examined_after_it() -> None:
    world = announced()
    version = world.documents.uploads.send("d1", PDF)
    suspended = replace(world.intake, supplier=a_supplier(status="suspended"))
    for _ in range(2):
        assert world.uploads.arrived("d1", version=version, now=NOW)
        waits = suspended.examine("d1", now=NOW)
    assert (waits.state, waits.version, world.queue.sent) == (State.RECEIVED, 1, [])
    assert [each.code for each in waits.problems] == ["supplier_suspended"]
    assert world.documents.originals == {"d1": PDF}, "nothing is lost"
    assert step_for(waits, tell=False) == "announce"
    assert world.uploads.arrived("d1", version="", now=NOW)
    read = world.intake.examine("d1", now=NOW)
    assert (read.state, read.problems, world.queue.sent) == (State.READING, (), [Work("s1", "d1")])


def test_a_link_takes_no_more_than_the_portal_does() -> None:
    world = World()
    _, presigned = world.intake.expect(Upload("f.pdf"), document_id="d1", by=ALICE, now=NOW)
    assert presigned.fields["at_most"] == str(MAX_PDF_BYTES)


def test_an_operators_announcement_takes_the_file_that_came_first_if_any() -> None:
    world = announced()
    assert world.uploads.arrived("d1", version="", now=NOW)
    assert world.documents.originals == {}
    world.documents.uploads.send("d1", PDF)
    world.documents.uploads.send("d1", b"%PDF-1.4 FORGED CONTENT")
    assert world.uploads.arrived("d1", version="", now=NOW)
    assert world.documents.originals == {"d1": PDF}


def test_the_same_document_twice_is_one_invoice() -> None:
    world = World()
    world.receive()
    second = world.intake.receive(Upload("again.pdf"), PDF, document_id="d2", by=BOB, now=NOW)
    assert second.document_id == "d1"
    assert len(world.invoices.page(None, limit=10, cursor=None).invoices) == 1


def test_the_same_file_sent_to_the_bucket_twice_is_distinguished() -> None:
    world = World()
    world.receive()
    world.intake.expect(Upload("again.pdf", folder="factures"), document_id="d2", by=BOB, now=NOW)
    world.documents.put_original("d2", PDF)
    invoice = world.intake.examine("d2", now=NOW)
    assert (invoice.state, invoice.duplicate_of) == (State.DUPLICATE, "d1")
    assert set(world.queue.sent) == {Work("s1", "d1")}, "the one that is here is read, the other is not"


def _numbered(number: str) -> Form:
    return Form(fields={"invoice_number": FormField(value=number, source="text", confidence=0.99)})


def _sent_again(world: World, **metadata: str) -> Problem:
    """The same file once more, straight to the bucket; why it goes nowhere."""
    again = Upload("again.pdf", folder="factures", metadata=metadata)
    world.intake.expect(again, document_id="d2", by=BOB, now=NOW)
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
    assert "ajoutez" in problem.fr
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
    taken = world.intake.receive(Upload("f.pdf", folder="factures"), PDF, document_id="d2", by=BOB, now=NOW)
    assert (taken.document_id, taken.state, taken.folder) == ("d1", State.READING, "factures")
    assert world.queue.sent == [Work("s1", "d1")]


def test_a_document_set_aside_is_taken_by_the_bucket_too() -> None:
    world = World()
    world.receive(folder="Devis")
    world.intake.expect(Upload("again.pdf", folder="factures"), document_id="d2", by=BOB, now=NOW)
    world.documents.put_original("d2", PDF)
    assert world.intake.examine("d2", now=NOW).state is State.DUPLICATE
    assert world.invoices.get("d1").state is State.READING
    assert world.queue.sent == [Work("s1", "d1")]


SUD = Uploader("eve", Visibility("Secteur", frozenset({"sud"})))
HIDDEN = {"file_name": "secret.pdf", "folder": "Devis", "metadata": {"secteur": "Nord"}}


@pytest.mark.row("S40")
def test_who_may_not_see_a_document_neither_learns_of_it_nor_changes_it_by_sending_its_file_again() -> None:
    world = World(user_label_metadata="Secteur")
    assert world.receive(**HIDDEN) is State.SET_ASIDE
    before = world.invoices.get("d1")
    again = Upload("mine.pdf", folder="factures", metadata={"secteur": "Sud"})
    with pytest.raises(AlreadyExists) as refusal:
        world.intake.receive(again, PDF, document_id="d2", by=SUD, now=NOW)
    assert "secret" not in refusal.value.fr + refusal.value.en
    assert world.invoices.get("d1") == before
    assert world.queue.sent == []


@pytest.mark.row("S40")
@pytest.mark.parametrize("label", ["Nord", None])
def test_nor_by_sending_it_again_with_a_link(label: str | None) -> None:
    """No token is there when the bucket announces the file: the record says what its uploader saw."""
    world = World(user_label_metadata="Secteur")
    world.receive(**{**HIDDEN, "metadata": {"secteur": label} if label else {}})
    before = world.invoices.get("d1")
    again = Upload("mine.pdf", folder="factures", metadata={"secteur": "Sud"})
    world.intake.expect(again, document_id="d2", by=SUD, now=NOW)
    world.documents.put_original("d2", PDF)
    duplicate = world.intake.examine("d2", now=NOW)
    assert duplicate.state is State.DUPLICATE
    (problem,) = duplicate.problems
    assert "secret" not in problem.fr + problem.en
    assert world.invoices.get("d1") == before
    assert world.queue.sent == []


def test_who_sees_a_document_set_aside_may_label_it_by_sending_it_again() -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(**{**HIDDEN, "metadata": {}})
    labelled = Upload("f.pdf", folder="factures", metadata={"secteur": "Sud"})
    taken = world.intake.receive(labelled, PDF, document_id="d2", by=BOB, now=NOW)
    assert (taken.document_id, taken.metadata) == ("d1", {"secteur": "Sud"})


@pytest.mark.row("S40")
@pytest.mark.parametrize("by_link", [False, True])
def test_a_document_that_takes_another_uploaders_metadata_takes_along_what_both_may_see(by_link: bool) -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(folder="Devis", metadata={"secteur": "Sud"})
    again = Upload("f.pdf", folder="factures", metadata={"secteur": "Sud", "Commande": "BC-1"})
    if by_link:
        world.intake.expect(again, document_id="d2", by=SUD, now=NOW)
        world.documents.put_original("d2", PDF)
        world.intake.examine("d2", now=NOW)
    else:
        world.intake.receive(again, PDF, document_id="d2", by=SUD, now=NOW)
    taken = world.invoices.get("d1")
    assert (taken.metadata["Commande"], taken.uploader_labels) == ("BC-1", {"sud"})


@pytest.mark.row("S40")
def test_the_first_uploaders_restriction_stays_when_another_sends_the_file_again() -> None:
    world = World(user_label_metadata="Secteur")
    own = Upload("f.pdf", folder="Devis", metadata={"secteur": "Sud"})
    world.intake.receive(own, PDF, document_id="d1", by=SUD, now=NOW)
    world.intake.examine("d1", now=NOW)
    both = Uploader("mia", Visibility("Secteur", frozenset({"sud", "nord"})))
    for by in (ALICE, both):
        again = Upload("f.pdf", folder="factures", metadata={"secteur": "Sud"})
        world.intake.receive(again, PDF, document_id="d2", by=by, now=NOW)
        assert world.invoices.get("d1").uploader_labels == {"sud"}


@pytest.mark.row("S40")
@pytest.mark.parametrize(
    "metadata", [{}, {"secteur": "Nord"}, {"autre": "Sud"}], ids=["none", "another's", "elsewhere"]
)
def test_an_upload_that_its_own_sender_would_not_see_is_refused(metadata: dict[str, str]) -> None:
    world = World(user_label_metadata="Secteur")
    upload = Upload("f.pdf", folder="factures", metadata=metadata)
    for send in (
        lambda: world.intake.receive(upload, PDF, document_id="d1", by=SUD, now=NOW),
        lambda: world.intake.expect(upload, document_id="d1", by=SUD, now=NOW),
    ):
        with pytest.raises(Invalid) as refusal:
            send()
        (problem,) = refusal.value.problems
        assert (problem.field, problem.code) == ("metadata.Secteur", "label_not_yours")
        assert "sud" in problem.fr
        assert "sud" in problem.en
    assert world.invoices.page(None, limit=9, cursor=None).invoices == ()
    assert world.documents.originals == {}


@pytest.mark.row("S40")
def test_an_upload_with_one_of_its_senders_labels_is_theirs_to_see() -> None:
    world = World(user_label_metadata="Secteur")
    upload = Upload("f.pdf", folder="factures", metadata={"SECTEUR": " sud "})
    invoice = world.intake.receive(upload, PDF, document_id="d1", by=SUD, now=NOW)
    assert SUD.sight.sees(invoice)


@pytest.mark.parametrize(
    "name", ["a\r\nSet-Cookie: x.pdf", "a\0.pdf", "facture\u202efdp.exe", "a\u2028.pdf", "a\u2066.pdf"]
)
def test_a_file_name_that_hides_or_forges_something_is_refused_at_the_door(name: str) -> None:
    world = World()
    with pytest.raises(Invalid) as by_request:
        world.intake.receive(Upload(name), PDF, document_id="d1", by=ALICE, now=NOW)
    with pytest.raises(Invalid):
        world.intake.expect(Upload(name), document_id="d1", by=ALICE, now=NOW)
    assert [each.code for each in by_request.value.problems] == ["file_name_characters"]
    assert world.invoices.page(None, limit=9, cursor=None).invoices == ()


@pytest.mark.parametrize(
    "name", ["mise-en-œuvre.pdf", "facture (2) – été.pdf", "请求.pdf", "e\u0301te\u0301.pdf", "🧾.pdf"]
)
def test_any_other_file_name_is_kept_as_it_is(name: str) -> None:
    world = World()
    assert world.intake.receive(Upload(name), PDF, document_id="d1", by=ALICE, now=NOW).file_name == name


def test_a_retry_queues_the_next_step_that_a_killed_worker_had_not_queued() -> None:
    world = World()
    world.receive(folder="Devis")
    send, world.queue.send = world.queue.send, _die  # type: ignore[method-assign]
    again = Upload("f.pdf", folder="Factures")
    with pytest.raises(Crash):
        world.intake.receive(again, PDF, document_id="d2", by=ALICE, now=NOW)
    world.queue.send = send  # type: ignore[method-assign]
    assert world.intake.receive(again, PDF, document_id="d3", by=ALICE, now=NOW).state is State.READING
    assert world.queue.sent == [Work("s1", "d1")]


def _die(_: object) -> None:
    raise Crash


MEANT = {"": {"engagement_number": "Bon de commande"}}


def test_the_uploads_answer_and_the_document_warn_of_a_metadata_that_nothing_uses() -> None:
    world = World(associations=MEANT)
    upload = Upload("f.pdf", folder="Factures", metadata={"bon_de_commande": "BC-1"})
    answered = world.intake.receive(upload, PDF, document_id="d1", by=ALICE, now=NOW)
    examined = world.intake.examine("d1", now=NOW)
    for invoice in (answered, examined):
        (problem,) = invoice.problems
        assert (problem.code, problem.blocking) == ("metadata_unused", False)
        assert "Bon de commande" in problem.fr
    announced, _ = world.intake.expect(upload, document_id="d2", by=ALICE, now=NOW)
    assert [each.code for each in announced.problems] == ["metadata_unused"]


def test_a_document_that_is_set_aside_tells_a_metadata_that_nothing_uses_as_well() -> None:
    world = World(associations=MEANT)
    assert world.receive(folder="Courriers", metadata={"Couleur": "bleu"}) is State.SET_ASIDE
    assert [each.code for each in world.invoices.get("d1").problems] == ["metadata_unused"]


def test_a_document_that_waits_for_its_supplier_says_so_once_beside_what_its_metadata_lack() -> None:
    world = World(associations=MEANT)
    upload = Upload("f.pdf", folder="Factures", metadata={"Couleur": "bleu"})
    world.intake.receive(upload, PDF, document_id="d1", by=ALICE, now=NOW)
    world.intake = replace(world.intake, supplier=a_supplier(associations=MEANT, status="suspended"))
    first = world.intake.examine("d1", now=NOW)
    assert world.intake.examine("d1", now=NOW).version == first.version
    assert [each.code for each in first.problems] == ["metadata_unused", "supplier_suspended"]


def test_a_file_sent_again_by_a_link_with_another_filing_says_what_differs_and_how_to_correct_it() -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(metadata={"BON": "1", "Secteur": "Nord"})
    again = Upload("again.pdf", folder="autre", metadata={"bon": "BC-999", "secteur": "NORD"})
    world.intake.expect(again, document_id="d2", by=BOB, now=NOW)
    world.documents.put_original("d2", PDF)
    duplicate, differs = world.intake.examine("d2", now=NOW).problems
    assert (duplicate.code, differs.code, differs.blocking) == ("duplicate_file", "filing_differs", False)
    assert "rien à faire" not in duplicate.fr
    assert "nothing to do" not in duplicate.en
    for text in (differs.fr, differs.en):
        assert "metadata.bon, folder" in text
        assert "PATCH" not in text, "people read it"
        assert "BC-999" not in text


def test_a_file_sent_again_says_nothing_of_a_document_that_its_users_may_not_see() -> None:
    world = World(user_label_metadata="Secteur")
    world.receive(metadata={"secteur": "Nord"})
    assert _sent_again(world, secteur="Sud", BON="2").code == "duplicate_file"


@pytest.mark.parametrize("folder", ["Factures/", "/FACTURES", "factures"])
def test_the_same_folder_spelt_otherwise_does_not_differ(folder: str) -> None:
    world = World()
    world.receive(folder="Factures", metadata={"BON": "1"})
    known = world.invoices.get("d1")
    assert world.intake.differing(known, Upload("f.pdf", folder=folder, metadata={"Bon": " 1 "})) == ()
    assert world.intake.differing(known, Upload("f.pdf", folder="Factures/2026")) == ("folder",)
