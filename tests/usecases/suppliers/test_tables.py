"""Correspondence tables at work: checked when saved, imported, exported, used by the form, learnt from corrections."""

import itertools
from typing import Any

import pytest

from chorus_connector.domain.errors import Invalid, NotFound
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.portal.answers import PortalUnreachable
from chorus_connector.domain.portal.recipient import Service
from chorus_connector.domain.portal.recipient_search import RecipientFound
from chorus_connector.domain.suppliers.access import Caller
from chorus_connector.domain.suppliers.tables import TableKind, new_row
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.invoices.submission import SubmitInvoice
from chorus_connector.usecases.portal.directory import Directory
from chorus_connector.usecases.portal.recipient_search import SearchRecipients
from chorus_connector.usecases.suppliers.suggestions import MOST_SEARCHES
from chorus_connector.usecases.suppliers.tables import EditTables, propose_from
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_service, a_supplier, add_read
from tests.fakes import (
    FakeAuditTrail,
    FakeDocuments,
    FakeInvoices,
    FakePortal,
    FakeQueue,
    FakeRecipients,
    FakeRecipientSearches,
    FakeTable,
)
from tests.fakes_tables import FakeTables
from tests.fakes_user_pool import FakeUserDirectory

CHU_SIRET = "26690027300019"
SERVICES = (a_service("FIN"), a_service("OLD", active=False))


class Office:
    """An administrator of one supplier, and a portal with two recipients."""

    def __init__(self) -> None:
        self.table = FakeTable()
        self.tables = FakeTables()
        self.portal = FakePortal([a_recipient(services=SERVICES), a_recipient(CHU_SIRET, active=False)])
        self.audit = FakeAuditTrail(self.table, "s1")
        self.users = FakeUserDirectory(
            people=dict.fromkeys(("alice", "bob", "carol"), frozenset()), groups={"nord", "sud"}
        )
        self.time_left = True
        ids = itertools.count()
        self.edit = EditTables(
            tables=self.tables,
            audit=self.audit,
            directory=Directory(FakeRecipients(), self.portal),
            users=self.users,
            by=Caller("alice", frozenset({"nord", "nobody"})),
            new_id=lambda: str(next(ids)),
            may_ask=lambda: self.time_left,
            search=SearchRecipients(FakeRecipientSearches(), self.portal),
        )

    def save(self, kind: TableKind, label: str, value: str, scope: str = "") -> Any:
        return self.edit.save(kind, label=label, value=value, scope=scope, now=NOW)

    def bring(self, kind: TableKind, text: str, **options: bool) -> Any:
        return self.edit.import_csv(kind, text.encode(), now=NOW, **options)

    @property
    def actions(self) -> list[tuple[str, str]]:
        page = self.audit.page(limit=100, cursor=None)
        return [(change.item, change.action) for change in page.changes]


def refusal_codes(error: Invalid) -> list[str]:
    return [problem.code for problem in error.problems]


@pytest.mark.row("S38")
@pytest.mark.parametrize(
    ("kind", "value", "scope", "code"),
    [
        ("recipients", "99999999999999", "", "recipient_unknown"),
        ("recipients", CHU_SIRET, "", "recipient_inactive"),
        ("services", "NOPE", TOWN_SIRET, "service_unknown"),
        ("services", "OLD", TOWN_SIRET, "service_inactive"),
        ("services", "FACTURES_PUBLIQUES", TOWN_SIRET, "service_unknown"),
        ("services", "FIN", "99999999999999", "recipient_unknown"),
        ("bank", "9", "", "bank_account_unknown"),
        ("users", "mallory", "", "unknown_principal"),
        ("users", "group:nobody", "", "unknown_principal"),
        ("users", "group:sud", "", "group_not_yours"),
        ("users", "group:nosuchgroup", "", "group_not_yours"),
    ],
)
def test_what_the_portal_does_not_know_is_refused(kind: TableKind, value: str, scope: str, code: str) -> None:
    office = Office()
    with pytest.raises(Invalid) as refusal:
        office.save(kind, "Libellé", value, scope)
    assert refusal_codes(refusal.value) == [code]
    assert office.tables.rows == {}
    assert office.actions == []


