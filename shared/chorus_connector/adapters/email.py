"""E-mail through SES v2: plain text, with HTML beside it if given, to one recipient. SES builds the headers.

The configuration set makes SES report bounces and complaints; the tags name the supplier, or the message and its
recipient.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.ports.notification_values import EmailRefused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mypy_boto3_sesv2 import SESV2Client
    from mypy_boto3_sesv2.type_defs import BodyTypeDef

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
        self._tags = dict(tags)

    def send(self, address: str, email: Email, **tags: str) -> None:
        body: BodyTypeDef = {"Text": {"Data": email.body, "Charset": "UTF-8"}}
        if email.html:
            body["Html"] = {"Data": email.html, "Charset": "UTF-8"}
        try:
            self._client.send_email(
                FromEmailAddress=self._sender,
                ConfigurationSetName=self._configuration_set,
                EmailTags=[{"Name": name, "Value": value} for name, value in (self._tags | tags).items()],
                Destination={"ToAddresses": [address]},
                Content={
                    "Simple": {
                        "Subject": {"Data": email.subject, "Charset": "UTF-8"},
                        "Body": body,
                    }
                },
            )
        except ClientError as error:
            code, message = error.response["Error"]["Code"], error.response["Error"]["Message"]
            if code in _PERMANENT and _NOT_VERIFIED not in message:
                raise EmailRefused from None
            raise
