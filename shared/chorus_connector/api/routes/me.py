"""The routes that tell a caller who it is and what it may do, and take its answer to an invitation."""

from datetime import UTC, datetime
from typing import Annotated, Any

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import InvitingTenant, OwnTenant, TheCaller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.parameters import Cursor, Limit, Text
from chorus_connector.api.views.suppliers import me_view, summary_line_view, supplier_summary
from chorus_connector.wiring.installation import (
    summarise_supplier,
    summarise_suppliers,
    supplier_rights,
    suppliers,
)
from chorus_connector.wiring.tenant import AuthorisedTenant

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]

_UNREAD_SHOWN = 100
"""Notifications that are looked at for the number on a tab, which every page asks for."""


@router.get(
    "/me",
    operation_id="me.get",
    summary="Read who the caller is and what it may do",
    description="The caller's own suppliers and structures, with its rights and those of its groups. `brief`: who the "
    "caller is alone; both lists are empty.",
    tags=["Me"],
    responses=shows("MeView"),
)
def read_me(
    caller: TheCaller, *, brief: Annotated[bool, Query(description="Without suppliers and structures.")] = False
) -> Response[str]:
    if brief:
        return answer(me_view(caller, suppliers=(), rights={}, memberships={}, subscriptions=()))
    from chorus_connector.wiring import messages as wiring  # noqa: PLC0415 (loaded for this route and messages only)

    rights = supplier_rights(caller)
    return answer(
        me_view(
            caller,
            suppliers=suppliers(sorted(rights)),
            rights=rights,
            memberships=wiring.memberships(caller),
            subscriptions=wiring.subscriptions(caller).all(),
        )
    )


@router.get(
    "/me/summary",
    operation_id="me.summary",
    summary="Read what waits at the caller's suppliers",
    description="Those that the caller may use, page by page: what waits for a person, what is held, and what holds it "
    "up. Counts are kept by each change; of a supplier where some users see only some documents none are shown here "
    "(`counters_missing`): ask `invoices.counts`. `supplier_id`: that one alone, or none if the caller may not use it. "
    "`text`: a part of the name or of the identifier. `administered`: also those that the caller may only configure, "
    "without counts.",
    tags=["Me"],
    responses=shows("SuppliersSummary"),
)
def read_summary(
    caller: TheCaller,
    *,
    supplier_id: Text = None,
    text: Annotated[str | None, Query(max_length=100, description="A part of the name or of the identifier.")] = None,
    administered: Annotated[bool, Query(description="Also those that the caller may only configure.")] = False,
    limit: Limit = 50,
    cursor: Cursor = None,
) -> Response[str]:
    summary = summarise_suppliers(caller)
    among = None if supplier_id is None else {supplier_id}
    page = summary.page(
        limit=limit,
        cursor=cursor,
        now=datetime.now(UTC),
        among=among,
        text=text or "",
        also_administered=administered,
    )
    shown = [summary_line_view(each, summary.rights) for each in page.suppliers]
    return answer({"suppliers": shown, "cursor": page.cursor})


@router.get(
    "/me/suppliers/<supplier_id>",
    operation_id="me.supplier",
    summary="Read one of the caller's suppliers",
    description="Its name, its state and the caller's rights on it, for any of its members. With `unread`, a caller "
    "who may use it also gets the number of its unread notifications, with `criteria` what its criteria take, and with "
    "`summary` its line of `me.summary`.",
    tags=["Me"],
    responses=shows("OwnSupplier"),
)
def read_supplier(
    tenant: OwnTenant,
    *,
    unread: Annotated[bool, Query(description="Also count the unread notifications.")] = False,
    criteria: Annotated[bool, Query(description="Also list the criteria, which say what is read by itself.")] = False,
    summary: Annotated[bool, Query(description="Also say what waits there, and what holds it up.")] = False,
) -> Response[str]:
    of_one = summarise_supplier(tenant)
    shown = supplier_summary(tenant.supplier, of_one.rights)
    if "use" not in of_one.rights[tenant.supplier_id]:
        return answer(shown)
    if summary:
        for line in of_one.page(limit=1, cursor=None, now=datetime.now(UTC)).suppliers:
            shown["summary"] = summary_line_view(line, of_one.rights)
    if unread:
        shown["unread_notifications"] = _unread(tenant)
    if criteria:
        shown["criteria"] = [each.model_dump(mode="json") for each in tenant.supplier.criteria]
    return answer(shown)


def _unread(tenant: AuthorisedTenant) -> dict[str, Any]:
    from chorus_connector.wiring import notifications as wiring  # noqa: PLC0415 (loaded for this route only)

    found = wiring.read_feed(tenant).unread(at_most=_UNREAD_SHOWN)
    return {"total": found.total, "more": found.more}


@router.get(
    "/me/invitations/<supplier_id>",
    operation_id="me.invitation",
    summary="Read what a supplier's invitation is about",
    description="For a caller that the supplier's administrator named, before it accepts and after: which supplier it "
    "is, what it may do there, and who named it.",
    tags=["Me"],
    responses=shows("InvitationView"),
)
def read_invitation(tenant: InvitingTenant) -> Response[str]:
    from chorus_connector.wiring import suppliers as wiring  # noqa: PLC0415 (loaded for this route only)

    member = tenant.access.get().member(tenant.by)
    shown = supplier_summary(tenant.supplier, {tenant.supplier_id: frozenset(member.roles)})
    return answer({**shown, "accepted": member.accepted, "invited_by": wiring.inviter(tenant)})


@router.put(
    "/me/suppliers/<supplier_id>",
    operation_id="me.accept_supplier",
    summary="Accept a supplier's invitation",
    description="A supplier's administrator invites by giving rights; they begin with this call, also for a system. "
    "Repeating it changes nothing.",
    tags=["Me"],
    responses=shows("SupplierSummary"),
)
def accept_invitation(tenant: InvitingTenant) -> Response[str]:
    from chorus_connector.wiring import suppliers as wiring  # noqa: PLC0415 (loaded for this route only)

    access = wiring.manage_access(tenant).accept(now=datetime.now(UTC))
    roles = frozenset(access.member(tenant.by).roles)
    return answer(supplier_summary(tenant.supplier, {tenant.supplier_id: roles}))
