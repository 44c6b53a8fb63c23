"""When a session is opened, kept and given up."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chorus_connector.adapters.tenant_policy import Reach
from chorus_connector.adapters.tenant_session import CACHED_SESSIONS, REPLACED_BEFORE_END, SESSION, TenantSessions
from chorus_connector.domain.errors import NotFound

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass
class FakeSts:
    """Gives numbered credentials that end when STS says."""

    now: datetime = NOW
    asked: list[dict[str, Any]] = field(default_factory=list)

    def assume_role(self, **request: Any) -> dict[str, Any]:
        self.asked.append(request)
        ends = self.now + timedelta(seconds=request["DurationSeconds"])
        named = f"{request['RoleSessionName']}-{len(self.asked)}"
        return {
            "Credentials": {
                "AccessKeyId": named, "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": ends
            }
        }  # fmt: skip


def made(service: str, credentials: Mapping[str, str]) -> tuple[str, str, object]:
    return service, credentials["aws_access_key_id"], object()


def policy_of(reach: Reach) -> str:
    if reach.supplier_id == "nobody":
        raise NotFound
    return f"only {reach.supplier_id}"


@pytest.fixture
def sts() -> FakeSts:
    return FakeSts()


@pytest.fixture
def sessions(sts: FakeSts) -> TenantSessions:
    return TenantSessions(lambda: sts, "role", policy=policy_of, make_client=made, clock=lambda: sts.now)


def test_a_session_is_opened_with_the_suppliers_own_policy_and_name(sts: FakeSts, sessions: TenantSessions) -> None:
    sessions.client(Reach("abc"), "s3")
    assert sts.asked == [
        {"RoleArn": "role", "RoleSessionName": "supplier-abc", "Policy": "only abc", "DurationSeconds": 3600}
    ]


def test_one_session_serves_every_service_and_is_asked_for_once(sts: FakeSts, sessions: TenantSessions) -> None:
    first, again, other = (sessions.client(Reach("abc"), each) for each in ("s3", "s3", "dynamodb"))
    assert first is again
    assert (first[0], other[0]) == ("s3", "dynamodb")
    assert first[1] == other[1]
    assert len(sts.asked) == 1


def test_two_suppliers_never_share_a_client(sts: FakeSts, sessions: TenantSessions) -> None:
    assert sessions.client(Reach("a"), "s3")[1] != sessions.client(Reach("b"), "s3")[1]
    assert [each["Policy"] for each in sts.asked] == ["only a", "only b"]
    assert sessions.client(Reach("a"), "s3")[1] == "supplier-a-1"


def test_a_session_is_given_up_before_a_link_signed_with_it_could_outlive_it(
    sts: FakeSts, sessions: TenantSessions
) -> None:
    before = sessions.client(Reach("abc"), "s3")
    sts.now = NOW + SESSION - REPLACED_BEFORE_END - timedelta(seconds=1)
    assert sessions.client(Reach("abc"), "s3") is before
    sts.now += timedelta(seconds=1)
    after = sessions.client(Reach("abc"), "s3")
    assert after is not before
    assert after[1] == "supplier-abc-2"


def test_a_session_of_an_hour_is_used_for_forty_minutes_and_32_are_kept() -> None:
    """A signed link is valid for 15 minutes and no invocation takes longer; the memory of a function is bounded."""
    assert (timedelta(minutes=40), timedelta(hours=1), 32) == (SESSION - REPLACED_BEFORE_END, SESSION, CACHED_SESSIONS)


def test_a_session_of_a_long_id_has_a_name_that_sts_takes(sts: FakeSts, sessions: TenantSessions) -> None:
    sessions.client(Reach("x" * 64), "s3")
    assert sts.asked[0]["RoleSessionName"] == "supplier-" + "x" * 55


def test_a_client_is_made_with_all_three_credentials_of_its_session(sts: FakeSts) -> None:
    given: list[Mapping[str, str]] = []
    sessions = TenantSessions(
        lambda: sts, "role", policy=policy_of, make_client=lambda _, each: given.append(each), clock=lambda: sts.now
    )
    sessions.client(Reach("abc"), "s3")
    assert given == [
        {
            "aws_access_key_id": "supplier-abc-1",
            "aws_secret_access_key": "secret",
            "aws_session_token": "token",
        }
    ]


def test_of_many_suppliers_the_ones_met_last_are_kept(sts: FakeSts, sessions: TenantSessions) -> None:
    for each in range(CACHED_SESSIONS):
        sessions.client(Reach(f"s{each}"), "s3")
    sessions.client(Reach("s0"), "s3")
    sessions.client(Reach("one-more"), "s3")
    assert len(sts.asked) == CACHED_SESSIONS + 1
    sessions.client(Reach("s0"), "s3")
    assert len(sts.asked) == CACHED_SESSIONS + 1
    sessions.client(Reach("s1"), "s3")
    assert len(sts.asked) == CACHED_SESSIONS + 2


def test_a_wider_reach_is_a_session_of_its_own_and_never_serves_the_narrower_one(
    sts: FakeSts, sessions: TenantSessions
) -> None:
    narrow, wide = Reach("a"), Reach("a").with_sirets("732")
    assert sessions.client(wide, "dynamodb")[1] == "supplier-a-1"
    assert sessions.client(narrow, "dynamodb")[1] == "supplier-a-2"
    assert sessions.client(Reach("a", installation=True), "dynamodb")[1] == "supplier-a-3"
    assert sessions.client(Reach("a", ("732",)), "dynamodb") is sessions.client(wide, "dynamodb")
    assert len(sts.asked) == 3


def test_a_session_for_a_structure_is_named_after_it(sts: FakeSts, sessions: TenantSessions) -> None:
    sessions.client(Reach(sirets=("73282932000074",)), "dynamodb")
    assert sts.asked[0]["RoleSessionName"] == "structure-73282932000074"


def test_for_what_is_no_supplier_sts_is_not_even_asked(sts: FakeSts, sessions: TenantSessions) -> None:
    with pytest.raises(NotFound):
        sessions.client(Reach("nobody"), "s3")
    assert not sts.asked
