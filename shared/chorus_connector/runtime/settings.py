"""What the environment says, read once and checked: one model for every function.

A function gets only the variables its box needs; a missing one is an error that names it, at first use.
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
    "resolution_queue_url": "RESOLUTION_QUEUE_URL",
    "submission_queue_url": "SUBMISSION_QUEUE_URL",
    "delivery_queue_url": "DELIVERY_QUEUE_URL",
    "tracking_queue_url": "TRACKING_QUEUE_URL",
    "webhook_queue_url": "WEBHOOK_QUEUE_URL",
    "removal_queue_url": "REMOVAL_QUEUE_URL",
    "digest_queue_url": "DIGEST_QUEUE_URL",
    "email_sender": "EMAIL_SENDER",
    "digest_minutes": "DIGEST_MINUTES",
    "textract_topic_arn": "TEXTRACT_TOPIC_ARN",
    "textract_role_arn": "TEXTRACT_ROLE_ARN",
    "secret_prefix": "SECRET_PREFIX",
    "tenant_role_arn": "TENANT_ROLE_ARN",
    "tenant_partitions_beside": "TENANT_PARTITIONS_BESIDE",
    "cursor_secret_id": "CURSOR_SECRET_ID",
    "systems_sign_in_url": "SYSTEMS_SIGN_IN_URL",
    "chorus_token_url": "CHORUS_TOKEN_URL",
    "chorus_api_base": "CHORUS_API_BASE",
    "chorus_certificate_base": "CHORUS_CERTIFICATE_BASE",
    "credential_probe_queue_url": "CREDENTIAL_PROBE_QUEUE_URL",
    "settle_seconds": "SETTLE_SECONDS",
    "settle_flow_seconds": "SETTLE_FLOW_SECONDS",
    "textract_dollars_a_page": "TEXTRACT_DOLLARS_A_PAGE",
}


class Settings(BaseModel):
    """The installation's addresses and the few figures that are policy."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    environment: Literal["local", "dev", "qualification", "production"]
    table: str = ""
    bucket: str = ""
    ocr_queue_url: str = ""
    resolution_queue_url: str = ""
    submission_queue_url: str = ""
    delivery_queue_url: str = ""
    tracking_queue_url: str = ""
    webhook_queue_url: str = ""
    removal_queue_url: str = ""
    digest_queue_url: str = ""
    #: the address e-mails come from, verified with the mail service; empty: none are sent
    email_sender: str = ""
    #: how long more news may join an e-mail before it is due
    digest_minutes: int = Field(default=10, ge=0)
    textract_topic_arn: str = ""
    textract_role_arn: str = ""
    secret_prefix: str = ""
    #: the role the box takes to act for one supplier
    tenant_role_arn: str = ""
    #: partitions its sessions reach beside the supplier's own, separated by commas
    tenant_partitions_beside: str = ""
    #: which secret holds the key that seals cursors
    cursor_secret_id: str = ""
    #: where systems get a token for the API
    systems_sign_in_url: str = ""
    chorus_token_url: str = ""
    chorus_api_base: str = ""
    #: the older gateway with client certificates (port 5443)
    chorus_certificate_base: str = ""
    credential_probe_queue_url: str = ""
    #: how long a deposit whose answer was lost may still be under way; longer than any worker lives
    settle_seconds: int = Field(default=900, ge=0)
    #: the same for a flow, which may wait at the portal much longer before its invoice can be found
    settle_flow_seconds: int = Field(default=24 * 3600, ge=0)
    #: what the cost estimate takes for a page of FORMS and TABLES (docs/cost.md says where the figure comes from)
    textract_dollars_a_page: Decimal = Field(default=Decimal("0.065"), ge=0)

    @property
    def settle_after(self) -> timedelta:
        return timedelta(seconds=self.settle_seconds)

    @property
    def settle_flow_after(self) -> timedelta:
        return timedelta(seconds=self.settle_flow_seconds)

    @property
    def strict_siret(self) -> bool:
        """Only production insists on check digits: the portal's own test SIRETs fail them."""
        return self.environment == "production"

    @property
    def partitions_beside(self) -> tuple[str, ...]:
        return tuple(each for each in self.tenant_partitions_beside.split(",") if each)

    def required(self, name: str) -> str:
        """That setting, or an error that names its variable."""
        value = getattr(self, name)
        if not value:
            raise RuntimeError(f"the environment variable {_SETTINGS_VARIABLES[name]} is not set")
        return str(value)


@cache
def settings() -> Settings:
    """The settings of this process, read from its environment at first use."""
    given = {name: os.environ[variable] for name, variable in _SETTINGS_VARIABLES.items() if variable in os.environ}
    return Settings.model_validate(given)
