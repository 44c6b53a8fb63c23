"""What a use case may count on from ``ports.Portal``: the same on the fake and on the client with the simulator."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import httpx
import pytest

from chorus_connector.domain.invoices.submission import Submission
from chorus_connector.domain.portal.answers import AnswerLost, CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.ports.portal import Portal
from tests.builders import NOW, TOWN_SIRET, a_recipient, a_service
from tests.fakes import FakePortal
from tests.real_portal import TOWN, fault, gateway, the_supplier
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings
from tools.simulator.suppliers import default_supplier

PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\n%%EOF\n"


@dataclass
class Place:
    """A portal with a town hall in its directory, and a way to make its next call go wrong."""

    portal: Portal
    town: str
    break_next: Any
    holds: Any


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(Settings(flow_visible_after=0, flow_done_after=0)) as running:
        yield running


def _fake() -> Place:
    portal = FakePortal([a_recipient(services=(a_service("VOIRIE"),))])
    failures = {
        "unreachable": PortalUnreachable("down"),
        "lost_before": AnswerLost("500"),
        "lost_after": ("after", AnswerLost("reset")),
        "account_refused": CredentialsRefused("technical_account"),
    }

    def break_next(call: str, failure: str) -> None:
        portal.faults.setdefault(call, []).append(failures[failure])

    return Place(portal, TOWN_SIRET, break_next, lambda: [each.invoice_number for each in portal.accepted])


_OPERATIONS = {"submit": "factures/soumettre", "upload": "transverses/ajouter/fichier", "find": "factures/rechercher/*"}
_SPECS: dict[str, dict[str, Any]] = {
    "lost_before": {"effect": "status", "status": 500},
    "lost_after": {"phase": "after", "effect": "reset"},
    "account_refused": {"effect": "empty", "status": 401, "times": 5},
}


def _real(server: SimulatorServer, http: httpx.Client) -> Place:
    server.portal.reset()
    structure = server.portal.suppliers.find(default_supplier().siret)
    assert structure is not None
    portal = gateway(server, http, supplier=the_supplier(portal_structure_id=structure.id))

    def break_next(call: str, failure: str) -> None:
        if failure == "unreachable":
            server.portal.tokens.revoke_all()
            fault(server, "token", effect="status", status=503, times=20)
            fault(server, _OPERATIONS[call], effect="unauthorized")
        else:
            fault(server, _OPERATIONS[call], **_SPECS[failure])

    return Place(portal, TOWN, break_next, lambda: [each.number for each in server.portal.invoices.all()])


@pytest.fixture(params=["fake", "simulator"])
def place(request: pytest.FixtureRequest, server: SimulatorServer) -> Iterator[Place]:
    if request.param == "fake":
        yield _fake()
    else:
        with httpx.Client() as http:
            yield _real(server, http)


def a_submission(place: Place, **changes: Any) -> Submission:
    values: dict[str, Any] = {
        **dict.fromkeys(Submission.model_fields),
        "invoice_number": "FA-2026-17",
        "invoice_type": "invoice",
        "invoice_date": date(2026, 11, 2),
        "recipient_siret": place.town,
        "currency": "EUR",
        "total_ht": Decimal("500.00"),
        "total_tva": Decimal("100.00"),
        "total_ttc": Decimal("600.00"),
        "amount_due": Decimal("600.00"),
        "vat_regime": "on_debits",
        "payment_method": "transfer",
        "framework": "A1",
    }
    return Submission(**{**values, **changes})


def submit(place: Place, **changes: Any) -> Any:
    file_id = place.portal.upload("facture.pdf", PDF)
    return place.portal.submit(a_submission(place, **changes), file_id=file_id, file_name="facture.pdf")


def test_what_was_submitted_is_found_by_its_number_with_what_was_sent(place: Place) -> None:
    deposit = submit(place)
    assert deposit.invoice_number == "FA-2026-17"
    (found,) = place.portal.find("FA-2026-17")
    assert found.chorus_id == deposit.chorus_id
    assert (found.recipient_siret, found.total_ttc) == (place.town, Decimal("600.00"))
    assert found.status == deposit.status


def test_an_unknown_number_finds_nothing(place: Place) -> None:
    submit(place)
    assert list(place.portal.find("FA-2026-1")) == []


def test_a_number_is_taken_once_and_the_refusal_says_so(place: Place) -> None:
    submit(place)
    with pytest.raises(PortalRefused) as refusal:
        submit(place)
    assert refusal.value.duplicate_number
    assert place.holds() == ["FA-2026-17"]


def test_a_recipient_of_the_directory_is_known_and_a_stranger_is_not(place: Place) -> None:
    town = place.portal.recipient(place.town, now=NOW)
    assert town is not None
    assert (town.siret, town.active, town.fetched_at) == (place.town, True, NOW)
    assert not town.service_required
    assert place.portal.recipient("99999999999999", now=NOW) is None


def test_a_recipient_is_found_by_the_beginning_of_its_siret_and_by_a_part_of_its_name(place: Place) -> None:
    (by_siret,), complete = place.portal.search_recipients(place.town[:11], "", most=10)
    assert (by_siret.siret, complete) == (place.town, True)
    rows, complete = place.portal.search_recipients("", by_siret.name[3:].upper(), most=10)
    assert complete
    assert place.town in {each.siret for each in rows}


def test_a_search_that_fits_nothing_finds_nothing_and_says_that_this_is_all(place: Place) -> None:
    for siret, text in (("", "Aucune collectivité de ce nom"), ("99999999", "")):
        rows, complete = place.portal.search_recipients(siret, text, most=10)
        assert (list(rows), complete) == ([], True)


def test_a_search_gives_no_more_than_it_was_asked_for_and_says_so(place: Place) -> None:
    rows, complete = place.portal.search_recipients(place.town[:1], "", most=1)
    assert len(rows) == 1
    assert complete is (len(place.portal.search_recipients(place.town[:1], "", most=150)[0]) == 1)


def test_the_account_gives_the_structure_and_its_bank_details(place: Place) -> None:
    account = place.portal.account()
    assert account.structure_id
    assert account.bank_accounts == place.portal.bank_accounts()
    assert 1440 in {each.portal_id for each in account.bank_accounts}


def test_the_structures_of_the_account_are_its_own_alone(place: Place) -> None:
    assert place.portal.attached_to() == {place.portal.account().structure_id}


@pytest.mark.parametrize("active", [True, False])
def test_an_account_that_several_structures_share_names_them_all(server: SimulatorServer, active: bool) -> None:
    server.portal.reset()
    sibling = default_supplier().model_copy(update={"siret": "35600000000048", "active": active})
    server.portal.suppliers.put(sibling, server.portal.clock.now())
    with httpx.Client() as http:
        portal = gateway(server, http, supplier=the_supplier(portal_structure_id=None))
        account = server.portal.suppliers.accounts[sibling.login]
        assert portal.attached_to() == {each.id for each in server.portal.suppliers.of(account)}
        assert len(portal.attached_to()) == 2


def test_a_call_that_did_not_leave_changes_nothing(place: Place) -> None:
    place.break_next("submit", "unreachable")
    with pytest.raises(PortalUnreachable) as failure:
        submit(place)
    assert failure.value.blame == "portal"
    assert place.holds() == []


def test_a_lost_answer_is_reported_as_such_whether_the_portal_acted_or_not(place: Place) -> None:
    place.break_next("submit", "lost_before")
    with pytest.raises(AnswerLost):
        submit(place)
    assert place.holds() == []
    place.break_next("submit", "lost_after")
    with pytest.raises(AnswerLost):
        submit(place)
    assert place.holds() == ["FA-2026-17"]


def test_a_refused_account_blames_the_credentials_and_does_nothing(place: Place) -> None:
    place.break_next("submit", "account_refused")
    with pytest.raises(CredentialsRefused) as refusal:
        submit(place)
    assert (refusal.value.fault, refusal.value.blame) == ("technical_account", "credentials")
    assert place.holds() == []
