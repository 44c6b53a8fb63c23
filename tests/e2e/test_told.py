"""What people learn while the portal fails: refused credentials, held invoices and an outage, over HTTP."""

from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from tests.e2e.conftest import Running
from tests.e2e.test_notifications import Receiver, a_receiver
from tests.e2e.test_sending import SAMPLES, Sender
from tests.patience import eventually
from tests.real_portal import fault
from tools.demo import CREDENTIALS, Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

CODE = "credentials_api_consent"
HELD = "documents.held"


def _feed(sender: Sender) -> list[tuple[str, str | None]]:
    """The type of each line of the feed with its reason or what changed in the access, oldest first."""
    page = sender.running.api.call("GET", f"{sender.path}/notifications", params={"limit": 100})
    return [(each["type"], each["reason"] or each["access"]) for each in reversed(page["notifications"])]


def _raw(sender: Sender, method: str, path: str, **request: Any) -> httpx.Response:
    """The answer to a request about the supplier, whatever its status."""
    stack = sender.running.stack
    headers = {"Authorization": f"Bearer {stack.admin_token()}", **request.pop("headers", {})}
    url = f"{stack.api_url}{sender.path}{path}"
    return httpx.request(method, url, headers=headers, trust_env=False, timeout=40, **request)


def _subscribe(sender: Sender, *kinds: str) -> None:
    me = sender.running.stack.subject(sender.running.stack.admin_token())
    for kind in kinds:
        sender.running.api.call("PUT", f"{sender.path}/configuration/notifications/{kind}/{me}", json={})


@pytest.mark.row("S10", "S11", "S12", "B08")
def test_credentials_refused_while_an_invoice_is_sent_show_at_once_and_are_announced_once_like_their_end(
    stack: Running, samples: dict[str, Sample]
) -> None:
    sender = Sender(stack, "90000001100014")
    _subscribe(sender, "held", "portal", "waiting")
    with a_receiver(Receiver()) as receiver:
        types = ["portal.access_changed", "document.held"]
        stack.api.call("POST", f"{sender.path}/configuration/webhooks", json={"url": receiver.url, "types": types})
        documents = [sender.ready(samples[file]) for file in SAMPLES]
        fault(stack.simulator, "*", effect="forbidden", times=None, login=sender.login)
        for _ in range(2):
            stack.stack.run_schedule_now()
            for document in documents:
                assert [each["code"] for each in sender.settled(document, "HELD")["problems"]] == [CODE]
        credentials = stack.api.call("GET", f"{sender.path}/credentials")
        refused = credentials["refused"]
        assert (refused["code"], refused["suspected"]) == (CODE, False)
        assert refused["since"]
        shown = credentials["credentials_status"]["problems"]
        assert (shown[0]["code"], shown[0]["blocking"]) == (CODE, True)
        told = [("portal.access_changed", CODE), (HELD, CODE)]
        assert eventually(lambda: sorted(_feed(sender)) == sorted(told)), _feed(sender)
        assert [each["codes"] for each in stack.api.call("GET", f"{sender.path}/credentials")["announcements"]] == [
            [CODE]
        ]
        listed = stack.api.call("GET", f"{sender.path}/tracking")
        assert (listed["stale"], listed["stale_because"]["code"]) == (True, CODE)
        assert listed["asked_again_at"]
        assert eventually(lambda: len(receiver.accepted) >= 1 + len(documents))
        assert sorted(receiver.types()) == ["document.held"] * len(documents) + ["portal.access_changed"]
        stack.simulator.portal.faults.clear()
        keys = {**CREDENTIALS, "technical_login": sender.login}
        saved = stack.api.call("PUT", f"{sender.path}/credentials", json=keys)
        assert saved["credentials_status"]["problems"] == shown[1:]
        assert stack.api.call("GET", f"{sender.path}/credentials")["refused"] is None
        stack.stack.run_schedule_now()
        for document in documents:
            sender.settled(document, "SUBMITTED")
        told.append(("portal.access_changed", "credentials_work_again"))
        assert eventually(lambda: sorted(map(str, _feed(sender))) == sorted(map(str, told))), _feed(sender)


@pytest.mark.row("S10", "S11")
def test_a_password_that_was_changed_at_the_portal_shows_with_the_first_invoice_that_meets_it(
    stack: Running, samples: dict[str, Sample]
) -> None:
    sender = Sender(stack, "90000001600019")
    _subscribe(sender, "portal")
    document = sender.ready(samples[SAMPLES[0]])
    stack.simulator.portal.suppliers.accounts[sender.login].password = SecretStr("changed at the portal")
    stack.stack.run_schedule_now()
    sender.settled(document, "HELD")
    refused = stack.api.call("GET", f"{sender.path}/credentials")["refused"]
    # PISTE answers the same to good keys now and then: the keys are blamed after a quarter of an hour
    assert (refused["code"], refused["actor"], refused["suspected"]) == (
        "credentials_technical_account",
        "manager",
        True,
    )
    assert eventually(lambda: _feed(sender) == [("portal.access_changed", "credentials_technical_account")]), _feed(
        sender
    )


