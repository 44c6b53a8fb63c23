"""The entry routes of « Mes messages »: the places, and what is unread."""

from datetime import UTC, datetime

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TheCaller
from chorus_connector.api.described import shows
from chorus_connector.api.http import answer
from chorus_connector.api.views import messages as views
from chorus_connector.domain.messages import display
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, InboxFilter
from chorus_connector.wiring import messages as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]


@router.get(
    "/messages",
    operation_id="messages.home",
    summary="Read the three places and the caller's subscriptions",
    tags=["Messages"],
    responses=shows("MessagesHome"),
)
def places(caller: TheCaller) -> Response[str]:
    """The places of the message space, the caller's subscriptions, and a notice of what the space is not for."""
    subscribed = wiring.subscriptions(caller).all()
    sirets = [each.siret for each in subscribed]
    return answer(
        {
            "places": {"inbox": "/messages/inbox", "outbox": "/messages/outbox", "lists": "/messages/lists"},
            "subscriptions": [views.subscription_view(each) for each in subscribed],
            "structures": views.own_structures(sirets, wiring.structure_names(sirets)),
            "notice": {
                "fr": "Annonces générales entre structures ayant échangé une facture, sans réponse possible. Une "
                "question sur une facture se pose dans « Sollicitations ». Les messages restent sur cette "
                "installation : Chorus Pro n'offre pas d'API pour « Mes messages ».",
                "en": "General announcements between structures that exchanged an invoice, without replies. A "
                "question on an invoice belongs to « Sollicitations ». Messages stay on this installation: "
                "Chorus Pro offers no API for « Mes messages ».",
            },
        }
    )


@router.get(
    "/messages/notifications",
    operation_id="messages.unread",
    summary="Read the newest unread messages",
    description="And how many there are. A message stays until it is read, also when its display is over "
    "(`display_over`).",
    tags=["Messages"],
    responses=shows("UnreadMessages"),
)
def notifications(caller: TheCaller) -> Response[str]:
    """The newest messages this user has not read, and how many there are; also those whose display is over."""
    reader = wiring.read_inbox(caller)
    unread, now = InboxFilter(view="all", unread=True), datetime.now(UTC)
    page = reader.page(unread, sort="-received_at", limit=DEFAULT_LIMIT, cursor=None, now=now)
    total = reader.count(unread, now=now)
    newest = [views.received_line_view(line, display.today(now)) for line in page.items]
    return answer({"unread": newest, "count": total.value, "count_is_exact": total.exact})
