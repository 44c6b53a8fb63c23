"""The session policy for one supplier.

IAM allows what both the session policy and the function's tenant role allow: the policy restricts the resources, the
role restricts the actions. So the policy names no single action and fits into STS's limit of 2,048 characters.
``table.keys`` defines the partitions, ``s3`` the prefixes of the bucket, ``secrets`` the names of the secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chorus_connector.adapters.table import keys
from chorus_connector.domain.errors import NotFound

_SUPPLIER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""No character with a meaning of its own in IAM, a key or a secret's name (``*``, ``?``, ``$``, ``/``, ``#``)."""


@dataclass(frozen=True)
class TenantResources:
    """The resources that hold the tenants' data, as ARNs.

    ``secrets`` is the common start of the ARNs of all suppliers' secrets. ``beside`` are partitions that one
    transaction may need together with the supplier's own; ``*`` at the end matches any rest. Each function defines
    which ones it needs, and whether it has secrets or Textract at all.
    """

    table: str
    bucket: str
    keys: str
    secrets: str = ""
    beside: tuple[str, ...] = ()
    textract_role: str = ""


def tenant_resources(
    *,
    role: str,
    region: str,
    table: str,
    bucket: str,
    secret_prefix: str = "",
    beside: Iterable[str] = (),
    textract_role: str = "",
) -> TenantResources:
    """The resources of the installation that the tenant role ``role`` (an ARN) belongs to."""
    _, partition, _, _, account, _ = role.split(":", 5)

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    return TenantResources(
        table=arn("dynamodb", f"table/{table}"),
        bucket=f"arn:{partition}:s3:::{bucket}",
        keys=arn("kms", "key/*"),
        secrets=arn("secretsmanager", f"secret:{secret_prefix}") if secret_prefix else "",
        beside=tuple(beside),
        textract_role=textract_role,
    )


def tenant_policy(supplier_id: str, resources: TenantResources) -> str:
    """The policy of a session for that supplier, as JSON.

    Raises NotFound for a text that is no supplier id: it must never reach a policy.
    """
    if not _SUPPLIER_ID.fullmatch(supplier_id):
        raise NotFound
    statements = [
        # A request without a key (a scan) has no leading keys, and "for all values" holds for an empty set.
        _allow(
            "dynamodb:*",
            [resources.table, f"{resources.table}/index/{keys.LIST_INDEX}"],
            {
                _for_all(resources.beside): {"dynamodb:LeadingKeys": [keys.supplier(supplier_id), *resources.beside]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        ),
        _allow("s3:*", f"{resources.bucket}/suppliers/{supplier_id}/*"),
        _allow("s3:ListBucket*", resources.bucket, {"StringLike": {"s3:prefix": f"suppliers/{supplier_id}/*"}}),
        # The same keys encrypt every tenant's data: the statements above restrict what can be read with them.
        _allow("kms:*", resources.keys),
    ]
    if resources.secrets:
        statements.append(_allow("secretsmanager:*", f"{resources.secrets}{supplier_id}/*"))
    if resources.textract_role:
        # Textract reads the bucket with the session's permissions: it too reaches this supplier's files only.
        statements += [_allow("textract:*", "*"), _allow("iam:PassRole", resources.textract_role)]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _allow(action: str, resource: str | list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**allowed, "Condition": condition} if condition else allowed


def _for_all(beside: tuple[str, ...]) -> str:
    return "ForAllValues:StringLike" if any("*" in each for each in beside) else "ForAllValues:StringEquals"