@pytest.mark.row("S38")
@pytest.mark.parametrize(
    ("kind", "value", "scope"),
    [("recipients", TOWN_SIRET, ""), ("services", "FIN", TOWN_SIRET), ("users", "bob", ""), ("bank", "1440", "")],
)
def test_what_the_portal_knows_is_kept_verified(kind: TableKind, value: str, scope: str) -> None:
    office = Office()
    assert office.save(kind, "Libellé", value, scope).verified
    assert office.actions == [(f"tables/{kind}", "added")]


@pytest.mark.row("S38")
def test_a_row_whose_siret_fails_its_check_digit_is_kept_with_a_warning() -> None:
    odd = TOWN_SIRET[:-1] + "5"
    office = Office()
    office.portal.recipients[odd] = a_recipient(odd, services=SERVICES)
    for kind, value, scope, field in (("recipients", odd, "", "value"), ("services", "FIN", odd, "recipient_siret")):
        warning = office.save(kind, "Libellé", value, scope).warning
        assert (warning.code, warning.field) == ("siret_check_digit", field)
    assert office.save("recipients", "Mairie", TOWN_SIRET).warning is None
    report = office.bring("recipients", f"label;siret\nMairie;{TOWN_SIRET}\nEaux;{odd}", dry_run=True)
    assert (report.accepted, report.doubtful) == (2, (3,))


@pytest.mark.row("S38")
def test_a_portal_that_is_down_lets_a_row_in_unverified() -> None:
    office = Office()
    office.portal.faults = {"recipient": [PortalUnreachable("down")]}
    assert not office.save("recipients", "Mairie", TOWN_SIRET).verified


def test_a_deleted_row_leaves_its_trace() -> None:
    office = Office()
    row = office.save("users", "Nord", "bob")
    office.edit.delete("users", row.row_id, now=NOW)
    assert ("tables/users", "removed") in office.actions
    with pytest.raises(NotFound):
        office.edit.delete("users", row.row_id, now=NOW)


def test_an_import_keeps_the_good_lines_and_names_the_others() -> None:
    office = Office()
    text = f"label;siret\nMairie;{TOWN_SIRET}\nCHU;{CHU_SIRET}\nX;12\nMAIRIE ;{TOWN_SIRET}\n=Ville;{TOWN_SIRET}\n"
    report = office.bring("recipients", text)
    assert report.accepted == 2
    assert [(each.line, each.problems[0].code) for each in report.refused] == [
        (3, "recipient_inactive"),
        (4, "not_a_siret"),
        (5, "label_twice"),
    ]
    assert sorted(row.label for row in office.tables.rows.values()) == ["=Ville", "Mairie"]
    assert "'=Ville" in office.edit.export_csv("recipients")
    assert office.actions == [("tables/recipients", "imported")]


def test_each_recipient_is_asked_once_however_often_a_file_names_it() -> None:
    office = Office()
    lines = "".join(f"Mairie {n};{TOWN_SIRET}\n" for n in range(500))
    assert office.bring("recipients", "label;siret\n" + lines).unverified == ()
    assert office.portal.calls == 1


def test_after_the_portals_first_failure_an_import_asks_no_more() -> None:
    office = Office()
    office.portal.faults = {"recipient": [PortalUnreachable("down")]}
    report = office.bring("recipients", f"label;siret\nA;{TOWN_SIRET}\nB;{CHU_SIRET}\n")
    assert (report.accepted, report.unverified) == (2, (2, 3))
    assert office.portal.calls == 1


def test_without_time_left_an_import_keeps_rows_unverified() -> None:
    office = Office()
    office.time_left = False
    assert office.bring("recipients", f"label;siret\nA;{TOWN_SIRET}\n").unverified == (2,)
    assert office.portal.calls == 0


def test_a_dry_run_reports_and_writes_nothing() -> None:
    office = Office()
    report = office.bring("users", "label;principal\nNord;bob\n", dry_run=True)
    assert (report.accepted, report.dry_run) == (1, True)
    assert office.tables.rows == {}
    assert office.actions == []


