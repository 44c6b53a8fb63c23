"""How the portal's French words become the domain's, and back: choices, answers and errors, one by one."""

from datetime import timedelta
from typing import Any, get_args

import httpx
import pytest
from pydantic import SecretStr

from chorus_connector.adapters.chorus import ChorusPortal, _on_the_wire, _translated_errors
from chorus_connector.chorus_pro import errors
from chorus_connector.chorus_pro.errors import Reason, RefusalKind
from chorus_connector.chorus_pro.hosts import portal_at
from chorus_connector.domain.invoices.attachments import LinkedAttachment
from chorus_connector.domain.invoices.fields import Framework, PaymentMethod, VatRegime
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    CredentialsRefused,
    FlowReport,
    PortalFailure,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.credentials import OAuthCredentials
from chorus_connector.ports.values import StoredAttachment
from tests.adapters.test_portal_request import SUBMISSION
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET, a_recipient, a_service, a_supplier
from tests.chorus_pro.doubles import HttpAnswer, ScriptedPortal, ok

FRAMEWORKS = {
    "A1": "A1_FACTURE_FOURNISSEUR",
    "A2": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9": "A9_FACTURE_SOUSTRAITANT",
    "A12": "A12_FACTURE_COTRAITANT",
}
VAT_REGIMES = {
    "on_debits": "TVA_SUR_DEBIT",
    "on_receipts": "TVA_SUR_ENCAISSEMENT",
    "exempt": "EXONERATION",
    "none": "SANS_TVA",
}
PAYMENT_METHODS = {
    "cheque": "CHEQUE",
    "direct_debit": "PRELEVEMENT",
    "transfer": "VIREMENT",
    "cash": "ESPECE",
    "other": "AUTRE",
    "carried_over": "REPORT",
}
RIB = StoredAttachment(
    LinkedAttachment(attachment_id="a1", file_name="rib.pdf", size=1, attachment_type="RIB"), file_id=7
)
RIB_ON_THE_WIRE = {
    "pieceJointeComplementaireDesignation": "rib.pdf",
    "pieceJointeComplementaireType": "RIB",
    "pieceJointeComplementaireId": 7,
}


def portal_of(script: dict[str, HttpAnswer], **supplier: Any) -> tuple[ChorusPortal, ScriptedPortal]:
    """The adapter in front of a portal that answers these calls so and every other one with a plain success."""
    scripted = ScriptedPortal()
    for path, answer in script.items():
        scripted.will(path, answer)
    secret = SecretStr("x")
    credentials = OAuthCredentials(
        client_id=secret, client_secret=secret, technical_login=secret, technical_password=secret
    )
    adapter = ChorusPortal(
        hosts=portal_at("http://portal.test"),
        http=httpx.Client(transport=scripted),
        supplier=a_supplier(**supplier),
        credentials=lambda: credentials,
        sleep=lambda _: None,
    )
    return adapter, scripted


def on_the_wire(**changes: Any) -> dict[str, Any]:
    body = _on_the_wire(SUBMISSION.model_copy(update=changes), structure_id=42, file_id=2, file_name="f.pdf")
    return body.model_dump(mode="json")


def test_every_choice_has_its_word_here() -> None:
    assert set(FRAMEWORKS) == set(get_args(Framework))
    assert set(VAT_REGIMES) == set(get_args(VatRegime))
    assert set(PAYMENT_METHODS) == set(get_args(PaymentMethod))


@pytest.mark.parametrize(("ours", "theirs"), FRAMEWORKS.items())
def test_a_framework_is_sent_in_the_portals_word(ours: str, theirs: str) -> None:
    assert on_the_wire(framework=ours)["cadreDeFacturation"]["codeCadreFacturation"] == theirs


@pytest.mark.parametrize(("ours", "theirs"), VAT_REGIMES.items())
def test_a_vat_regime_is_sent_in_the_portals_word(ours: str, theirs: str) -> None:
    assert on_the_wire(vat_regime=ours)["references"]["typeTva"] == theirs


@pytest.mark.parametrize(("ours", "theirs"), PAYMENT_METHODS.items())
def test_a_payment_method_is_sent_in_the_portals_word(ours: str, theirs: str) -> None:
    assert on_the_wire(payment_method=ours)["references"]["modePaiement"] == theirs


