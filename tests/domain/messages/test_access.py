"""What a subscription lets its user read, use and write."""

from typing import Any

import pytest

from chorus_connector.domain.messages.access import MessageAccess, MessageSubscription
from chorus_connector.domain.messages.refusals import ServiceNotYours, WritingNeeded
from tests.builders import NOW


def a_subscription(**changes: Any) -> MessageSubscription:
    values = {"principal": "anna", "siret": "1" * 14, "mode": "write", "granted_by": "root", "granted_at": NOW}
    return MessageSubscription(**{**values, **changes})


def an_access(*subscriptions: MessageSubscription) -> MessageAccess:
    return MessageAccess("anna", "1" * 14, subscriptions)


def test_a_subscription_without_services_covers_the_whole_structure() -> None:
    whole = a_subscription()
    assert whole.covers("")
    assert whole.covers("VOIRIE")


def test_a_subscription_to_services_covers_these_and_not_the_structure_as_a_whole() -> None:
    some = a_subscription(services=("VOIRIE",))
    assert [some.covers(service) for service in ("VOIRIE", "ECOLES", "")] == [True, False, False]


def test_a_list_of_the_structure_is_for_all_its_users_and_one_of_a_service_for_the_users_of_that() -> None:
    some = an_access(a_subscription(services=("VOIRIE",)))
    assert [some.may_use_list_of(service) for service in ("", "VOIRIE", "ECOLES")] == [True, True, False]


def test_writing_needs_the_mode_and_the_service() -> None:
    some = an_access(a_subscription(services=("VOIRIE",)), a_subscription(mode="read"))
    some.check_writing("VOIRIE")
    with pytest.raises(ServiceNotYours):
        some.check_writing("ECOLES")
    with pytest.raises(WritingNeeded):
        an_access(a_subscription(mode="read")).check_writing("VOIRIE")


def test_subscriptions_of_a_user_and_of_its_groups_add_up() -> None:
    both = an_access(a_subscription(services=("VOIRIE",)), a_subscription(services=("ECOLES",), mode="read"))
    assert [both.covers(service) for service in ("VOIRIE", "ECOLES", "CULTURE", "")] == [True, True, False, False]
