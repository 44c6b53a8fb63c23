"""Every route the product's client needs is served, strict about its body, and in the documentation."""

from __future__ import annotations

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.tools.simulator.portal_caller import PDF, TOWN, Caller, b64, in_process
from tools.simulator import admin
from tools.simulator.gateway import HEALTH, OPERATIONS
from tools.simulator.tables import table

DOCUMENT = (Path(__file__).parents[3] / "docs" / "simulator.md").read_text(encoding="utf-8")
WANTED = [
    "factures/deposer/pdf",
    "factures/soumettre",
    "factures/deposer/flux",
    "factures/rechercher/fournisseur",
    "factures/rechercher/atraiter/fournisseur",
    "factures/consulter/fournisseur",
    "factures/consulter/historique",
    "factures/completer",
    "factures/recycler",
    "factures/traiterRejet",
    "factures/telecharger/groupe",
    "factures/corriger/valideur/facture",
    "transverses/ajouter/fichier",
    "transverses/recuperer/tauxtva",
    "transverses/recuperer/motifs/exonerationtva",
    "transverses/recuperer/devises",
    "transverses/recuperer/pays",
    "transverses/recuperer/modereglements",
    "transverses/recuperer/modedepot",
    "transverses/recuperer/cadrefacturation",
    "transverses/recuperer/typedp",
    "transverses/recuperer/etat/typedp",
    "transverses/recuperer/etats/traitement",
    "transverses/recuperer/typespj",
    "transverses/recuperer/typeidentifiant/structure",
    "transverses/recuperer/syntaxeflux",
    "transverses/recuperer/formatflux",
    "transverses/recuperer/coordbanc/valides",
    "transverses/recuperer/structures/actives/fournisseur",
    "transverses/rechercher/destinataire",
    "transverses/telecharger/annuaire/destinataire",
    "transverses/consulterCRDetaille",
    "transverses/consulterCR",
    "transverses/telecharger/pieceJointe",
    "structures/rechercher",
    "structures/consulter",
    "structures/rechercher/services",
    "structures/consulter/service",
    "utilisateurs/monCompte/recuperer/rattachements",
]


@pytest.fixture(scope="module")
def caller() -> Caller:
    return in_process()


@pytest.mark.parametrize("operation", WANTED)
def test_every_route_a_supplier_needs_is_served(caller: Caller, operation: str) -> None:
    assert caller.call(operation).status_code == 200


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_an_unknown_field_is_named_and_refused_everywhere(caller: Caller, operation: str) -> None:
    answer = caller.call(operation, {"champInconnu": 1})
    assert (answer.status_code, answer.json()["codeRetour"]) == (400, 40002)
    assert "champInconnu" in answer.json()["libelle"]


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
@pytest.mark.parametrize("body", [[], "text", 1, None])
def test_a_body_that_is_no_object_is_refused_everywhere(caller: Caller, operation: str, body: Any) -> None:
    assert caller.call(operation, content=json.dumps(body).encode()).status_code == 400


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_answer_has_a_code_and_a_label(caller: Caller, operation: str) -> None:
    payload = caller.call(operation).json()
    assert isinstance(payload["codeRetour"], int)
    assert re.match(r"[A-Z]{3}_MSG_\d\d[._]\d{3}", payload["libelle"])


@pytest.mark.parametrize(
    "operation", sorted(name for name in OPERATIONS if "/recuperer/" in name and name.startswith("transverses"))
)
def test_referentials_answer_one_list_of_objects(caller: Caller, operation: str) -> None:
    body: dict[str, Any] = {}
    if operation.endswith(("coordbanc/valides", "services/structure")):
        body = {"idStructure": 26_000_001}
    if operation.endswith("etats/traitement"):
        body = {"statutCourant": "MISE_A_DISPOSITION"}
    lists = [value for name, value in caller.ok(operation, body).items() if name.startswith("liste")]
    assert len(lists) == 1
    assert all(isinstance(row, dict) for row in lists[0])


