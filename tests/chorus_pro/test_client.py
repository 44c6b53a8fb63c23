"""What the client sends, what it makes of answers, when it tries again, and what it never lets out."""

import base64
import json
import logging
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import httpx
import pytest
from pydantic import ValidationError

from chorus_connector.chorus_pro import leniency
from chorus_connector.chorus_pro import models as m
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    CallRejected,
    ChorusProError,
    IncompleteListing,
    NoReadableAnswer,
    PortalUnavailable,
    RefusalKind,
    Throttled,
    UnexpectedAnswer,
)
from chorus_connector.chorus_pro.hosts import CERTIFICATE_PRODUCTION, PRODUCTION, QUALIFICATION
from chorus_connector.chorus_pro.operations import OPERATIONS
from tests.chorus_pro.doubles import SECRETS, Naps, ScriptedPortal, client_of, ok, token
from tests.chorus_pro.invoices import invoice

SUBMIT = "factures/soumettre"
SEARCH = "factures/rechercher/fournisseur"
RATES = "transverses/recuperer/tauxtva"
EXPIRED = httpx.Response(401, headers={"WWW-Authenticate": 'Bearer realm="DefaultRealm", error="invalid_token"'})


# --- what is sent -----------------------------------------------------------------------------------------------------


def test_a_call_carries_both_credentials_and_the_exact_media_types() -> None:
    portal = ScriptedPortal()
    client_of(portal).vat_rates()
    call = portal.calls(RATES)[0]
    assert call.headers["Authorization"] == "Bearer token-1"
    assert base64.b64decode(call.headers["cpro-account"]).decode() == f"{SECRETS.login}:{SECRETS.password}"
    assert call.headers["Content-Type"] == call.headers["Accept"] == "application/json;charset=utf-8"


def test_the_token_is_asked_for_with_a_form() -> None:
    portal = ScriptedPortal()
    client_of(portal).vat_rates()
    asked = portal.calls("/api/oauth/token")[0]
    assert asked.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert dict(httpx.QueryParams(asked.content.decode())) == {
        "grant_type": "client_credentials",
        "client_id": SECRETS.client_id,
        "client_secret": SECRETS.client_secret,
        "scope": "openid",
    }


def test_an_operation_without_input_still_sends_an_object() -> None:
    portal = ScriptedPortal()
    client_of(portal).payment_modes()
    assert portal.calls("recuperer/modereglements")[0].content == b"{}"


def test_a_submission_travels_with_the_portals_names_and_types() -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, ok(identifiantFactureCPP=8000001))
    client_of(portal).submit(invoice())
    assert portal.bodies(SUBMIT)[0] == {
        "modeDepot": "DEPOT_PDF_API",
        "numeroFactureSaisi": "FA-2026-17",
        "dateFacture": "2026-10-09",
        "destinataire": {"codeDestinataire": "12345678200051", "codeServiceExecutant": "STECH"},
        "fournisseur": {"idFournisseur": 26000001, "codeCoordonneesBancairesFournisseur": 1440},
        "cadreDeFacturation": {"codeCadreFacturation": "A1_FACTURE_FOURNISSEUR"},
        "references": {
            "deviseFacture": "EUR",
            "typeFacture": "FACTURE",
            "typeTva": "TVA_SUR_DEBIT",
            "modePaiement": "VIREMENT",
            "numeroBonCommande": "EJ-42",
        },
        "lignePoste": [],
        "ligneTva": [
            {
                "ligneTvaTauxManuel": 5.5,
                "ligneTvaMontantBaseHtParTaux": 1234.56,
                "ligneTvaMontantTvaParTaux": 67.9,
            }
        ],
        "montantTotal": {
            "montantHtTotal": 1234.56,
            "montantTVA": 67.9,
            "montantTtcTotal": 1302.46,
            "montantAPayer": 1302.46,
        },
        "pieceJointePrincipale": [
            {"pieceJointePrincipaleDesignation": "FA-2026-17.pdf", "pieceJointePrincipaleId": 7000001}
        ],
        "pieceJointeComplementaire": [],
    }


