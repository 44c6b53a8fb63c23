"""The routes of a supplier's access list and of its notification subscribers."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToAdminister, TenantToManage
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import EMAIL_ADDRESS, Principal
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.notifications.addresses import AddressState, address_id
from chorus_connector.domain.suppliers.access import Access, Member, NotificationKind, Subscriber, kind_of
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.wiring import suppliers as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


class MemberRights(RequestBody):
    """What a principal may do: configure, use, or both. ``kind`` tells people from systems (client credentials)."""

    model_config = example(roles=["administer", "use"], kind="person")

    roles: list[Role] = Field(min_length=1, max_length=2)
    kind: Literal["person", "system"] = "person"


class NotificationSubscription(RequestBody):
    """The e-mail address for a principal's notifications; without one they appear in the feed only."""

    model_config = example(email="compta@example.org")

    email: str | None = Field(default=None, max_length=254, pattern=EMAIL_ADDRESS)


@router.get(
    "/suppliers/<supplier_id>/configuration/access",
    operation_id="access.list",
    summary="List who may configure and use the supplier",
    description="The ETag begins with the version of the access list.",
    tags=["Access"],
    responses=shows("MemberList"),
)
def read_access(
    tenant: TenantToManage,
    *,
    names: Annotated[bool, Query(description="Also give the names of members, of the first 40.")] = False,
) -> Response[str]:
    return _access_answer(tenant.access.get(), wiring.names_of_members(tenant) if names else {})


@router.put(
    "/suppliers/<supplier_id>/configuration/access/<principal>",
    operation_id="access.grant",
    summary="Give a principal exactly these rights",
    tags=["Access"],
    responses=shows("MemberList"),
)
def grant(tenant: TenantToManage, principal: Principal, request: MemberRights) -> Response[str]:
    """A principal is a person's or a system's id in the user pool (`sub`), or `group:` and a group's name."""
    kind = kind_of(principal, system=request.kind == "system")
    member = Member(principal=principal, kind=kind, roles=tuple(sorted(set(request.roles))))
    return _access_answer(wiring.manage_access(tenant).grant(member, now=datetime.now(UTC)))


@router.delete(
    "/suppliers/<supplier_id>/configuration/access/<principal>",
    operation_id="access.revoke",
    summary="Take every right from a principal",
    tags=["Access"],
    responses=shows("MemberList"),
)
def take_away(tenant: TenantToManage, principal: Principal) -> Response[str]:
    """Works at once: rights are read at every request. The last administrator stays (409)."""
    return _access_answer(wiring.manage_access(tenant).take_away(principal, now=datetime.now(UTC)))


@router.get(
    "/suppliers/<supplier_id>/configuration/notifications",
    operation_id="subscribers.list",
    summary="List the notification subscribers",
    description="For the supplier's administrators.",
    tags=["Access"],
    responses=shows("SubscriberList"),
)
def read_subscribers(tenant: TenantToAdminister) -> Response[str]:
    states = wiring.email_states(tenant)
    return answer({"subscribers": [_subscriber_view(each, states) for each in tenant.access.subscribers()]})


@router.put(
    "/suppliers/<supplier_id>/configuration/notifications/<kind>/<principal>",
    operation_id="subscribers.set",
    summary="Subscribe a principal to a kind of event",
    tags=["Access"],
    responses=shows("SubscriberView"),
)
def subscribe(
    tenant: TenantToAdminister, kind: NotificationKind, principal: Principal, request: NotificationSubscription
) -> Response[str]:
    """`waiting`: a document waits for submission; `submitted`: one was; `status`: Chorus Pro changed one's status.

    `message`: the structure received one. `warning` says that the principal hears nothing with its present rights. An
    address that is not the member's own verified one gets an e-mail with a link, and nothing else until it agrees.
    """
    access = wiring.manage_access(tenant)
    wanted = Subscriber(kind=kind, principal=principal, email=request.email)
    subscriber = access.subscribe(wanted, now=datetime.now(UTC))
    warning = access.warning(subscriber)
    shown = {"warning": warning.model_dump()} if warning else {}
    return answer({**_subscriber_view(subscriber, wiring.email_states(tenant)), **shown})


@router.post(
    "/suppliers/<supplier_id>/configuration/notifications/<kind>/<principal>/confirmation",
    operation_id="subscribers.ask_again",
    summary="Ask a subscriber's address to agree once more",
    tags=["Access"],
    responses=shows("SubscriberView"),
)
def ask_again(tenant: TenantToAdminister, kind: NotificationKind, principal: Principal) -> Response[str]:
    """Sends another e-mail with a link; the former link ends. Three e-mails in a month at most (409)."""
    subscriber = wiring.manage_access(tenant).subscriber(kind, principal)
    ask = wiring.address_questions(tenant)
    if subscriber.email is None or ask is None:
        raise NotFound
    ask.ask(subscriber.email, now=datetime.now(UTC))
    return answer(_subscriber_view(subscriber, wiring.email_states(tenant)))


@router.delete(
    "/suppliers/<supplier_id>/configuration/notifications/<kind>/<principal>",
    operation_id="subscribers.remove",
    summary="Unsubscribe a principal from a kind of event",
    description="For the supplier's administrators.",
    tags=["Access"],
    responses=shows("SubscriberList"),
)
def unsubscribe(tenant: TenantToAdminister, kind: NotificationKind, principal: Principal) -> Response[str]:
    wiring.manage_access(tenant).unsubscribe(kind, principal, now=datetime.now(UTC))
    return read_subscribers(tenant)


def _subscriber_view(subscriber: Subscriber, states: Mapping[str, AddressState]) -> dict[str, Any]:
    state = states.get(address_id(subscriber.email)) if subscriber.email else None
    return {**subscriber.model_dump(mode="json"), "email_state": state}


def _member_view(member: Member, names: Mapping[str, str]) -> dict[str, Any]:
    named = {"name": names[member.principal]} if member.principal in names else {}
    return {**member.model_dump(mode="json"), **named}


def _access_answer(access: Access, names: Mapping[str, str] | None = None) -> Response[str]:
    members = [_member_view(each, names or {}) for each in access.members]
    return answer({"members": members}, version=access.version)
