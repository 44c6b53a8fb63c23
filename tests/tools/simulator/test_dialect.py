"""Unpublished answers, as switches; and the qualification platform's data set."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.tools.simulator.portal_caller import NOON, TOWN, Caller, in_process
from tools.simulator.dialect import Dialect
from tools.simulator.scenario import ScenarioError, load_scenario
from tools.simulator.settings import Settings

SEARCH = "factures/rechercher/fournisseur"


@pytest.fixture
def caller() -> Caller:
    return in_process()


def speak(caller: Caller, **switches: Any) -> None:
    caller.admin("POST", "/dialect", switches)


@pytest.mark.row("B03")
@pytest.mark.parametrize(("code", "message"), [(20000, "GDP_MSG_01.012"), (20007, "GFT_MSG_01.075"), (1, "X")])
def test_an_empty_search_can_have_any_code_and_message(caller: Caller, code: int, message: str) -> None:
    speak(caller, empty_search_code=code, empty_search_message=message)
    payload = caller.refused(SEARCH, {"numeroFacture": "NOTHING"})
    assert (payload["codeRetour"], payload["libelle"].partition(" ")[0]) == (code, message)


@pytest.mark.parametrize(
    ("flags", "yes", "no"), [("oui_non", "OUI", "NON"), ("text", "true", "false"), ("number", 1, 0)]
)
def test_flags_can_come_as_text_or_numbers(caller: Caller, flags: str, yes: Any, no: Any) -> None:
    structure = caller.portal.directory.find("22000001200017")
    assert structure is not None
    speak(caller, flags=flags)
    parameters = caller.ok("structures/consulter", {"idStructureCPP": structure.id})["parametres"]
    assert (parameters["codeServiceDoitEtreRenseigne"], parameters["numeroEJDoitEtreRenseigne"]) == (yes, no)


@pytest.mark.parametrize(
    ("dates", "deposit", "changed"),
    [
        ("mixed", "2026-10-09", "2026-10-09T12:00:00.000+02:00"),
        ("french", "09/10/2026", "09/10/2026 12:00"),
        ("milliseconds", 1791496800000, 1791540000000),
    ],
)
def test_dates_can_come_in_other_forms(caller: Caller, dates: str, deposit: Any, changed: Any) -> None:
    caller.submit("2026-10-09")
    speak(caller, dates=dates)
    [row] = caller.found()
    assert (row["dateDepot"], row["dateHeureEtatCourant"]) == (deposit, changed)
    assert row["numeroFacture"] == "2026-10-09"


def test_ids_and_amounts_can_come_as_text_and_paging_stays_numbers(caller: Caller) -> None:
    caller.submit("FA-1")
    speak(caller, numbers="text")
    answer = caller.ok(SEARCH, {})
    assert answer["parametresRetour"]["total"] == 1
    [row] = answer["listeFactures"]
    assert (row["montantTTC"], row["identifiantFactureCPP"].isdigit()) == ("600.12", True)


def test_the_status_of_a_row_can_have_the_other_name(caller: Caller) -> None:
    caller.submit("FA-1")
    speak(caller, status_name="statutFacture")
    [row] = caller.found()
    assert (row["statutFacture"], "statut" in row) == ("DEPOSEE", False)


def test_a_search_can_come_without_its_paging_block_and_with_properties_of_tomorrow(caller: Caller) -> None:
    caller.submit("FA-1")
    speak(caller, paging_block="absent", unknown_property="nouveauChamp")
    answer = caller.ok(SEARCH, {})
    assert "parametresRetour" not in answer
    assert (answer["nouveauChamp"], answer["listeFactures"][0]["nouveauChamp"]) == ("valeur", "valeur")


def test_switches_change_one_by_one_and_a_reset_takes_them_back(caller: Caller) -> None:
    speak(caller, dates="french")
    speak(caller, flags="text")
    assert caller.admin("GET", "/dialect")["dates"] == "french"
    caller.admin("POST", "/reset")
    assert caller.admin("GET", "/dialect") == Dialect().model_dump()


@pytest.mark.parametrize("body", [{"dates": "roman"}, {"unknown": 1}, {"embedded_xml": True}])
def test_an_unknown_switch_or_value_is_refused_and_changes_nothing(caller: Caller, body: dict[str, Any]) -> None:
    assert caller.http.post("/_admin/dialect", json=body).status_code == 422
    assert caller.admin("GET", "/dialect") == Dialect().model_dump()


def test_a_scenario_can_choose_the_dialect_a_mood_and_a_data_set(tmp_path: Path) -> None:
    path = tmp_path / "scenario.toml"
    path.write_text(
        'data_sets = ["qualification"]\n[settings.dialect]\ndates = "french"\n[mood]\ninvalid_client_share = 1\n',
        encoding="utf-8",
    )
    caller = in_process(load_scenario(path, Settings(start=NOON, clock_runs=False)))
    assert caller.portal.dialect.dates == "french"
    assert caller.token_answer().status_code == 400
    assert caller.portal.directory.find("12345678200051") is not None
    path.write_text('[settings.dialect]\ndates = "roman"\n', encoding="utf-8")
    with pytest.raises(ScenarioError):
        load_scenario(path)


@pytest.mark.row("B03")
def test_several_structures_can_have_one_siret_and_the_wrong_one_is_listed_first(caller: Caller) -> None:
    twins = [{"name": "Ancienne mairie"}, {"name": "Une société", "active": True, "private": True}]
    caller.admin("POST", "/structures", {"siret": TOWN, "name": "Mairie", "twins": twins})
    criteria = {"identifiantStructure": TOWN, "typeIdentifiantStructure": "SIRET"}
    rows = caller.ok("structures/rechercher", {"structure": criteria})["listeStructures"]
    assert [(row["designationStructure"], row["statut"]) for row in rows] == [
        ("Une société", "ACTIVE"),
        ("Ancienne mairie", "INACTIVE"),
        ("Mairie", "ACTIVE"),
    ]
    read = [caller.ok("structures/consulter", {"idStructureCPP": row["idStructureCPP"]}) for row in rows]
    kinds = [one["informationGenerales"]["structurePriveePublique"] for one in read]
    assert kinds == ["PRIVEE", "PUBLIQUE", "PUBLIQUE"]
    assert caller.submit("FA-1")["statutFacture"] == "DEPOSEE"


QUALIFICATION = {
    "12345678200051": (None, None),
    "12345678200036": (None, "EJ"),
    "12345678200028": ("SERVICE_DEST_SERV_OBL", None),
    "12345678200044": ("SERVICE_DEST_SERV_EJ", "EJ"),
    "11000201100044": ("SFACETAT", "1300000001"),
    "19672337516762": (None, None),
    "12345678200069": ("SERVICE_DEST_OU", None),
}
"""The service and the engagement that each recipient of the data set asks for."""


@pytest.fixture
def qualification() -> Caller:
    caller = in_process()
    caller.admin("POST", "/data-sets/qualification")
    return caller


@pytest.mark.row("B03")
@pytest.mark.parametrize("siret", QUALIFICATION)
def test_the_recipients_of_qualification_take_what_they_ask_for_and_nothing_less(
    qualification: Caller, siret: str
) -> None:
    service, engagement = QUALIFICATION[siret]
    bare = qualification.invoice("FA-1", destinataire__codeDestinataire=siret)
    answer = qualification.call("factures/soumettre", bare).json()
    assert (answer["codeRetour"] == 0) == (service is None and engagement is None)
    full = qualification.invoice(
        "FA-2",
        destinataire={"codeDestinataire": siret, "codeServiceExecutant": service},
        references__numeroBonCommande=engagement,
    )
    assert qualification.ok("factures/soumettre", full)


@pytest.mark.parametrize("siret", ["33254021516357", "97395107368257"])
def test_a_supplier_of_qualification_submits_with_a_siret_that_fails_luhn(qualification: Caller, siret: str) -> None:
    suppliers = qualification.portal.suppliers
    supplier = suppliers.find(siret)
    assert supplier is not None
    account = next(one for one in suppliers.accounts.values() if supplier.id in one.supplier_ids)
    changes = {"login": account.login, "password": account.password}
    qualification.supplier = qualification.supplier.model_copy(update=changes)
    body = qualification.invoice("FA-1", fournisseur={"idFournisseur": supplier.id})
    assert qualification.ok("factures/soumettre", body)["identifiantStructure"] == siret


def test_an_unknown_data_set_is_a_404(caller: Caller) -> None:
    assert caller.http.post("/_admin/data-sets/production").status_code == 404


def test_accents_of_a_recipients_name_can_count_or_not(caller: Caller) -> None:
    def found(text: str) -> list[str]:
        answer = caller.call("transverses/rechercher/destinataire", {"nomVilleCodePostal": text}).json()
        return [each["nomDestinataire"] for each in answer.get("listeDestinataires", [])]

    accented = found("Département")
    assert accented
    assert found("departement") == []
    speak(caller, directory_accents="ignored")
    assert found("departement") == found("DÉPARTEMENT") == accented
