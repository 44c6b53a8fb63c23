"""What a request that carries a file may say of it."""

import base64
from typing import Any

import pytest

from chorus_connector.api.uploads import LARGEST_BODY, checked_metadata, metadata_in_query, raw_body
from chorus_connector.domain.errors import Invalid


def test_metadata_that_fill_their_limits_one_by_one_are_refused_together() -> None:
    """Fifty values of 2,000 characters of four bytes each would not fit into a record of the table."""
    with pytest.raises(Invalid):
        checked_metadata({f"name {index}": "🧾" * 2000 for index in range(50)}, at_most=50)


def test_an_ordinary_set_of_metadata_is_taken() -> None:
    metadata = {f"name {index}": "Élection municipale" * 20 for index in range(50)}
    assert checked_metadata(metadata, at_most=50) == metadata


def test_a_file_too_large_for_a_request_is_refused_with_the_way_that_takes_it_before_the_platform_says_nothing() -> (
    None
):
    """AWS gives a function 6 MB, in base64: above 4.5 the caller would read « Internal Server Error » and no more."""
    just = base64.b64encode(b"x" * LARGEST_BODY).decode()
    assert len(raw_body({"body": just, "isBase64Encoded": True})) == LARGEST_BODY
    assert len(just) < 6 * 1024 * 1024
    too_much = base64.b64encode(b"x" * (LARGEST_BODY + 1)).decode()
    with pytest.raises(Invalid) as refused:
        raw_body({"body": too_much, "isBase64Encoded": True})
    assert [each.code for each in refused.value.problems] == ["too_large_for_a_request"]
    assert "/uploads" in refused.value.en


def upload(query: str, **parameters: str) -> dict[str, Any]:
    return {"rawQueryString": query, "queryStringParameters": parameters}


def test_metadata_are_read_in_either_spelling() -> None:
    event = upload("metadata.PJ=oui&metadata=site=Nantes", **{"metadata.PJ": "oui", "metadata": "site=Nantes"})
    assert metadata_in_query(event, at_most=50) == {"PJ": "oui", "site": "Nantes"}


def test_a_repeated_metadata_parameter_gives_each_and_a_value_may_have_a_comma_and_an_equals_sign() -> None:
    """API Gateway joins repeated parameters with a comma: only the query as it was sent tells them apart."""
    event = upload(
        "metadata=site=Nantes%2C+Loire&metadata=formule=a%3Db", metadata="site=Nantes, Loire,formule=a=b", file_name="x"
    )
    assert metadata_in_query(event, at_most=50) == {"site": "Nantes, Loire", "formule": "a=b"}


@pytest.mark.parametrize("query", ["metadata=PJ", "metadata=PJ=oui&metadata=PJ=non"])
def test_a_metadata_without_a_value_or_given_twice_is_refused(query: str) -> None:
    with pytest.raises(Invalid) as refused:
        metadata_in_query(upload(query), at_most=50)
    assert [each.code for each in refused.value.problems] == ["metadata_malformed"]
