"""Every recorded form of an answer is parsed; each sample contains the expected result."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.chorus_pro import errors, operations, wire
from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    CallRejected,
    ChorusProError,
    DuplicateNumber,
    NoReadableAnswer,
    NotSent,
    PortalUnavailable,
    Reason,
    RefusalKind,
)
from chorus_connector.chorus_pro.leniency import note_once
from chorus_connector.chorus_pro.operations import OPERATIONS, SEARCH_INVOICES, SUBMIT, Operation

SAMPLES = Path(__file__).parent.parent / "samples" / "chorus_pro"
BY_METHOD = {operation.method: operation for operation in OPERATIONS}


def sample(name: str) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def judge(it: dict[str, Any]) -> dict[str, Any]:
    body = it["text"] if "text" in it else json.dumps(it["json"], ensure_ascii=False)
    return wire.decipher(BY_METHOD[it["operation"]], it["status"], it["headers"], body.encode())


@pytest.mark.parametrize("name", sorted(path.stem for path in SAMPLES.glob("*.json")))
def test_a_recorded_answer_is_judged_as_its_sample_says(name: str) -> None:
    it = sample(name)
    expected = dict(it["expect"])
    if "payload" in expected:
        payload = judge(it)
        assert {key: payload[key] for key in expected["payload"]} == expected["payload"]
        return
    kind = getattr(errors, expected.pop("error"))
    with pytest.raises(kind) as raised:
        judge(it)
    assert type(raised.value) is kind
    assert {key: getattr(raised.value, key) for key in expected} == expected


def test_amounts_keep_their_digits() -> None:
    payload = judge(sample("search_invoices_one_page"))
    assert payload["listeFactures"][0]["montantTTC"] == Decimal("600.1")


def test_a_refusal_keeps_the_portals_own_text_without_its_code() -> None:
    with pytest.raises(CallRejected) as raised:
        judge(sample("flow_report_not_found_yet"))
    assert raised.value.text == "Flux introuvable."


@pytest.mark.parametrize(
    ("text", "duplicate"),
    [
        ("Le numéro de facture existe déjà pour ce fournisseur (doublon).", True),
        ("Une facture portant ce numéro a déjà été déposée.", True),
        ("Ce numero est DÉJÀ utilisé", True),
        ("Doublon", True),
        ("Le numéro de facture doit être unique", True),
        ("Le numéro de facture dépasse 20 caractères.", False),
        ("La structure est déjà inactive", False),
        ("", False),
    ],
)
def test_a_duplicate_is_recognised_by_its_french_words(text: str, *, duplicate: bool) -> None:
    body = json.dumps({"codeRetour": 20999, "libelle": text}).encode()
    with pytest.raises(CallRejected) as raised:
        wire.decipher(SUBMIT, 200, {}, body)
    assert isinstance(raised.value, DuplicateNumber) is duplicate


def test_only_a_submission_can_be_a_duplicate() -> None:
    body = json.dumps({"codeRetour": 20999, "libelle": "Ce numéro existe déjà"}).encode()
    with pytest.raises(CallRejected) as raised:
        wire.decipher(operations.RECYCLE, 200, {}, body)
    assert raised.value.kind is RefusalKind.OTHER


def test_a_body_in_latin_1_is_read_in_latin_1() -> None:
    headers = {"Content-Type": "application/json; charset=ISO-8859-1"}
    body = '{"codeRetour":0,"libelle":"déposée"}'.encode("latin-1")
    assert wire.decipher(SUBMIT, 200, headers, body)["libelle"] == "déposée"


def test_a_body_in_a_surprising_encoding_does_not_cost_us_the_answer() -> None:
    body = '{"codeRetour":0,"libelle":"déposée","identifiantFactureCPP":8}'.encode("latin-1")
    assert wire.decipher(SUBMIT, 200, {}, body)["identifiantFactureCPP"] == 8


def test_a_byte_order_mark_is_harmless() -> None:
    assert wire.decipher(SUBMIT, 200, {}, '\ufeff{"codeRetour":0}'.encode())["codeRetour"] == 0


def test_a_body_nested_beyond_reason_is_unreadable_rather_than_a_crash() -> None:
    with pytest.raises(NoReadableAnswer):
        wire.decipher(SUBMIT, 200, {}, b'{"a":' + b"[" * 200_000)


short_text = st.text("aBé0 :;=,_<.", max_size=10)
any_operation = st.sampled_from(OPERATIONS)
any_body = st.one_of(
    st.binary(max_size=60),
    st.dictionaries(
        st.sampled_from(["codeRetour", "libelle", "error", "listeFactures", "parametresRetour"]),
        st.one_of(st.none(), st.booleans(), st.integers(), short_text, st.lists(st.integers(), max_size=2)),
    ).map(lambda found: json.dumps(found).encode()),
)
any_headers = st.dictionaries(
    st.sampled_from(["Content-Type", "Retry-After", "WWW-Authenticate", "Date"]),
    st.one_of(short_text, st.sampled_from(["Bearer error=x", "Basic realm=y", "text/html; charset=utf-7"])),
)


@given(any_operation, st.integers(100, 599), any_headers, any_body)
def test_any_answer_is_a_payload_or_one_of_our_errors(
    operation: Operation, status: int, headers: dict[str, str], body: bytes
) -> None:
    try:
        payload = wire.decipher(operation, status, headers, body)
    except ChorusProError as error:
        assert not (error.may_have_been_processed and operation.idempotent)  # noqa: PT017
    else:
        assert isinstance(payload, dict)
        assert 200 <= status < 300


@given(st.integers(300, 599), any_headers, any_body)
def test_a_submission_that_got_no_judgement_is_in_doubt_and_never_merely_unavailable(
    status: int, headers: dict[str, str], body: bytes
) -> None:
    with pytest.raises(ChorusProError) as raised:
        wire.decipher(SUBMIT, status, headers, body)
    error = raised.value
    if isinstance(error, PortalUnavailable):
        assert isinstance(error, errors.Throttled)
    if status >= 500 and "bearer" not in headers.get("WWW-Authenticate", "").lower():
        assert isinstance(error, NoReadableAnswer)


@given(any_headers, any_body)
def test_a_search_is_empty_only_when_the_portal_says_so(headers: dict[str, str], body: bytes) -> None:
    try:
        payload = wire.decipher(SEARCH_INVOICES, 200, headers, body)
    except ChorusProError:
        return
    if not payload.get("listeFactures"):
        assert wire.return_code(payload) in (0, 20000)


@pytest.mark.parametrize(
    ("code", "label", "empty"),
    [
        (20000, "TRA_MSG_00.015 : aucun résultat", True),
        (20000, "GDP_MSG_07.031 : La recherche n'a retourné aucun résultat", True),
        (20000, "La recherche n'a rien rendu (ABC_MSG_11_222)", True),
        (20000, None, True),
        (20000, "", True),
        (20004, "Aucune facture ne correspond à vos critères.", True),
        (20004, "Pas de résultat", True),
        (20004, "Autre chose", False),
        (20000, "GDP_MSG_11.005 : Vous ne pouvez pas", False),
        (20000, "Une erreur technique est survenue", False),
        (20000, "Le compte n'a pas les droits sur cette structure", False),
        (20000, "L'identifiant du fournisseur est inconnu", False),
        (1, "", False),
    ],
)
def test_an_empty_search_is_empty_whatever_its_message_code_unless_its_words_name_a_fault(
    code: int, label: str | None, *, empty: bool
) -> None:
    body = json.dumps({"codeRetour": code, "libelle": label}).encode()
    if empty:
        assert wire.decipher(SEARCH_INVOICES, 200, {}, body)["listeFactures"] == []
        return
    with pytest.raises(CallRejected):
        wire.decipher(SEARCH_INVOICES, 200, {}, body)


@pytest.mark.parametrize("operation", [SUBMIT, operations.COMPLETE, operations.READ_STRUCTURE, operations.FLOW_REPORT])
def test_only_a_search_can_be_empty(operation: Operation) -> None:
    body = json.dumps({"codeRetour": 20000, "libelle": "Aucun résultat"}).encode()
    with pytest.raises(CallRejected):
        wire.decipher(operation, 200, {}, body)


def test_an_unknown_code_of_an_empty_search_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    note_once.cache_clear()
    body = json.dumps({"codeRetour": 20000, "libelle": "XYZ_MSG_12.345 : rien pour Durand"}).encode()
    for _ in range(3):
        wire.decipher(SEARCH_INVOICES, 200, {}, body)
    (line,) = [each.getMessage() for each in caplog.records]
    assert "20000/XYZ_MSG_12.345" in line
    assert "Durand" not in line


def test_rows_without_a_code_are_an_answer_and_an_empty_list_without_one_proves_nothing() -> None:
    rows = [{"identifiantFactureCPP": 1}]
    body = json.dumps({"listeFactures": rows}).encode()
    assert wire.decipher(SEARCH_INVOICES, 200, {}, body)["listeFactures"] == rows
    for nothing in ([], None, True, [1]):
        with pytest.raises(PortalUnavailable):
            wire.decipher(SEARCH_INVOICES, 200, {}, json.dumps({"listeFactures": nothing}).encode())


CHALLENGE = {"WWW-Authenticate": 'Bearer realm="PISTE"'}


@pytest.mark.parametrize(
    ("status", "headers", "body", "which", "passing"),
    [
        (400, CHALLENGE, b"", "token", True),
        (400, {"www-authenticate": 'Bearer realm="DefaultRealm", error="invalid_request"'}, b"", "token", True),
        (401, CHALLENGE, b"", "technical_account", True),
        (401, {}, b"", "technical_account", True),
        (401, {}, b'{"codeRetour":20001,"libelle":"Compte inconnu"}', "technical_account", False),
        (403, CHALLENGE, b"", "api_consent", False),
        (403, {}, b"", "api_consent", False),
        (403, {}, b'{"codeRetour":20001,"libelle":"x"}', "technical_account", False),
    ],
)
def test_what_the_gate_refuses_may_pass_and_what_chorus_pro_refuses_does_not(
    status: int, headers: dict[str, str], body: bytes, which: str, *, passing: bool
) -> None:
    with pytest.raises(AccessDenied) as raised:
        wire.decipher(SUBMIT, status, headers, body)
    assert (raised.value.which, raised.value.passing) == (which, passing)


def test_a_400_with_a_judgement_of_chorus_pro_is_the_invoices_trouble_in_spite_of_a_challenge() -> None:
    with pytest.raises(CallRejected):
        wire.decipher(SUBMIT, 400, CHALLENGE, b'{"codeRetour":20101,"libelle":"Le montant est faux"}')


def test_a_token_is_read_with_its_life() -> None:
    body = b'{"access_token":"abc.def","token_type":"Bearer","expires_in":3600,"scope":"openid"}'
    token = wire.decipher_token("x", 200, {}, body)
    assert (token.value, token.expires_in) == ("abc.def", 3600)
    assert "abc" not in repr(token)


@pytest.mark.parametrize(
    ("status", "body", "culprit"),
    [
        (400, b'{"error":"invalid_client","error_description":"x"}', "piste_application"),
        (401, b'{"error":"unauthorized_client"}', "piste_application"),
        (400, b'{"error":"invalid_scope"}', "api_consent"),
        (403, b"", "piste_application"),
    ],
)
def test_a_refused_token_names_the_application(status: int, body: bytes, culprit: str) -> None:
    with pytest.raises(AccessDenied) as raised:
        wire.decipher_token("x", status, {}, body)
    assert raised.value.which == culprit


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b"<html>"),
        (200, b'{"access_token":"two\\nlines","expires_in":60}'),
        (200, b'{"access_token":null}'),
        (429, b""),
        (502, b"<html>"),
    ],
)
def test_a_token_service_in_trouble_means_that_nothing_was_sent(status: int, body: bytes) -> None:
    with pytest.raises(NotSent) as raised:
        wire.decipher_token("x", status, {}, body)
    assert raised.value.reason is Reason.TOKEN_SERVICE
