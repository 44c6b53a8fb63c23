"""The portal's directory behind its cache: ages, single services, and a cache that keeps nothing."""

from datetime import timedelta
from typing import Any

import pytest

from chorus_connector.domain.errors import NotCached
from chorus_connector.domain.portal.answers import PortalUnreachable
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.usecases.portal.directory import MAX_AGE, Directory
from tests.builders import NOW, TOWN_SIRET, a_recipient, a_service
from tests.fakes import FakePortal, FakeRecipients

SERVICES = (
    a_service("STECH", name="Services techniques", engagement_required=None),
    a_service("DSI_EJ", portal_id=2, name="Systèmes d'information", engagement_required=None),
)


class CountingPortal(FakePortal):
    """A portal that counts what it is asked about the directory."""

    def __init__(self) -> None:
        super().__init__([a_recipient(services=SERVICES)])
        self.asked: list[str] = []

    def _act(self, name: str, act: Any) -> Any:
        self.asked.append(name)
        return super()._act(name, act)


class FullCache(FakeRecipients):
    """A cache whose table refuses every write."""

    def put(self, recipient: Recipient) -> None:
        raise NotCached("too_large")

    def learn(self, recipient: Recipient, service: Service) -> None:
        raise NotCached("ThrottlingException")


def test_a_service_named_by_its_label_is_completed_with_its_own_requirement() -> None:
    directory = Directory(FakeRecipients(), CountingPortal())
    known = directory.recipient(TOWN_SIRET, "SYSTEMES  d'information", now=NOW)
    assert known is not None
    assert known.labelled("Systèmes d'information").engagement_required is True  # type: ignore[union-attr]
    assert known.service("STECH").engagement_required is None  # type: ignore[union-attr]


def test_the_structure_and_each_service_are_asked_for_once_a_day() -> None:
    portal = CountingPortal()
    directory = Directory(FakeRecipients(), portal)
    for minutes in range(0, 60, 10):
        directory.recipient(TOWN_SIRET, "DSI_EJ", now=NOW + timedelta(minutes=minutes))
    assert portal.asked == ["recipient", "service_requires_engagement"]
    directory.recipient(TOWN_SIRET, "DSI_EJ", now=NOW + MAX_AGE)
    assert portal.asked == 2 * ["recipient", "service_requires_engagement"]


def test_what_was_learnt_of_a_service_has_an_age_of_its_own() -> None:
    """The list of services is refreshed without it where nothing in the list changed."""
    portal, cache = CountingPortal(), FakeRecipients()
    directory = Directory(cache, portal)
    late = NOW + timedelta(hours=23)
    directory.recipient(TOWN_SIRET, None, now=NOW)
    directory.recipient(TOWN_SIRET, "DSI_EJ", now=late)
    cache.kept[TOWN_SIRET] = cache.kept[TOWN_SIRET].model_copy(update={"fetched_at": NOW + MAX_AGE})
    directory.recipient(TOWN_SIRET, "DSI_EJ", now=late + timedelta(hours=2))
    assert portal.asked.count("service_requires_engagement") == 1
    directory.recipient(TOWN_SIRET, "DSI_EJ", now=late + MAX_AGE)
    assert portal.asked.count("service_requires_engagement") == 2


def test_a_requirement_that_an_older_release_wrote_without_its_date_ages_with_the_structure() -> None:
    portal, cache = CountingPortal(), FakeRecipients()
    cache.put(a_recipient(services=(a_service("DSI_EJ", engagement_required=True),)))
    Directory(cache, portal).recipient(TOWN_SIRET, "DSI_EJ", now=NOW + timedelta(hours=23))
    assert portal.asked == []


def test_an_answer_that_cannot_be_kept_is_used_and_counted() -> None:
    counted: list[str] = []
    directory = Directory(FullCache(), CountingPortal(), lambda: counted.append("not cached"))
    known = directory.recipient(TOWN_SIRET, "DSI_EJ", now=NOW)
    assert known is not None
    assert known.service("DSI_EJ").engagement_required is True  # type: ignore[union-attr]
    assert counted == ["not cached", "not cached"]


def test_a_portal_that_fails_is_a_failure_and_nothing_is_kept() -> None:
    portal, cache = CountingPortal(), FakeRecipients()
    portal.faults = {"recipient": [PortalUnreachable("an error page")]}
    with pytest.raises(PortalUnreachable):
        Directory(cache, portal).recipient(TOWN_SIRET, "DSI_EJ", now=NOW)
    assert cache.kept == {}
