"""The route that tells a caller who it is and what it may do."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.views.suppliers import me_view
from chorus_connector.wiring.installation import supplier_rights, suppliers

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/me",
    operation_id="me.get",
    summary="Read who the caller is and what it may do",
    description="The caller's own suppliers and structures, with its rights and those of its groups.",
    tags=["Me"],
    responses=shows("MeView"),
)
def read_me(caller: TheCaller) -> Response[str]:
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
