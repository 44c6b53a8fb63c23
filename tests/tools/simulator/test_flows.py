"""Structured deposits: received at once, « introuvable » for a moment, then integrated, in part, or rejected."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tools.simulator.portal_caller import DEPARTMENT, NOON, PDF, TOWN, Caller, b64, in_process
from tests.tools.simulator.structured_files import SUPPLIER, archive, cii, facturx, ubl
from tools.simulator.files import MAX_FILE
from tools.simulator.settings import Settings

FACTURX = "IN_DP_E2_CII_FACTURX"


@pytest.fixture
def caller() -> Caller:
    return in_process()


def deposit(caller: Caller, content: bytes, syntax: str = FACTURX, name: str = "FX-1.pdf") -> str:
    body = {"fichierFlux": b64(content), "nomFichier": name, "syntaxeFlux": syntax, "avecSignature": False}
    answer = caller.ok("factures/deposer/flux", body)
    assert (answer["dateDepot"], answer["syntaxeFlux"]) == ("2026-10-09", syntax)
    number: str = answer["numeroFluxDepot"]
    return number


def wait(caller: Caller, seconds: float = 6) -> None:
    caller.admin("POST", "/clock", {"advance_seconds": seconds})


def report(caller: Caller, number: str) -> dict[str, Any]:
    return caller.ok("transverses/consulterCRDetaille", {"numeroFluxDepot": number})


def reasons(caller: Caller, content: bytes, syntax: str = FACTURX) -> tuple[str, str]:
    """The state a deposit ends in, and every text of its report."""
    number = deposit(caller, content, syntax)
    wait(caller)
    found = report(caller, number)
    texts = [error["libelleErreur"] for error in found["listeErreurTechnique"]]
    texts += [error["libelleErreurDP"] for error in found["listeErreurDP"]]
    return found["etatCourantDepotFlux"], " / ".join(texts)


def test_a_new_flow_cannot_be_found_then_is_on_its_way_then_integrated(caller: Caller) -> None:
    number = deposit(caller, facturx())
    payload = caller.refused("transverses/consulterCRDetaille", {"numeroFluxDepot": number})
    assert (payload["codeRetour"], payload["libelle"]) == (20001, "POQ_MSG_01.003 - Flux introuvable.")
    states = []
    for _ in range(3):
        wait(caller, 2)
        states.append(report(caller, number)["etatCourantDepotFlux"])
    assert states == ["IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP", "IN_EN_COURS_TRAITEMENT_CPP", "IN_INTEGRE"]


def test_an_integrated_flow_has_made_an_invoice_found_by_flow_and_number(caller: Caller) -> None:
    number = deposit(caller, facturx(service="CANTINE", engagement="EJ-7"))
    assert caller.found(numeroFluxDepot=number) == []
    wait(caller)
    [row] = caller.found(numeroFluxDepot=number)
    assert row == caller.found(numeroFacture="FX-1")[0]
    expected = {
        "modeDepot": "UPLOAD_API",
        "statut": "DEPOSEE",
        "codeServiceExecutant": "CANTINE",
        "numeroBonCommande": "EJ-7",
    }
    assert {name: row[name] for name in expected} == expected
    assert (row["montantHT"], row["montantTTC"], row["dateFacture"]) == (100, 120, "2026-10-09")
    assert row["codeFournisseur"] == SUPPLIER


def test_the_report_has_dates_with_an_offset_and_empty_lists(caller: Caller) -> None:
    number = deposit(caller, facturx())
    wait(caller)
    found = report(caller, number)
    assert (found["dateDepotFlux"], found["nomFichier"]) == ("2026-10-09T12:00:00.000+02:00", "FX-1.pdf")
    assert found["dateHeureEtatCourantFlux"] == "2026-10-09T12:00:06.000+02:00"
    assert found["listeErreurTechnique"] == found["listeErreurDP"] == []
    assert found["codeInterfaceDepotFlux"].startswith("FSO")


def test_the_other_report_is_a_pdf(caller: Caller) -> None:
    number = deposit(caller, facturx())
    wait(caller)
    answer = caller.ok(
        "transverses/consulterCR", {"numeroFluxDepot": number, "dateDepot": "2026-10-09", "syntaxeFlux": FACTURX}
    )
    assert (answer["etatCourantFlux"], answer["fichierCR"][:4]) == ("IN_INTEGRE", "JVBE")


def test_a_flow_is_its_accounts_own(caller: Caller) -> None:
    number = deposit(caller, facturx())
    wait(caller)
    seed = {"siret": "90123456700021", "login": "T2", "password": "p", "client_id": "a2", "client_secret": "s"}
    caller.admin("POST", "/suppliers", seed)
    other = Caller(caller.http, caller.portal, supplier=type(caller.supplier).model_validate(seed))
    assert other.refused("transverses/consulterCRDetaille", {"numeroFluxDepot": number})["codeRetour"] == 20001


def test_plain_cii_and_ubl_come_in_too(caller: Caller) -> None:
    assert reasons(caller, cii(), "IN_DP_E1_CII_16B") == ("IN_INTEGRE", "")
    assert reasons(caller, ubl(number="UBL-1"), "IN_DP_E1_UBL_INVOICE") == ("IN_INTEGRE", "")
    assert [row["numeroFacture"] for row in caller.found()] == ["UBL-1", "FX-1"]


def test_the_siret_may_be_the_global_id_beside_a_siren(caller: Caller) -> None:
    xml = cii(recipient=TOWN[:9]).replace(
        b"<ram:BuyerTradeParty>",
        b'<ram:BuyerTradeParty><ram:GlobalID schemeID="0009">' + TOWN.encode() + b"</ram:GlobalID>",
    )
    assert reasons(caller, facturx(xml=xml)) == ("IN_INTEGRE", "")


def test_a_credit_note_is_one(caller: Caller) -> None:
    reasons(caller, facturx(type_code="381", means=""))
    assert [row["typeFacture"] for row in caller.found()] == ["AVOIR"]


@pytest.mark.row("B03")
@pytest.mark.parametrize("code", [f"{family}{digit}" for family in "BSM" for digit in (1, 2, 4, 6, 8)])
def test_a_code_of_the_reform_in_bt_23_rejects_the_flow(caller: Caller, code: str) -> None:
    state, text = reasons(caller, facturx(framework=code))
    assert state == "IN_REJETE"
    assert "BusinessProcessSpecifiedDocumentContextParameter.ID" in text
    assert "A1 à A25" in text


@pytest.mark.row("B03")
@pytest.mark.parametrize("type_code", ["381", "261", "396"])
def test_a_credit_note_with_payment_means_is_rejected_in_a_flow(caller: Caller, type_code: str) -> None:
    state, text = reasons(caller, facturx(type_code=type_code))
    assert state == "IN_REJETE"
    assert "SpecifiedTradeSettlementPaymentMeans.TypeCode.value n'est pas autorisé pour un avoir" in text


def test_a_fault_of_the_payment_means_has_one_text(caller: Caller) -> None:
    for content in (facturx(means=""), facturx(type_code="381")):
        assert "|" not in reasons(caller, content)[1]


def test_a_credit_notes_payment_means_can_be_accepted(caller: Caller) -> None:
    caller.admin("POST", "/dialect", {"credit_note_payment_mode": "accepted"})
    assert reasons(caller, facturx(type_code="381"))[0] == "IN_INTEGRE"


CTC_FR = "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr"
_PRICE = "<ram:GrossPriceProductTradePrice><ram:ChargeAmount>9</ram:ChargeAmount>{}</ram:GrossPriceProductTradePrice>"
_DISCOUNT = "<ram:AppliedTradeAllowanceCharge>{}</ram:AppliedTradeAllowanceCharge>"
_AMOUNT = "<ram:ActualAmount>1</ram:ActualAmount>"
_REFERENCE = (
    "<ram:AdditionalReferencedDocument><ram:IssuerAssignedID>A</ram:IssuerAssignedID>{}"
    "</ram:AdditionalReferencedDocument>"
)
_FILE = "<ram:AttachmentBinaryObject>AA==</ram:AttachmentBinaryObject>"


@pytest.mark.row("B03")
@pytest.mark.parametrize(
    ("element", "text"),
    [
        (_PRICE.format(""), "AppliedTradeAllowanceCharge.ActualAmount.value) est obligatoire"),
        (_PRICE.format(_DISCOUNT.format("")), "AppliedTradeAllowanceCharge.ActualAmount.value) est obligatoire"),
        (_PRICE.format(_DISCOUNT.format(_AMOUNT)), ""),
        (_REFERENCE.format(""), "AttachmentBinaryObject"),
        (_REFERENCE.format(_FILE), ""),
    ],
)
def test_an_element_without_the_one_it_needs_rejects_the_flow(caller: Caller, element: str, text: str) -> None:
    xml = cii().replace(
        b"</ram:ApplicableHeaderTradeAgreement>", element.encode() + b"</ram:ApplicableHeaderTradeAgreement>"
    )
    state, texts = reasons(caller, facturx(xml=xml))
    assert (state, text in texts) == ("IN_REJETE" if text else "IN_INTEGRE", True)


@pytest.mark.parametrize(("profile", "state"), [("refused", "IN_REJETE"), ("accepted", "IN_INTEGRE")])
def test_the_french_extension_is_no_facturx_unless_the_dialect_says_so(
    caller: Caller, profile: str, state: str
) -> None:
    caller.admin("POST", "/dialect", {"ctc_fr_profile": profile})
    context = b"<rsm:ExchangedDocumentContext>"
    parameter = "ram:GuidelineSpecifiedDocumentContextParameter"
    guideline = f"<{parameter}><ram:ID>{CTC_FR}</ram:ID></{parameter}>"
    xml = cii().replace(context, context + guideline.encode())
    assert reasons(caller, facturx(xml=xml))[0] == state
    assert reasons(caller, xml.replace(b"FX-1", b"FX-2"), "IN_DP_E1_CII_16B")[0] == "IN_INTEGRE"


def test_a_routing_code_of_fourteen_digits_is_not_a_siret(caller: Caller) -> None:
    party = b"<ram:BuyerTradeParty>"
    xml = cii(recipient=TOWN[:9]).replace(
        party, party + b'<ram:GlobalID schemeID="0224">' + TOWN.encode() + b"</ram:GlobalID>"
    )
    state, text = reasons(caller, facturx(xml=xml))
    assert (state, "n'est pas un SIRET de 14 chiffres" in text) == ("IN_REJETE", True)


@pytest.mark.parametrize("state", ["IN_A_RELANCER", "IN_ERREUR_INTERNE", "IN_QUELQUE_CHOSE_DE_NEUF"])
def test_flows_can_stop_in_any_state_without_an_invoice(caller: Caller, state: str) -> None:
    caller.admin("POST", "/dialect", {"flow_end_state": state})
    assert reasons(caller, facturx()) == (state, "")
    assert caller.found() == []


def test_a_flow_can_be_reported_as_integrated_and_make_no_invoice(caller: Caller) -> None:
    caller.admin("POST", "/dialect", {"flow_loses_invoices": True})
    assert reasons(caller, facturx()) == ("IN_INTEGRE", "")
    assert caller.found() == []


def test_the_state_of_one_flow_can_be_set_by_hand(caller: Caller) -> None:
    number = deposit(caller, facturx())
    wait(caller)
    caller.admin("POST", f"/flows/{number}/state", {"state": "IN_EN_ATTENTE_RETRAITEMENT_CPP"})
    assert report(caller, number)["etatCourantDepotFlux"] == "IN_EN_ATTENTE_RETRAITEMENT_CPP"
    assert caller.http.post("/_admin/flows/CPP0/state", json={"state": "X"}).status_code == 404


WRONG: list[tuple[dict[str, str], str]] = [
    ({"number": "F" * 21}, "dépasse 20 caractères"),
    ({"number": "FX 1"}, "que les lettres"),
    ({"date": "20261010"}, "postérieure"),
    ({"recipient": "99999999999999"}, "n'existe pas dans l'annuaire"),
    ({"recipient": DEPARTMENT}, "code service est obligatoire"),
    ({"recipient": "123456782"}, "n'est pas un SIRET de 14 chiffres"),
    ({"supplier": "901234567"}, "L'identifiant du fournisseur n'est pas un SIRET"),
    ({"supplier": "73282932000074"}, "fournisseur n'existe pas"),
    ({"means": ""}, "SpecifiedTradeSettlementPaymentMeans.TypeCode.value est obligatoire"),
    ({"framework": ""}, "BusinessProcessSpecifiedDocumentContextParameter.ID.value est obligatoire"),
    ({"framework": "A7"}, "réservé à un autre flux"),
    ({"framework": "a1"}, "cadre de facturation inconnu"),
    ({"tva": "20.01"}, "HT + TVA"),
    ({"tva": "abc"}, "Montant illisible"),
    ({"number": ""}, "Donnée obligatoire absente"),
]


@pytest.mark.parametrize(("changes", "text"), WRONG, ids=[str(changes) for changes, _ in WRONG])
def test_a_flow_whose_only_invoice_breaks_a_rule_is_rejected_with_the_reason(
    caller: Caller, changes: dict[str, str], text: str
) -> None:
    state, texts = reasons(caller, facturx(xml=cii(**changes)))
    assert state == "IN_REJETE"
    assert text in texts
    assert caller.found() == []


def test_several_errors_are_joined_and_cut_at_255_characters(caller: Caller) -> None:
    number = deposit(caller, facturx(number="F" * 21, date="20270101", recipient="99999999999999", tva="0"))
    wait(caller)
    [error] = report(caller, number)["listeErreurDP"]
    assert "|" in error["libelleErreurDP"]
    assert len(error["libelleErreurDP"]) == 255
    assert (error["numeroDP"], error["identifiantFournisseur"]) == ("F" * 21, SUPPLIER)


def test_a_number_that_is_taken_is_refused_in_the_report_and_not_before(caller: Caller) -> None:
    caller.submit("FX-1")
    state, texts = reasons(caller, facturx())
    assert (state, "déjà" in texts) == ("IN_REJETE", True)
    assert len(caller.found(numeroFacture="FX-1")) == 1


def test_the_same_flow_twice_makes_one_invoice(caller: Caller) -> None:
    numbers = [deposit(caller, facturx()) for _ in range(2)]
    wait(caller)
    assert [report(caller, number)["etatCourantDepotFlux"] for number in numbers] == ["IN_INTEGRE", "IN_REJETE"]
    assert len(caller.found()) == 1


def test_a_number_refused_in_a_flow_can_be_used_again(caller: Caller) -> None:
    reasons(caller, facturx(recipient=DEPARTMENT))
    assert reasons(caller, facturx())[0] == "IN_INTEGRE"


def test_of_an_archive_the_good_invoices_come_in(caller: Caller) -> None:
    packed = archive(facturx(), facturx(number="FX-2", recipient="99999999999999"), facturx(number="FX-3"))
    state, texts = reasons(caller, packed)
    assert (state, "annuaire" in texts) == ("IN_INTEGRE_PARTIEL", True)
    assert sorted(row["numeroFacture"] for row in caller.found()) == ["FX-1", "FX-3"]


UNREADABLE: list[tuple[bytes, str, str]] = [
    (PDF, FACTURX, "PDF"),
    (facturx(name="notes.xml"), FACTURX, "factur-x.xml"),
    (facturx(xml=b"<a>"), FACTURX, "mal formé"),
    (facturx(xml=b"<a/>"), FACTURX, "n'est pas une facture"),
    (facturx(xml=b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'), FACTURX, "mal formé"),
    (cii(), FACTURX, "syntaxe"),
    (facturx(), "IN_DP_E1_CII", "syntaxe"),
    (cii(), "IN_DP_E1_UBL_INVOICE", "syntaxe"),
    (b"\x1f\x8bnothing", FACTURX, "illisible"),
    (archive(), FACTURX, "aucune facture"),
    (b"hello", "IN_DP_E1_CII", "mal formé"),
]


@pytest.mark.parametrize(("content", "syntax", "text"), UNREADABLE, ids=range(len(UNREADABLE)))
def test_a_flow_that_cannot_be_read_is_rejected_as_a_whole(
    caller: Caller, content: bytes, syntax: str, text: str
) -> None:
    state, texts = reasons(caller, content, syntax)
    assert state == "IN_REJETE"
    assert text in texts


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"syntaxeFlux": "FACTUR_X"}, 400, 40003),
        ({"syntaxeFlux": None}, 200, 20090),
        ({"fichierFlux": "é"}, 200, 20093),
        ({"nomFichier": "dir/a.pdf"}, 200, 20103),
        ({"fichierFlux": b64(b"x" * (MAX_FILE + 1))}, 200, 20001),
    ],
)
def test_an_error_of_the_deposit_itself_is_answered_at_once(
    caller: Caller, changes: dict[str, Any], status: int, code: int
) -> None:
    body = {"fichierFlux": b64(facturx()), "nomFichier": "a.pdf", "syntaxeFlux": FACTURX, **changes}
    answer = caller.call("factures/deposer/flux", body)
    assert (answer.status_code, answer.json()["codeRetour"]) == (status, code)


def test_the_times_of_a_flow_are_settings() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, flow_visible_after=0, flow_done_after=0))
    number = deposit(caller, facturx())
    assert report(caller, number)["etatCourantDepotFlux"] == "IN_INTEGRE"
    assert caller.admin("GET", "/flows")["flows"][0]["etat"] == "IN_INTEGRE"


def test_recognition_can_be_set_to_read_the_xml_inside() -> None:
    caller = in_process(Settings(start=NOON, clock_runs=False, ocr="xml"))
    body = {"fichierFacture": b64(facturx()), "nomFichier": "FX-1.pdf", "formatDepot": "PDF_NON_SIGNE"}
    answer = caller.ok("factures/deposer/pdf", body)
    assert (answer["numeroFacture"], answer["montantHtTotal"], answer["codeServiceExecutant"]) == ("FX-1", 100, None)
    plain = caller.ok("factures/deposer/pdf", {**body, "fichierFacture": b64(PDF)})
    assert plain["numeroFacture"] is None
