"""What the search of the directory relies on: the same on the fake and on DynamoDB."""

from collections.abc import Iterator
from typing import Any

import pytest
from moto import mock_aws

from chorus_connector.adapters.table import keys
from chorus_connector.adapters.table.recipient_searches import DynamoRecipientSearches
from chorus_connector.domain.errors import NotCached
from chorus_connector.domain.portal.recipient_search import MAX_FOUND, RecipientFound, RecipientsFound
from tests.aws import new_client
from tests.builders import NOW
from tests.dynamodb_table import create_table
from tests.fakes import FakeRecipientSearches

MANY = RecipientsFound(
    recipients=tuple(
        RecipientFound(siret=f"{number:014}", name=f"Établissement public n° {number} " * 6, town="LILLE")
        for number in range(MAX_FOUND)
    ),
    complete=False,
    found_at=NOW,
)


@pytest.fixture
def client() -> Iterator[Any]:
    with mock_aws():
        made = new_client("dynamodb")
        create_table(made, "t")
        yield made


@pytest.fixture(params=["fake", "dynamodb"])
def cache(request: pytest.FixtureRequest, client: Any) -> Any:
    return FakeRecipientSearches() if request.param == "fake" else DynamoRecipientSearches(client, "t", "s1")


def test_an_answer_is_kept_for_its_query_only_and_a_later_one_replaces_it(cache: Any) -> None:
    assert cache.get("lille") is None
    cache.put("lille", MANY)
    assert cache.get("lille") == MANY
    assert cache.get("lens") is None
    later = RecipientsFound(recipients=MANY.recipients[:1], found_at=NOW)
    cache.put("lille", later)
    assert cache.get("lille") == later


def test_what_one_supplier_searched_is_unknown_to_another_and_ends_after_a_month(client: Any) -> None:
    DynamoRecipientSearches(client, "t", "s1").put("mairie de lille", MANY)
    assert DynamoRecipientSearches(client, "t", "s2").get("mairie de lille") is None
    (item,) = client.scan(TableName="t")["Items"]
    assert item["PK"]["S"] == keys.supplier("s1")
    assert "lille" not in item["SK"]["S"]
    assert int(item[keys.EXPIRES_AT]["N"]) == int(NOW.timestamp()) + 30 * 86_400


def test_a_refused_write_says_that_nothing_was_kept(client: Any) -> None:
    with pytest.raises(NotCached):
        DynamoRecipientSearches(client, "absent", "s1").put("lille", MANY)
