"""Measures the directory's cache for structures with few and with thousands of services.

Calls, units and time of each thing that is done with it; moto is in the process and is most of the time of a write.
"""

import time
from collections.abc import Callable
from datetime import timedelta

import boto3
from moto import mock_aws

from chorus_connector.adapters.table.recipients import DynamoRecipients
from chorus_connector.domain.portal.recipient import Recipient, Service
from tests.builders import NOW, TOWN_SIRET, a_recipient
from tests.dynamodb_table import create_table
from tools.bench.figures import Figure
from tools.bench.units import Units
from tools.simulator.many_services import many_services

COUNTS = (1, 1_000, 5_000)
_TABLE = "bench"


def figures() -> list[Figure]:
    """For each number of services: keeping, reading one by code or label, learning about one, refreshing, listing."""
    with mock_aws():
        return [figure for count in COUNTS for figure in _of(count)]


def _of(count: int) -> list[Figure]:
    client, uncounted = (
        boto3.client("dynamodb", region_name="eu-west-3", aws_access_key_id="bench", aws_secret_access_key="bench")
        for _ in range(2)
    )
    name = f"{_TABLE}-{count}"
    create_table(client, name)
    units, cache = Units(client.meta.events, uncounted), DynamoRecipients(client, name)
    calls: list[object] = []
    client.meta.events.register("after-call.dynamodb.*", lambda **_: calls.append(None))

    def measured(what: str, action: Callable[[], object]) -> Figure:
        units.forget()
        calls.clear()
        started = time.perf_counter()
        action()
        milliseconds = (time.perf_counter() - started) * 1000
        how = f"{len(calls)} calls, {milliseconds:.0f} ms in moto"
        return Figure(f"{count} services: {what}", f"{units.written:g} / {units.read:g}", "WU / RU", how)

    one = a_recipient(services=_services(count))
    last = one.services[-1]
    judged = last.model_copy(update={"engagement_required": True, "engagement_asked_at": NOW})
    return [
        measured("keep the portal's first answer", lambda: cache.put(one)),
        measured("read one by code", lambda: cache.get(TOWN_SIRET, last.code)),
        measured("read one by label", lambda: cache.get(TOWN_SIRET, last.name)),
        measured("learn about one", lambda: cache.learn(one, judged)),
        measured("daily refresh, nothing changed", lambda: cache.put(_later(one, 1, one.services))),
        measured("daily refresh, one closed", lambda: cache.put(_later(one, 2, (*one.services[:-1], _closed(last))))),
        measured("list all", lambda: cache.whole(TOWN_SIRET)),
    ]


def _services(count: int) -> tuple[Service, ...]:
    seeds = enumerate(many_services(count), 4_000_001)
    return tuple(Service(portal_id=n, code=each.code, name=each.name, active=each.active) for n, each in seeds)


def _later(recipient: Recipient, days: int, services: tuple[Service, ...]) -> Recipient:
    return recipient.model_copy(update={"fetched_at": NOW + timedelta(days=days), "services": services})


def _closed(service: Service) -> Service:
    return service.model_copy(update={"active": not service.active})
