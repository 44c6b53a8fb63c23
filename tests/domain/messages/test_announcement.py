"""How long a received message is kept, and what its recipients have of it."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.messages.announcement import announcement_of
from chorus_connector.domain.messages.delivery import received
from chorus_connector.domain.messages.display import begins_at, recipients_keep_until
from tests.messages.builders import NOW, TODAY, a_delivery, a_message


@pytest.mark.parametrize(
    ("last_day", "until"),
    [
        (date(2026, 12, 4), datetime(2038, 12, 4, 23, tzinfo=UTC)),
        (date(2026, 12, 31), datetime(2038, 12, 31, 23, tzinfo=UTC)),
        (date(2028, 2, 29), datetime(2040, 3, 1, 23, tzinfo=UTC)),
        (date(2027, 7, 14), datetime(2039, 7, 14, 22, tzinfo=UTC)),
    ],
)
def test_it_is_kept_for_twelve_years_after_its_last_day(last_day: date, until: datetime) -> None:
    assert recipients_keep_until(last_day) == until


@given(st.dates(), st.dates())
def test_a_longer_display_is_never_kept_for_less_time(first: date, second: date) -> None:
    shorter, longer = sorted((first, second))
    assert recipients_keep_until(shorter) <= recipients_keep_until(longer)
    if shorter.year < 9900:
        assert recipients_keep_until(shorter) > begins_at(shorter) + timedelta(days=12 * 365)


def test_all_recipients_keep_it_as_long_as_what_it_announces() -> None:
    message = a_message(state="sent", sent_at=NOW, display_end=TODAY + timedelta(days=40))
    rows = [received(message, a_delivery(at=NOW + timedelta(days=days))) for days in (0, 9, 30)]
    assert {recipients_keep_until(each.display_end) for each in rows} == {announcement_of(message).kept_until}


def test_an_announcement_names_no_person_of_the_sender() -> None:
    message = a_message(state="sent", created_by="alice", changed_by="bob", sent_at=NOW)
    text = announcement_of(message).model_dump_json()
    assert "alice" not in text
    assert "bob" not in text
