"""The types of the values that a configuration file may set. Each refuses a wrong value and says what is right."""

import re
from decimal import Decimal
from typing import Annotated, Literal
from urllib.parse import urlsplit

import boto3
from pydantic import AfterValidator, Field

_ADDRESS = re.compile(r"[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]{2,}")
_TOPIC = re.compile(r"arn:aws:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_-]+")
_VAULT = re.compile(r"arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}")
_BUCKET = re.compile(r"arn:aws:s3:::[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]+")
_ADDRESS_ID = re.compile(r"eipalloc-[0-9a-f]+")
_SYSTEM = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9]+)*")
LOG_DAYS = (1, 7, 30, 90, 180, 365)


def textract_regions() -> list[str]:
    """The regions where AWS reads scans, as the installed AWS library knows them."""
    return list(boto3.session.Session().get_available_regions("textract"))


def _account(value: str) -> str:
    if value and not re.fullmatch(r"\d{12}", value):
        raise ValueError('an AWS account is 12 digits in quotes, such as "123456789012"')
    return value


def _region(value: str) -> str:
    if value and value not in textract_regions():
        raise ValueError(f"scans are read by Textract, which is in {', '.join(textract_regions())} only")
    return value


def _email(value: str) -> str:
    if not _ADDRESS.fullmatch(value):
        raise ValueError('an e-mail address is expected, such as "invoices@example.org"')
    return value


def _topic(value: str) -> str:
    if value and not _TOPIC.fullmatch(value):
        raise ValueError('the ARN of an SNS topic is expected, such as "arn:aws:sns:eu-west-3:123456789012:alarms"')
    return value


def _vault(value: str) -> str:
    if value and not _VAULT.fullmatch(value):
        raise ValueError(
            'the ARN of a backup vault is expected: "arn:aws:backup:eu-central-1:123456789012:backup-vault:copies"'
        )
    return value


def _bucket(value: str) -> str:
    if value and not _BUCKET.fullmatch(value):
        raise ValueError('the ARN of a bucket is expected, such as "arn:aws:s3:::our-copies"')
    return value


def _key(value: str) -> str:
    if value and not _KEY.fullmatch(value):
        raise ValueError(
            'the ARN of a KMS key (no alias) is expected, such as "arn:aws:kms:eu-central-1:123456789012:key/0a1b2c3d"'
        )
    return value


def _address_id(value: str) -> str:
    if not _ADDRESS_ID.fullmatch(value):
        raise ValueError('the allocation id of an Elastic IP is expected, such as "eipalloc-0a1b2c3d4e5f"')
    return value


def _system(value: str) -> str:
    if not _SYSTEM.fullmatch(value) or len(value) > 45:
        raise ValueError('a system\'s name is letters, digits and single "-", at most 45 characters')
    return value


def _origin(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in {"https", "http"} or not parts.netloc or value != f"{parts.scheme}://{parts.netloc}":
        raise ValueError('a web site is its scheme and host without a path, such as "https://portal.example.org"')
    return value


def _days(value: int) -> int:
    if value not in LOG_DAYS:
        raise ValueError(f"one of {', '.join(map(str, LOG_DAYS))}")
    return value


Account = Annotated[str, AfterValidator(_account)]
Region = Annotated[str, AfterValidator(_region)]
Email = Annotated[str, AfterValidator(_email)]
EmailOrNone = Annotated[str, AfterValidator(lambda value: value and _email(value))]
TopicArn = Annotated[str, AfterValidator(_topic)]
VaultArn = Annotated[str, AfterValidator(_vault)]
BucketArn = Annotated[str, AfterValidator(_bucket)]
KeyArn = Annotated[str, AfterValidator(_key)]
AddressId = Annotated[str, AfterValidator(_address_id)]
SystemName = Annotated[str, AfterValidator(_system)]
Origin = Annotated[str, AfterValidator(_origin)]
LogLevel = Literal["DEBUG", "INFO", "WARNING", "ERROR"]
LogDays = Annotated[int, AfterValidator(_days)]
Concurrency = Annotated[int, Field(ge=2, le=1000)]  # what Lambda accepts as a queue's maximum concurrency
Price = Annotated[Decimal, Field(ge=0, lt=1)]
Positive = Annotated[int, Field(ge=1)]
Factor = Annotated[float, Field(gt=0, le=100, allow_inf_nan=False)]
Hour = Annotated[int, Field(ge=0, le=24)]
Minute = Annotated[int, Field(ge=0, le=59)]