def test_referentials_have_the_known_codes(caller: Caller) -> None:
    rates = caller.ok("transverses/recuperer/tauxtva", {"codeLangue": "FR"})["listeTauxTva"]
    assert rates[0] == {"codeTauxTva": "TVA1", "libelleTauxTva": "Art 293B", "valeurTauxTva": 0}
    types = caller.ok("transverses/recuperer/typespj", {"typeObjet": "FACTURE", "codeLangue": "fr"})[
        "listeTypePieceJointe"
    ]
    assert "RIB" in [row["codeTypePieceJointe"] for row in types]
    assert "BON_DE_COMMANDE" not in [row["codeTypePieceJointe"] for row in types]


def test_the_transitions_are_served_by_status(caller: Caller) -> None:
    answer = caller.ok("transverses/recuperer/etats/traitement", {"statutCourant": "COMPLETEE"})
    following = [row["statutPossiblePourTraitement"] for row in answer["listeStatutsPossiblesPourTraitement"]]
    assert {"SUSPENDUE", "REJETEE", "A_RECYCLER", "MANDATEE"} <= set(following)
    assert caller.refused("transverses/recuperer/etats/traitement", {"statutCourant": "SOLDEE"})["codeRetour"] == 20101


def by_operation() -> dict[str, Any]:
    """The refusals that have a codeRetour: those of operations, not the texts of a flow's report."""
    return {operation: rows for operation, rows in table("refusals").items() if not operation.startswith("flow")}


def test_refusal_codes_differ_within_an_operation() -> None:
    for operation, rows in by_operation().items():
        shared = table("refusals")["*"] if operation != "*" else {}
        codes = Counter(row["code"] for name, row in {**shared, **rows}.items() if name != "empty_search")
        assert not [code for code, count in codes.items() if count > 1], operation


def test_a_refusal_that_is_not_in_public_material_shows_it_in_its_message_code() -> None:
    for operation, rows in by_operation().items():
        for name, row in rows.items():
            assert row.get("known") or re.search(r"_90[._]", row["message"]), (operation, name)


def test_what_is_not_for_a_supplier_is_not_served(caller: Caller) -> None:
    for operation in (
        "factures/traiter/recue",
        "factures/rechercher/recipiendaire",
        "factures/rechercher/demandePaiement",
    ):
        assert caller.call(operation).status_code == 403


def test_the_document_lists_every_operation_and_every_admin_route(caller: Caller) -> None:
    assert not [name for name in [*OPERATIONS, HEALTH] if f"`{name}`" not in DOCUMENT]
    routes = [
        f"{min(route.methods - {'HEAD'})} {route.path.replace(':int', '')}"
        for route in admin.admin_routes(caller.portal)
        if route.methods
    ]
    assert not [route for route in routes if f"`{route}`" not in DOCUMENT]


def test_the_document_explains_every_setting_switch_mood_and_effect() -> None:
    from dataclasses import fields
    from typing import get_args

    from tools.simulator.dialect import Dialect
    from tools.simulator.faults import Effect
    from tools.simulator.moods import PisteMood
    from tools.simulator.settings import Settings

    settings = [field.name for field in fields(Settings) if field.name != "scenario"]
    names = [*settings, *get_args(Effect), *Dialect.model_fields, *PisteMood.model_fields]
    assert not [name for name in names if f"`{name}`" not in DOCUMENT]


def test_the_worked_submission_of_the_document_passes(caller: Caller) -> None:
    [example] = re.findall(r"<!-- submission -->\n```json\n(.*?)```", DOCUMENT, re.DOTALL)
    body = json.loads(example)
    upload = {"fichierFacture": b64(PDF), "nomFichier": "FA.pdf", "formatDepot": "PDF_NON_SIGNE"}
    body["pieceJointePrincipale"][0]["pieceJointePrincipaleId"] = caller.ok("factures/deposer/pdf", upload)[
        "pieceJointeId"
    ]
    assert body["destinataire"]["codeDestinataire"] == TOWN
    assert caller.ok("factures/soumettre", body)["statutFacture"] == "DEPOSEE"
