"""Searches: paging with its silent cap, order, every criterion, empty results, and the forms of dates on the wire."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.simulator.portal_caller import DEPARTMENT, NOON, REGION, TOWN, Caller, in_process
from tools.simulator.directory import SERVICE_CODE
from tools.simulator.settings import Settings

SEARCH = "factures/rechercher/fournisseur"
BLOCK = "rechercheFactureParFournisseur"


@pytest.fixture
def caller() -> Caller:
    return in_process()


@pytest.fixture(scope="module")
def crowded() -> Caller:
    """A portal with 203 invoices, one a minute."""
    caller = in_process(Settings(start=NOON, clock_runs=False, default_life="waits"))
    town = next(one for one in caller.portal.directory.all() if one.siret == TOWN)
    caller.portal.directory.put(town.seed.model_copy(update={"life": "waits"}))
    body = caller.invoice("X")
    file_id = caller.add_file()
    body["pieceJointePrincipale"] = {"pieceJointePrincipaleDesignation": "f", "pieceJointePrincipaleId": file_id}
    for number in range(203):
        caller.ok("factures/soumettre", {**body, "numeroFactureSaisi": f"F{number:03d}"})
        caller.admin("POST", "/clock", {"advance_seconds": 1})
    return caller


def page(caller: Caller, **paging: Any) -> tuple[list[str], dict[str, int]]:
    answer = caller.ok(SEARCH, {BLOCK: paging} if paging else {})
    return [row["numeroFacture"] for row in answer["listeFactures"]], answer["parametresRetour"]


def test_without_paging_ten_come_newest_first_and_the_total_hides_what_is_past_200(crowded: Caller) -> None:
    numbers, shown = page(crowded)
    assert numbers == [f"F{number}" for number in range(202, 192, -1)]
    assert shown == {"pageCourante": 1, "pages": 20, "nbResultatsParPage": 10, "total": 200}


def test_raising_the_maximum_shows_everything(crowded: Caller) -> None:
    numbers, shown = page(crowded, nbResultatsMaximum=100_000, nbResultatsParPage=1000)
    assert (len(numbers), shown["total"], shown["pages"]) == (203, 203, 1)


def test_a_page_past_the_last_is_empty_and_keeps_the_total(crowded: Caller) -> None:
    numbers, shown = page(crowded, pageResultatDemandee=99, nbResultatsParPage=100)
    assert (numbers, shown["pageCourante"], shown["total"]) == ([], 99, 200)


def test_order_and_column_are_the_callers(crowded: Caller) -> None:
    ascending, _ = page(crowded, triColonne="NumeroFacture", triSens="Ascendant", nbResultatsMaximum=500)
    assert ascending[0] == "F000"
    camel, _ = page(crowded, triColonne="numeroFacture", triSens="Ascendant", nbResultatsMaximum=500)
    assert camel == ascending


@pytest.mark.parametrize("column", ["DateHeureEtatCourant", "Numero", ""])
def test_there_is_no_order_by_the_date_of_the_status_nor_by_an_unknown_column(crowded: Caller, column: str) -> None:
    assert crowded.call(SEARCH, {BLOCK: {"triColonne": column}}).status_code == (400 if column else 200)


@pytest.mark.parametrize(
    "paging",
    [{"triSense": "Ascendant"}, {"triSens": "Ascendant "}, {"pageResultatDemandee": 0}, {"nbResultatsParPage": "10"}],
)
def test_wrong_paging_is_a_400(crowded: Caller, paging: dict[str, Any]) -> None:
    assert crowded.call(SEARCH, {BLOCK: paging}).status_code == 400


def test_the_block_of_another_search_is_a_400(crowded: Caller) -> None:
    assert crowded.call(SEARCH, {"paramRecherche": {}}).status_code == 400


@pytest.mark.row("B03")
@settings(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(size=st.integers(7, 90), cap=st.integers(1, 300))
def test_walking_all_pages_gives_each_invoice_once(crowded: Caller, size: int, cap: int) -> None:
    seen: list[str] = []
    pages = 1
    number = 1
    while number <= pages:
        numbers, shown = page(crowded, pageResultatDemandee=number, nbResultatsParPage=size, nbResultatsMaximum=cap)
        pages, number = shown["pages"], number + 1
        seen += numbers
    assert len(seen) == len(set(seen)) == min(cap, 203) == shown["total"]


CRITERIA: list[tuple[dict[str, Any], list[str]]] = [
    ({}, ["C", "B", "A"]),
    ({"numeroFacture": "B"}, ["B"]),
    ({"numeroFacture": "b"}, []),
    ({"typeFacture": "AVOIR"}, ["C"]),
    ({"numeroFactureOrigine": "A"}, ["C"]),
    ({"statutCourant": ["SUSPENDUE"]}, ["B"]),
    ({"statutCourant": "SUSPENDUE"}, ["B"]),
    ({"statutCourant": ["SUSPENDUE", "DEPOSEE"]}, ["C", "B", "A"]),
    ({"statutCourant": ["SOMETHING_NEW"]}, []),
    ({"modeDepot": "DEPOT_PDF_API"}, ["C", "B", "A"]),
    ({"modeDepot": "UPLOAD_API"}, []),
    ({"numeroBonCommande": "EJ-1"}, ["B"]),
    ({"numeroMarche": "M1"}, ["A"]),
    ({"cadreFacturation": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE"}, ["A"]),
    ({"coordonneeBancaire": 1441}, ["A"]),
    ({"montantHTMin": 1000}, ["B"]),
    ({"montantTTCMax": 600.12}, ["C", "A"]),
    ({"montantApayerMin": 1200, "montantApayerMax": 1200}, ["B"]),
    ({"periodeDateDepotDu": "2026-10-10"}, ["C", "B"]),
    ({"periodeDateDepotAu": "2026-10-10"}, ["B", "A"]),
    ({"periodeDateFactureDu": "2026-10-01", "periodeDateFactureAu": "2026-10-01"}, ["B"]),
    ({"periodeDateHeureEtatCourantDu": "2026-10-11"}, ["C", "B"]),
    ({"periodeDateHeureEtatCourantAu": "2026-10-11"}, ["A"]),
    ({"periodeDateHeureEtatCourantAu": "2026-10-11T23:59:59"}, ["C", "A"]),
    ({"periodeDateHeureEtatCourantDu": "2026-10-11T11:00:00.000+00:00"}, ["B"]),
    ({"listeDestinataire": [{"idDestinataire": 25_000_003}]}, ["B"]),
    ({"listeDestinataire": []}, ["C", "B", "A"]),
    ({"rejetTraite": False}, ["C", "B", "A"]),
    ({"rejetTraite": True}, []),
    ({"idFournisseur": 26_000_001}, ["C", "B", "A"]),
]


@pytest.fixture(scope="module")
def three() -> Caller:
    """A on the 9th; B on the 10th, suspended on the 12th; C, a credit note, on the 11th: all at noon."""
    caller = in_process(Settings(start=NOON, clock_runs=False))
    caller.admin("POST", "/lives", {"invoices": [{"number": "*", "life": "waits"}]})
    caller.submit(
        "A",
        references__numeroMarche="M1",
        fournisseur__codeCoordonneesBancairesFournisseur=1441,
        cadreDeFacturation__codeCadreFacturation="A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    )
    caller.pass_days(1)
    totals = {"montantHtTotal": 1000, "montantTVA": 200, "montantTtcTotal": 1200, "montantAPayer": 1200}
    second = caller.submit(
        "B",
        destinataire={"codeDestinataire": REGION},
        references__numeroBonCommande="EJ-1",
        montantTotal=totals,
        dateFacture="2026-10-01",
    )
    caller.pass_days(1)
    caller.submit(
        "C",
        references__typeFacture="AVOIR",
        references__numeroFactureOrigine="A",
        references__modePaiement=...,
    )
    caller.pass_days(1)
    caller.admin(
        "POST", f"/invoices/{second['identifiantFactureCPP']}/status", {"status": "SUSPENDUE", "comment": "RIB"}
    )
    return caller


@pytest.mark.parametrize(("criteria", "numbers"), CRITERIA, ids=[str(criteria) for criteria, _ in CRITERIA])
def test_every_criterion_narrows_the_search(three: Caller, criteria: dict[str, Any], numbers: list[str]) -> None:
    assert [row["numeroFacture"] for row in three.found(**criteria)] == numbers


def test_a_row_has_the_dates_in_the_portals_two_forms_and_the_recipients_comment(three: Caller) -> None:
    [row] = three.found(numeroFacture="B")
    assert (row["dateDepot"], row["dateFacture"]) == ("2026-10-10", "2026-10-01")
    assert row["dateHeureEtatCourant"] == "2026-10-12T12:00:00.000+02:00"
    assert row["commentaireEtatCourant"] == "RIB"
    assert (row["montantHT"], row["montantTTC"]) == (1000, 1200)
    assert row["taille"] is None
    assert three.found(numeroFacture="B", recupererTaille=True)[0]["taille"] > 0


def test_a_structure_of_another_account_cannot_be_searched(three: Caller) -> None:
    assert three.refused(SEARCH, {"idFournisseur": 25_000_001})["codeRetour"] == 20091
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    supplier_id = three.admin("POST", "/suppliers", seed)["idStructureCPP"]
    assert three.refused(SEARCH, {"idFournisseur": supplier_id})["codeRetour"] == 20092


@pytest.mark.parametrize(
    "operation", [SEARCH, "factures/rechercher/atraiter/fournisseur", "transverses/rechercher/destinataire"]
)
def test_an_empty_search_is_a_code_an_empty_list_or_no_list_as_the_settings_say(operation: str) -> None:
    body = {"nomVilleCodePostal": "nowhere"} if "destinataire" in operation else {}
    payloads = [
        in_process(Settings(start=NOON, clock_runs=False, empty_search=way)).call(operation, body).json()
        for way in ("code", "list", "absent")
    ]
    assert (payloads[0]["codeRetour"], payloads[0]["libelle"][:14]) == (20000, "TRA_MSG_00.015")
    assert [value for name, value in payloads[1].items() if name.startswith("liste")] == [[]]
    assert set(payloads[2]) == {"codeRetour", "libelle"}


def test_structures_are_found_by_siret_name_and_place(caller: Caller) -> None:
    def names(**wanted: Any) -> list[str]:
        rows = caller.ok("structures/rechercher", {"structure": wanted, "restreindreStructuresPrivees": False})
        return [row["designationStructure"] for row in rows["listeStructures"]]

    assert names(identifiantStructure=TOWN, typeIdentifiantStructure="SIRET") == ["Commune de Valmorin"]
    assert names(identifiantStructure=TOWN, typeIdentifiantStructure="RIDET") == []
    assert names(identifiantStructure="00000000000000") == []
    assert names(identifiantStructure=caller.supplier.siret) == ["Fournisseur de démonstration"]
    assert names(raisonSocialeStructure="canal") == names(estMOAUniquement=True) == ["Syndicat mixte du Canal Neuf"]
    assert names(adresseCodePostal="35990", libelleStructure="ccas") == ["CCAS de Valmorin"]
    assert names(statutStructure="INACTIVE") == ["Commune déléguée de Bois-Vieux"]


def test_other_suppliers_are_found_only_when_private_structures_are_not_restricted(caller: Caller) -> None:
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    caller.admin("POST", "/suppliers", seed)
    wanted = {"structure": {"identifiantStructure": "90123456700021"}}
    assert caller.ok("structures/rechercher", wanted)["listeStructures"] == []
    assert caller.ok("structures/rechercher", {**wanted, "restreindreStructuresPrivees": False})["listeStructures"]


FLAGS = (
    "codeServiceDoitEtreRenseigne",
    "numeroEJDoitEtreRenseigne",
    "gestionNumeroEJOuCodeService",
    "estMoaUniquement",
    "statutMiseEnPaiementNestPasRemonte",
)


def test_the_directory_holds_every_kind_of_obligation(caller: Caller) -> None:
    seen = set()
    for structure in caller.admin("GET", "/structures")["structures"]:
        flags = caller.ok("structures/consulter", {"idStructureCPP": structure["idStructureCPP"], "codeLangue": "fr"})[
            "parametres"
        ]
        seen.add(tuple(flags[name] for name in FLAGS))
    wanted = [
        (0, 0, 0, 0, 0),
        (1, 0, 0, 0, 0),
        (0, 1, 0, 0, 0),
        (1, 1, 0, 0, 0),
        (0, 0, 1, 0, 0),
        (0, 0, 0, 1, 0),
        (0, 0, 0, 0, 1),
    ]
    assert seen == {tuple(bool(flag) for flag in flags) for flags in wanted}


def test_the_sirets_of_the_directory_pass_luhn(caller: Caller) -> None:
    def luhn(digits: str) -> bool:
        doubled = [int(digit) * (2 if index % 2 else 1) for index, digit in enumerate(reversed(digits))]
        return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0

    listed = caller.admin("GET", "/structures")["structures"]
    sirets = [structure["siret"] for structure in listed if structure["identifier_type"] == "SIRET"]
    assert len(sirets) >= 12
    assert not [siret for siret in [*sirets, caller.supplier.siret] if not (luhn(siret) and luhn(siret[:9]))]


def test_consulter_takes_both_names_of_the_id(caller: Caller) -> None:
    assert caller.ok("structures/consulter", {"idStructureCPP": 25_000_001}) == caller.ok(
        "structures/consulter", {"idStructure": 25_000_001}
    )
    assert caller.refused("structures/consulter", {"idStructureCPP": 1})["codeRetour"] == 20091


def test_services_come_ten_a_page_with_their_dates_to_the_minute(caller: Caller) -> None:
    services = [{"code": f"S{number:02d}"} for number in range(14)]
    [added] = caller.admin("POST", "/structures", {"siret": TOWN, "services": services})["structures"]
    body: dict[str, Any] = {"idStructure": added["idStructureCPP"]}
    first = caller.ok("structures/rechercher/services", body)
    assert (len(first["listeServices"]), first["parametresRetour"]["total"]) == (10, 15)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d", first["listeServices"][0]["dateDbtService"])
    body["parametresRechercherServicesStructure"] = {
        "nbResultatsParPage": 100,
        "triColonne": "CodeService",
        "triSens": "Ascendant",
    }
    codes = [one["codeService"] for one in caller.ok("structures/rechercher/services", body)["listeServices"]]
    assert codes == ["FACTURES_PUBLIQUES", *(f"S{number:02d}" for number in range(14))]
    assert caller.call("structures/rechercher/services", {**body, "parametres": {}}).status_code == 400


def test_a_service_says_whether_it_wants_an_engagement(caller: Caller) -> None:
    hospital = next(one for one in caller.portal.directory.all() if "Aurore" in one.name)
    wants = {
        code: caller.ok("structures/consulter/service", {"idStructure": hospital.id, "idService": service.id})[
            "parametres"
        ]["numeroEngagement"]
        for code, service in hospital.services.items()
    }
    assert wants == {"PHARMACIE": True, "TRAVAUX": False, "FACTURES_PUBLIQUES": False}
    assert (
        caller.refused("structures/consulter/service", {"idStructure": hospital.id, "idService": 1})["codeRetour"]
        == 20101
    )


def test_recipients_are_found_by_the_beginning_of_their_siret_or_by_name_and_place(caller: Caller) -> None:
    def found(**wanted: Any) -> list[str]:
        return [row["siret"] for row in caller.ok("transverses/rechercher/destinataire", wanted)["listeDestinataires"]]

    assert found(identifiant=TOWN) == [TOWN]
    assert found(identifiant="2200") == [DEPARTMENT]
    assert found(nomVilleCodePostal="ambreville") == found(nomVilleCodePostal="49990") == [DEPARTMENT]
    assert (
        caller.refused("transverses/rechercher/destinataire", {"nomVilleCodePostal": "Bois-Vieux"})["codeRetour"]
        == 20000
    )


def test_the_directory_download_is_a_zip_with_every_structure(caller: Caller) -> None:
    packed = base64.b64decode(caller.ok("transverses/telecharger/annuaire/destinataire")["fichierResultat"])
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        text = archive.read(archive.namelist()[0]).decode()
    assert text.count("<structure>") == len(caller.portal.directory.all())
    assert f"<identifiant>{DEPARTMENT}</identifiant>" in text


def test_bank_details_and_structures_are_the_callers_own(caller: Caller) -> None:
    [own] = caller.ok("transverses/recuperer/structures/actives/fournisseur")["listeStructures"]
    assert own["identifiant"] == caller.supplier.siret
    banks = caller.ok("transverses/recuperer/coordbanc/valides", {"idStructure": own["idStructureCPP"]})
    assert banks["listeCoordonneeBancaire"][0] == {
        "idCoordonneeBancaire": 1440,
        "nomCoordonneeBancaire": "Compte principal",
    }
    assert caller.refused("transverses/recuperer/coordbanc/valides", {"idStructure": 25_000_001})["codeRetour"] == 20091
    attached = caller.ok("utilisateurs/monCompte/recuperer/rattachements")["listeStructureRattachement"]
    assert [one["idStructure"] for one in attached] == [own["idStructureCPP"]]


def test_an_inactive_supplier_is_attached_but_not_among_the_active(caller: Caller) -> None:
    seed = {
        "siret": caller.supplier.siret,
        "login": caller.supplier.login,
        "password": caller.supplier.password.get_secret_value(),
        "client_id": caller.supplier.client_id,
        "client_secret": caller.supplier.client_secret.get_secret_value(),
        "active": False,
    }
    caller.admin("POST", "/suppliers", seed)
    assert caller.ok("transverses/recuperer/structures/actives/fournisseur")["listeStructures"] == []
    assert len(caller.ok("utilisateurs/monCompte/recuperer/rattachements")["listeStructureRattachement"]) == 1


def test_added_files_are_listed_to_who_added_them(caller: Caller) -> None:
    caller.add_file("rib.pdf")
    caller.add_file("bon.pdf")
    listed = caller.ok("transverses/rechercher/pj/moncompte", {"pieceJointeDesignation": "RIB"})["listePiecesJointes"]
    assert [one["pieceJointeDesignation"] for one in listed] == ["rib.pdf"]


STATE = "11990002500014"


def test_a_structure_lists_five_thousand_services_page_by_page(caller: Caller) -> None:
    """The default page and cap hide most of them; the same services come each time, some closed."""
    [found] = caller.ok("structures/rechercher", {"structure": {"identifiantStructure": STATE}})["listeStructures"]
    body: dict[str, Any] = {"idStructure": found["idStructureCPP"]}
    first = caller.ok("structures/rechercher/services", body)
    assert (len(first["listeServices"]), first["parametresRetour"]["total"]) == (10, 200)
    paging = {"nbResultatsParPage": 1_000, "nbResultatsMaximum": 999_999}
    rows: list[dict[str, Any]] = []
    for page in range(1, 8):
        block = paging | {"pageResultatDemandee": page}
        rows += caller.ok("structures/rechercher/services", body | {"parametresRechercherServicesStructure": block})[
            "listeServices"
        ]
    assert len({row["idService"] for row in rows}) == len(rows) == 5_001
    assert 400 < sum(not row["estActif"] for row in rows) < 700
    assert len({row["libelleService"] for row in rows}) > 4_900
    assert all(SERVICE_CODE.fullmatch(row["codeService"]) for row in rows)
    ids = {row["codeService"]: row["idService"] for row in rows}
    wants = [
        caller.ok("structures/consulter/service", body | {"idService": ids[code]})["parametres"]["numeroEngagement"]
        for code in ("AGR-ACH00", "AGR-ACH01", "AGR-ACH02")
    ]
    assert wants == [False, False, True]
    described = [each for each in caller.admin("GET", "/structures")["structures"] if each["siret"] == STATE]
    assert (described[0]["services"], described[0]["generated_services"]) == ([], 5_000)
