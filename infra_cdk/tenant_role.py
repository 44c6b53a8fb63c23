"""A function's permissions on suppliers' and structures' data, in a role that it assumes for one of them at a time.

The function's own role has the permissions that concern no supplier (its queues, its callers' roles, what is due). For
the rest it assumes its tenant role with a session policy for one supplier or one structure
(`chorus_connector.adapters.tenant_policy`): the role restricts the actions, the session restricts whose data. Each
function has a tenant role of its own, because with a shared role every function could do what any other may.
"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from chorus_connector.adapters.table import keys

OF_A_SUPPLIER = f"{keys.SUPPLIERS}*"
OF_ACCESS_LISTS = f"{keys.ACCESS_LISTS}*"
OF_SIRETS = f"{keys.SIRETS}*"
OF_STRUCTURES = f"{keys.STRUCTURES}*"
OF_SPACES = f"{keys.SPACES}*"
OF_INBOXES = f"{keys.INBOXES}*"
OF_AWAITED = f"{keys.AWAITED}*"
OF_ANNOUNCEMENTS = f"{keys.ANNOUNCEMENTS}*"
OF_REPEATED_REQUESTS = f"{keys.IDEMPOTENCY_KEYS}*"
OF_QUOTAS = f"{keys.QUOTAS}*"
OF_THE_DIRECTORY = f"{keys.RECIPIENTS}*"
OF_THE_INSTALLATION = keys.INSTALLATION
OF_REFERENCES = keys.REFERENCES
OF_MESSAGES = (OF_STRUCTURES, OF_SPACES, OF_INBOXES)


class TenantRole(Construct):
    """The role that one function assumes for one supplier, or for one structure.

    ``sessions`` are the beginnings of the names that its sessions may have: CloudTrail shows with each
    ``AssumeRole`` whose data it was for. ``shared`` are partitions that every supplier's session reaches.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        function: lambda_.Function,
        *,
        sessions: Sequence[str],
        shared: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        assert function.role is not None
        names = [f"{each}-*" for each in sessions]
        self.role = iam.Role(
            self,
            "Role",
            description="Taken by its box for one supplier or structure at a time, with a session policy that names it",
            assumed_by=iam.ArnPrincipal(function.role.role_arn).with_conditions(
                {"StringLike": {"sts:RoleSessionName": names[0] if len(names) == 1 else names}}
            ),
            max_session_duration=Duration.hours(1),
        )
        function.add_to_role_policy(
            iam.PolicyStatement(sid="ActForOneTenant", actions=["sts:AssumeRole"], resources=[self.role.role_arn])
        )
        function.add_environment("TENANT_ROLE_ARN", self.role.role_arn)
        if shared:
            function.add_environment("TENANT_PARTITIONS_BESIDE", ",".join(shared))

    def may(self, sid: str, table: dynamodb.Table, partitions: Sequence[str], actions: Sequence[str]) -> None:
        """Allow the actions on these partitions; the session's policy says whose they are."""
        self.role.add_to_policy(on_partitions(sid, table, partitions, actions))


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