@pytest.mark.parametrize(("ours", "theirs"), [("invoice", "FACTURE"), ("credit_note", "AVOIR")])
def test_the_type_of_a_document_is_sent_in_the_portals_word(ours: str, theirs: str) -> None:
    assert on_the_wire(invoice_type=ours)["references"]["typeFacture"] == theirs


def test_a_deposit_names_its_mode_its_supplier_and_its_file() -> None:
    body = on_the_wire()
    assert body["modeDepot"] == "DEPOT_PDF_API"
    assert body["fournisseur"]["idFournisseur"] == 42
    assert body["pieceJointePrincipale"] == [
        {"pieceJointePrincipaleDesignation": "f.pdf", "pieceJointePrincipaleId": 2}
    ]


# --- answers ---------------------------------------------------------------------------------------------


def test_a_submission_comes_back_as_the_deposit_that_the_portal_made_of_it() -> None:
    receipt = ok(
        identifiantFactureCPP=9, numeroFacture="FA-2026-17", statutFacture="DEPOSEE", empreinteCertificatDepot="proof"
    )
    portal, scripted = portal_of({"factures/soumettre": receipt})
    deposit = portal.submit(SUBMISSION, file_id=2, file_name="f.pdf", attachments=[RIB])
    assert (deposit.chorus_id, deposit.invoice_number) == (9, "FA-2026-17")
    assert (deposit.status, deposit.certificate) == ("DEPOSEE", "proof")
    (body,) = scripted.bodies("factures/soumettre")
    assert body["pieceJointeComplementaire"] == [RIB_ON_THE_WIRE]


def test_a_receipt_without_a_number_keeps_the_number_that_was_sent() -> None:
    portal, _ = portal_of({"factures/soumettre": ok(identifiantFactureCPP=9)})
    deposit = portal.submit(SUBMISSION, file_id=2, file_name="f.pdf")
    assert (deposit.invoice_number, deposit.status) == ("FA-2026-17", "")


@pytest.mark.parametrize(
    ("state", "outcome"),
    [
        ("IN_INTEGRE", "integrated"),
        ("IN_INTEGRE_PARTIEL", "integrated"),
        ("IN_REJETE", "rejected"),
        ("IN_INCIDENTE", "incident"),
        ("IN_RECU", "pending"),
        ("IN_EN_COURS_TRAITEMENT_CPP", "pending"),
        ("IN_A_RELANCER", "halted"),
        ("IN_ERREUR_INTERNE", "halted"),
        ("IN_EN_ATTENTE_RETRAITEMENT_CPP", "halted"),
        ("IN_NOUVEAU", "halted"),
    ],
)
def test_a_flow_ends_in_four_states_makes_progress_in_some_and_is_halted_in_others(state: str, outcome: str) -> None:
    report = ok(
        etatCourantDepotFlux=state,
        listeErreurTechnique=[{"libelleErreur": "XML faux"}, {}],
        listeErreurDP=[{"libelleErreurDP": "SIRET inconnu"}],
    )
    portal, _ = portal_of({"transverses/consulterCRDetaille": report})
    assert portal.flow_report("f1") == FlowReport(outcome, state, ("XML faux", "SIRET inconnu"))  # type: ignore[arg-type]


def test_a_flow_that_the_portal_does_not_know_yet_is_pending() -> None:
    unknown = httpx.Response(200, json={"codeRetour": 20001, "libelle": "Flux inconnu"})
    portal, _ = portal_of({"transverses/consulterCRDetaille": unknown})
    assert portal.flow_report("f1") == FlowReport("pending")


def test_any_other_refusal_of_a_report_is_a_refusal() -> None:
    refusal = httpx.Response(200, json={"codeRetour": 20009, "libelle": "Refus"})
    portal, _ = portal_of({"transverses/consulterCRDetaille": refusal})
    with pytest.raises(PortalRefused):
        portal.flow_report("f1")


@pytest.mark.parametrize(("status", "active"), [("ACTIVE", True), ("ACTIF", True), (None, True), ("INACTIVE", False)])
def test_a_recipient_is_active_when_the_portal_says_so_or_says_nothing(status: str | None, active: bool) -> None:
    structure = {"idStructureCPP": 25, "identifiantStructure": TOWN_SIRET, "statut": status}
    portal, _ = portal_of(
        {
            "structures/rechercher": ok(listeStructures=[structure], parametresRetour={"total": 1}),
            "structures/consulter": ok(),
        }
    )
    recipient = portal.recipient(TOWN_SIRET, now=NOW)
    assert recipient is not None
    assert recipient.active is active
    assert (recipient.portal_id, recipient.name, recipient.fetched_at) == (25, "", NOW)
    assert not recipient.service_required
    assert not recipient.engagement_required
    assert recipient.reports_payment


