"""The life of an invoice: scripted recipients, the clock, the history, and what a supplier does about a send-back."""

from __future__ import annotations

import base64
import io
import zipfile
from datetime import datetime
from typing import Any

import pytest

from tests.tools.simulator.portal_caller import DEPARTMENT, NOON, PDF, TOWN, Caller, in_process, siret_of
from tools.simulator.clock import PARIS, Clock
from tools.simulator.settings import Settings


@pytest.fixture
def caller() -> Caller:
    return in_process()


def submitted(caller: Caller, name: str = "Valmorin", number: str = "FA-1", **changes: Any) -> int:
    recipient = {"codeDestinataire": siret_of(caller.portal, name)}
    invoice_id: int = caller.submit(number, destinataire=recipient, **changes)["identifiantFactureCPP"]
    return invoice_id


def status(caller: Caller, invoice_id: int) -> str:
    seen: str = caller.ok("factures/consulter/fournisseur", {"identifiantFactureCPP": invoice_id})["facture"][
        "statutFacture"
    ]
    return seen


def history(caller: Caller, invoice_id: int) -> list[str]:
    rows = caller.ok("factures/consulter/historique", {"idFacture": invoice_id})["historiquesDesStatuts"]["histoStatut"]
    return [row["histoStatutCode"] for row in rows]


@pytest.mark.row("B03")
def test_a_recipient_that_pays_goes_the_whole_way_as_days_pass(caller: Caller) -> None:
    invoice_id = submitted(caller)
    seen = [status(caller, invoice_id)]
    for _ in range(26):
        caller.pass_days(1)
        if status(caller, invoice_id) != seen[-1]:
            seen.append(status(caller, invoice_id))
    assert seen[0] == "DEPOSEE"
    assert seen[-3:] == ["MISE_A_DISPOSITION_COMPTABLE", "COMPTABILISEE", "MISE_EN_PAIEMENT"]


def test_one_jump_of_the_clock_plays_the_same_history_in_order_with_its_own_dates(caller: Caller) -> None:
    invoice_id = submitted(caller)
    caller.pass_days(40)
    answer = caller.ok("factures/consulter/historique", {"idFacture": invoice_id})
    rows = answer["historiquesDesStatuts"]["histoStatut"]
    assert rows[0]["histoStatutCode"] == answer["statutCourantCode"] == "MISE_EN_PAIEMENT"
    dates = [row["histoStatutDatePassage"] for row in rows]
    assert dates == sorted(dates, reverse=True)
    assert dates[-1] == "2026-10-09 12:00"
    # 25 days later the clocks have changed: still 25 times 24 hours.
    assert dates[0] == "2026-11-03 11:00"


def test_the_history_can_be_cut_short(caller: Caller) -> None:
    invoice_id = submitted(caller)
    caller.pass_days(40)
    answer = caller.ok("factures/consulter/historique", {"idFacture": invoice_id, "nbResultatsMaximum": 2})
    assert len(answer["historiquesDesStatuts"]["histoStatut"]) == 2


def test_a_recipient_that_never_reports_payment_stops_before_it(caller: Caller) -> None:
    invoice_id = submitted(caller, "Lycée")
    caller.pass_days(400)
    caller.admin("POST", "/passwords", {"login": caller.supplier.login})
    assert status(caller, invoice_id) == "MISE_A_DISPOSITION_COMPTABLE"


def test_a_suspended_invoice_is_completed_and_then_paid(caller: Caller) -> None:
    invoice_id = submitted(caller, "Hautecombe", destinataire__codeServiceExecutant="LETTRES")
    caller.pass_days(2)
    [row] = caller.found(numeroFacture="FA-1")
    assert (row["statut"], "livraison" in row["commentaireEtatCourant"]) == ("SUSPENDUE", True)
    file_id = caller.add_file("bl.pdf")
    piece = {
        "pieceJointeComplementaireDesignation": "BL",
        "pieceJointeComplementaireType": "BON_LIVRAISON",
        "pieceJointeComplementaireId": file_id,
    }
    answer = caller.ok(
        "factures/completer",
        {"identifiantFactureCPP": invoice_id, "commentaire": "voici", "pieceJointeComplementaire": [piece]},
    )
    assert answer["dateTraitement"] == "2026-10-11"
    assert status(caller, invoice_id) == "COMPLETEE"
    caller.pass_days(26)
    assert status(caller, invoice_id) == "MISE_EN_PAIEMENT"
    assert caller.admin("GET", f"/invoices/{invoice_id}")["attachments"][0]["name"] == "bl.pdf"


