"""E-mail through SES v2: plain text to one recipient. SES builds the headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from mypy_boto3_sesv2 import SESV2Client

    from chorus_connector.domain.notifications.digest import Email

_PERMANENT = frozenset({"MessageRejected", "BadRequestException"})
_NOT_VERIFIED = "not verified"
"""The sender, or in the SES sandbox the recipient, is not verified yet: the operator must act, so retry later."""


class SesMailer:
    """``ports.Mailer``, from one verified address."""

    def __init__(self, client: SESV2Client, sender: str) -> None:
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
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code in _PERMANENT and _NOT_VERIFIED not in message:
                raise EmailRefused from None
            raise
