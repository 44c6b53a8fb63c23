"""The signing secrets of webhooks in Secrets Manager: one per endpoint, under its supplier's prefix."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from botocore.exceptions import ClientError

from chorus_connector.domain.notifications.webhooks import EndpointSecrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_ABSENT = "ResourceNotFoundException"


class SecretsManagerEndpointSecrets:
    """``ports.EndpointSecretStore``, made for one supplier."""

    def __init__(self, client: SecretsManagerClient, prefix: str, supplier_id: str) -> None:
        self._client = client
        self._prefix = f"{prefix}{supplier_id}/webhooks/"

    def get(self, endpoint_id: str) -> EndpointSecrets | None:
        try:
            answer = self._client.get_secret_value(SecretId=self._name(endpoint_id))
        except ClientError as error:
            if error.response["Error"]["Code"] == _ABSENT:
                return None
            raise
        return EndpointSecrets.model_validate_json(answer["SecretString"])

    def put(self, endpoint_id: str, secrets: EndpointSecrets) -> None:
        text = json.dumps(
            {
                **(secrets.model_extra or {}),
                "current": secrets.current.get_secret_value(),
                "previous": secrets.previous.get_secret_value() if secrets.previous else None,
                "previous_until": secrets.previous_until.isoformat() if secrets.previous_until else None,
            }
        )
        try:
            self._client.put_secret_value(SecretId=self._name(endpoint_id), SecretString=text)
        except ClientError as error:
            if error.response["Error"]["Code"] != _ABSENT:
                raise
            self._client.create_secret(Name=self._name(endpoint_id), SecretString=text)

    def delete(self, endpoint_id: str) -> None:
        try:
            self._client.delete_secret(SecretId=self._name(endpoint_id), ForceDeleteWithoutRecovery=True)
        except ClientError as error:
            if error.response["Error"]["Code"] != _ABSENT:
                raise

    def _name(self, endpoint_id: str) -> str:
        return f"{self._prefix}{endpoint_id}"