@pytest.mark.row("S20", "S22", "B08")
def test_a_young_suppliers_list_says_its_age_in_an_outage_and_is_live_with_the_first_answer_after_it(
    stack: Running, samples: dict[str, Sample]
) -> None:
    sender = Sender(stack, "90000001200011")
    _subscribe(sender, "held")
    first = stack.api.call("GET", f"{sender.path}/tracking")
    assert (first["stale"], first["complete"], first["incomplete_because"]["code"]) == (False, False, "first_retrieval")
    documents = [sender.ready(samples[file]) for file in SAMPLES]
    fault(stack.simulator, "*", status=503, times=None, login=sender.login)
    try:
        assert eventually(lambda: bool(stack.api.call("GET", f"{sender.path}/tracking")["stale"]))
        stack.stack.run_schedule_now()
        for document in documents:
            sender.settled(document, "HELD")
        down = stack.api.call("GET", f"{sender.path}/tracking")
        assert down["retrieved_at"] is not None
        assert down["age_seconds"] is not None
        assert down["stale_because"]["code"] == "portal_unavailable"
        assert eventually(lambda: _feed(sender) == [(HELD, "portal_unavailable")]), "one line for three invoices"
    finally:
        stack.simulator.portal.faults.clear()
    assert eventually(lambda: not stack.api.call("GET", f"{sender.path}/tracking")["stale"])
    stack.stack.run_schedule_now()
    for document in documents:  # the first run after the outage sends all
        sender.settled(document, "SUBMITTED")
    assert _feed(sender) == [(HELD, "portal_unavailable")]


@pytest.mark.row("S10", "S20", "B08")
def test_with_the_portal_down_no_call_that_kept_nothing_says_that_an_invoice_waits(
    stack: Running, samples: dict[str, Sample]
) -> None:
    sender = Sender(stack, "90000001300018")
    document = sender.ready(samples[SAMPLES[0]])
    stack.stack.run_schedule_now()
    sent = sender.settled(document, "SUBMITTED")
    version = {"If-Match": f'"{stack.api.call("GET", sender.path)["version"]}"'}
    mine, invoice = {"If-Match": f'"{sent["version"]}"'}, f"/invoices/{document}"
    keys = {**CREDENTIALS, "technical_login": sender.login}
    fault(stack.simulator, "*", status=503, times=None, login=sender.login)
    try:
        answers = {
            "credentials": _raw(sender, "PUT", "/credentials", json=keys),
            "bank accounts": _raw(sender, "GET", "/configuration/bank-accounts"),
            "attachment types": _raw(sender, "GET", "/configuration/attachment-types"),
            "a SIRET": _raw(sender, "PATCH", "", json={"siret": "90000001400015"}, headers=version),
            "the portal's file": _raw(sender, "POST", f"{invoice}/portal-file"),
            "recycling": _raw(sender, "POST", f"{invoice}/recycle", json={}, headers=mine),
            "a rejection": _raw(sender, "POST", f"{invoice}/treat-rejection", json={}, headers=mine),
            "the history": _raw(sender, "GET", f"{invoice}/portal-history"),
            "the list": _raw(sender, "GET", "/tracking"),
            "the other list": _raw(sender, "GET", "/to-process"),
        }
    finally:
        stack.simulator.portal.faults.clear()
    for name, answer in answers.items():
        assert "partira" not in answer.text, name
        assert answer.status_code < 500 or answer.status_code == 503, (name, answer.text)
    for name in ("credentials", "bank accounts", "attachment types", "the portal's file"):
        assert answers[name].status_code == 503, (name, answers[name].text)
        assert "rien n'a été" in answers[name].json()["fr"], name
        assert answers[name].headers["Retry-After"]
    assert "rien n'a été enregistré" in answers["credentials"].json()["fr"]
    assert answers["the history"].json()["stale_because"]["code"] == "portal_unavailable"


@pytest.mark.row("S11")
@pytest.mark.parametrize("principal", ["nobody-at-all", "group:no-such-group"])
def test_a_principal_that_the_user_pool_does_not_know_is_refused_on_a_list(stack: Running, principal: str) -> None:
    sender = Sender(stack, "9000000150001" + ("2" if principal == "nobody-at-all" else "3"))
    answer = _raw(sender, "PUT", f"/configuration/notifications/held/{principal}", json={})
    assert answer.status_code == 422
    assert [each["code"] for each in answer.json()["problems"]] == ["unknown_principal"]
