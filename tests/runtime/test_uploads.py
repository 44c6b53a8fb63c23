"""What a request that carries a file may say of it."""

import pytest

from chorus_connector.domain.errors import Invalid
from chorus_connector.runtime.uploads import checked_metadata


def test_metadata_that_fill_their_limits_one_by_one_are_refused_together() -> None:
    """Fifty values of 2,000 characters of four bytes each would not fit into a record of the table."""
    with pytest.raises(Invalid):
        checked_metadata({f"name {index}": "🧾" * 2000 for index in range(50)}, at_most=50)


def test_an_ordinary_set_of_metadata_is_taken() -> None:
    metadata = {f"name {index}": "Élection municipale" * 20 for index in range(50)}
    assert checked_metadata(metadata, at_most=50) == metadata
