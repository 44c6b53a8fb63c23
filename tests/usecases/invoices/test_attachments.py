"""Attachments: taken in, linked, switched per invoice, and sent with the invoice exactly once."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import Invalid, NotFound, SupplierSuspended, WrongState
from chorus_connector.domain.invoices.attachments import AttachmentPolicy, LinkedAttachment, LinkRule, check_linked
from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.portal.answers import AnswerLost, PortalUnreachable
from chorus_connector.usecases.invoices.attachments import (
    LinkAttachments,
    NewAttachment,
    TakeAttachments,
    check_types,
    known_types,
    seen_attachments,
    sees_every_attachment,
    visible_attachments,
)
from chorus_connector.usecases.invoices.form import CompleteForm, Decisions
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice, portal_attachment_name
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, a_reading, a_recipient, a_supplier, add_read
from tests.facturx_sample import facturx_xml, file_of
from tests.fakes import (
    FakeDocuments,
    FakeInvoices,
    FakePdfs,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeSupplier,
    FakeTable,
)
from tests.fakes_tables import FakeAttachmentFiles, FakeAttachments

RULE = LinkRule(classification_rule="Factures", metadata="Commande")
POLICY = AttachmentPolicy(send=True, switch_metadata="PJ", default_type="DOCUMENT_ANNEXE", rules=(RULE,))


class World:
    """One supplier with an invoice of order BC-17, and a portal."""

    def __init__(self, policy: AttachmentPolicy = POLICY, *, file: FileFacts | None = None, **metadata: str) -> None:
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.attachments = FakeAttachments()
        self.files = FakeAttachmentFiles()
        self.portal = FakePortal([a_recipient()])
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.table.suppliers["s1"] = a_supplier()
        self.take = TakeAttachments(FakeSupplier(self.table, "s1"), self.attachments, self.files)
        self.policy = policy
        add_read(
            self.invoices,
            a_reading(file=file),
            classification_rule="FACTURES",
            metadata={"Commande": "BC-17", **metadata},
            size=1000,
        )

    @property
    def resolution(self) -> Resolution:
        supplier = a_supplier(attachments=self.policy)
        directory = Directory(FakeRecipients(), self.portal)
        return Resolution(supplier, self.invoices, directory, attachments=self.attachments)

    def attach(self, name: str = "bon.pdf", order: str = "bc-17", **changes: Any) -> str:
        new = NewAttachment(name, changes.pop("rule", "Factures"), {"commande": order}, **changes)
        attachment_id = f"a{len(self.attachments.kept)}"
        self.take.receive(new, name.encode(), attachment_id=attachment_id, by="alice", now=NOW)
        return attachment_id

    def resolve(self, now: datetime = NOW) -> Invoice:
        return self.resolution.resolve("d1", now=now)

    def decide(self, *, send_attachments: bool | None) -> Invoice:
        form = CompleteForm(self.invoices, self.resolution, FakeQueue())
        invoice = self.invoices.get("d1")
        return form.complete(
            "d1", {}, decisions=Decisions(send_attachments), version=invoice.version, by="alice", now=NOW, submit=True
        )

    def send(self, now: datetime = NOW) -> Invoice:
        submitter = SubmitInvoice(
            self.invoices, self.documents, self.portal, self.resolution, attachment_files=self.files
        )
        return submitter.work_on("d1", attempt_id=f"a{now}", now=now)

    @property
    def sent(self) -> list[list[tuple[str, str, int]]]:
        return [
            [(each.attachment.file_name, each.attachment.attachment_type, each.file_id) for each in some]
            for some in self.portal.attached
        ]


def codes(invoice: Invoice) -> list[str]:
    return [problem.code for problem in invoice.problems]


@pytest.mark.row("S44")
def test_files_of_the_same_rule_and_metadata_go_along() -> None:
    world = World()
    world.attach("bon.pdf")
    world.attach("rib.pdf", attachment_type="RIB")
    world.attach("other.pdf", order="BC-18")
    world.attach("elsewhere.pdf", rule="Devis")
    assert [each.file_name for each in world.resolve().attachments] == ["bon.pdf", "rib.pdf"]
    assert world.send().state is State.SUBMITTED
    assert world.sent == [[("bon.pdf", "DOCUMENT_ANNEXE", 7002), ("rib.pdf", "RIB", 7003)]]
    assert world.portal.uploaded[1:] == ["bon.pdf", "rib.pdf"]


@pytest.mark.row("S08")
def test_with_the_switch_off_nothing_goes_along() -> None:
    world = World(POLICY.model_copy(update={"send": False}), PJ="oui")
    world.attach()
    world.resolve()
    world.send()
    assert world.sent == [[]]


@pytest.mark.row("S45")
@pytest.mark.parametrize(
    ("said", "sent"), [("oui", 1), ("OUI ", 1), ("yes", 1), ("non", 0), ("Non", 0), ("", 1), ("0", 0)]
)
def test_the_metadata_decides_for_each_invoice(said: str, sent: int) -> None:
    world = World(PJ=said)
    world.attach()
    world.resolve()
    world.send()
    assert [len(each) for each in world.sent] == [sent]


@pytest.mark.row("S45")
def test_a_switch_that_says_neither_never_blocks_an_invoice_without_attachments() -> None:
    assert World(PJ="peut-être").resolve().state is State.READY


@pytest.mark.row("S45")
@pytest.mark.parametrize(("decision", "sent"), [(True, 1), (False, 0)])
def test_a_person_decides_for_one_invoice_whatever_its_metadata_says(decision: bool, sent: int) -> None:
    world = World(PJ="peut-être")
    world.attach()
    assert world.resolve().state is State.TO_COMPLETE
    world.decide(send_attachments=decision)
    world.send()
    assert [len(each) for each in world.sent] == [sent]


@pytest.mark.row("S45")
def test_a_switch_that_says_neither_stops_at_the_form() -> None:
    world = World(PJ="peut-être")
    world.attach()
    assert (codes(world.resolve()), world.invoices.get("d1").state) == (["attachment_switch"], State.TO_COMPLETE)


@pytest.mark.row("S45")
def test_an_invoice_that_announces_files_waits_for_them_and_goes_when_they_come() -> None:
    world = World(PJ="oui")
    held = world.resolve()
    assert (held.state, codes(held)) == (State.HELD, ["attachment_awaited"])
    world.attach()
    later = NOW + timedelta(minutes=10)
    assert world.send(later).state is State.SUBMITTED
    assert [len(each) for each in world.sent] == [1]


@pytest.mark.row("S45")
def test_after_a_day_of_waiting_a_person_is_asked() -> None:
    world = World(PJ="oui")
    world.resolve()
    invoice = world.resolve(NOW + timedelta(hours=25))
    assert (invoice.state, codes(invoice)) == (State.TO_COMPLETE, ["attachment_missing"])


def test_an_announced_file_is_linked_only_once_it_has_arrived() -> None:
    world = World()
    new = NewAttachment("bon.pdf", "Factures", {"Commande": "BC-17"})
    _, upload = world.take.expect(new, attachment_id="a1", by="alice", now=NOW)
    assert upload.fields["at_most"] == str(10 * 1024 * 1024)
    with pytest.raises(WrongState):
        world.take.download("a1")
    assert world.resolution.judge(world.invoices.get("d1"), now=NOW).attachments == ()
    version = world.files.uploads.send("a1", b"12345")
    world.take.arrived("a1", version=version)
    world.take.arrived("a1", version=version)
    (linked,) = world.resolution.judge(world.invoices.get("d1"), now=NOW).attachments
    assert linked.size == 5
    assert world.take.download("a1") == "https://bucket.invalid/a1"


def test_a_suspended_supplier_takes_no_attachment() -> None:
    world = World()
    world.table.suppliers["s1"] = a_supplier(status="suspended")
    with pytest.raises(SupplierSuspended):
        world.attach()
    with pytest.raises(SupplierSuspended):
        world.take.expect(NewAttachment("a.pdf"), attachment_id="a1", by="alice", now=NOW)
    assert world.attachments.kept == {}


def test_a_file_sent_again_under_the_same_link_changes_nothing_that_is_sent() -> None:
    world = World()
    new = NewAttachment("bon.pdf", "Factures", {"commande": "bc-17"})
    world.take.expect(new, attachment_id="a1", by="alice", now=NOW)
    uploads = world.files.uploads
    first = uploads.send("a1", b"looked at")
    later = uploads.send("a1", b"another one, later")
    assert [world.take.arrived("a1", version=each) for each in (later, first, later)] == [False, True, False]
    (linked,) = world.resolve().attachments
    assert (linked.size, world.files.read("a1", linked.object_version)) == (9, b"looked at")
    assert world.attachments.get("a1").upload_version == first


def test_an_attachment_that_its_own_sender_would_not_see_is_refused() -> None:
    world = World()
    take = replace(world.take, sight=Visibility("Secteur", frozenset({"sud"})))
    new = NewAttachment("bon.pdf", "Factures", {"commande": "bc-17", "secteur": "Nord"})
    with pytest.raises(Invalid, match="sud"):
        take.receive(new, b"12345", attachment_id="a1", by="alice", now=NOW)
    with pytest.raises(Invalid, match="sud"):
        take.expect(new, attachment_id="a1", by="alice", now=NOW)
    assert world.attachments.kept == {}
    own = NewAttachment("bon.pdf", "Factures", {"secteur": "SUD"})
    assert take.receive(own, b"12345", attachment_id="a1", by="alice", now=NOW).size == 5


def test_nothing_is_added_to_an_invoice_that_the_attachments_uploader_may_not_see() -> None:
    world = World(user_label="Nord")
    nord, sud = (Visibility("user_label", frozenset({label})) for label in ("nord", "sud"))
    for name, sight in (("mine.pdf", sud), ("theirs.pdf", nord), ("everyones.pdf", EVERYTHING)):
        metadata = {"commande": "bc-17", "user_label": "Sud" if sight is sud else "Nord"}
        take = replace(world.take, sight=sight)
        take.receive(NewAttachment(name, "Factures", metadata), name.encode(), attachment_id=name, by="alice", now=NOW)
    assert sorted(each.file_name for each in world.resolve().attachments) == ["everyones.pdf", "theirs.pdf"]


SUD, NORD = (Visibility("user_label", frozenset({label})) for label in ("sud", "nord"))


def a_world_of_sud(*attached: tuple[str, str], policy: AttachmentPolicy = POLICY) -> World:
    """An invoice uploaded by a user with the label Sud, and attachments of its order, uploaded by one who sees all."""
    world = World(policy, user_label="Sud")
    sent = world.invoices.get("d1").model_copy(update={"uploader_labels": SUD.labels, "version": 1})
    world.invoices.save(sent, by="eve", action="test")
    for name, label in attached:
        new = NewAttachment(name, "Factures", {"commande": "bc-17", **({"user_label": label} if label else {})})
        world.take.receive(new, name.encode(), attachment_id=name, by="alice", now=NOW)
    return world


@pytest.mark.row("S40")
def test_an_invoice_takes_along_no_attachment_that_its_own_uploader_may_not_see() -> None:
    world = a_world_of_sud(("hidden.pdf", "Nord"), ("unlabelled.pdf", ""), ("own.pdf", "Sud"))
    judged = world.resolve()
    assert [each.file_name for each in judged.attachments] == ["own.pdf"]
    assert not [each for each in codes(judged) if "attachment" in each], "the invoice is the user's: they would read it"
    assert world.send().state is State.SUBMITTED
    assert [[name for name, *_ in some] for some in world.sent] == [["own.pdf"]]


@pytest.mark.row("S40")
def test_hidden_attachments_are_neither_shown_nor_counted_however_many_there_are() -> None:
    world = a_world_of_sud(*((f"hidden{number:02}.pdf", "Nord") for number in range(60)), ("own.pdf", "Sud"))
    judged = world.resolve()
    assert [each.file_name for each in judged.attachments] == ["own.pdf"]
    assert judged.state is State.READY


@pytest.mark.row("S40")
@pytest.mark.parametrize(
    ("caller", "attached", "warned"),
    [(SUD, ["own.pdf"], []), (EVERYTHING, ["own.pdf"], ["hidden.pdf"]), (NORD, [], ["hidden.pdf"])],
    ids=["the uploader", "who sees both", "who sees the attachment"],
)
def test_what_is_not_attached_is_named_to_those_who_may_see_it_only(
    caller: Visibility, attached: list[str], warned: list[str]
) -> None:
    world = a_world_of_sud(("hidden.pdf", "Nord"), ("own.pdf", "Sud"))
    links = LinkAttachments(a_supplier(attachments=POLICY), world.attachments).links(world.invoices.get("d1"), now=NOW)
    seen = links.seen_by(caller)
    assert [each.file_name for each in seen.attachments] == attached
    assert [each.code for each in seen.problems] == ["attachment_withheld"] * len(warned)
    for problem in seen.problems:
        assert not problem.blocking
        assert all(name in problem.fr and name in problem.en for name in warned)


@pytest.mark.row("S40")
def test_a_sent_invoices_hidden_attachments_are_not_shown_to_another_who_sees_the_invoice() -> None:
    world = World(user_label="Sud")
    hidden, own = (
        NewAttachment(f"{each}.pdf", "Factures", {"commande": "bc-17", "user_label": each}) for each in ("Nord", "Sud")
    )
    for new in (hidden, own):
        world.take.receive(new, new.file_name.encode(), attachment_id=new.file_name, by="alice", now=NOW)
    invoice = world.resolve()
    assert len(seen_attachments(invoice, world.attachments, EVERYTHING)) == 2
    assert [each.file_name for each in seen_attachments(invoice, world.attachments, SUD)] == ["Sud.pdf"]
    assert sees_every_attachment(invoice, world.attachments, EVERYTHING)
    assert not sees_every_attachment(invoice, world.attachments, SUD)
    world.attachments.delete(world.attachments.get("Nord.pdf"))
    assert not sees_every_attachment(invoice, world.attachments, SUD), "its label is no longer known"


@pytest.mark.row("S40")
def test_the_files_of_an_answer_count_and_those_of_an_invoice_that_was_sent_otherwise_are_unknown() -> None:
    world = a_world_of_sud(("hidden.pdf", "Nord"), ("own.pdf", "Sud"))
    invoice = world.resolve()
    assert sees_every_attachment(invoice, world.attachments, SUD)
    completed = invoice.model_copy(update={"completed_with": ("hidden.pdf",)})
    assert not sees_every_attachment(completed, world.attachments, SUD)
    elsewhere = invoice.model_copy(update={"origin": "portal"})
    assert not sees_every_attachment(elsewhere, world.attachments, SUD)
    assert sees_every_attachment(elsewhere, world.attachments, EVERYTHING)


def test_a_deleted_attachment_goes_with_nothing() -> None:
    world = World()
    world.take.delete(world.attach())
    assert world.resolve().attachments == ()
    with pytest.raises(NotFound):
        world.take.delete("a0")


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("x" * 47 + ".pdf", "attachment_name_too_long"),
        ("virus.exe", "attachment_extension"),
        ("none", "attachment_extension"),
        (".pdf", "attachment_extension"),
        ("a/b.pdf", "attachment_name_characters"),
        ("a\r\nb.pdf", "attachment_name_characters"),
        ("a\u202egpj.pdf", "attachment_name_characters"),
    ],
)
def test_the_portals_limits_on_names_are_checked_at_upload(name: str, code: str) -> None:
    world = World()
    with pytest.raises(Invalid) as refusal:
        world.attach(name)
    assert [problem.code for problem in refusal.value.problems] == [code]
    assert world.attachments.kept == {}
    assert world.files.files == {}


@pytest.mark.parametrize(
    ("data", "code"), [(b"", "attachment_empty"), (b"x" * (10 * 1024 * 1024 + 1), "attachment_too_large")]
)
def test_the_portals_limits_on_size_are_checked_at_upload(data: bytes, code: str) -> None:
    world = World()
    with pytest.raises(Invalid) as refusal:
        world.take.receive(NewAttachment("a.pdf"), data, attachment_id="a1", by="alice", now=NOW)
    assert [problem.code for problem in refusal.value.problems] == [code]


def test_the_longest_name_and_the_largest_file_are_taken() -> None:
    new = NewAttachment("x" * 46 + ".PDF")
    world = World()
    assert world.take.receive(new, b"x" * (10 * 1024 * 1024), attachment_id="a1", by="alice", now=NOW).size


def test_an_invoice_and_its_files_may_have_120_mb_together() -> None:
    def problems(*megabytes: int) -> list[str]:
        files = tuple(
            LinkedAttachment(attachment_id="a", file_name="a.pdf", size=each * 1024 * 1024, attachment_type="RIB")
            for each in megabytes
        )
        return [each.code for each in check_linked(files, invoice_size=10 * 1024 * 1024)]

    assert problems(*[10] * 11) == []
    assert problems(*[10] * 11, 1) == ["attachments_too_large"]
    assert problems(*[0] * 51) == ["attachments_too_many"]


def test_a_file_without_any_type_stops_at_the_form() -> None:
    world = World(POLICY.model_copy(update={"default_type": None}))
    world.attach()
    assert codes(world.resolve()) == ["attachment_type_missing"]


def test_types_are_the_portals_own() -> None:
    portal = FakePortal()
    with pytest.raises(Invalid) as refusal:
        check_types(POLICY.model_copy(update={"default_type": "NOPE"}), portal)
    assert "NOPE" in refusal.value.fr
    check_types(POLICY, portal)
    portal.faults = {"attachment_types": [PortalUnreachable("down")]}
    check_types(POLICY.model_copy(update={"default_type": "NOPE"}), portal)


def test_a_portal_that_goes_down_between_two_files_holds_the_invoice_and_it_goes_once() -> None:
    world = World()
    world.attach("one.pdf")
    world.attach("two.pdf")
    world.resolve()
    world.portal.faults = {"upload": [None, None, PortalUnreachable("down")]}
    assert world.send().state is State.HELD
    assert world.portal.submits == 0
    assert world.send(NOW + timedelta(minutes=10)).state is State.SUBMITTED
    assert [len(each) for each in world.sent] == [2]


@pytest.mark.row("B01")
def test_a_lost_answer_with_attachments_is_never_sent_again() -> None:
    world = World()
    world.attach()
    world.resolve()
    world.portal.faults = {"submit": [("after", AnswerLost("reset"))]}
    assert world.send().state is State.IN_DOUBT
    assert world.send(NOW + timedelta(minutes=20)).state is State.SUBMITTED
    assert world.portal.submits == 1


def test_the_name_sent_to_the_portal_is_plain() -> None:
    assert portal_attachment_name("Bon n°17 (été).pdf") == "Bon_n_17___t__.pdf"


def test_an_invoice_with_attachments_goes_as_a_pdf_even_where_its_xml_says_all() -> None:
    """A flow's attachments would have to be inside its XML: they would be lost."""
    world = World(file=file_of(facturx_xml()))
    world.attach()
    world.resolve()
    resolution = world.resolution
    resolution = replace(resolution, supplier=resolution.supplier.model_copy(update={"facturx_as_flow": True}))
    submitter = SubmitInvoice(
        world.invoices,
        world.documents,
        world.portal,
        resolution,
        pdfs=FakePdfs(),
        attachment_files=world.files,
    )
    assert submitter.work_on("d1", attempt_id="a", now=NOW).state is State.SUBMITTED
    assert world.portal.flows == {}
    assert [len(some) for some in world.sent] == [1]