def test_a_third_of_a_cent_is_refused_before_it_is_sent_and_not_quoted() -> None:
    with pytest.raises(ValidationError) as raised:
        m.MontantTotal(
            montantHtTotal=Decimal("41.987"),
            montantTVA=Decimal(0),
            montantTtcTotal=Decimal(0),
            montantAPayer=Decimal(0),
        )
    assert "41.987" not in str(raised.value)


def test_a_misspelt_field_is_refused_before_it_is_sent() -> None:
    with pytest.raises(ValidationError):
        m.Destinataire.model_validate({"codeDestinataire": "12345678200051", "codeService": "STECH"})


def test_a_search_bound_travels_in_paris_time_without_a_zone() -> None:
    criteria = m.RechercheFactures(
        periodeDateHeureEtatCourantDu=datetime(2026, 10, 8, 22, 30, tzinfo=UTC),
        periodeDateDepotDu=date(2026, 10, 8),
    )
    assert criteria.corps() == {
        "periodeDateHeureEtatCourantDu": "2026-10-09T00:30:00",
        "periodeDateDepotDu": "2026-10-08",
    }


def test_production_qualification_and_certificate_paths_differ_as_the_portal_says() -> None:
    assert PRODUCTION.url("factures", "soumettre") == "https://api.piste.gouv.fr/cpro/factures/v1/soumettre"
    assert QUALIFICATION.token_url == "https://sandbox-oauth.piste.gouv.fr/api/oauth/token"
    assert (
        CERTIFICATE_PRODUCTION.url("factures", "soumettre")
        == "https://chorus-pro.gouv.fr:5443/service/factures/soumettre"
    )


def test_credentials_must_suit_their_portal() -> None:
    with pytest.raises(ValueError, match="certificate"):
        ChorusProClient(CERTIFICATE_PRODUCTION, SECRETS)


# --- what is read -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2019-07-11T15:45:39.674+02:00", "2019-07-11T13:45:39.674000+00:00"),
        ("2019-07-11T15:45:39.674+0200", "2019-07-11T13:45:39.674000+00:00"),
        ("2019-07-11T13:45:39Z", "2019-07-11T13:45:39+00:00"),
        ("2026-10-09 11:20", "2026-10-09T09:20:00+00:00"),
        ("2026-12-09 11:20", "2026-12-09T10:20:00+00:00"),
        ("2026-10-09T11:20:05", "2026-10-09T09:20:05+00:00"),
        ("2026-10-09", "2026-10-08T22:00:00+00:00"),
    ],
)
def test_a_moment_is_read_in_every_form_seen_on_the_wire(written: str, moment: str) -> None:
    read = leniency.moment(written)
    assert read is not None
    assert read.astimezone(UTC).isoformat() == moment


@pytest.mark.parametrize(
    "written", ["2026-10-09", "2026-10-09 23:59", "2026-10-08T22:30:00Z", "2026-10-09T00:00:00+02:00"]
)
def test_a_day_is_a_day_in_paris(written: str) -> None:
    assert leniency.day(written) == date(2026, 10, 9)


@pytest.mark.parametrize("written", ["", "hier", None, 12, "2026-13-45", {}])
def test_an_unreadable_date_is_no_date(written: object) -> None:
    assert leniency.day(written) is None
    assert leniency.moment(written) is None


def test_an_unforeseen_date_does_not_cost_the_answer_to_a_submission() -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, ok(identifiantFactureCPP=8000001, dateDepot="le 9 octobre", statutFacture="NOUVEAU_STATUT"))
    sent = client_of(portal).submit(invoice())
    assert (sent.identifiantFactureCPP, sent.dateDepot, sent.statutFacture) == (8000001, None, "NOUVEAU_STATUT")


def test_an_object_in_place_of_a_list_is_a_list_of_one() -> None:
    report = m.CompteRenduFlux.model_validate({"listeErreurDP": {"numeroDP": "1"}, "listeErreurTechnique": None})
    assert [one.numeroDP for one in report.listeErreurDP] == ["1"]
    assert report.listeErreurTechnique == ()


def test_a_read_that_lost_its_essential_fields_names_them() -> None:
    portal = ScriptedPortal()
    portal.will("structures/rechercher", ok(listeStructures=[{"designationStructure": "Commune de Montfleury"}]))
    with pytest.raises(UnexpectedAnswer) as raised:
        client_of(portal).search_structures(m.CritereStructure())
    assert raised.value.fields == ("idStructureCPP",)


