"""Who may do what, what is written of it, and how a tenant is suspended."""

import json
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.errors import Conflict, Invalid, NotFound, SupplierSuspended
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.suppliers.access import ADMINISTRATORS, Access, Caller, Member, kind_of
from chorus_connector.domain.suppliers.supplier import DEFAULT_SUPPLIER, Supplier
from chorus_connector.usecases.invoices.intake import Intake, Upload, Uploader
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.suppliers.access import ManageAccess
from chorus_connector.usecases.suppliers.audit import audit_file, whole_trail
from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
from tests.builders import NOW, SUPPLIER_SIRET, a_reading, a_recipient, a_supplier, add_read, an_invoice
from tests.fakes import (
    FakeAccess,
    FakeAuditTrail,
    FakeBreakers,
    FakeDocuments,
    FakeInstallation,
    FakeInvoices,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeSecrets,
    FakeSupplier,
    FakeTable,
    change_identifier,
)
from tests.fakes_user_pool import FakeUserDirectory

OTHER_SIRET = "35600000000048"


class World:
    """One tenant, alice's, and everything its administration touches."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.installation = FakeInstallation(self.table)
        self.provision = Provision(self.installation, self.table.structures, strict_siret=True)
        self.provision.create(supplier_id="s1", name="Durand", siret=SUPPLIER_SIRET, by="alice", now=NOW)
        self.invoices = FakeInvoices(self.table, "s1")
        self.suppliers = FakeSupplier(self.table, "s1")
        self.secrets = FakeSecrets()
        self.documents = FakeDocuments()
        self.access = FakeAccess(self.table, "s1")
        self.trail = FakeAuditTrail(self.table, "s1")
        self.manage = ManageAccess(
            self.access,
            FakeUserDirectory(people=dict.fromkeys(("alice", "bob", "carol"), frozenset()), groups={"compta"}),
            by=Caller("alice", frozenset({ADMINISTRATORS})),
        )
        self.configure = Configure(
            self.suppliers,
            self.invoices,
            self.secrets,
            lambda _: FakePortal(),
            FakeBreakers(self.table, "s1"),
            by="alice",
            identifiers=change_identifier(self.table, assigned=True),
        )

    def lines(self) -> list[tuple[str, str]]:
        return [(each.item, each.action) for each in self.trail.page(limit=100, cursor=None).changes]


def a_member(principal: str, *roles: Any) -> Member:
    return Member(principal=principal, kind=kind_of(principal, system=False), roles=roles or ("use",))


# --- access --------------------------------------------------------------------------------------------------


@pytest.mark.row("S25")
def test_the_last_administrator_stays_whatever_is_tried() -> None:
    world = World()
    world.manage.grant(a_member("group:compta", "administer"), now=NOW)  # a group may be empty: it does not count
    for attempt in (
        lambda: world.manage.take_away("alice", now=NOW),
        lambda: world.manage.grant(a_member("alice", "use"), now=NOW),
    ):
        with pytest.raises(Conflict) as refusal:
            attempt()
        assert refusal.value.code == "last_administrator"
    world.manage.grant(a_member("bob", "administer"), now=NOW)
    world.manage.take_away("alice", now=NOW)
    assert world.installation.rights("s1", "alice") == frozenset()


@pytest.mark.row("S25")
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["alice", "bob", "carol", "group:x"]),
            st.sampled_from([(), ("use",), ("administer",), ("administer", "use")]),
        ),
        max_size=20,
    )
)
def test_there_is_always_an_administrator(wishes: list[tuple[str, tuple[Any, ...]]]) -> None:
    access = Access().granting(a_member("alice", "administer"))
    for principal, roles in wishes:
        try:
            access = access.granting(a_member(principal, *roles)) if roles else access.without(principal)
        except (Conflict, NotFound):
            continue
        assert access.member(principal).roles == roles if roles else True
    assert any("administer" in each.roles and each.kind != "group" for each in access.members)


def test_two_administrators_at_once_both_get_their_change() -> None:
    world = World()
    first_get = world.access.get
    others = iter([a_member("bob"), None])

    def meanwhile() -> Access:
        read = first_get()
        if (member := next(others, None)) is not None:
            world.table.access["s1"] = read.granting(member)
        return read

    world.access.get = meanwhile  # type: ignore[method-assign]
    world.manage.grant(a_member("carol"), now=NOW)
    assert {each.principal for each in first_get().members} == {"alice", "bob", "carol"}


@pytest.mark.row("B07")
def test_a_grant_and_its_end_are_in_the_trail_with_before_and_after() -> None:
    world = World()
    world.manage.grant(a_member("bob"), now=NOW)
    world.manage.take_away("bob", now=NOW + timedelta(seconds=1))
    removed, granted = world.trail.page(limit=10, cursor=None).changes
    bob = {"principal": "bob", "kind": "person", "roles": ["use"], "accepted": True, "through": {}} | {
        "invited_by": "alice"
    }
    assert (granted.by, granted.item, granted.before, granted.after) == ("alice", "access/bob", None, bob)
    assert (removed.action, removed.before, removed.after) == ("removed", bob, None)


def test_revoking_a_permission_that_does_not_exist_is_not_found() -> None:
    with pytest.raises(NotFound):
        World().manage.take_away("nobody", now=NOW)


# --- provisioning --------------------------------------------------------------------------------------------


@pytest.mark.row("S03")
def test_the_default_supplier_is_there_once_and_waits_to_be_configured() -> None:
    world = World()
    for who in ("root", "other-root"):
        world.provision.begin(by=who, now=NOW)
    default = FakeSupplier(world.table, DEFAULT_SUPPLIER).get()
    assert (default.siret, default.active) == ("", True)
    assert world.installation.rights(DEFAULT_SUPPLIER, "root") == {"administer", "use"}
    assert world.installation.rights(DEFAULT_SUPPLIER, "other-root") == frozenset()


@pytest.mark.row("S05")
def test_the_siret_changes_while_nothing_was_submitted_and_is_checked() -> None:
    world = World()
    with pytest.raises(Invalid):
        world.configure.change(version=0, siret="35600000000049", now=NOW)
    changed = world.configure.change(version=0, siret="356 000 000 00048", now=NOW)
    assert (changed.siret, changed.portal_structure_id) == (OTHER_SIRET, None)
    # the old one is free for another tenant
    world.provision.create(supplier_id="s2", name="X", siret=SUPPLIER_SIRET, by="bob", now=NOW)


@pytest.mark.row("S05")
@pytest.mark.parametrize("state", [State.SUBMITTING, State.IN_DOUBT, State.SUBMITTED])
def test_a_siret_under_which_something_left_does_not_change(state: State) -> None:
    world = World()
    world.invoices.add(an_invoice(state), by="alice")
    with pytest.raises(Conflict) as refusal:
        world.configure.change(version=0, siret=OTHER_SIRET, now=NOW)
    assert refusal.value.code == "siret_in_use"
    assert world.suppliers.get().siret == SUPPLIER_SIRET


@pytest.mark.row("S05")
def test_giving_the_same_siret_again_changes_nothing_of_it() -> None:
    world = World()
    world.invoices.add(an_invoice(State.SUBMITTED), by="alice")
    assert world.configure.change(version=0, siret=SUPPLIER_SIRET, now=NOW).siret == SUPPLIER_SIRET


@pytest.mark.row("B07")
def test_only_what_differs_is_in_the_trail() -> None:
    world = World()
    world.configure.change(version=0, name="Durand et fils", automatic_submission=False, now=NOW)
    (line,) = world.trail.page(limit=10, cursor=None).changes
    assert (line.before, line.after) == ({"name": "Durand"}, {"name": "Durand et fils"})


# --- suspension ----------------------------------------------------------------------------------------------


@pytest.mark.row("S03")
def test_a_suspended_supplier_refuses_uploads_and_resuming_wakes_what_was_held() -> None:
    world = World()
    world.invoices.add(an_invoice(State.HELD, due_at=NOW + timedelta(days=1)), by="alice")
    suspended = world.configure.suspend(version=0, now=NOW)
    intake = Intake(suspended, world.invoices, world.documents, FakeQueue(), lambda _: None)
    with pytest.raises(SupplierSuspended):
        intake.receive(Upload("f.pdf"), b"%PDF", document_id="d2", by=Uploader("alice"), now=NOW)
    with pytest.raises(SupplierSuspended):
        intake.expect(Upload("f.pdf"), document_id="d2", by=Uploader("alice"), now=NOW)
    world.configure.resume(version=1, now=NOW)
    assert world.invoices.get("d1").due_at == NOW
    assert world.lines() == [("supplier", "changed"), ("supplier", "changed")]


@pytest.mark.row("S03")
def test_nothing_leaves_a_suspended_supplier_and_its_invoice_only_waits() -> None:
    table, portal, documents = FakeTable(), FakePortal([a_recipient()]), FakeDocuments()
    documents.put_original("d1", b"%PDF")
    invoices = FakeInvoices(table, "s1")
    add_read(invoices, a_reading())

    def send(supplier: Supplier) -> Invoice:
        resolution = Resolution(supplier=supplier, invoices=invoices, directory=Directory(FakeRecipients(), portal))
        if invoices.get("d1").state is State.READING:
            resolution.resolve("d1", now=NOW)
        return SubmitInvoice(invoices, documents, portal, resolution).work_on("d1", attempt_id="a", now=NOW)

    held = send(a_supplier(status="suspended"))
    assert (held.state, [each.code for each in held.problems]) == (State.HELD, ["supplier_suspended"])
    assert (portal.uploads, portal.submits) == (0, 0)
    assert send(a_supplier()).state is State.SUBMITTED


# --- the trail as a file -------------------------------------------------------------------------------------


@pytest.mark.row("B07")
def test_the_exported_trail_runs_no_formula_in_a_spreadsheet() -> None:
    world = World()
    for version, name in enumerate(("=cmd()", "+1", "-1", "@x")):
        world.configure.change(version=version, name=name, now=NOW + timedelta(seconds=version))
    changes = list(whole_trail(world.trail))
    csv_rows = audit_file(changes, "csv").decode("utf-8-sig").splitlines()
    assert len(csv_rows) == 5
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in csv_rows for cell in row.split(";"))
    full_width = changes[0].model_copy(update={"by": "＝cmd()"})
    assert ";'＝cmd();" in audit_file([full_width], "csv").decode()
    lines = [json.loads(line) for line in audit_file(changes, "jsonl").splitlines()]
    assert lines[0]["after"] == {"name": "@x"}
