"""A box's rights on suppliers' things, kept apart from the box's own: it takes them for one supplier at a time.

A box's own role holds what belongs to no supplier (its queues, who its callers are, what is due). For the rest it takes
its tenant role with a session policy that names one supplier (`chorus_connector.adapters.tenant_policy`): the role says
what, the session says whose. One role for each box: with a shared one any box could do what some other box may.
"""

from collections.abc import Sequence

from aws_cdk import Duration
from aws_cdk import aws_dynamodb as dynamodb
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.data import LIST_INDEX

OF_A_SUPPLIER = "SUPPLIER#*"
OF_CALLERS = ("PRINCIPAL#*",)
OF_REPEATED_REQUESTS = ("IDEMPOTENCY#*",)
OF_THE_DIRECTORY = ("RECIPIENT#*",)
OF_THE_INSTALLATION = ("INSTALLATION",)
OF_STRUCTURES = ("STRUCTURE#*",)
OF_SUBSCRIPTIONS = ("STRUCTURE#*", "PRINCIPAL#*")
OF_REFERENCES = ("COUNTER#messages",)
KNOWN_OF_STRUCTURES = ("STRUCTURE#*", "SIRET#*", "RECIPIENT#*")
WRITTEN_WITH_A_SUPPLIER = ("PRINCIPAL#*", "SIRET#*", "INSTALLATION")
"""Who may act for it, which SIRET it is, that it exists: written in one transaction with its own records."""


class TenantRole(Construct):
    """The role that one box takes for one supplier.

    ``beside`` are partitions its transactions reach as well, ``reads_beside`` those it only reads.
    """

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        box: lambda_.Function,
        *,
        beside: Sequence[str] = (),
        reads_beside: Sequence[str] = (),
    ) -> None:
        super().__init__(scope, construct_id)
        assert box.role is not None
        self._partitions = (OF_A_SUPPLIER, *beside)
        self._only_read = tuple(reads_beside)
        self.role = iam.Role(
            self,
            "Role",
            description="Taken by its box for one supplier at a time, with a session policy that names it",
            # a session is named after its supplier: the account's trail tells for whom each call was
            assumed_by=iam.ArnPrincipal(box.role.role_arn).with_conditions(
                {"StringLike": {"sts:RoleSessionName": "supplier-*"}}
            ),
            max_session_duration=Duration.hours(1),
        )
        box.add_to_role_policy(
            iam.PolicyStatement(sid="ActForOneSupplier", actions=["sts:AssumeRole"], resources=[self.role.role_arn])
        )
        box.add_environment("TENANT_ROLE_ARN", self.role.role_arn)
        if beside or reads_beside:
            box.add_environment("TENANT_PARTITIONS_BESIDE", ",".join([*beside, *reads_beside]))

    def may_use_the_table(self, table: dynamodb.Table, *, reading: Sequence[str], writing: Sequence[str]) -> None:
        """Allow the actions on the supplier's partition and those beside it."""
        self.role.add_to_policy(on_partitions("UseTheTable", table, self._partitions, [*reading, *writing]))
        if self._only_read:
            self.role.add_to_policy(on_partitions("ReadBeside", table, self._only_read, reading))


def on_partitions(
    sid: str, table: dynamodb.Table, partitions: Sequence[str], actions: Sequence[str]
) -> iam.PolicyStatement:
    """Allows the actions on these partitions of the table, ``*`` at the end standing for any.

    "For all values" holds for a request that names none (a scan): the second condition wants one named.
    """
    return iam.PolicyStatement(
        sid=sid,
        actions=list(actions),
        resources=[table.table_arn, f"{table.table_arn}/index/{LIST_INDEX}"],
        conditions={
            "ForAllValues:StringLike": {"dynamodb:LeadingKeys": list(partitions)},
            "Null": {"dynamodb:LeadingKeys": "false"},
        },
    )