@pytest.mark.parametrize(
    ("parameter", "attribute"),
    [
        ("codeServiceDoitEtreRenseigne", "service_required"),
        ("numeroEJDoitEtreRenseigne", "engagement_required"),
        ("gestionNumeroEJOuCodeService", "service_or_engagement_required"),
        ("estMoaUniquement", "works_invoices_only"),
    ],
)
def test_what_a_recipient_asks_for_is_known(parameter: str, attribute: str) -> None:
    structure = {"idStructureCPP": 25, "identifiantStructure": TOWN_SIRET, "designationStructure": "Mairie"}
    portal, _ = portal_of(
        {
            "structures/rechercher": ok(listeStructures=[structure], parametresRetour={"total": 1}),
            "structures/consulter": ok(parametres={parameter: True}),
        }
    )
    recipient = portal.recipient(TOWN_SIRET, now=NOW)
    assert recipient is not None
    assert recipient.name == "Mairie"
    assert getattr(recipient, attribute) is True


def test_another_structure_in_the_answer_is_not_taken_for_the_recipient() -> None:
    structure = {"idStructureCPP": 25, "identifiantStructure": SUPPLIER_SIRET}
    portal, _ = portal_of({"structures/rechercher": ok(listeStructures=[structure], parametresRetour={"total": 1})})
    assert portal.recipient(TOWN_SIRET, now=NOW) is None


@pytest.mark.parametrize(("parameters", "required"), [({"numeroEngagement": True}, True), ({}, False), (None, False)])
def test_a_service_says_whether_it_requires_an_engagement(parameters: dict[str, bool] | None, required: bool) -> None:
    portal, _ = portal_of({"structures/consulter/service": ok(parametres=parameters)})
    assert portal.service_requires_engagement(a_recipient(), a_service("VOIRIE")) is required


def test_bank_accounts_without_a_name_have_an_empty_one() -> None:
    rows = [{"idCoordonneeBancaire": 1, "nomCoordonneeBancaire": "Compte"}, {"idCoordonneeBancaire": 2}]
    portal, _ = portal_of({"transverses/recuperer/coordbanc/valides": ok(listeCoordonneeBancaire=rows)})
    assert [(each.portal_id, each.name) for each in portal.bank_accounts()] == [(1, "Compte"), (2, "")]


def test_types_of_attachments_without_a_name_have_an_empty_one() -> None:
    rows = [{"codeTypePieceJointe": "RIB", "libelleTypePieceJointe": "RIB"}, {"codeTypePieceJointe": "PV"}]
    portal, _ = portal_of({"transverses/recuperer/typespj": ok(listeTypePieceJointe=rows)})
    assert [(each.code, each.name) for each in portal.attachment_types()] == [("RIB", "RIB"), ("PV", "")]


# --- answers to what a recipient sent back ---------------------------------------------------------------


def test_an_invoice_to_recycle_is_sent_to_its_new_recipient() -> None:
    portal, scripted = portal_of({"factures/recycler": ok(identifiantFactureCPP=9)})
    portal.recycle(9, recipient_siret=TOWN_SIRET, service_code="VOIRIE", engagement_number="EJ1", comment="voilà")
    (body,) = scripted.bodies("factures/recycler")
    assert body["identifiantFactureCPP"] == 9
    assert body["destinataire"] == {"codeDestinataire": TOWN_SIRET, "codeServiceExecutant": "VOIRIE"}
    assert body["reference"] == {"numeroBonCommande": "EJ1"}
    assert body["commentaire"] == "voilà"


def test_a_suspended_invoice_is_completed_with_its_comment_and_its_files() -> None:
    portal, scripted = portal_of({"factures/completer": ok(identifiantFactureCPP=9)})
    portal.complete(9, comment="voilà", attachments=[RIB])
    (body,) = scripted.bodies("factures/completer")
    assert (body["identifiantFactureCPP"], body["commentaire"]) == (9, "voilà")
    assert body["pieceJointeComplementaire"] == [RIB_ON_THE_WIRE]


