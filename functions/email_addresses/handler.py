"""Function email_addresses. HTTP: the public page that confirms an address. SQS: bounces and complaints of SES."""

from datetime import UTC, datetime
from typing import Any

from aws_lambda_powertools import Logger
from aws_lambda_powertools.utilities.data_classes.sqs_event import SQSRecord
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.adapters.queues.email_feedback import parse_feedback, parse_message_feedback
from chorus_connector.api.confirmation_page import confirmation_page
from chorus_connector.domain.errors import NotFound
from chorus_connector.runtime.correlation import of_request
from chorus_connector.runtime.queues import work_through
from chorus_connector.usecases.notifications.addresses import ConfirmationToken
from chorus_connector.wiring.emails import answer_for_addresses, delivery_queue
from chorus_connector.wiring.tenant import Tenant

logger = Logger()


def _switch_off(record: SQSRecord) -> None:
    of_message = parse_message_feedback(record.body)
    if of_message is not None:
        delivery_queue().send_feedback(of_message)
        logger.info("feedback of a message", extra={"reference": of_message.reference, "kind": of_message.outcome})
    for feedback in parse_feedback(record.body):
        answers = answer_for_addresses(Tenant(feedback))
        off = answers.switch_off(feedback.email, feedback.state, now=datetime.now(UTC))
        logger.info("feedback", extra={"supplier_id": feedback.supplier_id, "kind": feedback.state, "new": off})


def _confirm(token: ConfirmationToken) -> bool:
    try:
        return answer_for_addresses(Tenant(token)).confirm(token, now=datetime.now(UTC))
    except NotFound:
        return False


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001
    if "Records" in event:
        return work_through(event, _switch_off, logger)
    with of_request(logger, event):
        answer = confirmation_page(event, confirm=_confirm)
        logger.info("answered", extra={"status": answer["statusCode"]})
    return answer