LYON = RecipientFound(siret="21690123100011", name="VILLE DE LYON", postal_code="69001", town="LYON")
REPORTS = {
    "recipients": "label;siret\nNotre client;Ville de Lyon\nVille de Lyon;99999999999999\nInconnue;Mairie d'Ys\n",
    "services": f"label;recipient_siret;service_code\nÉcoles;{TOWN_SIRET};Restauration\nRoutes;{TOWN_SIRET};NOPE\n",
}


def suggested(report: Any) -> dict[int, list[str]]:
    return {each.line: [offered.value for offered in each.suggestions] for each in report.refused}


@pytest.mark.row("S34", "S35")
def test_a_dry_run_offers_what_the_directory_has_and_an_import_never_takes_it() -> None:
    office = Office()
    office.portal.listed = [LYON]
    office.portal.recipients[TOWN_SIRET] = a_recipient(
        services=(
            a_service("CANTINE", name="Restauration scolaire"),
            a_service("VIEUX", name="Restauration", active=False),
            a_service("VOIRIE", name="Routes et rues"),
        )
    )
    assert suggested(office.bring("recipients", REPORTS["recipients"], dry_run=True)) == {
        2: [LYON.siret],
        3: [LYON.siret],
        4: [],
    }
    assert suggested(office.bring("services", REPORTS["services"], dry_run=True)) == {2: ["CANTINE"], 3: ["VOIRIE"]}
    for kind, text in REPORTS.items():
        report = office.bring(kind, text)  # type: ignore[arg-type]
        assert (report.accepted, set(map(tuple, suggested(report).values()))) == (0, {()})
    assert office.tables.rows == {}


def test_a_file_of_names_makes_few_searches_and_none_after_a_failure_or_without_time() -> None:
    lines = "label;siret\n" + "".join(f"Client {number};Commune numéro {number}\n" for number in range(300))
    office = Office()
    office.bring("recipients", lines, dry_run=True)
    assert len({text for _, text in office.portal.searches}) <= 4 * MOST_SEARCHES
    down = Office()
    down.portal.faults = {"search_recipients": [PortalUnreachable("down")] * 9}
    assert len(down.bring("recipients", lines, dry_run=True).refused) == 300
    assert down.portal.calls == 1
    late = Office()
    late.time_left = False
    late.bring("recipients", lines, dry_run=True)
    assert late.portal.calls == 0


@pytest.mark.acceptance
def test_ten_thousand_rows_come_in_at_once() -> None:
    office = Office()
    office.users.people |= dict.fromkeys((f"u{n}" for n in range(7)), frozenset())
    lines = "".join(f"Libellé {n};u{n % 7}\n" for n in range(10_000))
    report = office.bring("users", "label;principal\n" + lines)
    assert (report.accepted, report.refused) == (10_000, ())
    assert office.edit.export_csv("users").count("\r\n") == 10_001


# --- at work in the form ---------------------------------------------------------------------------------------------


class Desk:
    """A supplier's invoice on its way through resolution, form and submission, with tables."""

    def __init__(self, *, metadata: dict[str, str] | None = None, **reading: str | None) -> None:
        self.table = FakeTable()
        self.invoices = FakeInvoices(self.table, "s1")
        self.tables = FakeTables()
        self.portal = FakePortal([a_recipient(services=SERVICES), a_recipient(CHU_SIRET)])
        self.supplier = a_supplier()
        self.metadata = metadata or {}
        self.read = reading

    def knows(self, kind: TableKind, label: str, value: str, scope: str = "") -> None:
        self.tables.put([new_row(kind, label=label, value=value, scope=scope, by="alice", now=NOW)])

    def feed(self, **associations: str) -> None:
        self.supplier = a_supplier(associations={"": associations})

    @property
    def resolution(self) -> Resolution:
        directory = Directory(FakeRecipients(), self.portal)
        return Resolution(self.supplier, self.invoices, directory, tables=self.tables)

    def resolve(self) -> Invoice:
        reading = a_reading(**self.read)
        add_read(self.invoices, reading, metadata=self.metadata)
        return self.resolution.resolve("d1", now=NOW)

    def submit_after(self, **corrections: str) -> Invoice:
        form = CompleteForm(self.invoices, self.resolution, FakeQueue())
        version = self.invoices.get("d1").version
        form.complete("d1", corrections, version=version, by="bob", now=NOW, submit=True)
        documents = FakeDocuments()
        documents.put_original("d1", b"%PDF")
        box = SubmitInvoice(self.invoices, documents, self.portal, self.resolution, learn=propose_from(self.tables))
        return box.work_on("d1", attempt_id="a1", now=NOW)

    @property
    def lessons(self) -> list[tuple[str, str, str, str]]:
        rows = [each.row for each in self.tables.proposals(limit=10, cursor=None).proposals]
        return [(row.kind, row.scope, row.label, row.value) for row in rows]


