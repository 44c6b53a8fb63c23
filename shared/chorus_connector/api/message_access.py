"""Who may act for a structure in « Mes messages ». Apart from ``authorisation``: only the message API loads it."""

from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import Caller, caller
from chorus_connector.domain.errors import NotFound
from chorus_connector.domain.messages.access import MessageSubscription
from chorus_connector.usecases.messages.reading import ReadInbox
from chorus_connector.wiring import messages as wiring


def authorise_structure_administrator(request: APIGatewayHttpRouter, siret: str) -> Caller:
    """The caller, if they (or a group of theirs) administer the structure. Raises NotFound, Forbidden."""
    who = caller(request)
    wiring.administer_structures().check_administers(who.identities, siret)
    return who


def authorise_subscription(request: APIGatewayHttpRouter, siret: str) -> MessageSubscription:
    """The caller's subscription to that structure. Raises NotFound when there is none."""
    found = wiring.structures().subscription(caller(request).principal, siret)
    if found is None:
        raise NotFound
    return found


def subscriptions(who: Caller) -> list[MessageSubscription]:
    """The caller's subscriptions, to every structure."""
    return list(wiring.structures().subscriptions_of(who.principal))


def inbox_of(request: APIGatewayHttpRouter) -> ReadInbox:
    """The inboxes that the caller is subscribed to."""
    who = caller(request)
    return wiring.read_inbox(who.principal, subscriptions(who))
