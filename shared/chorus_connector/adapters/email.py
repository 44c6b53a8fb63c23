"""E-mail through SES v2: plain text to one recipient. SES builds the headers.

The configuration set makes SES report bounces and complaints; the tag names the supplier or the structure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import MessageTagTypeDef

    from chorus_connector.domain.notifications.digest import Email

_PERMANENT = frozenset({"MessageRejected", "BadRequestException"})
_NOT_VERIFIED = "not verified"
"""The sender, or in the SES sandbox the recipient, is not verified yet: the operator must act, so retry later."""


class SesMailer:
    """``ports.Mailer``, from one verified address."""

    def __init__(self, client: SESV2Client, sender: str, *, configuration_set: str, tags: Mapping[str, str]) -> None:
        self._client = client
        self._sender = sender
        self._configuration_set = configuration_set
        self._tags: list[MessageTagTypeDef] = [{"Name": name, "Value": value} for name, value in tags.items()]

    def send(self, address: str, email: Email) -> None:
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                ConfigurationSetName=self._configuration_set,
                EmailTags=self._tags,
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