def test_a_downloaded_file_comes_as_bytes() -> None:
    portal = ScriptedPortal()
    portal.will("factures/telecharger/groupe", ok(fichierResultat=base64.b64encode(b"%PDF").decode()))
    assert client_of(portal).download_invoices([1, 2]) == b"%PDF"


def test_a_download_that_is_not_base64_is_unexpected() -> None:
    portal = ScriptedPortal()
    portal.will("factures/telecharger/groupe", ok(fichierResultat="<html>"))
    with pytest.raises(UnexpectedAnswer):
        client_of(portal).download_invoices([1])


# --- tokens -----------------------------------------------------------------------------------------------------------


def test_a_token_refused_once_is_renewed_and_the_call_replayed_even_for_a_submission() -> None:
    portal = ScriptedPortal()
    portal.will(SUBMIT, EXPIRED, ok(identifiantFactureCPP=8000001))
    assert client_of(portal).submit(invoice()).identifiantFactureCPP == 8000001
    assert [call.headers["Authorization"] for call in portal.calls(SUBMIT)] == ["Bearer token-1", "Bearer token-2"]


def test_a_400_that_finds_no_token_is_renewed_like_a_401() -> None:
    portal = ScriptedPortal()
    challenge = (
        'Bearer realm="DefaultRealm", error="invalid_request", error_description="Unable to find token in the message"'
    )
    portal.will(RATES, httpx.Response(400, headers={"WWW-Authenticate": challenge}))
    client_of(portal).vat_rates()
    assert portal.tokens_given == 2


@pytest.mark.parametrize("refusal", [EXPIRED, httpx.Response(401)], ids=["with a challenge", "bare"])
def test_a_call_that_the_gate_refuses_is_made_five_times_with_one_new_token_and_a_pause_each(
    refusal: httpx.Response,
) -> None:
    portal, naps = ScriptedPortal(), Naps()
    portal.will(SUBMIT, *[refusal] * 4, ok(identifiantFactureCPP=8000001))
    client = client_of(portal, naps=naps)
    assert client.submit(invoice()).identifiantFactureCPP == 8000001
    assert (len(portal.calls(SUBMIT)), portal.tokens_given, len(naps.taken)) == (5, 2, 4)
    assert min(naps.taken) >= 1
    portal.will(SUBMIT, *[refusal] * 9)
    with pytest.raises(AccessDenied) as raised:
        client.submit(invoice())
    assert raised.value.passing
    assert len(portal.calls(SUBMIT)) == 10


def test_a_401_that_chorus_pro_itself_has_judged_is_believed_at_once() -> None:
    portal = ScriptedPortal()
    portal.will(RATES, httpx.Response(401, json={"codeRetour": 20002, "libelle": "Compte technique inconnu"}))
    with pytest.raises(AccessDenied) as raised:
        client_of(portal).vat_rates()
    assert (raised.value.which, raised.value.passing) == ("technical_account", False)
    assert len(portal.calls(RATES)) == 1


def test_an_empty_403_is_believed_at_once() -> None:
    portal = ScriptedPortal()
    portal.will(RATES, httpx.Response(403))
    with pytest.raises(AccessDenied) as raised:
        client_of(portal).vat_rates()
    assert raised.value.suspects == ("api_consent", "technical_account")
    assert portal.tokens_given == 1


def test_a_refused_application_is_believed_the_fifth_time() -> None:
    portal = ScriptedPortal()
    refused = httpx.Response(400, json={"error": "invalid_client"})
    portal.will("/api/oauth/token", *[refused] * 4, token())
    client_of(portal).vat_rates()
    portal.will("/api/oauth/token", *[refused] * 9)
    with pytest.raises(AccessDenied) as raised:
        client_of(portal).vat_rates()
    assert (raised.value.which, raised.value.passing) == ("piste_application", True)
    assert len(portal.calls("/api/oauth/token")) == 10


# --- trying again -----------------------------------------------------------------------------------------------------


def test_a_read_is_tried_again_until_the_portal_is_back() -> None:
    portal, naps = ScriptedPortal(), Naps()
    portal.will(RATES, httpx.Response(502, text="<html>"), httpx.ConnectError("x"), httpx.ReadTimeout("x"))
    assert client_of(portal, naps=naps).vat_rates() == []
    assert len(naps.taken) == 3


