"""What a repeated request's answer is bound to, as the HTTP layer tells it."""

from chorus_connector.api.authorisation import _seen
from chorus_connector.api.conventions import SEES_ALL
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility


def test_who_is_in_no_users_table_sees_everything() -> None:
    assert _seen(EVERYTHING) == {SEES_ALL}


def test_a_label_counts_under_the_metadata_it_is_compared_with() -> None:
    assert _seen(Visibility("Service", frozenset({"nord", "sud"}))) == {"sees Service=nord", "sees Service=sud"}
    assert not _seen(Visibility("Service", frozenset({"nord"}))) & _seen(Visibility("Bureau", frozenset({"nord"})))
