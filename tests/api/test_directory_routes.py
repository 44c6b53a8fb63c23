"""The directory's routes: for every member of the supplier, and for no other caller."""

from datetime import UTC, datetime, timedelta

import pytest

from chorus_connector.adapters.table.recipient_searches import DynamoRecipientSearches
from chorus_connector.domain.portal.recipient_search import RecipientFound, RecipientQuery, RecipientsFound
from tests.api.functions import TABLE, Functions

_SEARCH = "/suppliers/s1/recipients/search"
LYON = RecipientFound(siret="21690123100011", name="VILLE DE LYON", postal_code="69001", town="LYON")


def keep(functions: Functions, *, days: int, supplier_id: str = "s1") -> None:
    query, at = RecipientQuery(town="Lyon"), datetime.now(UTC) - timedelta(days=days)
    found = RecipientsFound(
        recipients=(LYON,), complete=False, because="accents", spellings=query.spellings, found_at=at
    )
    cache = DynamoRecipientSearches(functions.dynamodb, TABLE, supplier_id)
    cache.put(query.key, found)


@pytest.mark.parametrize("member", ["alice", "bob"])
def test_every_member_searches_and_an_answer_of_today_needs_no_portal(functions: Functions, member: str) -> None:
    keep(functions, days=0)
    answer = functions.send("GET", _SEARCH, by=member, town="LYON ")
    assert (answer.status, answer.body["recipients"]) == (200, [LYON.model_dump()])
    assert (answer.body["stale"], answer.body["complete"], answer.body["cursor"]) == (False, False, None)
    assert answer.body["incomplete_because"] == "accents"


def test_an_older_answer_serves_while_the_portal_cannot_be_asked_and_says_its_age(functions: Functions) -> None:
    keep(functions, days=3)
    answer = functions.send("GET", _SEARCH, by="bob", town="Lyon")
    assert (answer.status, answer.body["stale"]) == (200, True)
    assert answer.body["age_seconds"] >= 3 * 86_400


def test_without_credentials_an_unknown_search_says_what_is_missing(functions: Functions) -> None:
    answer = functions.send("GET", _SEARCH, by="bob", town="Lyon")
    assert answer.refusal == (409, "credentials_unusable")
    assert functions.send("GET", "/suppliers/s1/recipients/21690123100011", by="bob").refusal == answer.refusal


def test_a_stranger_learns_nothing_and_the_search_of_one_supplier_is_unknown_to_another(functions: Functions) -> None:
    keep(functions, days=0)
    assert functions.send("GET", _SEARCH, by="eve", town="Lyon").refusal == (404, "not_found")
    other = functions.tenant().supplier.model_copy(update={"supplier_id": "s2", "identifier": None})
    functions.add_supplier(other)
    asked = functions.send("GET", "/suppliers/s2/recipients/search", by="bob", town="Lyon")
    assert asked.refusal == (409, "credentials_unusable")


def test_a_text_that_names_no_recipient_is_not_found_and_the_portal_is_not_asked(functions: Functions) -> None:
    assert functions.send("GET", "/suppliers/s1/recipients/mairie", by="bob").refusal == (404, "not_found")
    assert functions.send("GET", _SEARCH, by="bob", name="a").refusal == (422, "invalid")
    assert functions.send("GET", _SEARCH, by="bob", siret="2169A").refusal == (422, "invalid_request")
