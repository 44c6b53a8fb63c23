"""Answers in shapes that public clients have seen and that are published nowhere, through the whole adapter."""

import json
from datetime import UTC, date, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.portal.answers import CredentialsRefused, PortalRefused, PortalUnreachable
from chorus_connector.domain.portal.tracking import deposit_from
from tests.adapters.test_portal_translation import SUBMISSION, portal_of
from tests.builders import NOW, SUPPLIER_SIRET, TOWN_SIRET
from tests.chorus_pro.doubles import ok

SEARCH = "factures/rechercher/fournisseur"
NOTHING: dict[str, dict[str, Any]] = {
    "an empty list": {"codeRetour": 0, "listeFactures": []},
    "a null list": {"codeRetour": 0, "listeFactures": None},
    "a code as text": {"codeRetour": "0", "listeFactures": []},
    "the code of searches": {"codeRetour": 20000, "libelle": "TRA_MSG_00.015 : aucun résultat"},
    "another message code": {"codeRetour": 20000, "libelle": "GDP_MSG_05.017 : La recherche n'a rien trouvé"},
    "a message code after the words": {"codeRetour": 20000, "libelle": "Aucun résultat (TRA_MSG_00.015)"},
    "no message code": {"codeRetour": 20000, "libelle": "Aucun résultat"},
    "no words": {"codeRetour": 20000, "libelle": None},
    "words under another code": {"codeRetour": 20012, "libelle": "Aucune facture ne correspond à la recherche"},
}


def account_of(search: dict[str, Any]) -> Any:
    structure = {"idStructureCPP": 42, "identifiant": SUPPLIER_SIRET}
    portal, _ = portal_of(
        {
            "transverses/recuperer/structures/actives/fournisseur": ok(listeStructures=[structure]),
            "structures/consulter": ok(informationGenerales={}),
            SEARCH: httpx.Response(200, json=search),
        },
        siret=SUPPLIER_SIRET,
        portal_structure_id=None,
    )
    return portal.account()


@pytest.mark.parametrize("answer", NOTHING.values(), ids=NOTHING)
def test_whatever_an_empty_search_says_credentials_can_be_checked_and_a_doubt_settled(answer: dict[str, Any]) -> None:
    assert account_of(answer).structure_id == 42
    portal, _ = portal_of({SEARCH: httpx.Response(200, json=answer)})
    assert portal.find("FA-1") == []


@pytest.mark.parametrize(
    "answer",
    [
        {"codeRetour": 20000, "libelle": "GDP_MSG_11.005 : Droits insuffisants"},
        {"codeRetour": 20000, "libelle": "Erreur technique"},
        {"codeRetour": 20001, "libelle": "Refus"},
        {"listeFactures": []},
        {"codeRetour": 0, "listeFactures": [], "parametresRetour": {"total": 3}},
    ],
)
def test_what_is_no_proof_of_absence_is_never_an_empty_search(answer: dict[str, Any]) -> None:
    portal, scripted = portal_of({SEARCH: httpx.Response(200, json=answer)})
    scripted.will(SEARCH, *[httpx.Response(200, json=answer)] * 8)
    with pytest.raises((PortalRefused, PortalUnreachable)):
        portal.find("FA-1")


# --- several structures under one SIRET ---------------------------------------------------------------------------


def structures(*kinds: str) -> dict[str, httpx.Response]:
    """Structures 1, 2… under the town's SIRET: each kind says its status, its nature and perhaps no identifier."""
    rows = [
        {
            "idStructureCPP": number,
            "identifiantStructure": None if "nameless" in kind else TOWN_SIRET,
            "statut": next((word for word in ("INACTIVE", "ACTIVE", "NOUVEAU") if word in kind), None),
        }
        for number, kind in enumerate(kinds, start=1)
    ]
    return {"structures/rechercher": ok(listeStructures=rows, parametresRetour={"total": len(rows)})}


@pytest.mark.parametrize(
    ("kinds", "chosen", "ambiguous"),
    [
        (["INACTIVE PUBLIQUE", "ACTIVE PUBLIQUE"], 2, False),
        (["ACTIVE PRIVEE", "ACTIVE PUBLIQUE"], 2, False),
        (["INACTIVE PUBLIQUE", "ACTIVE PRIVEE"], 2, False),
        (["INACTIVE PRIVEE", "ACTIVE PRIVEE", "ACTIVE PUBLIQUE", "INACTIVE PUBLIQUE"], 3, False),
        (["ACTIVE PUBLIQUE", "ACTIVE PUBLIQUE"], 1, True),
        (["ACTIVE PRIVEE", "ACTIVE PRIVEE"], 1, True),
        (["NOUVEAU PUBLIQUE", "INACTIVE PUBLIQUE"], 1, False),
        (["INACTIVE PUBLIQUE"], 1, False),
        (["ACTIVE nameless PUBLIQUE"], 1, False),
    ],
)
def test_an_active_structure_comes_first_then_a_public_one_and_equal_ones_are_ambiguous(
    kinds: list[str], chosen: int, *, ambiguous: bool
) -> None:
    portal, scripted = portal_of(structures(*kinds))

    def read(request: httpx.Request) -> httpx.Response:
        number = json.loads(request.content)["idStructureCPP"]
        nature = "PUBLIQUE" if "PUBLIQUE" in kinds[number - 1] else "PRIVEE"
        return ok(informationGenerales={"structurePriveePublique": nature})

    scripted.will("structures/consulter", *[read] * len(kinds))
    recipient = portal.recipient(TOWN_SIRET, now=NOW)
    assert recipient is not None
    assert (recipient.portal_id, recipient.ambiguous) == (chosen, ambiguous)
    assert recipient.active == ("INACTIVE" not in kinds[chosen - 1])