@pytest.mark.row("S40")
def test_a_page_of_attachments_is_full_although_some_are_hidden() -> None:
    world = World()
    for index in range(9):
        world.attach(order="open" if index % 3 == 0 else "hidden")
    restricted = Visibility("commande", frozenset({"open"}))
    first = visible_attachments(world.attachments, restricted, limit=2, cursor=None)
    assert [each.attachment_id for each in first.attachments] == ["a0", "a3"]
    second = visible_attachments(world.attachments, restricted, limit=2, cursor=first.cursor)
    assert [each.attachment_id for each in second.attachments] == ["a6"]
    assert second.cursor is None


# --- types and repeated files --------------------------------------------------------------------------------


@pytest.mark.row("S44", "B02")
def test_a_type_that_the_portal_does_not_have_is_refused_at_the_upload_with_the_list() -> None:
    world = World()
    world.table.suppliers["s1"] = a_supplier(attachment_types=("DOCUMENT_ANNEXE", "RIB"))
    for receive in (
        lambda: world.attach(attachment_type="NIMP"),
        lambda: world.take.expect(
            NewAttachment("b.pdf", "Factures", {}, "NIMP"), attachment_id="a9", by="alice", now=NOW
        ),
    ):
        with pytest.raises(Invalid) as refused:
            receive()
        (problem,) = refused.value.problems
        assert (problem.field, problem.code) == ("attachment_type", "attachment_type_unknown")
        assert "DOCUMENT_ANNEXE, RIB" in problem.fr
    assert world.attachments.kept == {}
    world.attach(attachment_type="RIB")


