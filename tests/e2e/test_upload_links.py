"""An upload link that is used again: whatever comes later, the file that came first is the document."""

import time
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import FOLDER, Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

NORMAL_TIME = 15
"""Seconds for one examination on a shared machine; it takes one alone."""
FORGED = b"%PDF-1.4 FORGED CONTENT"
SIRET = "70000000200015"


@pytest.fixture(scope="module")
def supplier_id(stack: Running) -> str:
    supplier_id = stack.new_supplier(name="Ateliers des Liens", siret=SIRET)
    version = stack.api.call("GET", f"/suppliers/{supplier_id}")["version"]
    change = {"associations": {"": {"supplier_siret": "Fournisseur"}}}
    stack.api.call("PATCH", f"/suppliers/{supplier_id}", json=change, headers={"If-Match": f'"{version}"'})
    return supplier_id


def _announced(stack: Running, supplier_id: str, file_name: str = "facture.pdf") -> dict[str, Any]:
    wanted = {"file_name": file_name, "folder": FOLDER, "metadata": {"Fournisseur": SIRET}}
    return dict(stack.api.call("POST", f"/suppliers/{supplier_id}/uploads", json=wanted))


def _post(form: dict[str, Any], data: bytes) -> int:
    return httpx.post(form["url"], data=form["fields"], files={"file": data}, trust_env=False).status_code


def _original(stack: Running, supplier_id: str, document: str) -> bytes:
    link = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}/original")["url"]
    return httpx.get(link, trust_env=False).raise_for_status().content


def _dropped(stack: Running, supplier_id: str, document: str) -> int:
    events = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices/{document}/history")["events"]
    return sum(each["action"] == "later_file_dropped" for each in events)


def test_a_file_posted_after_the_submission_is_dropped_and_never_shown(
    stack: Running, supplier_id: str, samples: dict[str, Sample]
) -> None:
    good = samples["chu-supervision.pdf"].data + b"\n%link"
    announced = _announced(stack, supplier_id, "mise-en-œuvre.pdf")
    document = announced["document_id"]
    assert _post(announced["upload"], good) == 204
    stack.wait_for(supplier_id, document, "READY", "SUBMITTED")
    stack.stack.run_schedule_now()
    stack.wait_for(supplier_id, document, "SUBMITTED")
    assert _post(announced["upload"], FORGED) == 204, "S3 takes it: a link cannot be closed"
    assert eventually(lambda: _dropped(stack, supplier_id, document) == 1)
    assert _original(stack, supplier_id, document) == good
    s3, bucket = stack.stack.boto_client("s3"), stack.stack.outputs["DocumentsBucket"]
    prefix = f"suppliers/{supplier_id}/documents/{document}/original"
    (stored,) = s3.list_object_versions(Bucket=bucket, Prefix=prefix)["Versions"]
    where = {"Bucket": bucket, "Key": prefix, "VersionId": stored["VersionId"]}
    assert eventually(lambda: "ObjectLockRetainUntilDate" in s3.head_object(**where))
    assert s3.get_object(**where)["Body"].read() == good


def test_of_two_files_posted_before_the_examination_the_first_is_the_document(
    stack: Running, supplier_id: str, samples: dict[str, Sample]
) -> None:
    good = samples["chu-supervision.pdf"].data + b"\n%race"
    announced = _announced(stack, supplier_id)
    document = announced["document_id"]
    assert [_post(announced["upload"], each) for each in (good, FORGED, FORGED + b"2")] == [204] * 3
    stack.wait_for(supplier_id, document, "READY", "TO_COMPLETE", "SUBMITTED")
    assert eventually(lambda: _dropped(stack, supplier_id, document) == 1), "one line for all of them"
    assert _original(stack, supplier_id, document) == good


def test_two_hundred_files_by_one_link_do_not_delay_the_upload_of_another_supplier(
    stack: Running, supplier_id: str, samples: dict[str, Sample]
) -> None:
    announced = _announced(stack, supplier_id)
    with httpx.Client(trust_env=False) as client:
        form = announced["upload"]
        for number in range(200):
            sent = client.post(form["url"], data=form["fields"], files={"file": b"%d" % number})
            assert sent.status_code == 204
    started = time.monotonic()
    other = Sample("facture.pdf", samples["chu-supervision.pdf"].data + b"\n%not delayed")
    neighbour = stack.new_supplier()
    stack.wait_for(neighbour, stack.api.upload(neighbour, other), "READING", "TO_COMPLETE", "READY")
    assert time.monotonic() - started < NORMAL_TIME
    document = announced["document_id"]
    assert _original(stack, supplier_id, document) == b"0"
    assert _dropped(stack, supplier_id, document) <= 1, "one line for all of them, once one was handled"


