"""E-mail: who sends it, and which addresses of a supplier may get it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from chorus_connector.adapters.email import SesMailer
from chorus_connector.adapters.queues.messages import SqsDeliveries
from chorus_connector.adapters.table.notifications import DynamoEmailAddresses
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.notifications.addresses import (
    Addressees,
    AnswerForAddresses,
    AskAddresses,
    ConfirmationToken,
)
from chorus_connector.wiring.clients import function_client
from chorus_connector.wiring.installation import user_directory

if TYPE_CHECKING:
    from chorus_connector.wiring.tenant import Tenant

CONFIRMATION_PAGE = "/email-confirmations/"


def ask_addresses(tenant: Tenant) -> AskAddresses | None:
    """Asks the supplier's addresses whether they want notifications; None: this installation sends no e-mail."""
    if not settings().email_sender:
        return None
    return AskAddresses(
        supplier_id=tenant.supplier_id,
        supplier=tenant.suppliers,
        addressees=_addressees(tenant),
        mailer=mailer(supplier_id=tenant.supplier_id),
        link=_confirmation_link,
        new_secret=lambda: secrets.token_urlsafe(32),
    )


def answer_for_addresses(tenant: Tenant) -> AnswerForAddresses:
    """Takes agreements, bounces and complaints of the supplier's addresses."""
    return AnswerForAddresses(tenant.suppliers, _addressees(tenant), mailer(supplier_id=tenant.supplier_id))


def email_addresses(tenant: Tenant) -> DynamoEmailAddresses:
    """The supplier's addresses that were asked, or switched off."""
    return DynamoEmailAddresses(tenant.client("dynamodb"), settings().required("table"), tenant.supplier_id)


def delivery_queue() -> SqsDeliveries:
    """The queue of message deliveries."""
    return SqsDeliveries(function_client("sqs"), settings().required("delivery_queue_url"))


def mailer(**tags: str) -> SesMailer:
    """Sends e-mail. SES reports the tags with a bounce or a complaint."""
    return SesMailer(
        function_client("sesv2"),
        settings().required("email_sender"),
        configuration_set=settings().required("email_configuration_set"),
        tags=tags,
    )


def _addressees(tenant: Tenant) -> Addressees:
    return Addressees(email_addresses(tenant), tenant.access, user_directory())


def _confirmation_link(token: ConfirmationToken) -> str:
    return f"{settings().required('api_url')}{CONFIRMATION_PAGE}{token}"