def test_only_a_suspended_invoice_can_be_completed(caller: Caller) -> None:
    invoice_id = submitted(caller)
    payload = caller.refused("factures/completer", {"identifiantFactureCPP": invoice_id, "commentaire": "x"})
    assert (payload["codeRetour"], payload["libelle"][:14]) == (20002, "GDP_MSG_11.033")
    assert caller.refused("factures/completer", {"identifiantFactureCPP": 1, "commentaire": "x"})["codeRetour"] == 20000


def test_completing_with_nothing_is_refused(caller: Caller) -> None:
    invoice_id = submitted(caller)
    caller.admin("POST", f"/invoices/{invoice_id}/status", {"status": "SUSPENDUE", "comment": "RIB"})
    assert caller.refused("factures/completer", {"identifiantFactureCPP": invoice_id})["codeRetour"] == 20101


def test_a_recycled_invoice_keeps_number_and_amounts_and_goes_elsewhere(caller: Caller) -> None:
    invoice_id = submitted(caller, "CCAS")
    caller.pass_days(1)
    assert status(caller, invoice_id) == "A_RECYCLER"
    elsewhere = {"codeDestinataire": DEPARTMENT, "codeServiceExecutant": "VOIRIE"}
    answer = caller.ok(
        "factures/recycler",
        {
            "identifiantFactureCPP": invoice_id,
            "destinataire": elsewhere,
            "reference": {"numeroBonCommande": "EJ-43"},
            "commentaire": "corrigé",
        },
    )
    assert (answer["numeroFacture"], answer["statutFacture"], answer["dateDepot"]) == ("FA-1", "DEPOSEE", "2026-10-09")
    [row] = caller.found(numeroFacture="FA-1")
    assert (row["codeDestinataire"], row["codeServiceExecutant"], row["numeroBonCommande"]) == (
        DEPARTMENT,
        "VOIRIE",
        "EJ-43",
    )
    assert row["montantTTC"] == 600.12
    assert caller.admin("GET", f"/invoices/{invoice_id}")["received"]["destinataire"]["codeDestinataire"] != DEPARTMENT
    caller.pass_days(26)
    assert status(caller, invoice_id) == "MISE_EN_PAIEMENT"


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"destinataire": {"codeDestinataire": DEPARTMENT}}, "code service est obligatoire"),
        ({"destinataire": {"codeDestinataire": "99999999999999"}}, "n'existe pas dans l'annuaire"),
        ({"reference": {"deviseFacture": "USD"}}, "deviseFacture"),
        ({"reference": {"typeFacture": "AVOIR"}}, "typeFacture"),
    ],
)
def test_recycling_obeys_the_new_recipient_and_changes_routing_only(
    caller: Caller, change: dict[str, Any], text: str
) -> None:
    invoice_id = submitted(caller, "CCAS")
    caller.pass_days(1)
    assert text in caller.refused("factures/recycler", {"identifiantFactureCPP": invoice_id, **change})["libelle"]
    assert status(caller, invoice_id) == "A_RECYCLER"


def test_only_an_invoice_sent_back_for_it_can_be_recycled(caller: Caller) -> None:
    invoice_id = submitted(caller)
    body = {"identifiantFactureCPP": invoice_id, "destinataire": {"codeDestinataire": TOWN}}
    assert caller.refused("factures/recycler", body)["codeRetour"] == 20101


