"""Credentials in Secrets Manager: one secret per supplier, under the installation's prefix."""

import json
from typing import Any

from botocore.exceptions import ClientError

from chorus_connector.domain.credentials import Credentials


class SecretsManagerCredentials:
    """``ports.SecretStore``, made for one supplier."""

    def __init__(self, client: Any, prefix: str, supplier_id: str) -> None:
        self._client = client
        self._name = f"{prefix}{supplier_id}"

    def get(self) -> Credentials | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._name)
        except ClientError as error:
            if error.response["Error"]["Code"] == "ResourceNotFoundException":
                return None
            raise
        return Credentials.model_validate_json(answer["SecretString"])

    def put(self, credentials: Credentials) -> None:
        text = json.dumps(credentials.reveal())
        try:
            self._client.put_secret_value(SecretId=self._name, SecretString=text)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ResourceNotFoundException":
                raise
            self._client.create_secret(Name=self._name, SecretString=text)
