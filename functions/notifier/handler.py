"""Function notifier. Table stream: count changed documents, notify of them, measure them, propose announced codes."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.table import notification_stream as stream
from chorus_connector.domain.notifications.measures import breaker_openings, credentials_announcements, measures_of
from chorus_connector.runtime.measuring import measure
from chorus_connector.runtime.streams import work_through_stream
from chorus_connector.wiring import notifications as wiring
from chorus_connector.wiring.counting import count_changes
from chorus_connector.wiring.installation import change_letters
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _notice(change: dict[str, Any]) -> None:
    _notify(change)
    _measure_trouble(change)
    if (arrived := stream.arrived_message(change)) is not None:  # after its notification, which is sent once
        wiring.propose_codes(arrived, now=datetime.now(UTC))
    if (gone := stream.deleted_endpoint(change)) is not None:  # also with its supplier
        wiring.endpoint_secrets(Tenant(gone)).delete(gone.endpoint_id)


def _notify(change: dict[str, Any]) -> None:
    """Notify of a change, then measure it: what fails comes again and must not count twice."""
    now, notification = datetime.now(UTC), None
    if (changed := stream.changed_endpoint(change)) is not None:
        notification = wiring.notify(Tenant(changed)).of_pause(changed, now=now)
    elif (written := stream.written_invoice(change)) is not None:
        after = written[1]
        notification = wiring.notify(Tenant(after)).about(*written, now=now)
        measure(measures_of(*written), supplier_id=after.supplier_id, document_id=after.document_id)
    elif (access := stream.changed_access(change)) is not None:
        notification = wiring.notify(Tenant(access)).of_access(access, now=now)
    elif (arrived := stream.arrived_message(change)) is not None:
        notification = wiring.notify(Tenant(arrived)).of_message(arrived, now=now)
    if notification is not None:
        logger.info("notified", extra={"notification_id": notification.id, "type": notification.type})


def _measure_trouble(change: dict[str, Any]) -> None:
    if (changed := stream.changed_breaker(change)) is not None:
        wiring.end_holds(*changed, now=datetime.now(UTC))
        measure(breaker_openings(*changed[:2], shared=changed[2] is None), supplier_id=changed[2])
    if (news := stream.credentials_news(change)) is not None:
        measure(credentials_announcements(news[1]), supplier_id=news[0])


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    def set_aside(change: dict[str, Any]) -> None:
        change_letters(context.invoked_function_arn).put(change)

    return work_through_stream(event, _notice, logger, set_aside=set_aside, together=count_changes)