def _tags(stack: Running, form: dict[str, Any]) -> list[dict[str, str]]:
    """The tags of what the link brought last."""
    s3, bucket = stack.stack.boto_client("s3"), stack.stack.outputs["DocumentsBucket"]
    return list(s3.get_object_tagging(Bucket=bucket, Key=form["fields"]["key"])["TagSet"])


def test_what_is_posted_after_the_attachment_was_deleted_is_temporary_by_itself(
    stack: Running, supplier_id: str
) -> None:
    path = f"/suppliers/{supplier_id}/documents/attachments"
    announced = stack.api.call("POST", f"{path}/uploads", json={"file_name": "bon.pdf"})
    stack.api.call("DELETE", f"{path}/{announced['attachment_id']}")
    form = announced["upload"]
    assert _post(form, b"too late") == 204
    assert _tags(stack, form) == [{"Key": "lifetime", "Value": "days"}]


@pytest.mark.parametrize("tagging", [None, "<Tagging><TagSet/></Tagging>"])
def test_a_link_takes_no_file_without_the_temporary_tag(stack: Running, supplier_id: str, tagging: str | None) -> None:
    form = _announced(stack, supplier_id)["upload"]
    others = {name: value for name, value in form["fields"].items() if name != "tagging"}
    assert _post({**form, "fields": others | ({"tagging": tagging} if tagging else {})}, b"%PDF") == 403


def test_a_link_takes_no_more_than_ten_megabytes(stack: Running, supplier_id: str) -> None:
    form = _announced(stack, supplier_id)["upload"]
    assert _post(form, b"%PDF" + b"0" * 10 * 1024 * 1024) == 400
    assert _post(form, b"") == 400


def test_an_announced_file_that_never_came_is_expected_and_can_be_deleted(stack: Running, supplier_id: str) -> None:
    announced = _announced(stack, supplier_id, "gros.pdf")
    assert _post(announced["upload"], b"%PDF" + b"0" * 10 * 1024 * 1024) == 400
    assert announced["upload_until"] is not None
    listed = stack.api.call("GET", f"/suppliers/{supplier_id}/invoices", params={"counter": "expected"})["invoices"]
    assert announced["document_id"] in {each["document_id"] for each in listed}
    path = f"/suppliers/{supplier_id}/invoices/{announced['document_id']}"
    stack.api.call("DELETE", path, headers={"If-Match": f'"{announced["version"]}"'})


def test_an_attachments_link_keeps_its_first_file_too(stack: Running, supplier_id: str) -> None:
    path = f"/suppliers/{supplier_id}/documents/attachments"
    announced = stack.api.call("POST", f"{path}/uploads", json={"file_name": "bon.pdf"})
    item = f"{path}/{announced['attachment_id']}"
    assert [_post(announced["upload"], each) for each in (b"the order", FORGED)] == [204, 204]
    assert eventually(lambda: stack.api.call("GET", item)["size"] == len(b"the order"))
    link = stack.api.call("GET", f"{item}/original")["url"]
    assert httpx.get(link, trust_env=False).content == b"the order"


@pytest.mark.parametrize("name", ["a\r\nb.pdf", "facture\u202efdp.exe"])
def test_a_hostile_file_name_is_refused_by_every_way_in(stack: Running, supplier_id: str, name: str) -> None:
    path = f"/suppliers/{supplier_id}"
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False) as client:
        for answer in (
            client.post(f"{path}/documents", params={"file_name": name}, content=b"%PDF"),
            client.post(f"{path}/uploads", json={"file_name": name}),
            client.post(f"{path}/documents/attachments", params={"file_name": name}, content=b"x"),
            client.post(f"{path}/documents/attachments/uploads", json={"file_name": name}),
        ):
            assert (answer.status_code, answer.json()["problems"][0]["field"]) == (422, "file_name")
