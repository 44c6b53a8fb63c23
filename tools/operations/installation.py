"""Give this process the settings of one installation: its table, bucket, secrets, queues and portal.

The settings are read from the configuration of the deployed functions, so they are always the current ones. boto3
chooses the account and the endpoint: by a profile, by environment variables, or by ``AWS_ENDPOINT_URL`` for the
local stack.
"""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from chorus_connector.usecases.paging import every_page

if TYPE_CHECKING:
    from mypy_boto3_lambda import LambdaClient

_ASKED = ("upload_intake", "textract_ocr", "invoice_api", "supplier_api")
"""The functions whose settings, taken together, are enough for every command."""

LIVE = "live"
"""The alias of every function: the version that is in use."""

_NOT_TAKEN_OVER = ("AWS_", "POWERTOOLS_", "LOG_", "TENANT_")
"""Prefixes of variables that are left out: an operator uses their own permissions, and only a function may assume its
tenant role."""


class NoSuchInstallation(RuntimeError):
    """This account and region have no installation with that name."""


def attach(environment: str, functions: "LambdaClient") -> dict[str, str]:
    """Copy the settings of the installation's functions into the environment, and return them.

    ``functions`` is a boto3 client of Lambda. Call this before anything reads the settings. Raises NoSuchInstallation.
    """
    variables: dict[str, str] = {}
    for function in _ASKED:
        variables |= _variables(environment, function, functions)
    os.environ.update(variables)
    return variables


def _variables(environment: str, function: str, functions: "LambdaClient") -> dict[str, str]:
    name = f"chorus-connector-{environment}-{function}"
    try:
        configuration = functions.get_function_configuration(FunctionName=name, Qualifier=LIVE)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        raise NoSuchInstallation(
            f"no function {name} in {functions.meta.region_name}: check the environment, the profile and the region"
        ) from None
    given: dict[str, str] = configuration["Environment"]["Variables"]
    return {key: value for key, value in given.items() if not key.startswith(_NOT_TAKEN_OVER)}


def data_outputs(environment: str, cloudformation: Any) -> dict[str, str]:
    """The outputs of the installation's data stack. ``cloudformation`` is a boto3 client. Raises NoSuchInstallation."""
    name = f"chorus-connector-{environment}-data"
    try:
        (stack,) = cloudformation.describe_stacks(StackName=name)["Stacks"]
    except ClientError as error:
        if "does not exist" not in error.response["Error"]["Message"]:
            raise
        raise NoSuchInstallation(
            f"no stack {name} in {cloudformation.meta.region_name}: check the environment, the profile and the region"
        ) from None
    return {each["OutputKey"]: each["OutputValue"] for each in stack["Outputs"]}


def every_supplier() -> Iterator[str]:
    """The id of every supplier of the installation this process is attached to."""
    from chorus_connector.wiring.installation import installation  # noqa: PLC0415  (boto3 and the settings: once attached)

    pages = every_page(lambda cursor: installation().supplier_ids(limit=100, cursor=cursor))
    return (supplier_id for page in pages for supplier_id in page.supplier_ids)
