"""What a reform-made XML becomes in the form, and how a person settles each question that it raises."""

from typing import Any

import pytest

from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.submission import to_submission
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.usecases.invoices.form import CompleteForm
from chorus_connector.usecases.invoices.resolution import Resolution
from chorus_connector.usecases.portal.directory import Directory
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_recipient, a_service, a_supplier, add_read
from tests.domain.reading.paper import page
from tests.fakes import FakeInvoices, FakePortal, FakeQueue, FakeRecipients, FakeTable
from tests.reform_sample import reform_xml

SERVICES = (a_service("STECH", name="Services techniques"), a_service("OLD", portal_id=2, active=False))
VALIDATOR = "35600000000048"
FACTOR = "1440"


class World:
    """One document with this XML, and a recipient that lists two services."""

    def __init__(self, xml: bytes, *, printed: str = "", recipient: dict[str, Any] | None = None, **supplier: Any):
        self.invoices = FakeInvoices(FakeTable(), "s1")
        self.portal = FakePortal([a_recipient(**{"services": SERVICES, **(recipient or {})})])
        accounts = (BankAccount(portal_id=int(FACTOR), name="Factor"),)
        tenant = a_supplier(**{"bank_accounts": accounts, **supplier})
        self.resolution = Resolution(tenant, self.invoices, Directory(FakeRecipients(), self.portal))
        self.form = CompleteForm(self.invoices, self.resolution, FakeQueue())
        pages = [page((50, 100, printed))] if printed else []
        self.reading = read_document(pages, xml, known_supplier_siret=SUPPLIER_SIRET)

    def resolved(self, **document: Any) -> Invoice:
        add_read(self.invoices, self.reading, **document)
        return self.resolution.resolve("d1", now=NOW)

    def completed(self, **values: str | None) -> Invoice:
        version = self.invoices.get("d1").version
        return self.form.complete("d1", values, version=version, by="alice", now=NOW, submit=True)


def codes(invoice: Invoice) -> set[str]:
    return {problem.code for problem in invoice.problems}


def blocking(invoice: Invoice) -> set[str]:
    return {problem.code for problem in invoice.blocking_problems}


@pytest.mark.parametrize(
    ("process", "due", "framework"), [("S1", "600.00", "A1"), ("M4", "600.00", "A1"), ("B2", "0.00", "A2")]
)
def test_a_certain_business_process_is_the_forms_framework(process: str, due: str, framework: str) -> None:
    invoice = World(reform_xml(process=process, due=due)).resolved()
    field = invoice.form.fields["framework"]
    assert (invoice.state, field.value, field.source, field.confidence) == (State.READY, framework, "xml", 0.995)
    assert to_submission(invoice.form).framework == framework


def test_an_invoice_already_paid_with_something_due_shows_both_figures() -> None:
    invoice = World(reform_xml(process="S2", due="250.00")).resolved()
    (problem,) = invoice.blocking_problems
    assert problem.code == "already_paid"
    assert all(figure in problem.fr for figure in ("250.00", "600.00"))


@pytest.mark.parametrize(("process", "framework"), [("S3", "A9"), ("S6", "A12"), ("A9", "A9"), ("A12", "A12")])
def test_a_subcontractors_invoice_asks_for_its_validator_and_leaves(process: str, framework: str) -> None:
    world = World(reform_xml(process=process))
    assert blocking(world.resolved()) == {"validator_required"}
    sent = world.completed(validator_siret=VALIDATOR)
    assert (sent.state, sent.form.value("framework")) == (State.READY, framework)


def test_a_subcontractors_invoice_to_the_main_contractor_is_sent_only_after_a_persons_word() -> None:
    world = World(reform_xml(process="S5"))
    read = world.resolved()
    assert blocking(read) == {"framework_to_confirm", "validator_required"}
    assert (read.form.fields["framework"].value, read.form.fields["framework"].confidence) == ("A9", 0.5)
    assert blocking(world.completed(validator_siret=VALIDATOR)) == {"framework_to_confirm"}
    assert world.completed(framework="A9").state is State.READY


