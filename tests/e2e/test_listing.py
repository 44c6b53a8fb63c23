"""Every document is found, counted and, if it was never sent, deleted: on the local stack, through the HTTP API."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.e2e.conftest import Running
from tests.patience import eventually
from tools.demo import Sample

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


class Desk:
    """The administrator of one supplier with four documents: two wait, one is set aside, one is no PDF."""

    def __init__(self, stack: Running, client: httpx.Client, supplier_id: str, page: bytes) -> None:
        self.stack, self.client, self.supplier_id, self.page = stack, client, supplier_id, page
        self.path = f"/suppliers/{supplier_id}"

    def upload(self, name: str, *, folder: str = "factures", content: bytes | None = None) -> dict[str, Any]:
        data = content or self.page + f"\n% {name}".encode()
        taken = self.client.post(
            f"{self.path}/documents",
            params={"file_name": name, "folder": folder},
            content=data,
            headers={"Content-Type": "application/pdf"},
        )
        assert taken.status_code in (200, 202), taken.text
        return self.stack.wait_for(
            self.supplier_id, taken.json()["document_id"], "TO_COMPLETE", "READY", "SET_ASIDE", "UNUSABLE"
        )

    def listed(self, **query: Any) -> list[str]:
        answer = self.client.get(f"{self.path}/invoices", params=query)
        assert answer.status_code == 200, answer.text
        return [each["file_name"] for each in answer.json()["invoices"]]

    def counts(self) -> dict[str, Any]:
        return dict(self.client.get(f"{self.path}/invoices/counts").json())

    def counted(self) -> dict[str, int]:
        return {name: each["count"] for name, each in self.counts()["counters"].items() if each["count"]}

    def delete(self, document: dict[str, Any]) -> httpx.Response:
        version = self.client.get(f"{self.path}/invoices/{document['document_id']}").headers["etag"]
        return self.client.delete(f"{self.path}/invoices/{document['document_id']}", headers={"If-Match": version})


@pytest.fixture(scope="module")
def desk(stack: Running, samples: dict[str, Sample]) -> Iterator[Desk]:
    supplier_id = stack.new_supplier(name="Menuiserie Lévêque")
    headers = {"Authorization": f"Bearer {stack.stack.admin_token()}"}
    with httpx.Client(base_url=stack.stack.api_url, headers=headers, trust_env=False, timeout=60) as client:
        made = Desk(stack, client, supplier_id, samples["lettre-assistance-mairie.pdf"].data)
        made.upload("Été 2026.pdf")
        made.upload("Hiver 2026.pdf")
        made.upload("Brouillon.pdf", folder="brouillons")
        made.upload("image.pdf", content=b"no PDF at all")
        yield made


@pytest.mark.row("S29")
@pytest.mark.row("B12")
def test_what_was_set_aside_is_listed_and_counted(desk: Desk) -> None:
    assert desk.listed() == ["image.pdf", "Brouillon.pdf", "Hiver 2026.pdf", "Été 2026.pdf"]
    assert desk.listed(state="SET_ASIDE") == desk.listed(list="aside") == ["Brouillon.pdf"]
    assert desk.listed(counter="set_aside") == ["Brouillon.pdf"]
    assert desk.listed(text="ete 2026") == ["Été 2026.pdf"]
    assert desk.listed(direction="ascending", list="to_process")[0] == "Été 2026.pdf"
    assert desk.client.get(f"{desk.path}/invoices", params={"state": "ASLEEP"}).status_code == 422
    assert eventually(lambda: desk.counted().get("set_aside") == 1 and desk.counted().get("unusable") == 1)
    counts = desk.counts()
    assert (counts["kept"], counts["complete"], sum(counts["states"].values())) == (True, True, 4)
    assert sum(counts["lists"].values()) == 4


@pytest.mark.row("B11")
@pytest.mark.row("B12")
def test_what_was_never_sent_is_deleted_and_its_file_may_come_again(desk: Desk) -> None:
    document = desk.upload("Essai.pdf", folder="brouillons")
    assert eventually(lambda: desk.counted().get("set_aside") == 2)
    gone = desk.delete(document)
    assert (gone.status_code, gone.json()) == (200, {"deleted": document["document_id"]}), gone.text
    assert desk.client.get(f"{desk.path}/invoices/{document['document_id']}").status_code == 404
    assert "Essai.pdf" not in desk.listed()
    assert eventually(lambda: desk.counted().get("set_aside") == 1)
    again = desk.upload("Essai.pdf", folder="brouillons")
    assert again["document_id"] != document["document_id"]
    assert desk.delete(again).status_code == 200
    trail = desk.client.get(f"{desk.path}/configuration/audit").json()["changes"]
    assert [each["item"] for each in trail if each["action"] == "deleted"] == [
        f"documents/{each['document_id']}" for each in (again, document)
    ]


@pytest.mark.row("B12")
def test_the_summary_counts_what_waits_at_each_supplier(desk: Desk) -> None:
    def line() -> dict[str, Any]:
        found: list[dict[str, Any]] = []
        cursor = None
        while True:
            page = desk.client.get("/me/summary", params={"cursor": cursor} if cursor else {}).json()
            found += page["suppliers"]
            cursor = page["cursor"]
            if cursor is None:
                return next(each for each in found if each["supplier_id"] == desk.supplier_id)

    assert eventually(lambda: (line()["counters"] or {}).get("unusable") == 1)
    assert line()["credentials"]["saved"]
    assert line()["credentials"]["password_days_left"] > 0
