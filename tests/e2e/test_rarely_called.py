"""Routes that no other story walks through: each answers once, as its description says (every answer is checked)."""

import pytest

from tests.e2e.conftest import Running
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


def test_reading_what_was_configured(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    path = f"/suppliers/{supplier_id}"
    members = stack.api.call("GET", f"{path}/configuration/access")["members"]
    assert [each["roles"] for each in members] == [["administer", "use"]]
    assert stack.api.call("GET", f"{path}/credentials")["credentials_status"]["problems"] == []
    assert stack.api.call("GET", f"{path}/configuration/attachments")["send"] is False
    stack.api.call("POST", f"{path}/configuration/webhooks", json={"url": "http://127.0.0.1:9/events"})
    assert len(stack.api.call("GET", f"{path}/configuration/webhooks")["webhooks"]) == 1
    supplier = stack.api.call("GET", path)
    (criterion,) = supplier["criteria"]
    removed = stack.api.call(
        "DELETE",
        f"{path}/configuration/criteria/{criterion['criterion_id']}",
        headers={"If-Match": f'"{supplier["version"]}"'},
    )
    assert removed["criteria"] == []


def test_an_attachment_from_its_upload_to_its_deletion(stack: Running) -> None:
    path = f"/suppliers/{stack.new_supplier()}/documents/attachments"
    uploaded = stack.api.call("POST", path, params={"file_name": "rib.png", "metadata": "PJ=oui"}, content=b"\x89PNG")
    own = f"{path}/{uploaded['attachment_id']}"
    assert [each["file_name"] for each in stack.api.call("GET", path)["attachments"]] == ["rib.png"]
    assert stack.api.call("GET", f"{own}/original")["url"]
    assert stack.api.call("DELETE", own) == {"deleted": uploaded["attachment_id"]}


def test_the_tracked_invoices_of_a_supplier(stack: Running, samples: dict[str, Sample], demo_supplier: str) -> None:
    path = f"/suppliers/{demo_supplier}"
    assert stack.api.call("GET", f"{path}/tracking/statuses")["statuses"]
    document_id = stack.api.upload(demo_supplier, samples["chu-supervision.pdf"])
    stack.wait_for(demo_supplier, document_id, "READY", "SUBMITTED")
    stack.stack.run_schedule_now()
    stack.wait_for(demo_supplier, document_id, "SUBMITTED")
    history = stack.api.call("GET", f"{path}/invoices/{document_id}/portal-history")
    assert history["steps"]
    assert stack.api.call("POST", f"{path}/invoices/{document_id}/portal-file")["url"]
    assert stack.api.call("POST", f"{path}/tracking/export")["rows"] >= 1


def test_who_the_caller_is_and_what_it_may_do(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    me = stack.api.call("GET", "/me")
    assert me["administers_installation"] is True
    (mine,) = [each for each in me["suppliers"] if each["supplier_id"] == supplier_id]
    assert mine["roles"] == ["administer", "use"]
    siret = mine["siret"]
    stack.api.call("PUT", f"/structures/{siret}/subscriptions/{me['principal']}", json={"mode": "read"})
    assert stack.api.call("GET", f"/structures/{siret}")["siret"] == siret
    assert len(stack.api.call("GET", f"/structures/{siret}/subscriptions")["subscriptions"]) == 1
    (structure,) = [each for each in stack.api.call("GET", "/me")["structures"] if each["siret"] == siret]
    assert structure == {"siret": siret, "roles": [], "mode": "read", "services": None}


def test_a_stranger_learns_of_nothing_but_itself(stack: Running) -> None:
    supplier_id = stack.new_supplier()
    with stack.as_user("nobody-in-particular") as stranger:
        me = stranger.call("GET", "/me")
    assert (me["suppliers"], me["structures"], me["administers_installation"]) == ([], [], False)
    assert supplier_id not in str(me)


def test_a_member_of_a_public_body_sees_its_role(stack: Running) -> None:
    siret = "21999999900015"
    stack.api.call("POST", "/structures", json={"siret": siret, "name": "Ville d'essai"})
    with stack.as_user("clerk") as clerk:
        principal = clerk.call("GET", "/me")["principal"]
        stack.api.call("PUT", f"/structures/{siret}/members/{principal}", json={"role": "administer"})
        (structure,) = clerk.call("GET", "/me")["structures"]
    assert structure == {"siret": siret, "roles": ["administer"], "mode": None, "services": None}


def test_an_upload_in_the_form_most_people_try_first_is_taken(stack: Running, samples: dict[str, Sample]) -> None:
    supplier_id, sample = stack.new_supplier(), samples["chu-supervision.pdf"]
    document = stack.api.call(
        "POST",
        f"/suppliers/{supplier_id}/documents",
        files={"file": (sample.file, sample.data, "application/pdf")},
    )
    assert document["file_name"] == sample.file
