"""The page of portal operations says what the code does."""

from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.operations import OPERATIONS
from tests.chorus_pro.portal_operations_table import PAGE, table


def test_the_page_of_operations_is_the_clients_own_table() -> None:
    assert PAGE.read_text(encoding="utf-8") == table()


def test_every_operation_is_implemented_and_simulated() -> None:
    assert all(hasattr(ChorusProClient, operation.method) for operation in OPERATIONS)
    assert "| no |" not in table()


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
