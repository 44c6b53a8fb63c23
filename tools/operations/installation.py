"""Make this process look at one installation: its table, bucket, secrets, queues and portal, as its own boxes see them.

The boxes' configuration is the truth about where things are, so it is read from the deployed functions. Which
account and which endpoint is boto3's business: a profile, environment variables, or ``AWS_ENDPOINT_URL`` for the
local stack.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ASKED = ("upload_intake", "textract_ocr", "invoice_api", "supplier_api")
"""Boxes that know, together, everything an operator's errand needs."""

_THE_BOXES_OWN = ("AWS_", "POWERTOOLS_", "LOG_", "TENANT_")
"""Not taken over: an operator works with rights of their own, and only a box may take its tenant role."""


class NoSuchInstallation(RuntimeError):
    """This account and region have no installation of that name."""


def attach(environment: str, functions: "LambdaClient") -> dict[str, str]:
    """Take over the settings of the installation's boxes, and give them. Raises NoSuchInstallation.

    ``functions`` is boto3's client of Lambda. Call it before anything else looks at the settings.
    """
    variables: dict[str, str] = {}
    for box in _ASKED:
        variables |= _variables(environment, box, functions)
    os.environ.update(variables)
    return variables


def _variables(environment: str, box: str, functions: "LambdaClient") -> dict[str, str]:
    name = f"chorus-connector-{environment}-{box}"
    try:
        configuration = functions.get_function_configuration(FunctionName=name)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise NoSuchInstallation(
            f"no function {name} in {functions.meta.region_name}: check the environment, the profile and the region"
        ) from None
    given: dict[str, str] = configuration["Environment"]["Variables"]
    return {key: value for key, value in given.items() if not key.startswith(_THE_BOXES_OWN)}


def every_supplier() -> Iterator[str]:
    """The id of every supplier of the installation this process is attached to."""
    from chorus_connector.wiring.installation import installation  # noqa: PLC0415  (boto3 and the settings: once attached)

    pages = every_page(lambda cursor: installation().supplier_ids(limit=100, cursor=cursor))
    return (supplier_id for page in pages for supplier_id in page.supplier_ids)