@pytest.mark.row("S35", "S36")
def test_the_label_on_the_invoice_becomes_the_recipient_and_it_leaves_by_itself() -> None:
    desk = Desk(recipient_siret=None, recipient_name="MAIRIE  DE LYON")
    desk.knows("recipients", "Mairie de Lyon", TOWN_SIRET)
    invoice = desk.resolve()
    field = invoice.form.fields["recipient_siret"]
    assert (field.value, field.source) == (TOWN_SIRET, "table")
    assert (invoice.state, invoice.due_at) == (State.READY, NOW)


@pytest.mark.row("S36")
def test_the_table_beats_what_was_read_and_the_form_says_so() -> None:
    desk = Desk(recipient_name="Mairie")
    desk.knows("recipients", "Mairie", CHU_SIRET)
    field = desk.resolve().form.fields["recipient_siret"]
    assert (field.value, field.source) == (CHU_SIRET, "table")
    assert [(each.value, each.source) for each in field.beaten] == [(TOWN_SIRET, "text")]


@pytest.mark.row("S36")
def test_a_person_and_a_metadata_value_beat_the_table() -> None:
    desk = Desk(metadata={"Client": CHU_SIRET}, recipient_name="Mairie")
    desk.knows("recipients", "Mairie", TOWN_SIRET)
    desk.feed(recipient_siret="Client")
    field = desk.resolve().form.fields["recipient_siret"]
    assert (field.value, field.source) == (CHU_SIRET, "metadata")
    form = CompleteForm(desk.invoices, desk.resolution, FakeQueue())
    version = desk.invoices.get("d1").version
    corrected = form.complete("d1", {"recipient_siret": TOWN_SIRET}, version=version, by="bob", now=NOW)
    sources = [each.source for each in corrected.form.fields["recipient_siret"].beaten]
    assert sources == ["metadata", "table", "text"]


@pytest.mark.row("S35")
def test_a_label_in_the_metadata_is_translated_instead_of_refused() -> None:
    desk = Desk(metadata={"Client": "La mairie"}, recipient_siret=None)
    desk.feed(recipient_siret="Client")
    desk.knows("recipients", "LA MAIRIE", TOWN_SIRET)
    invoice = desk.resolve()
    field = invoice.form.fields["recipient_siret"]
    assert (field.value, field.source, invoice.problems) == (TOWN_SIRET, "table", ())
    assert [(each.value, each.source) for each in field.beaten] == [("La mairie", "metadata")]


@pytest.mark.row("S33")
def test_a_label_in_the_metadata_that_no_table_knows_is_a_problem() -> None:
    desk = Desk(metadata={"Client": "La mairie"})
    desk.feed(recipient_siret="Client")
    assert [problem.code for problem in desk.resolve().problems] == ["metadata_not_convertible"]


@pytest.mark.row("S37")
def test_a_service_label_becomes_the_code_of_that_recipient_only() -> None:
    for scope, value, source in ((TOWN_SIRET, "FIN", "table"), (CHU_SIRET, "Direction des finances", "text")):
        desk = Desk(service_code="Direction des finances")
        desk.knows("services", "direction des FINANCES", "FIN", scope)
        field = desk.resolve().form.fields["service_code"]
        assert (field.value, field.source) == (value, source)