def test_a_read_gives_up_after_four_attempts() -> None:
    portal = ScriptedPortal()
    portal.will(RATES, *[httpx.Response(500)] * 9)
    with pytest.raises(PortalUnavailable):
        client_of(portal).vat_rates()
    assert len(portal.calls(RATES)) == 4


def test_the_portals_pace_is_obeyed() -> None:
    portal, naps = ScriptedPortal(), Naps()
    portal.will(RATES, httpx.Response(429, headers={"Retry-After": "9"}))
    client_of(portal, naps=naps).vat_rates()
    assert 9 <= naps.taken[0] <= 10


def test_a_pace_longer_than_the_time_left_is_for_the_caller_to_keep() -> None:
    portal, naps = ScriptedPortal(), Naps()
    portal.will(RATES, httpx.Response(429, headers={"Retry-After": "9"}))
    with pytest.raises(Throttled) as raised:
        client_of(portal, naps=naps, seconds_left=lambda: 5.0).vat_rates()
    assert raised.value.retry_after == 9
    assert naps.taken == []


def test_a_refusal_is_not_tried_again() -> None:
    portal = ScriptedPortal()
    portal.will(RATES, httpx.Response(200, json={"codeRetour": 20004, "libelle": "non"}))
    with pytest.raises(CallRejected):
        client_of(portal).vat_rates()
    assert len(portal.calls(RATES)) == 1


def test_a_token_service_that_is_down_is_not_asked_for_ever() -> None:
    portal = ScriptedPortal()
    portal.will("/api/oauth/token", *[httpx.Response(503)] * 99)
    with pytest.raises(PortalUnavailable):
        client_of(portal).vat_rates()
    assert len(portal.calls("/api/oauth/token")) == 4


CHANGES: dict[str, Callable[[ChorusProClient], object]] = {
    "deposit_pdf": lambda c: c.deposit_pdf(b"%PDF", "a.pdf"),
    "submit": lambda c: c.submit(invoice()),
    "deposit_flow": lambda c: c.deposit_flow(b"%PDF", "a.pdf"),
    "complete": lambda c: c.complete(1, comment="x"),
    "recycle": lambda c: c.recycle(1, recipient_siret="12345678200051", engagement_number="EJ"),
    "acknowledge_rejections": lambda c: c.acknowledge_rejections([1]),
    "correct_validator": lambda c: c.correct_validator(1, identifier="12345678200051"),
    "add_file": lambda c: c.add_file(b"x", "rib.pdf", mime_type="application/pdf"),
}


def test_every_operation_that_changes_something_is_listed_here() -> None:
    assert set(CHANGES) == {operation.method for operation in OPERATIONS if not operation.idempotent}


@pytest.mark.parametrize("method", sorted(CHANGES))
def test_what_changes_something_is_never_repeated_and_ends_in_doubt(method: str) -> None:
    portal = ScriptedPortal()
    operation = next(one for one in OPERATIONS if one.method == method)
    portal.will(operation.label, httpx.Response(500), ok())
    with pytest.raises(NoReadableAnswer):
        CHANGES[method](client_of(portal))
    assert len(portal.calls(operation.label)) == 1


# --- paging -----------------------------------------------------------------------------------------------------------


def a_listing(numbers: list[int], *, total: int | None = None) -> Callable[[httpx.Request], httpx.Response]:
    """A portal that pages `numbers` as it is asked to."""

    def answer(request: httpx.Request) -> httpx.Response:
        block = json.loads(request.content)["rechercheFactureParFournisseur"]
        size, start = block["nbResultatsParPage"], (block["pageResultatDemandee"] - 1) * block["nbResultatsParPage"]
        rows = [{"identifiantFactureCPP": number} for number in numbers[start : start + size]]
        return ok(listeFactures=rows, parametresRetour={"total": len(numbers) if total is None else total})

    return answer


def found(client: ChorusProClient) -> list[int]:
    return [one.identifiantFactureCPP for one in client.search_invoices(m.RechercheFactures())]