def test_a_rejection_is_final_until_it_is_dealt_with_and_its_number_stays_taken(caller: Caller) -> None:
    invoice_id = submitted(caller, "habitat")
    caller.pass_days(3)
    todo = caller.ok("factures/rechercher/atraiter/fournisseur")["listeFactures"]
    assert [(row["identifiantFactureCPP"], row["statut"]) for row in todo] == [(invoice_id, "REJETEE")]
    assert caller.refused("factures/rechercher/atraiter/fournisseur", {"masquerRejetee": True})["codeRetour"] == 20000
    caller.ok("factures/traiterRejet", {"listeDemandePaiement": [{"idDemandePaiement": invoice_id}]})
    assert caller.refused("factures/rechercher/atraiter/fournisseur")["codeRetour"] == 20000
    assert caller.found(numeroFacture="FA-1")[0]["rejetTraite"] is True
    answer = caller.ok("factures/consulter/historique", {"idFacture": invoice_id})
    assert answer["derniereAction"]["derniereActionCode"] == "TRAITEMENT_REJET"
    assert "déjà" in caller.refused("factures/soumettre", caller.invoice("FA-1"))["libelle"]


def test_dealing_with_rejections_is_all_or_nothing(caller: Caller) -> None:
    rejected, fine = submitted(caller, "habitat"), submitted(caller, number="FA-2")
    caller.pass_days(3)
    ids = [{"idDemandePaiement": rejected}, {"idDemandePaiement": fine}]
    assert caller.refused("factures/traiterRejet", {"listeDemandePaiement": ids})["codeRetour"] == 20101
    assert caller.found(numeroFacture="FA-1")[0]["rejetTraite"] is False


A9 = {
    "cadreDeFacturation": {"codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT", "codeStructureValideur": "90123456700013"}
}


def test_a_subcontractors_invoice_waits_for_its_validator_first(caller: Caller) -> None:
    answer = caller.submit("FA-1", **A9)
    assert answer["statutFacture"] == "A_VALIDER_1"
    caller.pass_days(1.5)
    [row] = caller.found(numeroFacture="FA-1")
    assert (row["statut"], row["codeValideur1"]) == ("MISE_A_DISPOSITION", "90123456700013")
    assert history(caller, answer["identifiantFactureCPP"])[::-1][1:4] == ["DEPOSEE", "A_VALIDER_1", "VALIDEE_1"]


def test_a_wrong_validator_is_corrected_and_the_invoice_continues(caller: Caller) -> None:
    caller.admin("POST", "/lives", {"invoices": [{"number": "FA-*", "validator": "wrong_validator"}]})
    invoice_id = caller.submit("FA-1", **A9)["identifiantFactureCPP"]
    caller.pass_days(1)
    assert status(caller, invoice_id) == "ERREUR_FOURNISSEUR_SUR_VALIDEUR"
    unknown = {"idFacture": invoice_id, "identifiantStructure": "99999999999999"}
    assert caller.refused("factures/corriger/valideur/facture", unknown)["codeRetour"] == 20102
    assert (
        caller.ok("factures/corriger/valideur/facture", {"idFacture": invoice_id, "idStructure": 26_000_001})[
            "idFacture"
        ]
        == invoice_id
    )
    assert status(caller, invoice_id) == "A_VALIDER_1"
    caller.pass_days(30)
    assert status(caller, invoice_id) == "MISE_EN_PAIEMENT"


def test_a_refused_validation_ends_there(caller: Caller) -> None:
    caller.admin("POST", "/lives", {"invoices": [{"validator": "validator_refuses"}]})
    invoice_id = caller.submit("FA-1", **A9)["identifiantFactureCPP"]
    caller.pass_days(50)
    assert status(caller, invoice_id) == "REFUSEE_1"


def test_a_life_can_be_given_by_number_and_stretched_to_a_payment_delay(caller: Caller) -> None:
    rules = [{"number": "SLOW-*", "pay_after_days": 60}, {"number": "BAD-*", "life": "rejects"}]
    caller.admin("POST", "/lives", {"invoices": rules})
    slow, bad, usual = (submitted(caller, number=number) for number in ("SLOW-1", "BAD-1", "FA-1"))
    caller.pass_days(59)
    assert [status(caller, one) for one in (slow, bad, usual)] == ["COMPTABILISEE", "REJETEE", "MISE_EN_PAIEMENT"]
    caller.pass_days(1.1)
    assert status(caller, slow) == "MISE_EN_PAIEMENT"