@pytest.mark.row("S37")
def test_the_service_table_is_that_of_the_recipient_the_table_found() -> None:
    desk = Desk(recipient_siret=CHU_SIRET, recipient_name="Mairie", service_code="Finances")
    desk.knows("recipients", "Mairie", TOWN_SIRET)
    desk.knows("services", "Finances", "FIN", TOWN_SIRET)
    assert desk.resolve().form.value("service_code") == "FIN"


SCHOOLS = a_service("CANTINE", name="Restauration scolaire")


@pytest.mark.row("S37")
@pytest.mark.parametrize("printed", ["Restauration scolaire", "RESTAURATION  SCOLAIRE", "restauration-scolaire"])
def test_a_printed_name_of_a_service_is_translated_by_the_table_of_its_recipient(printed: str) -> None:
    desk = Desk(service_code=None, service_label=printed)
    desk.knows("services", "Restauration Scolaire", "MAIRIE", TOWN_SIRET)
    field = desk.resolve().form.fields["service_code"]
    assert (field.value, field.source) == ("MAIRIE", "table")


@pytest.mark.row("S37")
def test_the_table_beats_the_directory_and_another_recipients_row_counts_for_nothing() -> None:
    for scope, value, source in ((TOWN_SIRET, "MAIRIE", "table"), (CHU_SIRET, "CANTINE", "directory")):
        desk = Desk(service_code=None, service_label="Restauration scolaire")
        desk.portal.recipients[TOWN_SIRET] = a_recipient(services=(SCHOOLS, a_service("MAIRIE")))
        desk.knows("services", "Restauration scolaire", "MAIRIE", scope)
        field = desk.resolve().form.fields["service_code"]
        assert (field.value, field.source) == (value, source)


@pytest.mark.row("S37")
@pytest.mark.parametrize(
    "services",
    [
        (a_service("VOIRIE", name="Voirie"),),
        (SCHOOLS, a_service("CANTINE2", name="Restauration Scolaire", portal_id=9)),
        (SCHOOLS.model_copy(update={"active": False}),),
    ],
    ids=["unknown", "twice", "closed"],
)
def test_a_printed_name_that_gives_no_single_open_service_is_shown_and_never_sent(
    services: tuple[Service, ...],
) -> None:
    desk = Desk(service_code=None, service_label="Restauration scolaire")
    desk.portal.recipients[TOWN_SIRET] = a_recipient(services=services)
    invoice = desk.resolve()
    assert "service_code" not in invoice.form.fields
    (problem,) = invoice.problems
    assert (problem.code, problem.blocking, "Restauration scolaire" in problem.fr) == (
        "service_label_unknown",
        False,
        True,
    )


@pytest.mark.row("S34", "S37")
def test_where_a_service_is_required_the_form_says_which_name_was_read() -> None:
    desk = Desk(service_code=None, service_label="Restauration scolaire")
    desk.portal.recipients[TOWN_SIRET] = a_recipient(service_required=True, services=(a_service("VOIRIE"),))
    invoice = desk.resolve()
    assert invoice.state is State.TO_COMPLETE
    assert {problem.code for problem in invoice.problems} == {"service_required", "service_label_unknown"}


@pytest.mark.row("S37")
def test_a_person_who_empties_the_service_is_not_overruled_by_a_printed_name() -> None:
    desk = Desk(service_code=None, service_label="Restauration scolaire")
    desk.portal.recipients[TOWN_SIRET] = a_recipient(services=(SCHOOLS,))
    assert desk.resolve().form.value("service_code") == "CANTINE"
    form = CompleteForm(desk.invoices, desk.resolution, FakeQueue())
    version = desk.invoices.get("d1").version
    emptied = form.complete("d1", {"service_code": ""}, version=version, by="bob", now=NOW)
    assert (emptied.form.value("service_code"), emptied.problems) == (None, ())


def test_the_code_that_a_person_gives_for_a_printed_name_is_proposed_for_the_table() -> None:
    desk = Desk(service_code=None, service_label="Restauration scolaire")
    desk.resolve()
    desk.submit_after(service_code="FIN")
    assert desk.lessons == [("services", TOWN_SIRET, "Restauration scolaire", "FIN")]


