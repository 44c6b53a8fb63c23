"""Secrets Manager: each supplier's portal credentials, and the installation's own secrets.

The names of a supplier's secrets start with ``<prefix><id>/``, so that one pattern in a policy matches exactly them.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.domain.portal.credentials import CREDENTIALS, Credentials

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient


class SecretsManagerCredentials:
    """``ports.SecretStore``, made for one supplier."""

    def __init__(self, client: SecretsManagerClient, prefix: str, supplier_id: str) -> None:
        self._client = client
        self._name = f"{prefix}{supplier_id}/credentials"

    def get(self) -> Credentials | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        return CREDENTIALS.validate_json(answer["SecretString"])

    def put(self, credentials: Credentials) -> None:
        text = json.dumps(credentials.reveal())
        try:
            self._client.put_secret_value(SecretId=self._name, SecretString=text)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            self._client.create_secret(Name=self._name, SecretString=text)

    def delete(self) -> None:
        try:
            self._client.delete_secret(SecretId=self._name, ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise


def plain_secret(client: SecretsManagerClient, secret_id: str) -> str:
    """The text of one of the installation's own secrets."""
    return client.get_secret_value(SecretId=secret_id)["SecretString"]
