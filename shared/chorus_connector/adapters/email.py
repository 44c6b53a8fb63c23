"""E-mail by SES v2: text only, one recipient, the service builds the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from chorus_connector.domain.notifications.digest import Email

_FOR_GOOD = frozenset({"MessageRejected", "BadRequestException"})
_NOT_YET = "not verified"
"""Of our own sender, or in the service's sandbox of the reader: an operator's task, not the address's fault."""


class SesMailer:
    """``ports_notifications.Mailer``, from one verified address."""

    def __init__(self, client: Any, sender: str) -> None:
        self._client = client
        self._sender = sender

    def send(self, address: str, email: Email) -> None:
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                Destination={"ToAddresses": [address]},
                Content={
                    "Simple": {
                        "Subject": {"Data": email.subject, "Charset": "UTF-8"},
                        "Body": {"Text": {"Data": email.body, "Charset": "UTF-8"}},
                    }
                },
            )
        except ClientError as error:
            if error.response["Error"]["Code"] in _FOR_GOOD and _NOT_YET not in error.response["Error"]["Message"]:
                raise EmailRefused from None
            raise