@pytest.mark.row("S42")
def test_a_metadata_value_chooses_the_bank_details() -> None:
    desk = Desk(metadata={"Agence": "Région Sud"})
    desk.feed(bank_account="Agence")
    desk.knows("bank", "region sud", "1440")
    invoice = desk.resolve()
    assert (invoice.form.value("bank_account"), invoice.state) == ("1440", State.READY)


@pytest.mark.row("S43")
def test_without_a_metadata_the_default_bank_details_serve() -> None:
    desk = Desk()
    desk.supplier = a_supplier(defaults={"bank_account": "1440"}, associations={"": {"bank_account": "Agence"}})
    field = desk.resolve().form.fields["bank_account"]
    assert (field.value, field.source) == ("1440", "supplier")


@pytest.mark.row("S42")
def test_a_metadata_value_that_is_in_no_table_stops_at_the_form() -> None:
    desk = Desk(metadata={"Agence": "Inconnue"})
    desk.feed(bank_account="Agence")
    assert [problem.code for problem in desk.resolve().problems] == ["bank_account_unknown"]


# --- learnt from corrections -----------------------------------------------------------------------------------------


def test_a_correction_of_an_accepted_invoice_is_proposed_and_does_not_serve_yet() -> None:
    desk = Desk(recipient_siret=CHU_SIRET, recipient_name="Mairie", service_code="Finances")
    desk.resolve()
    done = desk.submit_after(recipient_siret=TOWN_SIRET, service_code="FIN")
    assert done.state is State.SUBMITTED
    assert sorted(desk.lessons) == [
        ("recipients", "", "Mairie", TOWN_SIRET),
        ("services", TOWN_SIRET, "Finances", "FIN"),
    ]
    assert desk.tables.rows == {}


def test_nothing_is_learnt_from_what_the_portal_refused_or_the_table_knew() -> None:
    desk = Desk(recipient_name="Mairie")
    desk.knows("recipients", "Mairie", TOWN_SIRET)
    desk.resolve()
    desk.submit_after(recipient_siret=TOWN_SIRET)
    assert desk.lessons == []


def test_an_activated_proposal_serves_the_next_invoice_and_a_dismissed_one_does_not_come_back() -> None:
    desk = Desk(recipient_siret=None, recipient_name="Mairie")
    desk.resolve()
    desk.submit_after(recipient_siret=TOWN_SIRET)
    office = Office()
    office.tables.proposed = desk.tables.proposed
    (proposal,) = office.tables.proposals(limit=10, cursor=None).proposals
    office.edit.dismiss(proposal.proposal_id, now=NOW)
    assert office.tables.proposal(proposal.key).status == "dismissed"
    row = office.edit.activate(proposal.proposal_id, now=NOW).row
    assert (row.value, row.changed_by) == (TOWN_SIRET, "alice")
    assert office.tables.row("recipients", row.key) == row
    assert {action for _, action in office.actions} == {"dismissed", "activated"}
    with pytest.raises(NotFound):
        office.edit.activate(proposal.proposal_id, now=NOW)


@pytest.mark.row("S38")
def test_an_import_is_recorded_with_its_counts_of_accepted_and_refused_lines() -> None:
    office = Office()
    report = office.bring("users", "label;principal\nUn;alice\nDeux;bob\n;carol\n")
    assert (report.accepted, len(report.refused), report.dry_run) == (2, 1, False)
    (change,) = office.audit.page(limit=10, cursor=None).changes
    assert (change.item, change.action) == ("tables/users", "imported")
    assert change.after == {"accepted": 2, "refused": 1}


@pytest.mark.row("S38")
@pytest.mark.parametrize(
    ("kind", "value", "scope"),
    [("recipients", TOWN_SIRET, ""), ("services", "FIN", TOWN_SIRET), ("bank", "1440", "")],
)
def test_without_time_left_the_portal_is_not_asked_and_the_row_is_not_verified(
    kind: TableKind, value: str, scope: str
) -> None:
    office = Office()
    office.time_left = False
    assert not office.save(kind, "Libellé", value, scope).verified
    assert office.portal.calls == 0
    office.time_left = True
    assert office.save(kind, "Libellé", value, scope).verified
