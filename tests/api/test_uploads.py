"""What a request that carries a file may say of it."""

import base64

import pytest

from chorus_connector.api.uploads import LARGEST_BODY, checked_metadata, raw_body
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