def test_before_the_portal_said_its_types_none_is_refused_at_the_upload() -> None:
    World().attach(attachment_type="NIMP")


@pytest.mark.row("B02")
def test_the_green_light_stops_a_type_that_has_gone_from_the_portal() -> None:
    world = World()
    world.attach(attachment_type="NIMP")
    resolution = replace(
        world.resolution, supplier=a_supplier(attachments=world.policy, attachment_types=("DOCUMENT_ANNEXE",))
    )
    stopped = resolution.resolve("d1", now=NOW)
    assert (stopped.state, codes(stopped)) == (State.TO_COMPLETE, ["attachment_type_unknown"])


def test_the_types_are_remembered_when_the_portal_says_them_and_kept_while_it_does_not() -> None:
    portal = FakePortal()
    assert known_types(portal) == {"attachment_types": ("DOCUMENT_ANNEXE", "RIB")}
    portal.faults = {"attachment_types": [PortalUnreachable("down")]}
    assert known_types(portal) == {}


@pytest.mark.row("S44")
def test_one_content_that_was_uploaded_three_times_is_sent_once_and_the_links_say_so() -> None:
    world = World()
    for attachment_id, name in (("A1", "bon.pdf"), ("A2", "copie.pdf"), ("A3", "bon.pdf")):
        new = NewAttachment(name, "Factures", {"Commande": "BC-17"})
        world.take.receive(new, b"the same", attachment_id=attachment_id, by="alice", now=NOW)
    world.attach("autre.pdf")
    assert [each.attachment_id for each in world.resolve().attachments] == ["A1", "a3"]
    links = LinkAttachments(a_supplier(attachments=POLICY), world.attachments).links(world.invoices.get("d1"), now=NOW)
    (said,) = links.seen_by(EVERYTHING).problems
    assert (said.code, said.blocking) == ("attachment_repeated", False)
    assert "copie.pdf" in said.fr
    world.send()
    assert [[name for name, _, _ in some] for some in world.sent] == [["bon.pdf", "autre.pdf"]]


