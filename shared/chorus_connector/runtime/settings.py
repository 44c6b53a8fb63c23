"""The environment variables as one validated model for all functions, read once.

A function has only the variables it needs. A missing one raises an error with its name at first use.
"""

import os
from datetime import timedelta
from decimal import Decimal
from functools import cache
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

_SETTINGS_VARIABLES = {
    "environment": "ENVIRONMENT",
    "table": "TABLE_NAME",
    "bucket": "DOCUMENTS_BUCKET",
    "ocr_queue_url": "OCR_QUEUE_URL",
    "textract_completion_queue_url": "TEXTRACT_COMPLETION_QUEUE_URL",
    "lesson_queue_url": "LESSON_QUEUE_URL",
    "archive_queue_url": "ARCHIVE_QUEUE_URL",
    "resolution_queue_url": "RESOLUTION_QUEUE_URL",
    "submission_queue_url": "SUBMISSION_QUEUE_URL",
    "delivery_queue_url": "DELIVERY_QUEUE_URL",
    "tracking_queue_url": "TRACKING_QUEUE_URL",
    "webhook_queue_url": "WEBHOOK_QUEUE_URL",
    "webhook_slots": "WEBHOOK_SLOTS",
    "removal_queue_url": "REMOVAL_QUEUE_URL",
    "digest_queue_url": "DIGEST_QUEUE_URL",
    "change_letters_url": "CHANGE_DEAD_LETTERS_URL",
    "email_sender": "EMAIL_SENDER",
    "email_configuration_set": "EMAIL_CONFIGURATION_SET",
    "api_url": "API_URL",
    "digest_minutes": "DIGEST_MINUTES",
    "textract_topic_arn": "TEXTRACT_TOPIC_ARN",
    "textract_role_arn": "TEXTRACT_ROLE_ARN",
    "secret_prefix": "SECRET_PREFIX",
    "tenant_role_arn": "TENANT_ROLE_ARN",
    "tenant_partitions_beside": "TENANT_PARTITIONS_BESIDE",
    "cursor_secret_id": "CURSOR_SECRET_ID",
    "user_pool_id": "USER_POOL_ID",
    "systems_sign_in_url": "SYSTEMS_SIGN_IN_URL",
    "chorus_token_url": "CHORUS_TOKEN_URL",
    "chorus_api_base": "CHORUS_API_BASE",
    "chorus_certificate_base": "CHORUS_CERTIFICATE_BASE",
    "credential_probe_queue_url": "CREDENTIAL_PROBE_QUEUE_URL",
    "hand_out_until": "HAND_OUT_UNTIL",
    "settle_seconds": "SETTLE_SECONDS",
    "settle_flow_seconds": "SETTLE_FLOW_SECONDS",
    "quota_factor": "QUOTA_FACTOR",
    "textract_dollars_a_page": "TEXTRACT_DOLLARS_A_PAGE",
}


class Settings(BaseModel):
    """The installation's addresses and a few policy values."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    environment: Literal["local", "dev", "qualification", "production"]
    table: str = ""
    bucket: str = ""
    ocr_queue_url: str = ""
    #: Textract reports there that a job ended
    textract_completion_queue_url: str = ""
    #: documents that teach layouts, or teach no more
    lesson_queue_url: str = ""
    #: ZIPs of documents to take
    archive_queue_url: str = ""
    resolution_queue_url: str = ""
    submission_queue_url: str = ""
    delivery_queue_url: str = ""
    tracking_queue_url: str = ""
    webhook_queue_url: str = ""
    #: how many webhooks of one supplier may be delivered at the same time
    webhook_slots: int = Field(default=1, ge=1)
    removal_queue_url: str = ""
    digest_queue_url: str = ""
    #: where a function sets aside changes of the table that it cannot handle
    change_letters_url: str = ""
    #: the verified sender of e-mails; empty: no e-mail is sent
    email_sender: str = ""
    #: SES reports bounces and complaints of e-mails that name it
    email_configuration_set: str = ""
    #: the API's public address, for links in e-mails
    api_url: str = ""
    #: how long a digest e-mail waits for further notifications
    digest_minutes: int = Field(default=10, ge=0)
    textract_topic_arn: str = ""
    textract_role_arn: str = ""
    secret_prefix: str = ""
    #: the role that the function assumes for one supplier
    tenant_role_arn: str = ""
    #: partitions that its sessions reach in addition to the supplier's own, separated by commas
    tenant_partitions_beside: str = ""
    #: the secret with the key that seals cursors
    cursor_secret_id: str = ""
    #: the user pool, as the directory of principals
    user_pool_id: str = ""
    #: where systems get a token for the API
    systems_sign_in_url: str = ""
    chorus_token_url: str = ""
    chorus_api_base: str = ""
    #: the older gateway with client certificates (port 5443)
    chorus_certificate_base: str = ""
    credential_probe_queue_url: str = ""
    #: the hour in France up to which the nightly and the morning's starts spread their work
    hand_out_until: int = Field(default=0, ge=0, le=24)
    #: how long a deposit without a readable answer may still be processed; longer than any worker runs
    settle_seconds: int = Field(default=900, ge=0)
    #: the same for a flow, whose invoice appears at the portal much later
    settle_flow_seconds: int = Field(default=24 * 3600, ge=0)
    #: multiplies the numbers of ``domain.quotas``, except that of credential trials
    quota_factor: float = Field(default=1, gt=0)
    #: the price of a page for the cost estimate (source: docs/cost.md)
    textract_dollars_a_page: Decimal = Field(default=Decimal("0.0015"), ge=0)

    @property
    def settle_after(self) -> timedelta:
        return timedelta(seconds=self.settle_seconds)

    @property
    def settle_flow_after(self) -> timedelta:
        return timedelta(seconds=self.settle_flow_seconds)

    @property
    def strict_siret(self) -> bool:
        """Only production checks the check digits: the portal's own test SIRETs fail them."""
        return self.environment == "production"

    @property
    def partitions_beside(self) -> tuple[str, ...]:
        return tuple(each for each in self.tenant_partitions_beside.split(",") if each)

    def required(self, name: str) -> str:
        """The value of a setting. Raises RuntimeError with the name of its environment variable when it is not set."""
        value = getattr(self, name)
        if not value:
            raise RuntimeError(f"the environment variable {_SETTINGS_VARIABLES[name]} is not set")
        return str(value)


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at first use."""
    given = {name: os.environ[variable] for name, variable in _SETTINGS_VARIABLES.items() if variable in os.environ}
    return Settings.model_validate(given)