@pytest.mark.parametrize("count", [0, 1, 9, 10, 11, 20, 25])
def test_every_page_is_walked(count: int) -> None:
    portal = ScriptedPortal()
    portal.will(SEARCH, *[a_listing(list(range(count)))] * 9)
    assert found(client_of(portal, page_size=10)) == list(range(count))


def test_the_portals_silent_cap_is_lifted() -> None:
    portal = ScriptedPortal()
    portal.will(SEARCH, a_listing([1]))
    found(client_of(portal))
    assert portal.bodies(SEARCH)[0]["rechercheFactureParFournisseur"] == {
        "pageResultatDemandee": 1,
        "nbResultatsParPage": 100,
        "nbResultatsMaximum": 999_999,
        "triColonne": "DateDepot",
        "triSens": "Ascendant",
    }


def test_a_listing_shorter_than_announced_proves_nothing() -> None:
    portal = ScriptedPortal()
    portal.will(SEARCH, *[a_listing(list(range(200)), total=250)] * 20)
    with pytest.raises(IncompleteListing) as raised:
        found(client_of(portal))
    assert (raised.value.expected, raised.value.received) == (250, 200)


def test_a_missing_list_with_a_total_proves_nothing() -> None:
    portal = ScriptedPortal()
    portal.will(SEARCH, *[ok(parametresRetour={"total": 3})] * 4)
    with pytest.raises(IncompleteListing):
        found(client_of(portal))


def test_a_listing_that_moved_while_it_was_read_is_read_once_more() -> None:
    portal = ScriptedPortal()
    before, after = a_listing([1, 2, 3, 4]), a_listing([1, 3, 4, 5, 2])
    portal.will(SEARCH, before, after, after, after, after, after)
    assert sorted(found(client_of(portal, page_size=2))) == [1, 2, 3, 4, 5]


def test_a_search_without_a_list_or_a_total_is_empty() -> None:
    portal = ScriptedPortal()
    portal.will(SEARCH, ok())
    assert found(client_of(portal)) == []


def test_a_portal_that_repeats_its_first_page_does_not_hold_us_for_ever() -> None:
    portal = ScriptedPortal()
    row = {"identifiantFactureCPP": 1}
    portal.will(SEARCH, *[ok(listeFactures=[row, row])] * 50)
    assert found(client_of(portal, page_size=2)) == [1]


def services_of(count: int, *, page: int, total: bool) -> Callable[[httpx.Request], httpx.Response]:
    """A structure with that many services at a portal whose pages have `page` rows, whatever is asked for."""

    def answer(request: httpx.Request) -> httpx.Response:
        block = json.loads(request.content)["parametresRechercherServicesStructure"]
        start = (block["pageResultatDemandee"] - 1) * page
        rows = [{"idService": n, "codeService": f"S{n}"} for n in range(count)[start : start + page]]
        return ok(listeServices=rows, **({"parametresRetour": {"total": count}} if total else {}))

    return answer


SERVICES = "structures/rechercher/services"


@pytest.mark.parametrize(("page", "total", "calls"), [(1_000, True, 5), (100, True, 50), (100, False, 51)])
def test_five_thousand_services_are_read_in_few_calls_or_in_the_portals_own_pages(
    page: int, total: bool, calls: int
) -> None:
    portal = ScriptedPortal()
    portal.will(SERVICES, *[services_of(5_000, page=page, total=total)] * 60)
    assert len(client_of(portal).search_services(1)) == 5_000
    assert len(portal.calls(SERVICES)) == calls
    assert portal.bodies(SERVICES)[0]["parametresRechercherServicesStructure"]["nbResultatsParPage"] == 1_000


def test_an_error_page_in_the_middle_of_a_list_is_an_error_and_no_shorter_list() -> None:
    portal = ScriptedPortal()
    page = services_of(3_000, page=1_000, total=True)
    sorry = httpx.Response(200, html="<html>Service momentanément indisponible</html>")
    portal.will(SERVICES, page, *[sorry] * 9)
    with pytest.raises(ChorusProError):
        client_of(portal).search_services(1)


# --- deadlines --------------------------------------------------------------------------------------------------------


