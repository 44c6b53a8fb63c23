"""deposer/pdf, ajouter/fichier and soumettre: what is accepted, and the one rule each refusal comes from."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.tools.simulator.portal_caller import (
    DEPARTMENT,
    METROPOLIS,
    NOON,
    PDF,
    REGION,
    TOWN,
    Caller,
    b64,
    in_process,
    siret_of,
)
from tools.simulator.files import MAX_FILE
from tools.simulator.refusals import refusal
from tools.simulator.settings import Settings

SUBMIT = "factures/soumettre"


@pytest.fixture
def caller() -> Caller:
    return in_process()


@pytest.mark.row("B03")
def test_a_good_invoice_is_deposited_once_with_everything_it_came_with(caller: Caller) -> None:
    body = caller.invoice("FA-2026/17+a_b")
    answer = caller.ok(SUBMIT, body)
    assert answer["numeroFacture"] == "FA-2026/17+a_b"
    assert answer["statutFacture"] == "DEPOSEE"
    assert answer["dateDepot"] == "2026-10-09"
    assert answer["identifiantStructure"] == caller.supplier.siret
    held = caller.admin("GET", "/invoices")["invoices"]
    assert [one["received"] for one in held] == [body]
    assert held[0]["identifiantFactureCPP"] == answer["identifiantFactureCPP"]
    assert held[0]["file"]["bytes"] == len(PDF)


def test_the_same_number_twice_is_a_refusal_and_one_invoice(caller: Caller) -> None:
    first = caller.submit("FA-1")
    again = caller.refused(SUBMIT, caller.invoice("FA-1"))
    assert "déjà" in again["libelle"]
    assert [row["identifiantFactureCPP"] for row in caller.found(numeroFacture="FA-1")] == [
        first["identifiantFactureCPP"]
    ]


def test_two_suppliers_may_use_the_same_number(caller: Caller) -> None:
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    supplier_id = caller.admin("POST", "/suppliers", seed)["idStructureCPP"]
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    caller.submit("FA-1")
    other.submit("FA-1", fournisseur={"idFournisseur": supplier_id})
    assert len(caller.found()) == len(other.found()) == 1


def test_the_main_file_may_be_an_object_as_in_the_official_description(caller: Caller) -> None:
    one = {"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": caller.deposit_pdf()}
    assert caller.submit("FA-1", pieceJointePrincipale=one)["statutFacture"] == "DEPOSEE"


def test_the_main_file_may_come_from_ajouter_fichier(caller: Caller) -> None:
    one = {"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": caller.add_file("f.pdf")}
    assert caller.submit("FA-1", pieceJointePrincipale=[one])["statutFacture"] == "DEPOSEE"


def test_a_deposited_pdf_serves_one_invoice_only(caller: Caller) -> None:
    one = [{"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": caller.deposit_pdf()}]
    caller.submit("FA-1", pieceJointePrincipale=one)
    assert "GDP_MSG_11.001" in caller.refused(SUBMIT, caller.invoice("FA-2", pieceJointePrincipale=one))["libelle"]


def test_after_a_refusal_the_same_number_and_file_can_be_sent_again(caller: Caller) -> None:
    body = caller.invoice("FA-1", destinataire={"codeDestinataire": DEPARTMENT})
    caller.refused(SUBMIT, body)
    body["destinataire"]["codeServiceExecutant"] = "DGS"
    assert caller.ok(SUBMIT, body)["statutFacture"] == "DEPOSEE"


def piece(file_id: int, **changes: Any) -> dict[str, Any]:
    return {
        "pieceJointeComplementaireDesignation": "RIB",
        "pieceJointeComplementaireType": "RIB",
        "pieceJointeComplementaireId": file_id,
        **changes,
    }


REFUSALS: list[tuple[str, dict[str, Any]]] = [
    ("number_missing", {"numeroFactureSaisi": ...}),
    ("number_missing", {"numeroFactureSaisi": ""}),
    ("number_too_long", {"numeroFactureSaisi": "F" * 21}),
    ("number_characters", {"numeroFactureSaisi": "FA 1"}),
    ("number_characters", {"numeroFactureSaisi": "FA-é"}),
    ("number_characters", {"numeroFactureSaisi": "FA-1\n"}),
    ("date_missing", {"dateFacture": None}),
    ("date_in_future", {"dateFacture": "2026-10-10"}),
    ("unknown_supplier", {"fournisseur__idFournisseur": 1}),
    ("unknown_supplier_service", {"fournisseur__idServiceFournisseur": 9}),
    ("unknown_bank_account", {"fournisseur__codeCoordonneesBancairesFournisseur": 7}),
    ("recipient_malformed", {"destinataire__codeDestinataire": "123"}),
    ("unknown_recipient", {"destinataire__codeDestinataire": "99999999999999"}),
    ("inactive_recipient", {"destinataire__codeDestinataire": "Bois-Vieux"}),
    ("works_owner_only", {"destinataire__codeDestinataire": "Canal Neuf"}),
    ("service_required", {"destinataire__codeDestinataire": DEPARTMENT}),
    ("service_malformed", {"destinataire__codeServiceExecutant": "A.B"}),
    ("service_malformed", {"destinataire__codeServiceExecutant": "A" * 101}),
    ("unknown_service", {"destinataire__codeServiceExecutant": "NOWHERE"}),
    ("inactive_service", {"destinataire": {"codeDestinataire": DEPARTMENT, "codeServiceExecutant": "ARCHIVES"}}),
    ("public_invoices_service", {"destinataire__codeServiceExecutant": "FACTURES_PUBLIQUES"}),
    ("engagement_required", {"destinataire__codeDestinataire": REGION}),
    ("engagement_required", {"destinataire": {"codeDestinataire": METROPOLIS, "codeServiceExecutant": "DSI"}}),
    (
        "service_required",
        {"destinataire__codeDestinataire": METROPOLIS, "references__numeroBonCommande": "EJ-1"},
    ),
    ("service_or_engagement_required", {"destinataire__codeDestinataire": "Trois Vals"}),
    (
        "engagement_required_by_service",
        {"destinataire__codeDestinataire": "Sainte-Aurore", "destinataire__codeServiceExecutant": "PHARMACIE"},
    ),
    (
        "unknown_engagement",
        {
            "destinataire__codeDestinataire": "Affaires simulées",
            "destinataire__codeServiceExecutant": "D990000075",
            "references__numeroBonCommande": "1999999999",
        },
    ),
    ("too_long", {"references__numeroBonCommande": "E" * 51}),
    ("too_long", {"references__numeroMarche": "M" * 51}),
    ("too_long", {"commentaire": "c" * 2001}),
    ("validator_required", {"cadreDeFacturation__codeCadreFacturation": "A9_FACTURE_SOUSTRAITANT"}),
    (
        "unknown_validator",
        {
            "cadreDeFacturation__codeCadreFacturation": "A12_FACTURE_COTRAITANT",
            "cadreDeFacturation__codeStructureValideur": "99999999999999",
        },
    ),
    ("unknown_currency", {"references__deviseFacture": "ZZZ"}),
    ("unknown_exemption", {"references__typeTva": "EXONERATION", "references__motifExonerationTva": "nothing"}),
    ("payment_mode_on_credit_note", {"references__typeFacture": "AVOIR"}),
    ("missing_field", {"references__modePaiement": ...}),
    ("missing_field", {"references__typeFacture": ..., "references__modePaiement": None}),
    (
        "origin_number_too_long",
        {
            "references__typeFacture": "AVOIR",
            "references__modePaiement": None,
            "references__numeroFactureOrigine": "F" * 21,
        },
    ),
    ("totals_disagree", {"montantTotal__montantTVA": 100.03}),
    ("too_many_decimals", {"montantTotal__montantAPayer": 1.1234567}),
    (
        "vat_lines_disagree",
        {
            "ligneTva": [
                {"ligneTvaTauxManuel": 20, "ligneTvaMontantBaseHtParTaux": 500, "ligneTvaMontantTvaParTaux": 100.02}
            ]
        },
    ),
    ("unknown_vat_rate", {"ligneTva": [{"ligneTvaTaux": "TVA99"}]}),
    ("line_rate", {"lignePoste": [{"lignePosteNumero": 1}]}),
    ("lines_required", {"modeDepot": "SAISIE_API"}),
    ("vat_regime_required", {"modeDepot": "SAISIE_API", "references__typeTva": None}),
    ("main_file_required", {"pieceJointePrincipale": None}),
    ("main_file_required", {"pieceJointePrincipale": []}),
    (
        "unknown_attachment",
        {"pieceJointePrincipale": {"pieceJointePrincipaleDesignation": "f", "pieceJointePrincipaleId": 1}},
    ),
    ("unknown_attachment", {"pieceJointeComplementaire": [piece(1)]}),
]


@pytest.mark.parametrize(
    ("name", "changes"), REFUSALS, ids=[f"{index}-{name}" for index, (name, _) in enumerate(REFUSALS)]
)
def test_each_rule_refuses_with_its_own_code_and_nothing_is_kept(
    caller: Caller, name: str, changes: dict[str, Any]
) -> None:
    changes = {
        path: siret_of(caller.portal, value) if path.endswith("codeDestinataire") and not value.isdigit() else value
        for path, value in changes.items()
    }
    payload = caller.refused(SUBMIT, caller.invoice("FA-1", **changes))
    expected = refusal(SUBMIT, name)
    assert payload["codeRetour"] == expected.code
    assert payload["libelle"].startswith(expected.label.split(" - ")[0])
    assert caller.admin("GET", "/invoices")["total"] == 0


ACCEPTED: list[dict[str, Any]] = [
    {"numeroFactureSaisi": "F" * 20},
    {"dateFacture": "2026-10-09T10:00:00"},
    {"dateFacture": "2026-10-09T10:00:00.000+02:00"},
    {"fournisseur__codeCoordonneesBancairesFournisseur": ...},
    {"destinataire__codeServiceExecutant": "MAIRIE"},
    {"destinataire__codeServiceExecutant": ""},
    {"destinataire": {"codeDestinataire": DEPARTMENT, "codeServiceExecutant": "DGS"}},
    {"destinataire__codeDestinataire": REGION, "references__numeroBonCommande": "anything at all"},
    {"references__numeroBonCommande": "E" * 50},
    {"references__typeTva": ...},
    {"references__typeTva": "EXONERATION", "references__motifExonerationTva": "EXO1"},
    {"references__typeFacture": ...},
    {
        "references__typeFacture": "AVOIR",
        "references__modePaiement": ...,
        "references__numeroFactureOrigine": "FA-0",
    },
    {"references__numeroFactureOrigine": "only read on a credit note, so never too long"},
    {"cadreDeFacturation__codeCadreFacturation": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE"},
    {"montantTotal": {"montantHtTotal": 100, "montantTVA": 0, "montantTtcTotal": 100, "montantAPayer": 0}},
    {"montantTotal__montantRemiseGlobaleTTC": 10, "montantTotal__motifRemiseGlobaleTTC": "fidélité"},
    {"montantTotal__montantRemiseGlobaleTTC": 10, "montantTotal__montantTtcTotal": 590.12},
    {"ligneTva": [], "lignePoste": []},
    {
        "ligneTva": [
            {"ligneTvaTaux": "TVA5", "ligneTvaMontantBaseHtParTaux": 500.10, "ligneTvaMontantTvaParTaux": 100.02}
        ]
    },
    {"idUtilisateurCourant": 0},
    {"commentaire": "c" * 2000},
    {"modeDepot": "DEPOT_PDF_SIGNE_API"},
]


@pytest.mark.parametrize("changes", ACCEPTED, ids=[",".join(changes) for changes in ACCEPTED])
def test_what_the_rules_allow_is_accepted(caller: Caller, changes: dict[str, Any]) -> None:
    assert caller.ok(SUBMIT, caller.invoice("FA-1", **changes))["statutFacture"] == "DEPOSEE"


def test_one_of_service_and_engagement_is_enough_where_the_recipient_says_so(caller: Caller) -> None:
    community = siret_of(caller.portal, "Trois Vals")
    caller.submit("FA-1", destinataire={"codeDestinataire": community, "codeServiceExecutant": "EAU"})
    caller.submit("FA-2", destinataire={"codeDestinataire": community}, references__numeroBonCommande="EJ-1")
    assert len(caller.found()) == 2


def test_a_typed_invoice_gets_its_number_from_the_portal_whatever_is_sent(caller: Caller) -> None:
    line = {
        "lignePosteNumero": 1,
        "lignePosteQuantite": 1,
        "lignePosteMontantUnitaireHT": 500.10,
        "lignePosteTauxTvaManuel": 20,
    }
    changes: dict[str, Any] = {
        "modeDepot": "SAISIE_API",
        "lignePoste": [line],
        "pieceJointePrincipale": None,
        "dateFacture": None,
    }
    first = caller.submit("MINE", **changes)
    second = caller.ok(SUBMIT, caller.invoice(None, **changes))
    assert [first["numeroFacture"], second["numeroFacture"]] == ["20260000000000000001", "20260000000000000002"]


def test_another_suppliers_structure_and_files_are_out_of_reach(caller: Caller) -> None:
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    supplier_id = caller.admin("POST", "/suppliers", seed)["idStructureCPP"]
    theirs = caller.refused(SUBMIT, caller.invoice("FA-1", fournisseur={"idFournisseur": supplier_id}))
    assert theirs["codeRetour"] == refusal(SUBMIT, "supplier_not_attached").code
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    file_id = other.add_file()
    body = caller.invoice("FA-1", pieceJointeComplementaire=[piece(file_id)])
    assert caller.refused(SUBMIT, body)["codeRetour"] == refusal(SUBMIT, "unknown_attachment").code


def test_attachments_are_of_a_known_type_and_seen_afterwards(caller: Caller) -> None:
    file_id = caller.add_file("rib.pdf")
    unknown = caller.invoice(
        "FA-1", pieceJointeComplementaire=[piece(file_id, pieceJointeComplementaireType="BON_DE_COMMANDE")]
    )
    assert "BON_DE_COMMANDE" in caller.refused(SUBMIT, unknown)["libelle"]
    invoice_id = caller.submit("FA-1", pieceJointeComplementaire=[piece(file_id)])["identifiantFactureCPP"]
    seen = caller.ok("factures/consulter/fournisseur", {"identifiantFactureCPP": invoice_id})["facture"]
    pieces = seen["listeDesPiecesJointes"]["pieceJointe"]
    assert [(one["pieceJointeId"], one["pieceJointeTypeCode"], one["pieceJointeExtension"]) for one in pieces] == [
        (file_id, "RIB", "PDF")
    ]


WRONG_SHAPES: list[dict[str, Any]] = [
    {"numeroFacture": "FA-1"},
    {"destinataire__siret": TOWN},
    {"references__dateFacture": "2026-10-09"},
    {"montantTotal__montantTTC": 1},
    {"montantTotal__montantTVA": "100.02"},
    {"fournisseur__idFournisseur": "26000001"},
    {"fournisseur__idFournisseur": 26000001.5},
    {"fournisseur__idFournisseur": True},
    {"fournisseur__idFournisseur": 2**63},
    {"dateFacture": "09/10/2026"},
    {"dateFacture": "2026-02-30"},
    {"dateFacture": "2026-W41-5"},
    {"dateFacture": 20261009},
    {"modeDepot": "DEPOT_PDF"},
    {"cadreDeFacturation__codeCadreFacturation": "A1"},
    {"cadreDeFacturation__codeCadreFacturation": "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR"},
    {"references__typeFacture": "380"},
    {"references__modePaiement": "Virement"},
    {"pieceJointePrincipale": "7000001"},
    {"pieceJointeComplementaire": {"pieceJointeComplementaireId": 1}},
    {"lignePoste": {}},
]


@pytest.mark.parametrize("changes", WRONG_SHAPES, ids=[str(changes) for changes in WRONG_SHAPES])
def test_a_wrong_name_or_type_is_a_400_with_a_code(caller: Caller, changes: dict[str, Any]) -> None:
    answer = caller.call(SUBMIT, caller.invoice("FA-1", **changes))
    assert (answer.status_code, answer.json()["codeRetour"]) in [(400, 40002), (400, 40003)]


@pytest.mark.parametrize(
    "path",
    [
        "modeDepot",
        "destinataire",
        "fournisseur__idFournisseur",
        "references__deviseFacture",
        "references__modePaiement",
        "montantTotal__montantAPayer",
    ],
)
def test_a_missing_or_null_required_field_is_named(caller: Caller, path: str) -> None:
    for value in (..., None):
        payload = caller.refused(SUBMIT, caller.invoice("FA-1", **{path: value}))
        assert payload["codeRetour"] == 20090
        assert path.replace("__", ".") in payload["libelle"]


def test_a_refusal_can_come_as_a_400_too() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, refusal_status=400))
    answer = caller.call(SUBMIT, caller.invoice("FA 1"))
    assert (answer.status_code, answer.json()["codeRetour"]) == (400, refusal(SUBMIT, "number_characters").code)


def test_totals_may_be_given_a_tolerance() -> None:
    caller = in_process(replace(Settings(start=NOON, clock_runs=False), totals_tolerance=Decimal("0.01")))
    assert caller.submit("FA-1", montantTotal__montantTVA=100.03)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(ht=st.integers(0, 10**9), tva=st.integers(0, 10**9), gap=st.sampled_from([0, 1, -1]))
def test_totals_are_compared_to_the_cent_however_large(caller: Caller, ht: int, tva: int, gap: int) -> None:
    totals = {
        "montantHtTotal": ht / 100,
        "montantTVA": tva / 100,
        "montantTtcTotal": (ht + tva + gap) / 100,
        "montantAPayer": 0,
    }
    body = caller.invoice(None, montantTotal=totals)
    payload = caller.call(SUBMIT, {**body, "numeroFactureSaisi": f"H{len(caller.portal.invoices.all())}"}).json()
    assert (payload["codeRetour"] == 0) == (gap == 0)


def test_deposer_pdf_answers_thirteen_fields_that_are_nearly_all_null(caller: Caller) -> None:
    body = {"fichierFacture": b64(PDF), "nomFichier": "FA.pdf", "formatDepot": "PDF_NON_SIGNE"}
    answer = caller.ok("factures/deposer/pdf", body)
    read = {name: value for name, value in answer.items() if name not in ("codeRetour", "libelle", "pieceJointeId")}
    assert len(read) == 13
    assert {name: value for name, value in read.items() if value is not None} == {"typeFacture": "FACTURE"}
    assert caller.found() == []


def test_a_draft_shows_only_to_who_asks_for_drafts(caller: Caller) -> None:
    caller.deposit_pdf()
    assert caller.found() == []
    assert [(row["statut"], row["numeroFacture"]) for row in caller.found(statutCourant=["INTERPRETEE_OCR"])] == [
        ("INTERPRETEE_OCR", None)
    ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fichierFacture": b64(b"hello")}, 20101),
        ({"fichierFacture": b64(b"%PDF-1.4 /Encrypt 3 0 R")}, 20102),
        ({"fichierFacture": "%%%"}, 20093),
        ({"fichierFacture": ""}, 20094),
        ({"nomFichier": "a/b.pdf"}, 20103),
        ({"nomFichier": "facture"}, 20103),
        ({"nomFichier": "f" * 200 + ".pdf"}, 20098),
        ({"formatDepot": "PDF"}, 40003),
    ],
)
def test_deposer_pdf_refuses_what_cannot_be_an_invoice(caller: Caller, changes: dict[str, str], code: int) -> None:
    body = {"fichierFacture": b64(PDF), "nomFichier": "FA.pdf", "formatDepot": "PDF_NON_SIGNE", **changes}
    assert caller.refused("factures/deposer/pdf", body)["codeRetour"] == code


def test_more_than_ten_megabytes_is_a_413_for_a_pdf_and_a_20003_for_a_file(caller: Caller) -> None:
    big = b64(PDF + b"x" * MAX_FILE)
    pdf = {"fichierFacture": big, "nomFichier": "FA.pdf", "formatDepot": "PDF_NON_SIGNE"}
    assert caller.call("factures/deposer/pdf", pdf).status_code == 413
    file = {
        "pieceJointeFichier": big,
        "pieceJointeNom": "a.pdf",
        "pieceJointeTypeMime": "application/pdf",
        "pieceJointeExtension": "PDF",
    }
    assert caller.refused("transverses/ajouter/fichier", file)["codeRetour"] == 20003


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"pieceJointeNom": "n" * 47 + ".pdf"}, 400, 20098),
        ({"pieceJointeExtension": "EXE"}, 200, 20101),
        ({"pieceJointeFichier": ""}, 200, 20094),
        ({"pieceJointeTypeMime": "m" * 256}, 400, 40003),
    ],
)
def test_ajouter_fichier_checks_name_extension_and_content(
    caller: Caller, changes: dict[str, str], status: int, code: int
) -> None:
    body = {
        "pieceJointeFichier": b64(b"x"),
        "pieceJointeNom": "a.pdf",
        "pieceJointeTypeMime": "application/pdf",
        "pieceJointeExtension": "pdf",
    }
    assert caller.ok("transverses/ajouter/fichier", body)["pieceJointeId"] > 0
    answer = caller.call("transverses/ajouter/fichier", {**body, **changes})
    assert (answer.status_code, answer.json()["codeRetour"]) == (status, code)


def test_an_open_directory_takes_any_fourteen_digits_and_any_well_formed_service() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, open_directory=True))
    unknown = {"codeDestinataire": "19672337516762", "codeServiceExecutant": "STECH É_1"}
    assert caller.submit("FA-1", destinataire=unknown)["statutFacture"] == "DEPOSEE"
    for bad in ({**unknown, "codeDestinataire": "1967233751676"}, {**unknown, "codeServiceExecutant": "A;B"}):
        caller.refused(SUBMIT, caller.invoice("FA-2", destinataire=bad))
    assert caller.refused(SUBMIT, caller.invoice("FA-3", destinataire={"codeDestinataire": DEPARTMENT}))


def test_an_open_directory_answers_the_three_requests_before_a_submission() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, open_directory=True))
    wanted = {"structure": {"identifiantStructure": "19672337516762", "typeIdentifiantStructure": "SIRET"}}
    [found] = caller.ok("structures/rechercher", wanted)["listeStructures"]
    flags = caller.ok("structures/consulter", {"idStructureCPP": found["idStructureCPP"]})["parametres"]
    assert not any(flags.values())
    asked = {"idStructure": found["idStructureCPP"]}
    services = caller.ok("structures/rechercher/services", asked)["listeServices"]
    assert [one["codeService"] for one in services] == ["FACTURES_PUBLIQUES"]
    one = caller.ok(
        "transverses/rechercher/serviceexecutant",
        {"idStructureCPP": found["idStructureCPP"], "codeServiceExecutant": "W9"},
    )
    assert [row["codeServiceExecutant"] for row in one["listeServicesExecutants"]] == ["W9"]
    again = caller.ok("structures/rechercher/services", asked)["listeServices"]
    assert [one["codeService"] for one in again] == ["FACTURES_PUBLIQUES"]
