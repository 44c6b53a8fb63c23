"""AWS clients for tests on moto, made once: making one takes ten times as long as most tests."""

from functools import cache
from typing import Any

import boto3

AWS = {"region_name": "eu-west-3", "aws_access_key_id": "test", "aws_secret_access_key": "test"}


@cache
def aws_client(service: str) -> Any:
    """The client of a service, the same one in every test: moto answers for every client while it is on.

    Without moto each call is refused: the credentials are not real.
    """
    return boto3.client(service, **AWS)


def new_client(service: str) -> Any:
    """A client of the test's own, for a test that listens to its calls or disturbs them."""
    return boto3.client(service, **AWS)