def test_a_client_under_a_deadline_shares_connections_and_tokens_with_its_parent() -> None:
    portal = ScriptedPortal()
    parent = client_of(portal)
    parent.vat_rates()
    with parent.within(lambda: 30.0) as child:
        child.vat_rates()
    parent.vat_rates()
    assert portal.tokens_given == 1


def test_the_time_a_call_may_take_is_never_longer_than_the_time_left() -> None:
    portal = ScriptedPortal()
    client_of(portal, seconds_left=lambda: 3.0).vat_rates()
    for call in portal.requests:
        assert max(call.extensions["timeout"].values()) <= 3.0


# --- discretion -------------------------------------------------------------------------------------------------------

NAME, SIRET, IBAN, NUMBER = "Atelier Vauban", "12345678200051", "FR7630006000011234567890189", "FA-2026-17"
PRIVATE = (
    SECRETS.client_id,
    SECRETS.client_secret,
    SECRETS.login,
    SECRETS.password,
    "token-1",
    NAME,
    SIRET,
    IBAN,
    NUMBER,
    "FRAGMENT",
    base64.b64encode(f"{SECRETS.login}:{SECRETS.password}".encode()).decode(),
)
CHATTY = {"libelle": f"GDP_MSG_11.001 {NAME} {SIRET} {IBAN} {NUMBER} FRAGMENT", "identifiantStructure": SIRET}
ANSWERS: dict[str, Any] = {
    "accepted": httpx.Response(200, json={"codeRetour": 0, "identifiantFactureCPP": 8000001, **CHATTY}),
    "refused": httpx.Response(200, json={"codeRetour": 20001, **CHATTY}),
    "without its id": httpx.Response(200, json={"codeRetour": 0, "identifiantFactureCPP": NAME, **CHATTY}),
    "html": httpx.Response(200, text=f"<html>{NAME} {SIRET} FRAGMENT"),
    "truncated": httpx.Response(200, text='{"codeRetour":0,"libelle":"' + IBAN),
    "forbidden": httpx.Response(403, text=f"FRAGMENT {SECRETS.login}"),
    "bad gateway": httpx.Response(502, text=f"FRAGMENT {NAME}"),
    "reset": httpx.ReadError(f"FRAGMENT {SECRETS.password}"),
    "illegal header": httpx.LocalProtocolError("Illegal header value b'Bearer token-1'"),
}


@pytest.mark.parametrize("case", sorted(ANSWERS))
def test_nothing_private_reaches_a_log_a_text_or_a_repr(case: str, caplog: pytest.LogCaptureFixture) -> None:
    import traceback

    caplog.set_level(logging.DEBUG)
    portal = ScriptedPortal()
    portal.will(SUBMIT, ANSWERS[case])
    client = client_of(portal)
    told: list[object] = [client, SECRETS, invoice(), client._tokens]
    try:
        told.append(client.submit(invoice()))
    except ChorusProError as error:
        told += [error, str(error), error.facts(), "".join(traceback.format_exception(error))]
    shown = " ".join(map(repr, told)) + caplog.text + " ".join(repr(record.__dict__) for record in caplog.records)
    assert [secret for secret in PRIVATE if secret in shown] == []
    assert "factures/soumettre" in caplog.text


def test_nothing_private_is_in_the_repr_of_what_was_read() -> None:
    portal = ScriptedPortal()
    row = {
        "identifiantFactureCPP": 8,
        "designationFournisseur": NAME,
        "codeDestinataire": SIRET,
        "numeroFacture": NUMBER,
    }
    portal.will(SEARCH, ok(listeFactures=[row]))
    shown = repr(client_of(portal).search_invoices(m.RechercheFactures(numeroFacture=NUMBER)))
    assert "identifiantFactureCPP=8" in shown
    assert [secret for secret in PRIVATE if secret in shown] == []


def test_a_log_line_tells_operation_status_code_and_duration(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, logger="chorus_pro")
    portal = ScriptedPortal()
    portal.will(RATES, httpx.Response(200, json={"codeRetour": 20004, "libelle": "non"}))
    with pytest.raises(CallRejected) as raised:
        client_of(portal).vat_rates()
    assert raised.value.kind is RefusalKind.OTHER
    line = caplog.messages[-1]
    assert line.startswith("transverses/recuperer/tauxtva status=200 error=CallRejected codeRetour=20004 duration_ms=")
