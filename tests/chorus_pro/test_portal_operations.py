"""The page of portal operations says what the code does."""

import json

import pytest

from chorus_connector.chorus_pro import errors, wire
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.operations import EMPTY_SEARCH, OPERATIONS
from tests.chorus_pro.portal_operations_table import PAGE, page


def test_the_page_is_made_of_the_clients_and_the_simulators_own_tables() -> None:
    assert PAGE.read_text(encoding="utf-8") == page()


def test_every_operation_is_implemented_and_simulated() -> None:
    assert all(hasattr(ChorusProClient, operation.method) for operation in OPERATIONS)
    assert "| no |" not in page()


def test_what_changes_something_at_the_portal_is_never_repeated() -> None:
    changing = {
        "deposer/pdf",
        "soumettre",
        "deposer/flux",
        "completer",
        "recycler",
        "traiterRejet",
        "corriger/valideur/facture",
        "ajouter/fichier",
    }
    assert {operation.path for operation in OPERATIONS if not operation.idempotent} == changing


ROWS = {
    "search_invoices": "listeFactures",
    "invoices_to_process": "listeFactures",
    "search_recipients": "listeDestinataires",
    "active_supplier_structures": "listeStructures",
    "valid_bank_accounts": "listeCoordonneeBancaire",
    "vat_rates": "listeTauxTva",
    "vat_exemption_reasons": "listeMotifsExonerationTva",
    "currencies": "listeDevises",
    "countries": "listePays",
    "attachment_types": "listeTypePieceJointe",
    "payment_modes": "listeModePaiement",
    "deposit_modes": "listeModeDepot",
    "invoicing_frames": "listeCadreFacturation",
    "payment_request_types": "listeTypeDemandePaiement",
    "payment_request_states": "listeEtatDemandePaiement",
    "next_statuses": "listeStatutsPossiblesPourTraitement",
    "structure_identifier_types": "listeTypeIdentifiant",
    "flow_formats": "listeFormatFlux",
    "search_structures": "listeStructures",
    "search_services": "listeServices",
    "memberships": "listeStructureRattachement",
}
"""The name of the list in each answer, written a second time: a name changed by mistake is noticed."""


def test_the_rows_of_an_answer_are_read_under_the_portals_name() -> None:
    assert {each.method: each.rows for each in OPERATIONS if each.rows is not None} == ROWS


@pytest.mark.parametrize("method", ROWS)
@pytest.mark.parametrize(("code", "text"), sorted(EMPTY_SEARCH))
def test_the_portals_refusal_of_an_empty_search_is_a_list_of_nothing(method: str, code: int, text: str) -> None:
    operation = next(each for each in OPERATIONS if each.method == method)
    body = json.dumps({"codeRetour": code, "libelle": text}).encode()
    payload = wire.decipher(operation, 200, {}, body)
    assert payload[ROWS[method]] == []
    assert payload["codeRetour"] == code
    assert payload["parametresRetour"] == {"total": 0}


def test_an_error_says_its_facts_and_nothing_else() -> None:
    assert errors.IncompleteListing("op", expected=3, received=2).facts() == {
        "operation": "op",
        "status": 200,
        "expected": 3,
        "received": 2,
    }
    assert errors.UnexpectedAnswer("op", ("a", "b")).facts() == {"operation": "op", "status": 200, "fields": "a,b"}
    assert errors.Throttled("op", retry_after=3).facts() == {
        "operation": "op",
        "status": 429,
        "reason": "http_status",
        "retry_after": 3,
    }
    assert errors.AccessDenied("op", "token", "api_consent", status=403, oauth_error="x").facts() == {
        "operation": "op",
        "status": 403,
        "suspects": "token|api_consent",
        "oauth_error": "x",
    }
    refusal = errors.CallRejected("op", code=1, message_code="GDP_MSG_11.001", text="secret", status=200)
    assert refusal.facts() == {
        "operation": "op",
        "status": 200,
        "code": 1,
        "message_code": "GDP_MSG_11.001",
        "kind": "other",
    }
    assert "secret" not in f"{refusal} {refusal!r}"
