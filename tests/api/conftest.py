"""The HTTP functions on one installation, without the local stack: real routes and stores, AWS in memory."""

import os
from collections.abc import Iterator
from unittest.mock import patch

import pytest
from moto import mock_aws

from chorus_connector.adapters import user_pool
from chorus_connector.api import quotas
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.quotas import LeasedQuotas
from chorus_connector.wiring import clients, installation
from tests.api.functions import ENVIRONMENT, Functions
from tests.builders import NOW
from tests.fakes import FakeQuotaCounters
from tests.fakes_user_pool import FakeUserDirectory


@pytest.fixture(scope="module")
def _no_clients_left() -> Iterator[None]:
    """AWS clients are kept from one test of a module to the next, not to another module."""
    yield
    for kept in (clients.function_client, clients.session, installation.cursor_key):
        kept.cache_clear()


@pytest.fixture
def functions(_no_clients_left: None) -> Iterator[Functions]:
    """The supplier ``s1`` is there, which alice administers and uses, bob uses only, and eve knows nothing of."""
    directory = FakeUserDirectory.of("alice", "bob", "carol", "chief", "eve", "root")
    pool = patch.object(user_pool, "CognitoUserDirectory", lambda *_: directory)  # moto's needs one library more
    with patch.dict(os.environ, ENVIRONMENT), mock_aws(), pool:
        settings.cache_clear()
        installation.quotas.cache_clear()  # its leases belong to another table
        yield Functions(directory)
    settings.cache_clear()


@pytest.fixture
def counted_in_memory(monkeypatch: pytest.MonkeyPatch) -> LeasedQuotas:
    """Quotas without AWS, for tests that call the functions of ``authorisation`` themselves."""
    leased = LeasedQuotas(FakeQuotaCounters(), 1, clock=lambda: NOW)
    monkeypatch.setattr(quotas, "quotas", lambda: leased)
    return leased
