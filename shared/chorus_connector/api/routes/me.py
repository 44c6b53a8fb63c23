"""The route that tells a caller who it is and what it may do."""

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import caller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.views.suppliers import me_view
from chorus_connector.wiring import tenant as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/me",
    operation_id="me.get",
    summary="Read who the caller is and what it may do",
    description="The caller's own suppliers and structures, with its rights and those of its groups.",
    tags=["Me"],
    responses=shows("MeView"),
)
def read_me() -> Response[str]:
    from chorus_connector.wiring import messages as message_wiring  # noqa: PLC0415 (other routes do not pay for it)

    who = caller(router)
    rights = wiring.installation().suppliers_of(*who.identities)
    structures = message_wiring.structures()
    return answer(
        me_view(
            who,
            suppliers=wiring.suppliers(sorted(rights)),
            rights=rights,
            memberships=structures.memberships(who.identities),
            subscriptions=structures.subscriptions_of(who.principal),
        )
    )
