"""The session policy for one supplier or one structure.

IAM allows what both the session policy and the function's tenant role allow: the policy restricts the resources, the
role restricts the actions. So the policy names no single action and fits into STS's limit of 2,048 characters.
``table.keys`` defines the partitions, ``s3`` the prefixes of the bucket, ``secrets`` the names of the secrets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Self

from chorus_connector.adapters.table import keys
from chorus_connector.domain.errors import NotFound

_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""No character with a meaning of its own in IAM, a key or a secret's name (``*``, ``?``, ``$``, ``/``, ``#``)."""


@dataclass(frozen=True)
class Reach:
    """Whose data a session reaches: one supplier's, or one structure's when there is no supplier.

    ``sirets`` are the structures whose partitions it reaches by name. ``installation``: it also reaches the list of all
    suppliers, to create or remove one.
    """

    supplier_id: str = ""
    sirets: tuple[str, ...] = ()
    installation: bool = False

    def with_sirets(self, *sirets: str) -> Self:
        """The same, with these SIRETs. A supplier without a SIRET has an empty one, which adds nothing."""
        return replace(self, sirets=tuple(sorted({*self.sirets, *filter(None, sirets)})))

    @property
    def name(self) -> str:
        """The session's name, as CloudTrail shows it with each ``AssumeRole`` and each data event."""
        return f"supplier-{self.supplier_id}" if self.supplier_id else f"structure-{'-'.join(self.sirets)}"

    @property
    def partitions(self) -> tuple[str, ...]:
        """The partitions of the table. Raises NotFound for a text that is no id: it must never reach a policy."""
        owners = [*([self.supplier_id] if self.supplier_id else []), *self.sirets]
        if not owners or not all(_ID.fullmatch(each) for each in owners):
            raise NotFound
        of_supplier = keys.of_supplier(self.supplier_id) if self.supplier_id else ()
        of_sirets = (partition for siret in self.sirets for partition in keys.of_siret(siret))
        return (*of_supplier, *of_sirets, *([keys.INSTALLATION] if self.installation else []))


@dataclass(frozen=True)
class TenantResources:
    """The resources that hold the tenants' data, as ARNs.

    ``secrets`` is the common start of the ARNs of all suppliers' secrets. ``beside`` are partitions that all suppliers
    share: the portal's circuit breakers, and with ``*`` at the end the directory of recipients, which is public data.
    Each function defines which ones it needs, and whether it has secrets or Textract at all.
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


def tenant_policy(reach: Reach, resources: TenantResources) -> str:
    """The policy of a session with that reach, as JSON. Raises NotFound for a text that is no id."""
    statements = [
        # A request without a key (a scan) has no leading keys, and "for all values" holds for an empty set.
        _allow(
            "dynamodb:*",
            [resources.table, f"{resources.table}/index/{keys.LIST_INDEX}"],
            {
                "ForAllValues:StringLike": {"dynamodb:LeadingKeys": [*reach.partitions, *resources.beside]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        ),
        # The same keys encrypt every tenant's data: the other statements restrict what can be read with them.
        _allow("kms:*", resources.keys),
    ]
    if reach.supplier_id:
        statements += _of_a_supplier(reach.supplier_id, resources)
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _of_a_supplier(supplier_id: str, resources: TenantResources) -> list[dict[str, Any]]:
    """What a structure has none of: files, secrets, and documents to read."""
    statements = [
        _allow("s3:*", f"{resources.bucket}/suppliers/{supplier_id}/*"),
        _allow("s3:ListBucket*", resources.bucket, {"StringLike": {"s3:prefix": f"suppliers/{supplier_id}/*"}}),
    ]
    if resources.secrets:
        statements.append(_allow("secretsmanager:*", f"{resources.secrets}{supplier_id}/*"))
    if resources.textract_role:
        # Textract reads the bucket with the session's permissions: it too reaches this supplier's files only.
        statements += [_allow("textract:*", "*"), _allow("iam:PassRole", resources.textract_role)]
    return statements


def _allow(action: str, resource: str | list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**allowed, "Condition": condition} if condition else allowed