# --- the token's trouble ------------------------------------------------------------------------------------------


def test_a_400_with_a_challenge_is_the_tokens_trouble_and_not_the_invoices() -> None:
    challenge = httpx.Response(400, headers={"WWW-Authenticate": 'Bearer realm="PISTE"'})
    portal, scripted = portal_of({})
    scripted.will("factures/soumettre", challenge, ok(identifiantFactureCPP=8))
    assert portal.submit(SUBMISSION, file_id=1, file_name="f.pdf").chorus_id == 8
    scripted.will("factures/soumettre", *[challenge] * 5)
    with pytest.raises(CredentialsRefused) as refused:
        portal.submit(SUBMISSION, file_id=1, file_name="f.pdf")
    assert refused.value.passing


# --- flags, dates, words ------------------------------------------------------------------------------------------

YES = st.sampled_from([True, "OUI", "oui", "true", "True", "1", 1, "O", " Oui "])
NO = st.sampled_from([False, "NON", "non", "false", "False", "0", 0, "N", None])


@given(service=YES, engagement=NO, either=YES, works=NO, unreported=YES)
def test_the_requirements_of_a_recipient_are_read_in_every_form(
    service: object, engagement: object, either: object, works: object, unreported: object
) -> None:
    asks = {
        "codeServiceDoitEtreRenseigne": service,
        "numeroEJDoitEtreRenseigne": engagement,
        "gestionNumeroEJOuCodeService": either,
        "estMoaUniquement": works,
        "statutMiseEnPaiementNestPasRemonte": unreported,
    }
    portal, _ = portal_of(structures("ACTIVE") | {"structures/consulter": ok(parametres=asks)})
    recipient = portal.recipient(TOWN_SIRET, now=NOW)
    assert recipient is not None
    assert (recipient.service_required, recipient.engagement_required) == (True, False)
    assert (recipient.service_or_engagement_required, recipient.works_invoices_only) == (True, False)
    assert not recipient.reports_payment


ROW = {"identifiantFactureCPP": "8000001", "numeroFacture": "FA-1", "montantTTC": "20", "statut": "DEPOSEE"}


@pytest.mark.parametrize(
    ("day", "moment"),
    [
        ("11/07/2026", "11/07/2026 15:45:39"),
        (1783720800000, 1783777539000),
        ("2026-07-11", "2026-07-11T15:45:39.000+0200"),
        ("2026-07-11", "2026-07-11T13:45:39Z"),
        ("2026-07-11T00:00:00.000+02:00", "2026-07-11 15:45:39"),
    ],
)
def test_the_dates_of_a_row_are_read_in_every_form(day: object, moment: object) -> None:
    portal, _ = portal_of({SEARCH: ok(listeFactures=[{**ROW, "dateDepot": day, "dateHeureEtatCourant": moment}])})
    (found,) = portal.find("FA-1")
    assert found.deposited_on == date(2026, 7, 11)
    assert found.status_at is not None
    assert found.status_at.astimezone(UTC) == datetime(2026, 7, 11, 13, 45, 39, tzinfo=UTC)
    assert (found.chorus_id, found.unread) == (8000001, {})


def test_what_a_row_says_in_no_known_form_is_kept_and_shown() -> None:
    row = {
        **ROW,
        "statut": "ABSENCE_DE_VALIDATION",
        "typeFacture": "ACOMPTE",
        "dateHeureEtatCourant": "samedi matin",
        "champInconnu": "x",
    }
    portal, _ = portal_of({SEARCH: ok(listeFactures=[row])})
    (found,) = portal.find("FA-1")
    deposit = deposit_from(found)
    assert deposit.status == "ABSENCE_DE_VALIDATION"
    assert deposit.unread == {"typeFacture": "ACOMPTE", "dateHeureEtatCourant": "samedi matin"}


def test_a_row_under_the_other_name_of_its_status_has_it_and_rows_without_a_code_are_an_answer() -> None:
    row = {"identifiantFactureCPP": 8, "numeroFacture": "FA-1", "montantTotal": 100.0, "statutFacture": "DEPOSEE"}
    for answer in ({"codeRetour": 0, "listeFactures": [row]}, {"listeFactures": [row]}):
        portal, _ = portal_of({SEARCH: httpx.Response(200, json=answer)})
        (found,) = portal.find("FA-1")
        assert (found.status, found.total_ttc) == ("DEPOSEE", None)