def test_a_repeated_file_is_named_only_to_those_who_see_it() -> None:
    world = World(user_label="Sud")
    for attachment_id, label in (("a1", "Sud"), ("a2", "Nord")):
        new = NewAttachment(f"{label}.pdf", "Factures", {"Commande": "BC-17", "user_label": label})
        world.take.receive(new, b"the same", attachment_id=attachment_id, by="alice", now=NOW)
    links = LinkAttachments(a_supplier(attachments=POLICY), world.attachments).links(world.invoices.get("d1"), now=NOW)
    assert links.seen_by(Visibility("user_label", frozenset({"sud"}))).problems == ()
    assert [each.code for each in links.seen_by(EVERYTHING).problems] == ["attachment_repeated"]


def test_copies_do_not_count_towards_the_most_attachments_of_an_invoice() -> None:
    world = World()
    for number in range(60):
        new = NewAttachment(f"{number}.pdf", "Factures", {"Commande": "BC-17"})
        world.take.receive(new, b"the same", attachment_id=f"a{number:02d}", by="alice", now=NOW)
    assert len(world.resolve().attachments) == 1


def test_attachments_of_an_older_release_have_no_hash_and_are_all_sent() -> None:
    world = World()
    for attachment_id in ("a1", "a2"):
        new = NewAttachment("bon.pdf", "Factures", {"Commande": "BC-17"})
        kept = world.take.receive(new, b"the same", attachment_id=attachment_id, by="alice", now=NOW)
        older = kept.model_dump(mode="json", exclude={"sha256"})
        world.attachments.kept[attachment_id] = type(kept).model_validate(older)
    assert len(world.resolve().attachments) == 2