@pytest.mark.parametrize("process", ["B7", "S8", "M9", "S5", "A4", "Z9"])
def test_a_framework_that_asks_is_settled_by_a_person_or_a_metadata_and_by_no_default(process: str) -> None:
    assert World(reform_xml(process=process), defaults={"framework": "A1"}).resolved().state is State.TO_COMPLETE
    world = World(reform_xml(process=process))
    world.resolved()
    assert world.completed(framework="A1").state is State.READY
    filed = World(reform_xml(process=process), associations={"": {"framework": "cadre"}})
    assert filed.resolved(metadata={"cadre": "A1"}).state is State.READY


def test_a_metadata_beats_the_framework_of_the_xml_and_both_are_shown() -> None:
    world = World(reform_xml(process="S3"), associations={"": {"framework": "cadre"}})
    field = world.resolved(metadata={"cadre": "A1"}).form.fields["framework"]
    assert (field.value, field.source) == ("A1", "metadata")
    assert [(each.value, each.source) for each in field.beaten] == [("A9", "xml")]


@pytest.mark.parametrize("name", ["invoice_type", "framework", "vat_regime"])
def test_what_every_submission_has_cannot_be_emptied(name: str) -> None:
    world = World(reform_xml())
    world.resolved()
    assert blocking(world.completed(**{name: ""})) == {"missing"}


# --- the service ----------------------------------------------------------------------------------------------


def buyer(*more: tuple[str, str]) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    return (("0009", TOWN_SIRET), *more), (("0002", TOWN_SIRET[:9]),)


def test_a_buyer_reference_that_the_recipient_lists_is_the_service() -> None:
    invoice = World(reform_xml(reference="STECH")).resolved()
    field = invoice.form.fields["service_code"]
    assert (invoice.state, codes(invoice), field.value, field.source) == (State.READY, set(), "STECH", "xml")


def test_a_buyer_reference_that_is_the_label_of_a_service_is_that_service() -> None:
    field = World(reform_xml(reference="services TECHNIQUES")).resolved().form.fields["service_code"]
    assert (field.value, field.source) == ("STECH", "directory")


@pytest.mark.parametrize("services", [SERVICES, ()])
def test_any_other_buyer_reference_is_shown_and_not_sent(services: tuple[object, ...]) -> None:
    invoice = World(reform_xml(reference="Projet rentrée"), recipient={"services": services}).resolved()
    assert (invoice.state, codes(invoice)) == (State.READY, {"buyer_reference_not_a_service"})
    assert "Projet rentrée" in invoice.problems[0].fr
    assert invoice.form.value("service_code") is None


def test_where_the_service_is_required_the_reference_is_a_hint() -> None:
    world = World(reform_xml(reference="Projet rentrée"), recipient={"service_required": True})
    assert codes(world.resolved()) == {"service_required", "buyer_reference_not_a_service"}
    sent = world.completed(service_code="STECH")
    assert (sent.state, codes(sent)) == (State.READY, set())


def test_a_routing_code_is_the_service_whatever_the_reference() -> None:
    xml = reform_xml(buyer=buyer(("0224", "STECH")), reference="Projet rentrée")
    invoice = World(xml, recipient={"service_required": True}).resolved()
    assert (invoice.state, invoice.form.value("service_code")) == (State.READY, "STECH")
    assert codes(invoice) == {"service_codes_differ"}


def test_a_routing_code_that_the_recipient_does_not_list_is_not_swallowed() -> None:
    assert blocking(World(reform_xml(buyer=buyer(("0224", "NOPE")))).resolved()) == {"service_unknown"}


@pytest.mark.parametrize(
    ("reference", "chosen"), [("Projet rentrée", "STECH"), ("DSI", "DSI")], ids=["free text", "another service"]
)
def test_the_printed_service_remains_unless_the_reference_is_a_service(reference: str, chosen: str) -> None:
    services = (*SERVICES, a_service("DSI", portal_id=3))
    world = World(reform_xml(reference=reference), printed="Code service : STECH", recipient={"services": services})
    invoice = world.resolved()
    assert (invoice.state, invoice.form.value("service_code")) == (State.READY, chosen)


def test_a_closed_service_in_the_reference_is_a_problem() -> None:
    assert blocking(World(reform_xml(reference="OLD")).resolved()) == {"service_inactive"}


