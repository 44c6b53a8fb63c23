"""A function's permissions on suppliers' data, in a role that it assumes for one supplier at a time.

The function's own role has the permissions that concern no supplier (its queues, its callers' roles, what is due). For
the rest it assumes its tenant role with a session policy for one supplier (`chorus_connector.adapters.tenant_policy`):
the role restricts the actions, the session restricts the supplier. Each function has a tenant role of its own, because
with a shared role every function could do what any other may.
"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from chorus_connector.adapters.table import keys

OF_A_SUPPLIER = f"{keys.SUPPLIERS}*"
OF_CALLERS = (f"{keys.PRINCIPALS}*",)
OF_REPEATED_REQUESTS = (f"{keys.IDEMPOTENCY_KEYS}*",)
OF_QUOTAS = (f"{keys.QUOTAS}*",)
OF_THE_DIRECTORY = (f"{keys.RECIPIENTS}*",)
OF_THE_INSTALLATION = (keys.INSTALLATION,)
OF_STRUCTURES = (f"{keys.STRUCTURES}*",)
OF_SUBSCRIPTIONS = (*OF_STRUCTURES, *OF_CALLERS)
OF_REFERENCES = (keys.REFERENCES,)
KNOWN_OF_STRUCTURES = (*OF_STRUCTURES, f"{keys.SIRETS}*", *OF_THE_DIRECTORY)
WRITTEN_WITH_A_SUPPLIER = (*OF_CALLERS, f"{keys.SIRETS}*", *OF_THE_INSTALLATION)
"""Its members' roles, its SIRET's claim, its entry in the installation: written in one transaction with its record."""


class TenantRole(Construct):
    """The role that one function assumes for one supplier.

    ``beside`` are other partitions that its transactions need, ``reads_beside`` partitions that it only reads.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        beside: Sequence[str] = (),
        reads_beside: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        assert function.role is not None
        self._partitions = (OF_A_SUPPLIER, *beside)
        self._only_read = tuple(reads_beside)
        self.role = iam.Role(
            self,
            "Role",
            description="Taken by its box for one supplier at a time, with a session policy that names it",
            # the session's name contains the supplier: CloudTrail shows the supplier of each call
            assumed_by=iam.ArnPrincipal(function.role.role_arn).with_conditions(
                {"StringLike": {"sts:RoleSessionName": "supplier-*"}}
            ),
            max_session_duration=Duration.hours(1),
        )
        function.add_to_role_policy(
            iam.PolicyStatement(sid="ActForOneSupplier", actions=["sts:AssumeRole"], resources=[self.role.role_arn])
        )
        function.add_environment("TENANT_ROLE_ARN", self.role.role_arn)
        if beside or reads_beside:
            function.add_environment("TENANT_PARTITIONS_BESIDE", ",".join([*beside, *reads_beside]))

    def may_use_the_table(self, table: dynamodb.Table, *, reading: Sequence[str], writing: Sequence[str]) -> None:
        """Allow the actions on the supplier's partition and on those `beside` it."""
        self.role.add_to_policy(on_partitions("UseTheTable", table, self._partitions, [*reading, *writing]))
        if self._only_read:
            self.role.add_to_policy(on_partitions("ReadBeside", table, self._only_read, reading))


def on_partitions(
    sid: str, table: dynamodb.Table, partitions: Sequence[str], actions: Sequence[str]
) -> iam.PolicyStatement:
    """Allows the actions on these partitions of the table; ``*`` at the end matches any rest.

    "For all values" is true for a request without keys (a scan): the second condition requires a key.
    """
    return iam.PolicyStatement(
        sid=sid,
        actions=list(actions),
        resources=[table.table_arn, f"{table.table_arn}/index/{keys.LIST_INDEX}"],
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
