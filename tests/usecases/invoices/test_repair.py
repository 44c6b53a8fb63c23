"""Repairs: what a recipient sends back is answered once, in the status that allows it, with the green light."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, StaleWrite, SupplierSuspended, Transient
from chorus_connector.domain.invoices.attachments import Attachment, AttachmentPolicy
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Deposit, Invoice
from chorus_connector.domain.invoices.repair import RepairRequest, require_allowed, task_of
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import Visibility
from chorus_connector.domain.portal.answers import AnswerLost, PortalRefused, PortalUnreachable
from chorus_connector.usecases.invoices.repair import ReissueInvoice, RepairInvoices, reissued_document_id, settle_due
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.portal.tracking import TrackInvoices
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_service, a_supplier, add_read, an_invoice
from tests.fakes import (
    Crash,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeRecipients,
    FakeTable,
    FakeTrackingProgress,
)
from tests.fakes_tables import FakeAttachmentFiles, FakeAttachments

if TYPE_CHECKING:
    from chorus_connector.domain.suppliers.supplier import Supplier

OTHER_SIRET = "21750001600019"
ECOLES = {"service_code": "ECOLES"}


class World:
    """One invoice that was sent back, a directory of two bodies, and the use cases that answer."""

    def __init__(self, status: str = "A_RECYCLER", **supplier: Any) -> None:
        self.table = FakeTable()
        town = a_recipient(services=(a_service("VOIRIE"), a_service("ECOLES")), service_required=True)
        self.portal = FakePortal([town, a_recipient(OTHER_SIRET, active=False)])
        self.supplier: Supplier = a_supplier(**supplier)
        self.invoices = FakeInvoices(self.table, "s1")
        self.documents = FakeDocuments()
        self.documents.put_original("d1", b"%PDF")
        self.attachments = FakeAttachments()
        self.files = FakeAttachmentFiles()
        self.now = NOW
        self.portal.now = NOW
        self.chorus_id = self.portal.hold("FA-1", NOW - timedelta(days=2), recipient_siret=TOWN_SIRET)
        self.portal.pass_to(self.chorus_id, status, NOW - timedelta(hours=1), "service erroné")
        deposit = Deposit(chorus_id=self.chorus_id, invoice_number="FA-1", status="DEPOSEE")
        fields = {"recipient_siret": TOWN_SIRET, "service_code": "VOIRIE"}
        form = Form(fields={name: FormField(value=text, source="text") for name, text in fields.items()})  # type: ignore[misc]
        add_read(self.invoices, a_reading(), State.SUBMITTED, deposit=deposit, form=form)
        self.table.numbers["s1", "FA-1"] = "d1"
        self.tracking.run(now=NOW)

    @property
    def directory(self) -> Directory:
        return Directory(FakeRecipients(), self.portal)

    @property
    def tracking(self) -> TrackInvoices:
        progress = FakeTrackingProgress(self.table, "s1")
        return TrackInvoices(self.supplier, self.invoices, self.portal, progress, lambda siret, now: True)

    @property
    def repairs(self) -> RepairInvoices:
        return RepairInvoices(self.invoices, self.invoices, self.tracking, self.directory, self.attachments, self.files)

    @property
    def reissue(self) -> ReissueInvoice:
        resolution = Resolution(self.supplier, self.invoices, self.directory)
        return ReissueInvoice(self.invoices, self.invoices, self.documents, resolution, self.portal)

    @property
    def invoice(self) -> Invoice:
        return self.invoices.get("d1")

    def apply(self, kind: str = "recycle", **answer: Any) -> Invoice:
        request = RepairRequest(kind=kind, **(answer or {"service_code": "ECOLES"}))  # type: ignore[arg-type]
        return self.repairs.apply("d1", request, version=self.invoice.version, repair_id="r", by="alice", now=self.now)

    def run_due_work(self, document_id: str, now: datetime) -> None:
        """The function submission gets a message for a document, as from the ten-minute run if it is due."""
        resolution = Resolution(self.supplier, self.invoices, self.directory)
        SubmitInvoice(self.invoices, self.documents, self.portal, resolution).work_on(
            document_id, attempt_id="a", now=now
        )

    def later(self, delta: timedelta = timedelta(minutes=20)) -> None:
        """Time passes and the function tracking_sync runs."""
        self.now += delta
        self.portal.now = self.now
        settle_due(self.repairs, ["d1"], now=self.now)
        self.tracking.run(now=self.now, due=["d1"])


@pytest.mark.row("B04")
def test_what_came_back_is_a_task_with_its_motive_and_a_proposal() -> None:
    world = World()
    task = task_of(world.invoice)
    assert task is not None
    assert (task.actions, task.motive) == (("recycle",), "service erroné")
    assert task.proposal == {"recipient_siret": TOWN_SIRET, "service_code": "VOIRIE", "engagement_number": None}
    assert world.invoice.listed_in == "to_process"


@pytest.mark.row("B04")
@pytest.mark.parametrize(
    ("status", "actions"),
    [
        ("SUSPENDUE", ("complete",)),
        ("REJETEE", ("treat_rejection", "reissue")),
        ("ERREUR_FOURNISSEUR_SUR_VALIDEUR", ("correct_validator",)),
        ("REFUSEE_1", ("reissue",)),
        ("A_COMPLETER", ()),
    ],
)
def test_each_send_back_says_what_can_be_done(status: str, actions: tuple[str, ...]) -> None:
    task = task_of(World(status).invoice)
    assert task is not None
    assert task.actions == actions


@pytest.mark.row("B04")
def test_recycling_keeps_the_number_and_changes_the_way() -> None:
    world = World()
    repaired = world.apply()
    assert repaired.repair is not None
    assert repaired.repair.phase == "DONE"
    assert repaired.deposit is not None
    assert (repaired.deposit.status, repaired.deposit.invoice_number) == ("DEPOSEE", "FA-1")
    assert repaired.form.value("service_code") == "ECOLES"
    assert repaired.listed_in == "tracking"
    said = {"recipient_siret": TOWN_SIRET, "service_code": "ECOLES", "engagement_number": None, "comment": None}
    assert world.portal.repairs == [("recycle", world.chorus_id, said)]
    trail = world.invoices.events("d1")
    assert [event.action for event in trail[-2:]] == ["repair_started", "repair_done"]
    assert trail[-2].changes == (("service_code", "VOIRIE", "ECOLES"),)
    assert [each[:2] for each in trail[-1].changes] == [("status", "A_RECYCLER")]


@pytest.mark.row("B04")
@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"service_code": "NOWHERE"}, "service_unknown"),
        ({"service_code": ""}, "service_required"),
        ({"recipient_siret": "99999999999999"}, "recipient_unknown"),
        ({"recipient_siret": OTHER_SIRET, "service_code": ""}, "recipient_inactive"),
        ({"service_code": "VOIRIE"}, "nothing_changed"),
    ],
)
def test_the_green_light_is_checked_before_the_portal_is_called(answer: dict[str, str], code: str) -> None:
    world = World()
    with pytest.raises(Invalid) as refused:
        world.apply(**answer)
    assert [each.code for each in refused.value.problems][:1] == [code]
    assert world.portal.repairs == []
    assert world.invoice.repair is None


def test_an_answer_that_changes_nothing_blames_no_field() -> None:
    with pytest.raises(Invalid) as refused:
        World().apply(service_code="VOIRIE")
    assert [each.field for each in refused.value.problems] == [None]


@pytest.mark.row("B04")
def test_a_suspension_is_answered_with_files_and_words() -> None:
    world = World("SUSPENDUE")
    bon = Attachment(attachment_id="a1", file_name="bon.pdf", size=3, uploaded_at=NOW, uploaded_by="alice")
    world.attachments.add(bon)
    world.files.put("a1", b"abc")
    repaired = world.apply("complete", comment="voici", attachment_ids=("a1",))
    assert repaired.deposit is not None
    assert repaired.deposit.status == "COMPLETEE"
    ((_, _, said),) = world.portal.repairs
    assert said["comment"] == "voici"
    assert [each.file_id for each in said["attachments"]] == [7001]
    assert repaired.completed_with == ("a1",), "who may see the portal's copy depends on it"


@pytest.mark.row("B04")
def test_a_suspension_is_not_answered_with_nothing() -> None:
    world = World("SUSPENDUE")
    with pytest.raises(Invalid):
        world.apply("complete", comment="")


@pytest.mark.row("B04")
@pytest.mark.parametrize("kind", ["recycle", "complete", "treat_rejection", "correct_validator"])
@pytest.mark.parametrize("status", ["DEPOSEE", "MANDATEE", "NOUVEAU_STATUT", "MISE_EN_PAIEMENT"])
def test_what_the_status_forbids_is_refused_with_the_reason(kind: str, status: str) -> None:
    world = World(status)
    with pytest.raises(Conflict) as refused:
        world.apply(kind, comment="x", service_code="ECOLES", validator_siret=TOWN_SIRET)
    assert refused.value.code == "status_forbids"
    assert world.portal.repairs == []


@pytest.mark.row("B04")
def test_the_portals_present_status_counts_not_the_one_we_knew() -> None:
    world = World()
    world.portal.pass_to(world.chorus_id, "REJETEE", NOW)
    with pytest.raises(Conflict):
        world.apply()
    assert world.invoice.deposit is not None
    assert world.invoice.deposit.status == "REJETEE"


@pytest.mark.row("B04")
def test_a_wrong_validator_is_named_anew() -> None:
    world = World("ERREUR_FOURNISSEUR_SUR_VALIDEUR")
    repaired = world.apply("correct_validator", validator_siret=OTHER_SIRET)
    assert repaired.deposit is not None
    assert repaired.deposit.status == "A_VALIDER_1"
    with pytest.raises(Invalid):
        World("ERREUR_FOURNISSEUR_SUR_VALIDEUR").apply("correct_validator", validator_siret="12")


@pytest.mark.row("B04")
def test_a_rejection_is_acknowledged_once() -> None:
    world = World("REJETEE")
    treated = world.apply("treat_rejection", comment=None)
    assert treated.deposit is not None
    assert treated.deposit.rejection_treated
    assert treated.listed_in == "tracking"
    with pytest.raises(Conflict) as refused:
        world.apply("treat_rejection", comment=None)
    assert refused.value.code == "already_treated"
    assert [call for call, _, _ in world.portal.repairs] == ["treat_rejection"]


@pytest.mark.row("B04")
def test_a_refusal_of_the_portal_is_reported_and_the_task_stays() -> None:
    world = World()
    world.portal.faults = {"recycle": [PortalRefused("20004", "engagement inconnu")]}
    with pytest.raises(Conflict) as refused:
        world.apply()
    assert "engagement inconnu" in refused.value.fr
    assert world.invoice.listed_in == "to_process"
    assert world.apply().repair is not None
    assert len(world.portal.repairs) == 1


@pytest.mark.row("B04")
@pytest.mark.parametrize("call", ["history", "recycle", "recipient"])
def test_a_portal_that_is_down_did_nothing_and_may_be_asked_again(call: str) -> None:
    world = World()
    world.portal.faults = {call: [PortalUnreachable("down")]}
    with pytest.raises(Transient):
        world.apply()
    assert world.portal.repairs == []
    world.apply()
    assert len(world.portal.repairs) == 1


@pytest.mark.row("B04")
@pytest.mark.parametrize("acted", [True, False])
@pytest.mark.parametrize(
    ("status", "kind", "answer"),
    [
        ("A_RECYCLER", "recycle", {"service_code": "ECOLES"}),
        ("SUSPENDUE", "complete", {"comment": "voici"}),
        ("REJETEE", "treat_rejection", {"comment": None}),
        ("ERREUR_FOURNISSEUR_SUR_VALIDEUR", "correct_validator", {"validator_siret": OTHER_SIRET}),
    ],
)
def test_a_lost_answer_is_settled_by_asking_and_never_by_repeating(
    acted: bool, status: str, kind: str, answer: dict[str, Any]
) -> None:
    world = World(status)
    world.portal.faults = {kind: [("after", AnswerLost("reset")) if acted else AnswerLost("500")]}
    doubtful = world.apply(kind, **answer)
    assert doubtful.repair is not None
    assert doubtful.repair.phase == "IN_DOUBT"
    with pytest.raises(Conflict) as refused:
        world.apply(kind, **answer)
    assert refused.value.code == "repair_in_doubt"
    world.later()
    assert world.invoice.repair is not None
    assert world.invoice.repair.phase == ("DONE" if acted else "NOT_DONE")
    assert len(world.portal.repairs) == acted
    if not acted:
        world.apply(kind, **answer)
    assert len(world.portal.repairs) == 1


@pytest.mark.row("B04")
@given(st.integers(1, 12), st.booleans(), st.integers(0, 3))
@settings(max_examples=60)
def test_whatever_dies_every_repair_reaches_the_portal_once(dies: int, lost: bool, retries: int) -> None:
    world = World()
    left = [dies]

    def on_write(_: str) -> None:
        left[0] -= 1
        if left[0] == 0:
            raise Crash

    world.table.on_write = on_write
    world.portal.faults = {"recycle": [("after", AnswerLost("reset"))]} if lost else {}
    for _ in range(retries + 1):
        with suppress(Crash, Conflict, StaleWrite):
            world.apply()
    world.table.on_write = lambda _: None
    world.later()
    with suppress(Conflict):
        world.apply()
    assert len(world.portal.repairs) == 1
    assert world.invoice.deposit is not None
    world.later(timedelta(days=1))
    assert world.invoice.deposit.status == "DEPOSEE"


def test_a_suspended_supplier_repairs_nothing() -> None:
    world = World()
    world.supplier = a_supplier(status="suspended")
    with pytest.raises(SupplierSuspended):
        world.apply()
    assert world.portal.repairs == []


@pytest.mark.row("B04")
def test_a_rejected_invoice_is_issued_anew_under_a_new_number_linked_both_ways() -> None:
    world = World("REJETEE")
    version = world.invoice.version
    new = world.reissue.reissue("d1", "FA-1-BIS", {"service_code": "ECOLES"}, version=version, by="alice", now=NOW)
    assert new.state is State.READY
    assert new.form.value("invoice_number") == "FA-1-BIS"
    assert new.form.value("service_code") == "ECOLES"
    assert (new.replaces, world.invoice.replaced_by) == ("d1", new.document_id)
    assert world.documents.originals[new.document_id] == b"%PDF"
    assert world.invoice.listed_in == "tracking"
    again = world.reissue.reissue("d1", "FA-1-BIS", {"service_code": "ECOLES"}, version=version, by="alice", now=NOW)
    assert again.document_id == new.document_id
    with pytest.raises(Conflict):
        world.reissue.reissue("d1", "FA-1-TER", {}, version=world.invoice.version, by="alice", now=NOW)


@pytest.mark.row("S40")
def test_an_invoice_that_is_issued_anew_takes_along_no_more_than_the_first_did() -> None:
    world = World("REJETEE")
    mine = world.invoice.model_copy(
        update={"uploader_labels": frozenset({"sud"}), "version": world.invoice.version + 1}
    )
    world.invoices.save(mine, by="eve", action="test")
    new = world.reissue.reissue("d1", "FA-1-BIS", {}, version=mine.version, by="alice", now=NOW)
    assert new.uploader_labels == {"sud"}


@pytest.mark.row("B04")
@pytest.mark.parametrize("number", ["FA-1", "", "   "])
def test_an_invoice_is_not_issued_anew_under_its_old_number(number: str) -> None:
    world = World("REJETEE")
    with pytest.raises(Invalid):
        world.reissue.reissue("d1", number, {}, version=world.invoice.version, by="alice", now=NOW)


@pytest.mark.row("B04")
@pytest.mark.parametrize(
    ("number", "code"),
    [("FA-9", "number_taken"), ("FA 9", "number_characters"), ("FA-2026-0000000000001", "number_too_long")],
)
def test_a_number_that_the_green_light_refuses_is_refused_before_anything_is_written(number: str, code: str) -> None:
    world = World("REJETEE")
    other = an_invoice(State.READY, document_id="d9")
    world.invoices.add(other, by="alice")
    world.invoices.save_claiming_number(
        other.model_copy(update={"version": other.version + 1}), "FA-9", by="alice", action="test"
    )
    documents, files = len(world.table.invoices), dict(world.documents.originals)
    with pytest.raises(Invalid) as refused:
        world.reissue.reissue("d1", number, ECOLES, version=world.invoice.version, by="alice", now=NOW)
    assert [each.code for each in refused.value.problems] == [code]
    assert (len(world.table.invoices), world.documents.originals, world.invoice.replaced_by) == (documents, files, None)
    new = world.reissue.reissue("d1", "FA-1-BIS", ECOLES, version=world.invoice.version, by="alice", now=NOW)
    assert new.state is State.READY


@pytest.mark.row("B04")
def test_an_invoice_that_is_not_rejected_is_not_issued_anew() -> None:
    world = World("SUSPENDUE")
    with pytest.raises(Conflict):
        world.reissue.reissue("d1", "FA-2", {}, version=world.invoice.version, by="alice", now=NOW)


@pytest.mark.row("B04")
def test_a_worker_that_died_while_issuing_anew_leaves_one_document() -> None:
    world = World("REJETEE")

    def dies(write: str) -> None:
        if write == "before reissued":
            raise Crash

    world.table.on_write = dies
    with suppress(Crash):
        world.reissue.reissue("d1", "FA-2", {}, version=world.invoice.version, by="alice", now=NOW)
    world.table.on_write = lambda _: None
    new = world.reissue.reissue("d1", "FA-2", {}, version=world.invoice.version, by="alice", now=NOW)
    assert len(world.table.invoices) == 2
    assert world.invoice.replaced_by == new.document_id


@pytest.mark.row("B04")
def test_two_people_who_issue_it_anew_under_two_numbers_at_once_send_one_invoice() -> None:
    world = World("REJETEE", automatic_submission=True)
    version = world.invoice.version
    reissue, put = world.reissue, world.documents.put_original

    def the_other_is_quicker(document_id: str, data: bytes) -> str:
        world.documents.put_original = put  # type: ignore[method-assign]
        reissue.reissue("d1", "FA-1-BIS", ECOLES, version=version, by="alice", now=NOW)
        return put(document_id, data)

    world.documents.put_original = the_other_is_quicker  # type: ignore[method-assign]
    with pytest.raises(StaleWrite):
        reissue.reissue("d1", "FA-1-TER", ECOLES, version=version, by="bob", now=NOW)
    for _, document_id in list(world.table.invoices):
        world.run_due_work(document_id, NOW + timedelta(minutes=10))
        world.run_due_work(document_id, NOW + timedelta(hours=7))
    sent = [each.invoice_number for each in world.portal.accepted]
    assert sent == ["FA-1", "FA-1-BIS"]
    assert world.invoice.replaced_by == reissued_document_id("d1", "FA-1-BIS")


@pytest.mark.row("B04")
@pytest.mark.parametrize("write", ["before reissued", "after reissued"])
def test_a_worker_that_died_while_issuing_anew_is_noticed_without_another_request(write: str) -> None:
    world = World("REJETEE", automatic_submission=True)

    def dies(each: str) -> None:
        if each == write:
            raise Crash

    world.table.on_write = dies
    with suppress(Crash):
        world.reissue.reissue("d1", "FA-2", ECOLES, version=world.invoice.version, by="alice", now=NOW)
    world.table.on_write = lambda _: None
    new_id = reissued_document_id("d1", "FA-2")
    due = FakeInstallation(world.table).due(NOW + timedelta(hours=7), limit=10)
    assert [each.document_id for each in due] == [new_id]
    world.run_due_work(new_id, NOW + timedelta(hours=7))
    left = world.invoices.get(new_id)
    if world.invoice.replaced_by is None:
        assert left.state is State.TO_COMPLETE, "the rejected one may have been issued anew otherwise: a person decides"
        assert "reissue_unfinished" in [each.code for each in left.blocking_problems]
    else:
        assert left.state is State.READY


@pytest.mark.row("B04")
def test_issuing_anew_again_after_a_worker_died_continues_where_it_was() -> None:
    world = World("REJETEE")

    def dies(write: str) -> None:
        if write == "after reissued":
            raise Crash

    world.table.on_write = dies
    with suppress(Crash):
        world.reissue.reissue("d1", "FA-2", ECOLES, version=world.invoice.version, by="alice", now=NOW)
    world.table.on_write = lambda _: None
    new = world.reissue.reissue("d1", "FA-2", ECOLES, version=world.invoice.version, by="alice", now=NOW)
    assert new.state is State.READY


@pytest.mark.row("B04")
def test_a_concurrent_change_is_not_overwritten() -> None:
    world = World()
    with pytest.raises(StaleWrite):
        world.repairs.apply(
            "d1", RepairRequest(kind="recycle", service_code="ECOLES"), version=0, repair_id="r", by="a", now=NOW
        )


@pytest.mark.row("S40")
def test_a_file_of_another_label_is_not_found_however_it_is_named() -> None:
    world = World("SUSPENDUE")
    other = Attachment(
        attachment_id="a1", file_name="b.pdf", size=3, metadata={"Service": "B"}, uploaded_at=NOW, uploaded_by="bob"
    )
    world.attachments.add(other)
    repairs = replace(world.repairs, visibility=Visibility("Service", frozenset({"a"})))
    request = RepairRequest(kind="complete", comment="voici", attachment_ids=("a1",))
    with pytest.raises(NotFound):
        repairs.apply("d1", request, version=world.invoice.version, repair_id="r", by="alice", now=world.now)


def test_a_file_that_has_not_arrived_is_not_sent() -> None:
    world = World("SUSPENDUE")
    awaited = Attachment(attachment_id="a1", file_name="b.pdf", uploaded_at=NOW, uploaded_by="bob")
    world.attachments.add(awaited)
    with pytest.raises(Conflict) as refusal:
        world.apply("complete", comment="voici", attachment_ids=("a1",))
    assert refusal.value.code == "attachment_awaited"


def test_a_lost_answer_counts_as_not_given_at_the_very_moment_it_can_no_longer_arrive() -> None:
    world = World()
    world.portal.faults = {"recycle": [AnswerLost("timeout")]}
    doubtful = world.apply()
    assert doubtful.due_at is not None
    world.repairs.settle("d1", now=doubtful.due_at - timedelta(seconds=1))
    assert world.invoice.repair is not None
    assert world.invoice.repair.phase == "IN_DOUBT"
    settled = world.repairs.settle("d1", now=doubtful.due_at)
    assert settled.repair is not None
    assert settled.repair.phase == "NOT_DONE"


def test_an_invoice_that_the_portal_no_longer_shows_takes_no_answer() -> None:
    world = World()
    deposit = world.invoice.deposit
    assert deposit is not None
    gone = world.invoice.model_copy(update={"deposit": deposit.model_copy(update={"missing_since": NOW})})
    with pytest.raises(Conflict) as refusal:
        require_allowed(gone, "recycle")
    assert refusal.value.code == "status_forbids"
    assert task_of(gone) is None


def test_an_answer_that_is_asked_about_early_is_not_given_up_before_its_time() -> None:
    world = World()
    world.portal.faults = {"recycle": [AnswerLost("timeout")]}
    doubtful = world.apply()
    settled_at = doubtful.due_at
    assert settled_at is not None
    early = NOW + timedelta(minutes=1)
    world.invoices.reschedule(doubtful.model_copy(update={"due_at": early}))
    still = world.repairs.settle("d1", now=early)
    assert still.repair is not None
    assert (still.repair.phase, still.due_at) == ("IN_DOUBT", settled_at)


def test_an_answer_after_which_the_invoice_was_sent_back_again_was_given() -> None:
    """The same status at a later time is another send-back, and another task."""
    world = World()
    world.portal.faults = {"recycle": [("after", AnswerLost("reset"))]}
    world.apply()
    world.portal.pass_to(world.chorus_id, "A_RECYCLER", NOW + timedelta(minutes=5), "encore erroné")
    world.later()
    assert world.invoice.repair is not None
    assert world.invoice.repair.phase == "DONE"
    task = task_of(world.invoice)
    assert task is not None
    assert (task.motive, task.under_way) == ("encore erroné", False)


def test_an_answer_in_doubt_is_asked_about_in_either_loading_mode() -> None:
    for mode in ("local", "remote"):
        world = World(loading_mode=mode)
        world.portal.faults = {"recycle": [AnswerLost("timeout")]}
        doubtful = world.apply()
        assert doubtful.due_at is not None
        later = doubtful.due_at + timedelta(minutes=1)
        assert world.tracking.next_poll(doubtful, doubtful.deposit, NOW) == doubtful.due_at
        assert world.tracking.next_poll(doubtful, doubtful.deposit, later) == later + timedelta(minutes=9)


@pytest.mark.row("B04")
@pytest.mark.parametrize(
    ("own", "default", "sent"),
    [("PV", "RIB", "PV"), (None, "RIB", "RIB"), (None, None, "DOCUMENT_ANNEXE")],
)
def test_a_file_of_an_answer_has_its_own_type_else_the_suppliers_else_that_of_an_annex(
    own: str | None, default: str | None, sent: str
) -> None:
    world = World("SUSPENDUE", attachments=AttachmentPolicy(default_type=default))
    world.attachments.add(
        Attachment(
            attachment_id="a1",
            file_name="bon.pdf",
            size=3,
            uploaded_at=NOW,
            uploaded_by="alice",
            attachment_type=own,
        )
    )
    world.files.put("a1", b"abc")
    world.apply("complete", comment="voici", attachment_ids=("a1",))
    ((_, _, said),) = world.portal.repairs
    assert [each.attachment.attachment_type for each in said["attachments"]] == [sent]
