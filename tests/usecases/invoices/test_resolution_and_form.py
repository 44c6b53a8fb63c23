"""From reading to READY, or to a form that says what is missing; and a person who completes it."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest

from chorus_connector.domain.errors import Invalid, NotFound, StaleWrite, WrongState
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import EDITABLE, State
from chorus_connector.domain.paris import day_in_paris
from chorus_connector.domain.portal.answers import CredentialsRefused, PortalUnreachable
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.reading.contradiction import contradiction
from chorus_connector.domain.reading.page_kinds import not_an_invoice
from chorus_connector.domain.reading.result import KnownLayout, Reading, XmlFacts
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.ports.values import Work
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_service, a_supplier, add_read, an_invoice
from tests.fakes import FakeInvoices, FakePortal, FakeQueue, FakeRecipients, FakeTable

SERVICES = (a_service("STECH"), a_service("DSI_EJ", portal_id=2, engagement_required=None))


class World:
    def __init__(self, reading: dict[str, str | None] | None = None, **supplier: object) -> None:
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.portal = FakePortal([a_recipient(service_required=True, services=SERVICES)])
        self.cache = FakeRecipients()
        self.queue = FakeQueue()
        self.resolution = Resolution(a_supplier(**supplier), self.invoices, Directory(self.cache, self.portal))
        self.form = CompleteForm(self.invoices, self.resolution, self.queue)
        values = {"service_code": "STECH", **(reading or {})}
        add_read(self.invoices, a_reading(**values))

    def resolve(self) -> Invoice:
        return self.resolution.resolve("d1", now=NOW)

    def complete(self, submit: bool = False, **values: str | None) -> Invoice:
        version = self.invoices.get("d1").version
        return self.form.complete("d1", values, version=version, by="alice", now=NOW, submit=submit)


def codes(invoice: Invoice) -> list[tuple[str | None, str]]:
    return [(problem.field, problem.code) for problem in invoice.problems]


@pytest.mark.row("S07")
def test_a_complete_invoice_is_ready_and_due_at_once() -> None:
    invoice = World().resolve()
    assert (invoice.state, invoice.due_at, invoice.problems) == (State.READY, NOW, ())


@pytest.mark.row("S05")
def test_a_person_confirms_an_invoice_whose_xml_gives_a_siren_to_a_supplier_without_siret() -> None:
    world = World({"supplier_siret": None}, identifier=SupplierIdentifier(scheme="RIDET", value="0123456001"))
    reading = world.invoices.reading(world.invoices.get("d1")).model_copy(
        update={"xml": XmlFacts(supplier_siren="356000000")}
    )
    stopped = world.resolution.judge(world.invoices.get("d1"), now=NOW, reading=reading)
    assert [each.code for each in stopped.problems if each.blocking] == ["supplier_siret_differs"]
    confirmed = world.invoices.get("d1").model_copy(update={"corrections": {"supplier_siret": ""}})
    judged = world.resolution.judge(confirmed, now=NOW, reading=reading)
    assert [(each.code, each.blocking) for each in judged.problems] == [("supplier_not_compared", False)]


@pytest.mark.row("S06")
def test_with_the_switch_off_it_is_ready_and_waits_for_a_person() -> None:
    invoice = World(automatic_submission=False).resolve()
    assert (invoice.state, invoice.due_at) == (State.READY, None)


@pytest.mark.row("S34")
def test_contradicting_totals_are_one_problem_until_a_person_enters_all_three() -> None:
    world = World()
    printed = contradiction(Decimal("1000.00"), Decimal("200.00"), Decimal("1250.00"))
    bare = {"total_ht": None, "total_tva": None, "total_ttc": None, "amount_due": None, "service_code": "STECH"}
    reading = a_reading(**bare).model_copy(update={"problems": (printed,)})
    world.invoices = FakeInvoices(FakeTable(), "s1")
    add_read(world.invoices, reading)
    world.resolution = replace(world.resolution, invoices=world.invoices)
    world.form = CompleteForm(world.invoices, world.resolution, world.queue)
    assert codes(world.resolve()) == [("total_ttc", "totals_contradict")]
    assert codes(world.complete(total_ht="1000,00", total_tva="200,00")) == [("total_ttc", "totals_contradict")]
    assert codes(world.complete(total_ttc="1250,00")) == [("total_ttc", "totals_disagree")]
    assert world.complete(total_ttc="1200,00").state is State.READY


def test_a_second_copy_with_a_typed_number_waits_until_a_person_submits_it() -> None:
    world = World({"invoice_number": "2402-118"})
    world.invoices._table.numbers["s1", "2402-118"] = "d0"
    assert codes(world.resolve()) == [("invoice_number", "number_taken")]
    typed = world.complete(invoice_number="2402-119")
    assert (typed.state, typed.due_at, codes(typed)) == (
        State.TO_COMPLETE,
        None,
        [("invoice_number", "number_differs")],
    )
    submitted = world.complete(submit=True)
    assert (submitted.state, submitted.due_at, submitted.submit_requested_by) == (State.READY, NOW, "alice")


def test_the_siret_that_a_person_gives_brings_the_recipients_name_from_the_directory() -> None:
    world = World({"recipient_name": "Collège Joseph Fabre"})
    assert world.resolve().form.fields["recipient_name"].source == "text"
    chosen = world.complete(recipient_siret=TOWN_SIRET).form.fields["recipient_name"]
    assert (chosen.value, chosen.source) == ("Mairie", "directory")
    assert [(each.value, each.source) for each in chosen.beaten] == [("Collège Joseph Fabre", "text")]
    typed = world.complete(recipient_name="Mairie, service technique").form.fields["recipient_name"]
    assert (typed.value, typed.source) == ("Mairie, service technique", "person")
    assert world.complete(recipient_name="").form.value("recipient_name") is None
    assert (
        world.complete(recipient_name=None, recipient_siret=None).form.value("recipient_name") == "Collège Joseph Fabre"
    )


def test_a_missing_service_code_stops_the_invoice_at_the_form_with_the_reason() -> None:
    invoice = World({"service_code": None}).resolve()
    assert invoice.state is State.TO_COMPLETE
    assert codes(invoice) == [("service_code", "service_required")]


@pytest.mark.row("S34")
def test_a_person_completes_the_form_and_it_leaves() -> None:
    world = World({"service_code": None})
    world.resolve()
    invoice = world.complete(service_code="STECH")
    assert (invoice.state, invoice.problems) == (State.READY, ())
    field = invoice.form.fields["service_code"]
    assert (field.value, field.source) == ("STECH", "person")
    assert world.invoices.events("d1")[-1].changes == (("service_code", "", "STECH"),)


def test_submitting_a_form_with_problems_sends_nothing() -> None:
    world = World({"service_code": None})
    world.resolve()
    invoice = world.complete(submit=True)
    assert invoice.state is State.TO_COMPLETE
    assert world.queue.sent == []


def test_a_person_does_not_wait_for_the_next_ten_minute_run() -> None:
    world = World(automatic_submission=False)
    world.resolve()
    invoice = world.complete(submit=True)
    assert (invoice.state, invoice.due_at, invoice.submit_requested_by) == (State.READY, NOW, "alice")
    assert world.queue.sent == [Work("s1", "d1")]


def test_a_wrong_value_is_refused_and_nothing_of_the_change_is_kept() -> None:
    world = World({"service_code": None})
    world.resolve()
    with pytest.raises(Invalid) as refusal:
        world.complete(service_code="STECH", total_ttc="beaucoup", chorus_id="1")
    assert {(p.field, p.code) for p in refusal.value.problems} == {
        ("total_ttc", "not_an_amount"),
        ("chorus_id", "unknown_field"),
    }
    assert world.invoices.get("d1").corrections == {}


def test_taking_a_correction_back_shows_what_was_read() -> None:
    world = World()
    world.resolve()
    world.complete(service_code="DSI_EJ", engagement_number="EJ-1")
    invoice = world.complete(service_code=None)
    assert invoice.form.fields["service_code"].source == "text"


def test_of_two_people_with_one_form_the_second_must_load_it_again() -> None:
    world = World({"service_code": None})
    version = world.resolve().version
    world.form.complete("d1", {"service_code": "STECH"}, version=version, by="alice", now=NOW)
    with pytest.raises(StaleWrite):
        world.form.complete("d1", {"service_code": "DSI_EJ"}, version=version, by="bob", now=NOW)


def test_a_submitted_invoice_is_changed_no_more() -> None:
    world = World()
    world.invoices.add(an_invoice(State.SUBMITTED, document_id="d2"), by="alice")
    with pytest.raises(WrongState):
        world.form.complete("d2", {"comment": "x"}, version=0, by="alice", now=NOW)
    with pytest.raises(NotFound):
        world.form.complete("d3", {}, version=0, by="alice", now=NOW)


@pytest.mark.parametrize("state", [state for state in State if state not in EDITABLE])
def test_a_form_is_changed_only_in_a_state_where_a_person_may(state: State) -> None:
    """Also in READING: what the reading brings would overwrite the change, or the change the reading."""
    world = World()
    world.invoices.add(an_invoice(state, document_id="d2"), by="alice")
    with pytest.raises(WrongState):
        world.form.complete("d2", {"comment": "x"}, version=0, by="alice", now=NOW)
    assert world.invoices.get("d2").corrections == {}


def test_the_services_own_engagement_rule_is_asked_for_the_service_on_the_invoice_only() -> None:
    world = World({"service_code": "DSI_EJ"})
    assert codes(world.resolve()) == [("engagement_number", "engagement_required_by_service")]
    kept = world.cache.get(TOWN_SIRET)
    assert kept is not None
    assert [service.engagement_required for service in kept.services] == [False, True]


def test_a_portal_that_is_down_holds_the_invoice_and_it_goes_later() -> None:
    world = World()
    world.portal.faults = {"recipient": [PortalUnreachable("down")]}
    held = world.resolve()
    assert (held.state, held.blocking_problems) == (State.HELD, ())
    assert codes(held) == [(None, "portal_unavailable")]
    assert held.due_at is not None
    assert held.due_at > NOW
    assert world.resolution.resolve("d1", now=held.due_at).state is State.READY


def test_a_form_with_other_problems_is_shown_even_while_the_portal_is_down() -> None:
    world = World({"total_ttc": None})
    world.portal.faults = {"recipient": [PortalUnreachable("down")]}
    invoice = world.resolve()
    assert invoice.state is State.TO_COMPLETE
    assert ("total_ttc", "missing") in codes(invoice)


def test_missing_credentials_hold_the_invoice_and_say_so() -> None:
    world = World()
    world.portal.faults = {"recipient": [CredentialsRefused("missing")]}
    assert codes(world.resolve()) == [(None, "credentials_missing")]


def test_a_persons_request_survives_a_portal_that_is_down() -> None:
    world = World(automatic_submission=False)
    world.resolve()
    world.cache.kept.clear()
    world.portal.faults = {"recipient": [PortalUnreachable("down")]}
    held = world.complete(submit=True)
    assert held.state is State.HELD
    later = world.resolution.resolve("d1", now=NOW + timedelta(hours=1))
    assert (later.state, later.due_at) == (State.READY, NOW + timedelta(hours=1))


def test_without_vat_the_portal_receives_sans_tva() -> None:
    invoice = World({"total_ht": "600.00", "total_tva": "0.00"}).resolve()
    assert invoice.form.value("vat_regime") == "none"


WITHOUT_VAT: dict[str, str | None] = {"total_ht": "600.00", "total_tva": "0.00"}


@pytest.mark.parametrize("preferred", ["on_debits", "on_receipts"])
def test_the_suppliers_vat_regime_is_for_invoices_with_vat(preferred: str) -> None:
    """No VAT on the invoice is SANS_TVA, whatever regime the supplier has for its others (rules, typeTva)."""
    supplier = {"vat_regime": preferred}
    assert World(defaults=supplier).resolve().form.value("vat_regime") == preferred
    without = World(WITHOUT_VAT, defaults=supplier).resolve()
    field = without.form.fields["vat_regime"]
    assert (field.value, field.source) == ("none", "default")
    assert [(each.value, each.source) for each in field.beaten] == [(preferred, "supplier")], "the form shows it"
    assert without.state is State.READY


def test_a_supplier_without_vat_is_named_as_the_source_of_its_regime() -> None:
    invoice = World(WITHOUT_VAT, defaults={"vat_regime": "none"}).resolve()
    field = invoice.form.fields["vat_regime"]
    assert (field.value, field.source) == ("none", "supplier")


def test_an_exempt_supplier_stays_exempt_and_gives_its_reason() -> None:
    invoice = World(WITHOUT_VAT, defaults={"vat_regime": "exempt"}).resolve()
    assert invoice.form.value("vat_regime") == "exempt"
    assert codes(invoice) == [("vat_exemption_reason", "exemption_reason_required")]


def test_a_supplier_that_has_no_vat_is_asked_about_an_invoice_with_vat() -> None:
    invoice = World(defaults={"vat_regime": "none"}).resolve()
    assert codes(invoice) == [("vat_regime", "vat_without_regime")]


def test_a_persons_vat_regime_is_kept_even_without_vat() -> None:
    world = World(WITHOUT_VAT)
    world.resolve()
    assert world.complete(vat_regime="on_receipts").form.value("vat_regime") == "on_receipts"


@pytest.mark.parametrize("default", ["on_debits", "on_receipts", None])
@pytest.mark.parametrize("printed", ["on_debits", "on_receipts"])
def test_a_printed_vat_regime_beats_the_suppliers_and_a_person_beats_both(printed: str, default: str | None) -> None:
    world = World(defaults={"vat_regime": default} if default else {})
    document = world.invoices.get("d1")
    reading = world.invoices.reading(document).model_copy(update={"vat_regime": printed})
    field = world.resolution.judge(document, now=NOW, reading=reading).facts["form"].fields["vat_regime"]
    assert (field.value, field.source) == (printed, "text")
    assert [(each.value, each.source) for each in field.beaten] == ([(default, "supplier")] if default else [])
    for given in ("on_debits", "on_receipts", "exempt"):
        corrected = document.model_copy(update={"corrections": {"vat_regime": given}})
        form = world.resolution.judge(corrected, now=NOW, reading=reading).facts["form"]
        assert form.value("vat_regime") == given


def test_an_invoice_without_vat_is_without_it_whatever_it_prints_of_the_regime() -> None:
    world = World(WITHOUT_VAT)
    document = world.invoices.get("d1")
    reading = world.invoices.reading(document).model_copy(update={"vat_regime": "on_receipts"})
    field = world.resolution.judge(document, now=NOW, reading=reading).facts["form"].fields["vat_regime"]
    assert (field.value, [(each.value, each.source) for each in field.beaten]) == ("none", [("on_receipts", "text")])


def test_nothing_printed_as_due_means_the_whole_total_is() -> None:
    invoice = World({"amount_due": None}).resolve()
    assert invoice.form.fields["amount_due"].source == "default"
    assert invoice.form.value("amount_due") == "600.00"


@pytest.mark.parametrize(("framework", "due"), [("A1", "600.00"), ("A2", "0.00"), ("A9", "600.00")])
def test_of_an_invoice_already_paid_nothing_is_due_unless_it_says_so(framework: str, due: str) -> None:
    invoice = World({"amount_due": None}, defaults={"framework": framework}).resolve()
    assert invoice.form.fields["amount_due"].source == "default"
    assert invoice.form.value("amount_due") == due


def test_what_is_printed_as_due_is_not_replaced_because_the_invoice_was_paid() -> None:
    invoice = World({"amount_due": "570.00"}, defaults={"framework": "A2"}).resolve()
    assert invoice.form.value("amount_due") == "570.00"
    assert codes(invoice) == [("amount_due", "already_paid")]


def test_a_bank_account_of_the_last_trial_is_not_asked_for_again_and_another_is() -> None:
    known = World(defaults={"bank_account": "1440"}, bank_accounts=(BankAccount(portal_id=1440),))
    known.portal.faults = {"bank_accounts": [AssertionError("the portal was asked")]}
    assert known.resolve().state is State.READY
    opened_since = World(defaults={"bank_account": "1440"}, bank_accounts=(BankAccount(portal_id=7),))
    assert opened_since.resolve().state is State.READY
    unknown = World(defaults={"bank_account": "7"})
    assert codes(unknown.resolve()) == [("bank_account", "bank_account_unknown")]


def test_without_a_total_there_is_no_amount_due() -> None:
    assert World({"amount_due": None, "total_ttc": None}).resolve().form.value("amount_due") is None


def test_the_amount_due_taken_from_the_total_is_as_sure_as_the_total() -> None:
    world = World()
    unsure = a_reading(0.5, service_code="STECH", amount_due=None)
    add_read(world.invoices, unsure, document_id="d2")
    assert world.resolution.resolve("d2", now=NOW).form.fields["amount_due"].confidence == 0.5


def test_a_readers_problem_with_a_field_is_shown_until_a_person_corrects_the_field() -> None:
    world = World()
    doubt = Problem(field="total_ttc", code="doubtful", fr="Vérifiez.", en="Check.")
    general = Problem(field=None, code="ocr_failed", fr="OCR.", en="OCR.", blocking=False)
    reading = a_reading(service_code="STECH").model_copy(update={"problems": (doubt, general)})
    add_read(world.invoices, reading, document_id="d2")
    read = world.resolution.resolve("d2", now=NOW)
    assert (read.state, codes(read)) == (State.TO_COMPLETE, [("total_ttc", "doubtful"), (None, "ocr_failed")])
    corrected = world.form.complete("d2", {"total_ttc": "600.00"}, version=read.version, by="alice", now=NOW)
    assert codes(corrected) == [(None, "ocr_failed")]


def test_a_document_that_is_no_invoice_waits_until_a_person_says_that_it_is_one() -> None:
    world = World()
    add_read(world.invoices, Reading(problems=(not_an_invoice(),), pages=1), document_id="d2")
    read = world.resolution.resolve("d2", now=NOW)
    assert read.state is State.TO_COMPLETE
    assert ("invoice_type", "not_an_invoice") in codes(read)
    told = world.form.complete("d2", {"invoice_type": "invoice"}, version=read.version, by="alice", now=NOW)
    assert ("invoice_type", "not_an_invoice") not in codes(told)


@pytest.mark.parametrize(("threshold", "state"), [(0.99, State.READY), (0.991, State.TO_COMPLETE)])
def test_a_value_less_sure_than_the_supplier_asks_for_waits_for_a_person(threshold: float, state: State) -> None:
    invoice = World(confidence_threshold=threshold).resolve()
    assert invoice.state is state
    assert all(code == "low_confidence" for _, code in codes(invoice))


def test_a_default_does_not_fill_a_field_that_a_person_emptied() -> None:
    world = World()
    world.resolve()
    invoice = world.complete(amount_due="", currency="")
    assert invoice.form.value("amount_due") is None
    assert invoice.form.value("currency") is None


def test_a_message_that_comes_twice_resolves_once() -> None:
    world = World()
    first = world.resolve()
    assert world.resolve() == first


def test_midnight_in_paris_decides_which_day_it_is() -> None:
    evening_in_utc = NOW.replace(day=30, month=6, hour=22, minute=30)
    assert day_in_paris(evening_in_utc).isoformat() == "2026-07-01"


LABELLED = (
    a_service("STECH", name="Services techniques"),
    a_service("DSI_EJ", portal_id=2, name="Systèmes d'information", engagement_required=None),
    a_service("N1", portal_id=3, name="Archives"),
    a_service("N2", portal_id=4, name="ARCHIVES"),
    a_service("OLD", portal_id=5, name="Bureau des plans", active=False),
)


def labelled_world(printed: str, **reading: str | None) -> World:
    world = World({"service_code": printed, **reading})
    world.portal.recipients[TOWN_SIRET] = a_recipient(service_required=True, services=LABELLED)
    return world


def test_a_printed_label_of_a_service_becomes_its_code() -> None:
    invoice = labelled_world("SERVICES  Techniques").resolve()
    field = invoice.form.fields["service_code"]
    assert (invoice.state, field.value, field.source) == (State.READY, "STECH", "directory")
    assert [(each.value, each.source) for each in field.beaten] == [("SERVICES  Techniques", "text")]


def test_the_requirement_of_a_service_named_by_its_label_counts() -> None:
    assert codes(labelled_world("systemes d'information").resolve()) == [
        ("engagement_number", "engagement_required_by_service")
    ]


@pytest.mark.parametrize("printed", ["Archives", "Bureau des plans", "Service des plans"])
def test_a_label_of_several_services_or_of_no_active_one_stays_for_a_person(printed: str) -> None:
    invoice = labelled_world(printed).resolve()
    assert codes(invoice) == [("service_code", "service_unknown")]
    assert invoice.form.value("service_code") == printed


def test_a_label_that_a_person_entered_is_not_replaced() -> None:
    world = labelled_world("STECH")
    world.resolve()
    assert codes(world.complete(service_code="Services techniques")) == [("service_code", "service_unknown")]


# --- layouts that are not confirmed --------------------------------------------------------------------------


def of_layout(world: World, confirmed: int) -> None:
    """The document was read again, by a layout that so many documents had confirmed."""
    read = world.invoices.reading(invoice := world.invoices.get("d1"))
    by_layout = read.model_copy(update={"layout": KnownLayout(id="l1", confirmed=confirmed)})
    world.invoices.save(
        invoice.model_copy(update={"version": 1, "reading_version": 1}), by="t", action="read", reading=by_layout
    )


@pytest.mark.row("B09")
@pytest.mark.parametrize(("confirmed", "state"), [(1, State.TO_COMPLETE), (2, State.READY)])
def test_a_document_leaves_by_itself_once_two_of_its_layout_were_confirmed(confirmed: int, state: State) -> None:
    world = World(new_layouts="ask")
    of_layout(world, confirmed)
    assert world.resolve().state is state


@pytest.mark.row("B09")
def test_asking_for_the_submission_confirms_the_layout_and_checking_the_form_does_not() -> None:
    world = World(new_layouts="ask")
    assert codes(world.resolve()) == [(None, "layout_unconfirmed")]
    checked = world.complete()
    assert (checked.state, codes(checked)) == (State.TO_COMPLETE, [(None, "layout_unconfirmed")])
    requested = world.complete(submit=True)
    assert (requested.state, requested.problems) == (State.READY, ())
    again = world.resolution.judge(requested, now=NOW)
    assert again.green, "just before sending it is judged once more"


def test_while_something_else_blocks_nothing_is_confirmed() -> None:
    world = World({"service_code": None}, new_layouts="ask")
    world.resolve()
    refused = world.complete(submit=True)
    assert [code for _, code in codes(refused)] == ["service_required", "layout_unconfirmed"]
    completed = world.complete(service_code="STECH")
    assert codes(completed) == [(None, "layout_unconfirmed")]
    assert world.complete(submit=True).state is State.READY


def test_a_supplier_that_sends_is_not_asked_any_more_at_the_next_check() -> None:
    world = World(new_layouts="ask")
    world.resolve()
    world.resolution = replace(world.resolution, supplier=a_supplier(new_layouts="send"))
    world.form = replace(world.form, resolution=world.resolution)
    assert world.complete().state is State.READY


def test_what_a_person_confirmed_is_no_longer_confirmed_when_a_value_changes() -> None:
    world = World()
    world.resolve()
    confirm = partial(world.form.complete, "d1", by="alice", now=NOW)
    confirmed = confirm({}, version=world.invoices.get("d1").version, confirmed_by="alice")
    assert confirmed.confirmed_by == "alice"
    assert confirm({}, version=confirmed.version, submit=True).confirmed_by == "alice", "a system asks afterwards"
    changed = confirm({"comment": "Merci"}, version=confirmed.version + 1)
    assert changed.confirmed_by is None
