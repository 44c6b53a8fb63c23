"""What a session that acts for one supplier may touch, as the IAM policy it is opened with.

The session says whose, the box's tenant role says what: IAM allows what both do. So the document names no single
action, and is short enough for STS (2,048 characters). Names of partitions stand in ``dynamodb_items``, prefixes of
the bucket in ``adapters.s3``, names of secrets in ``adapters.secrets``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from chorus_connector.domain.errors import NotFound

_SUPPLIER_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""No character that IAM, a key or a secret's name reads as anything but itself (``*``, ``?``, ``$``, ``/``, ``#``)."""


@dataclass(frozen=True)
class TenantPlaces:
    """Where tenants' things lie, as ARNs.

    ``secrets`` is the ARN under which every supplier's secrets begin; ``beside`` are partitions that one transaction
    may need together with the supplier's own, ``*`` at the end standing for any. Which ones, and whether a box has
    secrets or Textract at all, is the box's affair.
    """

    table: str
    bucket: str
    keys: str
    secrets: str = ""
    beside: tuple[str, ...] = ()
    textract_role: str = ""


def places(
    *,
    role: str,
    region: str,
    table: str,
    bucket: str,
    secret_prefix: str = "",
    beside: Iterable[str] = (),
    textract_role: str = "",
) -> TenantPlaces:
    """The places of the installation in which the tenant role ``role`` (an ARN) stands."""
    _, partition, _, _, account, _ = role.split(":", 5)

    def arn(service: str, resource: str) -> str:
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"

    return TenantPlaces(
        table=arn("dynamodb", f"table/{table}"),
        bucket=f"arn:{partition}:s3:::{bucket}",
        keys=arn("kms", "key/*"),
        secrets=arn("secretsmanager", f"secret:{secret_prefix}") if secret_prefix else "",
        beside=tuple(beside),
        textract_role=textract_role,
    )


def tenant_policy(supplier_id: str, where: TenantPlaces) -> str:
    """The policy of a session that acts for that supplier, as JSON.

    Raises NotFound for a text that is no supplier's id: it must never reach a policy.
    """
    if not _SUPPLIER_ID.fullmatch(supplier_id):
        raise NotFound
    statements = [
        # A request without any key (a scan) has no leading keys: "for all" would hold for none of them.
        _allow(
            "dynamodb:*",
            [where.table, f"{where.table}/index/by_list"],
            {
                _for_all(where.beside): {"dynamodb:LeadingKeys": [f"SUPPLIER#{supplier_id}", *where.beside]},
                "Null": {"dynamodb:LeadingKeys": "false"},
            },
        ),
        _allow("s3:*", f"{where.bucket}/suppliers/{supplier_id}/*"),
        _allow("s3:ListBucket", where.bucket, {"StringLike": {"s3:prefix": f"suppliers/{supplier_id}/*"}}),
        # The keys encrypt every tenant's things: what may be opened with them is said above.
        _allow("kms:*", where.keys),
    ]
    if where.secrets:
        statements.append(_allow("secretsmanager:*", f"{where.secrets}{supplier_id}/*"))
    if where.textract_role:
        # Textract reads the bucket with the session's own rights: it too finds this supplier's files only.
        statements += [_allow("textract:*", "*"), _allow("iam:PassRole", where.textract_role)]
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, separators=(",", ":"))


def _allow(action: str, resource: str | list[str], condition: dict[str, Any] | None = None) -> dict[str, Any]:
    allowed = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {**allowed, "Condition": condition} if condition else allowed


def _for_all(beside: tuple[str, ...]) -> str:
    return "ForAllValues:StringLike" if any("*" in each for each in beside) else "ForAllValues:StringEquals"