def test_a_service_that_a_person_emptied_is_not_filled_from_the_reference() -> None:
    world = World(reform_xml(reference="STECH"))
    world.resolved()
    assert world.completed(service_code="").form.value("service_code") is None


# --- the parties ----------------------------------------------------------------------------------------------


def test_a_recipient_known_by_its_siren_only_is_asked_for() -> None:
    world = World(reform_xml(buyer=((), buyer()[1])))
    read = world.resolved()
    assert codes(read) == {"siren_only", "missing"}
    assert world.completed(recipient_siret=TOWN_SIRET).state is State.READY


def test_of_several_identifiers_of_one_kind_the_answer_is_a_persons() -> None:
    sirets = (("0009", TOWN_SIRET), ("0009", f"{TOWN_SIRET[:9]}00051"))
    world = World(reform_xml(buyer=((*sirets, ("0224", "OLD"), ("0224", "STECH")), buyer()[1]), reference="STECH"))
    assert blocking(world.resolved()) == {"siret_ambiguous", "missing", "service_ambiguous"}
    sent = world.completed(recipient_siret=TOWN_SIRET, service_code="STECH")
    assert (sent.state, codes(sent)) == (State.READY, set())


def test_a_seller_known_by_its_siren_only_is_the_supplier_or_a_question() -> None:
    own = World(reform_xml(seller=((), (("0002", SUPPLIER_SIRET[:9]),)))).resolved()
    assert (own.state, codes(own)) == (State.READY, set())
    other = World(reform_xml(seller=((), (("0002", "552100554"),))))
    assert blocking(other.resolved()) == {"supplier_siret_differs"}
    assert other.completed(supplier_siret=SUPPLIER_SIRET).state is State.READY


def test_a_supplier_without_a_siret_settles_a_siren_of_the_xml_by_emptying_the_field() -> None:
    overseas = SupplierIdentifier(scheme="RIDET", value="1234567001")
    world = World(reform_xml(seller=((), (("0002", "552100554"),))), siret=None, identifier=overseas)
    assert blocking(world.resolved()) == {"supplier_siret_differs"}
    assert world.completed(supplier_siret="").state is State.READY


# --- the type -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["389", "384", "875", "261"])
def test_a_type_that_asks_is_settled_by_a_person_and_by_no_metadata(kind: str) -> None:
    world = World(reform_xml(kind=kind), associations={"": {"invoice_type": "type"}})
    assert world.resolved(metadata={"type": "invoice"}).state is State.TO_COMPLETE
    assert world.completed(invoice_type="credit_note" if kind == "261" else "invoice").state is State.READY


def test_a_deposit_invoice_leaves_and_says_so_whatever_the_metadata() -> None:
    world = World(reform_xml(kind="386"), associations={"": {"invoice_type": "type"}})
    invoice = world.resolved(metadata={"type": "invoice"})
    assert (invoice.state, codes(invoice)) == (State.READY, {"xml_type_sent_as"})


def test_a_factored_invoice_names_the_factors_account_and_the_subrogation() -> None:
    own = World(reform_xml(kind="393"), defaults={"bank_account": FACTOR})
    assert blocking(own.resolved()) == {"factor_bank_account", "subrogation_missing"}
    sent = own.completed(bank_account=FACTOR, comment="Règlement à l'ordre de Factor")
    assert (sent.state, codes(sent)) == (State.READY, set())


def test_a_person_may_decide_that_a_factored_invoice_needs_neither() -> None:
    world = World(reform_xml(kind="393"))
    world.resolved()
    assert world.completed(bank_account="", comment="").state is State.READY


def test_a_factored_credit_note_asks_for_the_subrogation_only() -> None:
    world = World(reform_xml(kind="396"))
    assert blocking(world.resolved()) == {"subrogation_missing"}
    assert world.completed(comment="").state is State.READY


def test_a_factors_account_from_a_metadata_does_not_block_and_is_shown() -> None:
    associations = {"": {"bank_account": "rib", "comment": "mention"}}
    world = World(reform_xml(kind="393"), associations=associations)
    invoice = world.resolved(metadata={"rib": FACTOR, "mention": "Règlement à l'ordre de Factor"})
    assert (invoice.state, codes(invoice)) == (State.READY, {"factor_bank_account"})