def test_a_rejection_is_acknowledged_at_the_portal() -> None:
    portal, scripted = portal_of({})
    portal.treat_rejection(9)
    assert scripted.bodies("factures/traiterRejet") == [{"listeDemandePaiement": [{"idDemandePaiement": 9}]}]


def test_a_validator_is_corrected_at_the_portal() -> None:
    portal, scripted = portal_of({})
    portal.correct_validator(9, siret=TOWN_SIRET)
    (body,) = scripted.bodies("factures/corriger/valideur/facture")
    assert body["idFacture"] == 9
    assert (body["identifiantStructure"], body["typeIdentifiantStructure"]) == (TOWN_SIRET, "SIRET")


# --- whose structure it is -------------------------------------------------------------------------------


def test_the_structure_is_that_of_the_suppliers_own_siret() -> None:
    rows = [{"idStructureCPP": 1, "identifiant": TOWN_SIRET}, {"idStructureCPP": 2, "identifiant": SUPPLIER_SIRET}]
    portal, scripted = portal_of(
        {"transverses/recuperer/structures/actives/fournisseur": ok(listeStructures=rows)}, portal_structure_id=None
    )
    portal.bank_accounts()
    (body,) = scripted.bodies("transverses/recuperer/coordbanc/valides")
    assert body["idStructure"] == 2


# --- errors ----------------------------------------------------------------------------------------------


def rejected(**changes: Any) -> errors.CallRejected:
    values: dict[str, Any] = {"code": 20005, "message_code": None, "text": "Refus", "status": 200}
    return errors.CallRejected("op", **{**values, **changes})


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (rejected(message_code="GDP_MSG_11.001"), "GDP_MSG_11.001"),
        (rejected(), "20005"),
        (rejected(code=0), "0"),
        (rejected(code=None, status=400), "400"),
    ],
)
def test_a_refusal_keeps_the_portals_code_and_text(error: errors.CallRejected, code: str) -> None:
    failure = translated(error)
    assert isinstance(failure, PortalRefused)
    assert (failure.code, failure.text, failure.duplicate_number) == (code, "Refus", False)


def test_a_number_that_is_taken_is_a_refusal_of_its_own_kind() -> None:
    taken = errors.DuplicateNumber(
        "op", code=1, message_code=None, text="Déjà", status=200, kind=RefusalKind.DUPLICATE_NUMBER
    )
    failure = translated(taken)
    assert isinstance(failure, PortalRefused)
    assert failure.duplicate_number


@pytest.mark.parametrize(
    ("suspect", "fault"),
    [
        ("piste_application", "piste_application"),
        ("token", "piste_application"),
        ("api_consent", "api_consent"),
        ("technical_account", "technical_account"),
        ("certificate", "certificate"),
    ],
)
def test_refused_access_names_the_credential_to_correct(suspect: errors.Credential, fault: str) -> None:
    failure = translated(errors.AccessDenied("op", suspect, status=403))
    assert isinstance(failure, CredentialsRefused)
    assert (failure.fault, failure.blame) == (fault, "credentials")


def test_an_answer_that_cannot_be_read_is_lost() -> None:
    assert isinstance(translated(errors.NoReadableAnswer("op", Reason.EMPTY_BODY)), AnswerLost)


@pytest.mark.parametrize(
    ("error", "retry_in", "blame"),
    [
        (errors.PortalUnavailable("op", Reason.HTTP_STATUS), None, "portal"),
        (errors.PortalUnavailable("op", Reason.HTTP_STATUS, retry_after=30), timedelta(seconds=30), "portal"),
        (errors.NotSent("op", Reason.OUT_OF_TIME), None, "caller"),
        (errors.NotSent("op", Reason.UNREACHABLE), None, "portal"),
        (errors.Throttled("op", retry_after=5), timedelta(seconds=5), "quota"),
        (errors.IncompleteListing("op", expected=2, received=1), None, "portal"),
        (errors.UnexpectedAnswer("op", ("field",)), None, "portal"),
    ],
)
def test_a_portal_that_did_nothing_is_asked_again(
    error: errors.ChorusProError, retry_in: timedelta | None, blame: str
) -> None:
    failure = translated(error)
    assert isinstance(failure, PortalUnreachable)
    assert (failure.retry_in, failure.blame) == (retry_in, blame)


def translated(error: errors.ChorusProError) -> PortalFailure:
    with pytest.raises(PortalFailure) as failure, _translated_errors():
        raise error
    return failure.value