def test_own_lives_can_be_written(caller: Caller) -> None:
    steps = [{"after_minutes": 1, "status": "NEW_CODE_OF_TOMORROW", "comment": "?"}]
    caller.admin("POST", "/lives", {"lives": {"odd": {"steps": steps}}, "invoices": [{"life": "odd"}]})
    invoice_id = submitted(caller)
    caller.admin("POST", "/clock", {"advance_seconds": 60})
    assert status(caller, invoice_id) == "NEW_CODE_OF_TOMORROW"


def test_a_status_set_by_hand_stops_the_script(caller: Caller) -> None:
    invoice_id = submitted(caller)
    caller.admin("POST", f"/invoices/{invoice_id}/status", {"status": "SUSPENDUE", "comment": "RIB manquant"})
    caller.pass_days(60)
    assert history(caller, invoice_id)[0] == "SUSPENDUE"


def test_statuses_may_come_out_of_order(caller: Caller) -> None:
    invoice_id = submitted(caller)
    for one in ("MISE_EN_PAIEMENT", "MANDATEE"):
        caller.admin("POST", f"/invoices/{invoice_id}/status", {"status": one})
    assert history(caller, invoice_id)[:2] == ["MANDATEE", "MISE_EN_PAIEMENT"]


def test_a_change_of_status_moves_the_invoice_into_the_period_of_that_change(caller: Caller) -> None:
    invoice_id = submitted(caller, "Mornevent", references__numeroBonCommande="EJ")
    caller.pass_days(5)
    since = {"periodeDateHeureEtatCourantDu": "2026-10-14"}
    assert caller.found(**since) == []
    caller.admin("POST", f"/invoices/{invoice_id}/status", {"status": "MANDATEE"})
    assert [row["identifiantFactureCPP"] for row in caller.found(**since)] == [invoice_id]


def test_an_invoice_of_another_supplier_is_out_of_reach(caller: Caller) -> None:
    invoice_id = submitted(caller)
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    caller.admin("POST", "/suppliers", seed)
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    assert other.refused("factures/consulter/fournisseur", {"identifiantFactureCPP": invoice_id})["codeRetour"] == 20092
    payload = other.refused("factures/completer", {"identifiantFactureCPP": invoice_id, "commentaire": "x"})
    assert (payload["codeRetour"], payload["libelle"][:14]) == (20001, "GDP_MSG_11.005")
    assert other.found() == []


def test_what_was_sent_is_what_consultation_shows(caller: Caller) -> None:
    invoice_id = submitted(
        caller,
        commentaire="Bonjour",
        references__numeroMarche="M1",
        ligneTva=[
            {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 500.10, "ligneTvaMontantTvaParTaux": 100.02}
        ],
        lignePoste=[
            {
                "lignePosteNumero": 1,
                "lignePosteQuantite": 2,
                "lignePosteMontantUnitaireHT": 250.05,
                "lignePosteTauxTva": "TVA5",
            }
        ],
    )
    seen = caller.ok("factures/consulter/fournisseur", {"identifiantFactureCPP": invoice_id, "codeLangue": "fr"})[
        "facture"
    ]
    assert seen["commentaire"] == "Bonjour"
    assert seen["references"]["numeroMarche"] == "M1"
    assert seen["references"]["dateFacture"] == "2026-10-09"
    assert seen["montantTotal"]["montantTtcTotal"] == 600.12
    assert seen["recapitulatifDeTva"]["ligneTva"][0]["ligneTvaTauxRefValeur"] == 20
    assert seen["lignesDePoste"]["lignePoste"][0]["lignePosteMontantTtcApresRemise"] == 600.12
    assert seen["lignesDePoste"]["totalLignesPoste"] == 1
    assert seen["fournisseur"]["coordBancairesFournisseurLibelle"] == "Compte principal"


