"""Service codes that a message announces, as proposals of the supplier that received it, through the routes."""

from datetime import date
from typing import Any

import pytest

from chorus_connector.adapters.table.announcements import DynamoAnnouncements
from chorus_connector.domain.errors import Transient
from chorus_connector.domain.messages.arrival import ArrivedMessage
from chorus_connector.domain.messages.code_changes import CodeChange
from chorus_connector.domain.suppliers.announced_codes import announced_code
from chorus_connector.usecases.messages.code_proposals import ProposeCodes
from chorus_connector.wiring.notifications import propose_codes
from tests.api.functions import TABLE, Functions
from tests.builders import NOW, a_supplier
from tests.messages.builders import ACME, TOWN, an_announcement

_PROPOSALS = "/suppliers/s1/configuration/proposals"
_ROWS = "/suppliers/s1/configuration/tables/services"
MESSAGE = an_announcement(sender_siret=TOWN, sender_name="Mairie de Saint-Ouen")
ARRIVED = ArrivedMessage(supplier_id="s1", siret=ACME, reference=MESSAGE.reference, sender_siret=TOWN, at=NOW)


def proposed(functions: Functions, **changes: Any) -> dict[str, Any]:
    change = CodeChange(**{"code": "STECH", "label": "service technique", **changes})
    proposal = announced_code(MESSAGE, change, None, now=NOW)
    assert proposal is not None
    functions.tenant().tables.propose(proposal)
    (shown,) = functions.send("GET", _PROPOSALS).body["proposals"]
    return dict(shown)


def test_a_proposal_of_a_message_says_where_it_comes_from_and_for_which_days(functions: Functions) -> None:
    shown = proposed(functions, first_day=date(2027, 3, 1), last_day=date(2027, 8, 31))
    assert (shown["origin"], shown["reference"], shown["document_id"]) == ("message", MESSAGE.reference, "")
    assert (shown["first_day"], shown["last_day"], shown["in_directory"]) == ("2027-03-01", "2027-08-31", False)
    assert shown["row"]["recipient_siret"] == TOWN
    assert "service technique → STECH du 1er mars 2027 au 31 août 2027" in shown["statement"]["fr"]


def test_a_person_gives_the_label_of_the_invoices_on_activation_and_reads_a_caution(functions: Functions) -> None:
    shown = proposed(functions, label=None, first_day=date(2999, 3, 1))
    path = f"{_PROPOSALS}/{shown['proposal_id']}/activate"
    assert functions.send("POST", path, body={"label": "\u0007"}).refusal[0] == 422
    activated = functions.send("POST", path, body={"label": "Ateliers"})
    assert (activated.status, activated.body["label"], activated.body["value"]) == (200, "Ateliers", "STECH")
    assert "1er mars 2999" in activated.body["caution"]["fr"]
    assert [each["label"] for each in functions.send("GET", _ROWS).body["rows"]] == ["Ateliers"]
    assert functions.send("GET", _PROPOSALS).body["proposals"] == []


def test_only_administrators_of_the_supplier_see_it_and_another_tenants_is_a_404(functions: Functions) -> None:
    functions.add_supplier(a_supplier(supplier_id="s2", siret="55208131766522"))
    shown = proposed(functions)
    assert functions.send("GET", "/suppliers/s2/configuration/proposals").body["proposals"] == []
    for action in ("activate", "dismiss"):
        other = f"/suppliers/s2/configuration/proposals/{shown['proposal_id']}/{action}"
        assert functions.send("POST", other).refusal == (404, "not_found")
        own = f"{_PROPOSALS}/{shown['proposal_id']}/{action}"
        assert functions.send("POST", own, by="bob").status == 403
        assert functions.send("POST", own, by="mallory").status == 404


def test_what_cannot_be_read_for_codes_holds_up_no_notification_and_what_may_pass_comes_again(
    functions: Functions, monkeypatch: pytest.MonkeyPatch
) -> None:
    DynamoAnnouncements(functions.dynamodb, TABLE).keep(MESSAGE)

    def broken(error: Exception) -> None:
        def read(*_: Any, **__: Any) -> int:
            raise error

        monkeypatch.setattr(ProposeCodes, "from_message", read)

    broken(ValueError("a text that no rule can read"))
    propose_codes(ARRIVED, now=NOW)
    broken(Transient("", ""))
    with pytest.raises(Transient):
        propose_codes(ARRIVED, now=NOW)
