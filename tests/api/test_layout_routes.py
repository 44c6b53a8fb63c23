"""The routes of taught layouts, and who confirms a form."""

import pytest

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument, TaughtField
from chorus_connector.domain.reading.result import KnownLayout
from chorus_connector.wiring.tenant import Tenant
from tests.api.functions import Functions
from tests.builders import NOW, TOWN_SIRET, a_reading, a_recipient, a_supplier, add_read
from tests.fakes import FakePortal

_LAYOUTS = "/suppliers/s1/layouts"
_FORM = "/suppliers/s1/invoices/d1"


@pytest.fixture(autouse=True)
def portal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Tenant, "portal", FakePortal([a_recipient()]))


def taught(functions: Functions, *document_ids: str) -> None:
    documents = tuple(TaughtDocument(document_id=each, at=NOW, values={"iban": "FR76"}) for each in document_ids)
    fields = {"iban": TaughtField(printed=2, given=3, right=2)}
    layout = Layout(layout_id="l1", confirmed=2, documents=documents, fields=fields, last_seen=NOW)
    functions.tenant().layouts.save(0, put=layout)


@pytest.mark.row("B09")
def test_layouts_are_shown_with_how_often_they_were_right_and_without_values(functions: Functions) -> None:
    add_read(functions.tenant().invoices, a_reading())
    taught(functions, "d1", "hidden")
    (listed,) = functions.send("GET", _LAYOUTS, by="bob").body["layouts"]
    assert (listed["layout_id"], listed["confirmed"], listed["asks"]) == ("l1", 2, False)
    assert (listed["given"], listed["right"], listed["last_seen"]) == (3, 2, NOW.isoformat())
    shown = functions.send("GET", f"{_LAYOUTS}/l1", by="bob")
    assert shown.body["fields"] == {"iban": {"printed": 2, "anchors": 0, "given": 3, "right": 2}}
    assert [each["document_id"] for each in shown.body["documents"]] == ["d1"], "those that the caller may see"
    assert "FR76" not in str(shown.body)


@pytest.mark.row("B09")
def test_a_layout_says_what_is_missing_and_that_a_correction_began_the_count_again(functions: Functions) -> None:
    documents = tuple(
        TaughtDocument(
            document_id=each, at=NOW, values={}, was_trusted=each == "d3", wrong=("invoice_number",) * (each == "d3")
        )
        for each in ("d1", "d2", "d3")
    )
    functions.tenant().layouts.save(0, put=Layout(layout_id="l1", confirmed=0, documents=documents, last_seen=NOW))
    (listed,) = functions.send("GET", _LAYOUTS, by="bob").body["layouts"]
    assert (listed["confirmations_missing"], listed["corrected_at"]) == (2, NOW.isoformat())


@pytest.mark.row("B09")
def test_an_administrator_forgets_a_layout_and_the_trail_says_who(functions: Functions) -> None:
    taught(functions, "d1")
    assert functions.send("DELETE", f"{_LAYOUTS}/l1", by="bob").refusal == (403, "forbidden")
    assert functions.send("DELETE", f"{_LAYOUTS}/l1").body == {"forgotten": "l1"}
    for method in ("GET", "DELETE"):
        assert functions.send(method, f"{_LAYOUTS}/l1").refusal == (404, "not_found")
    (line, *_) = functions.send("GET", "/suppliers/s1/configuration/audit").body["changes"]
    assert (line["by"], line["item"], line["action"]) == ("alice", "layouts/l1", "forgotten")


@pytest.mark.row("B09")
def test_another_suppliers_layout_does_not_exist(functions: Functions) -> None:
    functions.add_supplier(a_supplier(supplier_id="s2", siret=TOWN_SIRET))
    taught(functions, "d1")
    assert functions.send("GET", "/suppliers/s2/layouts").body == {"layouts": []}
    for method in ("GET", "DELETE"):
        assert functions.send(method, "/suppliers/s2/layouts/l1").refusal == (404, "not_found")
        assert functions.send(method, f"{_LAYOUTS}/l1", by="eve").refusal == (404, "not_found")
    assert len(functions.tenant().layouts.all().layouts) == 1


def test_a_form_says_by_which_layout_it_was_read(functions: Functions) -> None:
    by_layout = a_reading().model_copy(update={"layout": KnownLayout(id="l1", confirmed=1)})
    add_read(functions.tenant().invoices, by_layout, State.TO_COMPLETE)
    add_read(functions.tenant().invoices, a_reading(), State.TO_COMPLETE, document_id="d2")
    assert functions.send("GET", f"{_FORM}/form").body["layout"] == {"id": "l1", "confirmed": 1}
    assert functions.send("GET", "/suppliers/s1/invoices/d2/form").body["layout"] is None


@pytest.mark.row("B09")
@pytest.mark.parametrize("action", ["validate", "submit"])
def test_a_person_confirms_in_their_own_name_and_a_system_in_a_persons(functions: Functions, action: str) -> None:
    invoices = functions.tenant().invoices
    add_read(invoices, a_reading(), State.TO_COMPLETE)
    named = {"confirmed_by": "m.durand"}
    refused = functions.send("POST", f"{_FORM}/{action}", version=0, body=named)
    assert refused.refusal == (422, "invalid")
    assert [each["code"] for each in refused.body["problems"]] == ["confirmed_by_is_the_caller"]
    assert functions.send("POST", f"{_FORM}/{action}", version=0, by="bob", system=True).status < 300
    assert invoices.get("d1").confirmed_by is None
    assert functions.send("POST", f"{_FORM}/{action}", version=1, by="bob", system=True, body=named).status < 300
    assert invoices.get("d1").confirmed_by == "m.durand"
    assert functions.send("POST", f"{_FORM}/{action}", version=2).status < 300
    assert invoices.get("d1").confirmed_by == "alice"