def test_the_paging_blocks_of_consultation_have_two_names(caller: Caller) -> None:
    invoice_id = submitted(caller)
    for block in ("getpLignesPoste", "pLignesPoste"):
        body = {"identifiantFactureCPP": invoice_id, block: {"nbResultatsParPageLignesPoste": 10}}
        assert caller.ok("factures/consulter/fournisseur", body)


def downloaded(caller: Caller, **body: Any) -> bytes:
    return base64.b64decode(caller.ok("factures/telecharger/groupe", body)["fichierResultat"])


def test_a_download_is_a_pdf_a_zip_or_a_pivot(caller: Caller) -> None:
    file_id = caller.add_file("rib.pdf")
    piece = {
        "pieceJointeComplementaireDesignation": "RIB",
        "pieceJointeComplementaireType": "RIB",
        "pieceJointeComplementaireId": file_id,
    }
    first, second = submitted(caller, pieceJointeComplementaire=[piece]), submitted(caller, number="FA-2")
    one = [{"idFacture": first}]
    assert downloaded(caller, format="PDF", listeFacture=one) == PDF
    assert downloaded(caller, format="PDF", avecPiecesJointesComplementaires="Non", listeFacture=one) == PDF
    with zipfile.ZipFile(
        io.BytesIO(downloaded(caller, format="PDF", avecPiecesJointesComplementaires="OUI", listeFacture=one))
    ) as archive:
        assert sorted(archive.namelist()) == ["facture.pdf", "rib.pdf"]
    with zipfile.ZipFile(
        io.BytesIO(downloaded(caller, format="PDF", listeFacture=[*one, {"idFacture": second}]))
    ) as archive:
        assert sorted(archive.namelist()) == [f"{first}/facture.pdf", f"{second}/facture.pdf"]
    assert b"<numeroFacture>FA-1</numeroFacture>" in downloaded(caller, format="PIVOT", listeFacture=one, idEspace=8)
    actions = caller.admin("GET", f"/invoices/{first}")["actions"]
    assert {action["code"] for action in actions} == {"TELECHARGEMENT_FACTURE"}


def test_a_file_can_also_be_had_through_transverses(caller: Caller) -> None:
    wanted = {"format": "PDF", "listeFacture": [{"idFacture": submitted(caller)}]}
    body = {"objetPieceJointe": "DEMANDE_PAIEMENT", "demandePaiement": wanted}
    assert base64.b64decode(caller.ok("transverses/telecharger/pieceJointe", body)["pieceJointe"]) == PDF
    assert (
        caller.refused("transverses/telecharger/pieceJointe", {"objetPieceJointe": "UTILISATEUR"})["codeRetour"]
        == 20101
    )


def test_a_typed_invoice_has_a_pdf_drawn_by_the_portal(caller: Caller) -> None:
    line = {"lignePosteNumero": 1, "lignePosteTauxTvaManuel": 20}
    invoice_id = submitted(caller, modeDepot="SAISIE_API", lignePoste=[line], pieceJointePrincipale=None)
    assert downloaded(caller, format="PDF", listeFacture=[{"idFacture": invoice_id}]).startswith(b"%PDF-")


def test_the_clock_never_goes_back(caller: Caller) -> None:
    for move in ({"advance_days": -1}, {"now": "2026-10-09T11:59:59"}):
        assert caller.http.post("/_admin/clock", json=move).status_code == 422
    assert caller.admin("POST", "/clock", {"now": "2026-12-24T08:00:00"}) == {"now": "2026-12-24T08:00:00.000+01:00"}


def test_a_running_clock_runs_from_where_it_was_put() -> None:
    clock = Clock(NOON)
    clock.move_to(datetime(2027, 1, 1, tzinfo=PARIS))
    assert datetime(2027, 1, 1, tzinfo=PARIS) <= clock.now() < datetime(2027, 1, 2, tzinfo=PARIS)


def test_by_default_time_is_the_real_one() -> None:
    before = datetime.now(PARIS)
    assert before <= in_process(Settings()).portal.clock.now() <= datetime.now(PARIS)
