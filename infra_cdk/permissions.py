"""What a box may touch beyond its own log: each line of a box's making that starts with `may` is one of these.

No scan of the table, no deletion in the bucket, no secret outside this environment's suppliers. Who may touch which
partition of the table: docs/security.md.
"""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra_cdk.data import DUE_INDEX
from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import READ, WRITE
from infra_cdk.rules import excepted
from infra_cdk.tenant_role import (
    KNOWN_OF_STRUCTURES,
    OF_A_SUPPLIER,
    OF_CALLERS,
    OF_REFERENCES,
    OF_REPEATED_REQUESTS,
    OF_STRUCTURES,
    OF_SUBSCRIPTIONS,
    OF_THE_DIRECTORY,
    OF_THE_INSTALLATION,
    TenantRole,
    on_partitions,
)

READING = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITING = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")


class Permissions:
    """Grants on the data stack, on suppliers' secrets and on the address e-mails come from."""

    def __init__(self, stack: Stack, *, data: DataStack, secret_prefix: str, email_sender: str) -> None:
        self._stack = stack
        self._data = data
        self._secret_prefix = secret_prefix
        self._email_sender = email_sender
        self._tenants: dict[str, TenantRole] = {}

    # What belongs to one supplier: the box's tenant role may, its sessions are each for one supplier.

    def act_for_one_supplier(
        self,
        box: lambda_.Function,
        *,
        beside: Sequence[str] = (),
        reads_beside: Sequence[str] = (),
        writes: bool = True,
        in_batches: bool = False,
    ) -> None:
        """Every call the store makes on the supplier's partition, and no scan; `beside`: other partitions.

        `reads_beside`: partitions it only reads. `in_batches`: many records at once, where each may be written
        twice without harm. What else the box may do with a supplier's things is granted after this.
        """
        made_in = cast(Construct, box.node.scope)
        role = TenantRole(made_in, "Tenant", box, beside=beside, reads_beside=reads_beside)
        self._tenants[box.node.path] = role
        more = ["dynamodb:BatchWriteItem"] if in_batches else []
        role.may_use_the_table(self._data.table, reading=READING, writing=[*(WRITING if writes else ()), *more])
        self._data.guard.lets_through(role.role, *READ, service="dynamodb")

    def read_documents(self, box: lambda_.Function) -> None:
        """The supplier's objects, by their key, in the version that is asked for."""
        self._on_documents(box, "ReadDocuments", "s3:GetObject", "s3:GetObjectVersion")
        self._data.guard.lets_through(self._for_one(box).role, *READ, service="s3")

    def write_documents(self, box: lambda_.Function) -> None:
        """New objects and versions, marked temporary or not; nothing is taken away."""
        self._on_documents(box, "WriteDocuments", "s3:PutObject", "s3:PutObjectTagging")
        self._data.guard.lets_through(self._for_one(box).role, *WRITE, service="s3")

    def lock_originals(self, box: lambda_.Function) -> None:
        """Say until when a submitted original must be kept: longer at any time, shorter never."""
        self._on_documents(box, "LockOriginals", "s3:PutObjectRetention", pattern="suppliers/*/documents/*/original")

    def list_documents(self, box: lambda_.Function) -> None:
        """What lies under the supplier's prefix, for its export."""
        self._for_one(box).role.add_to_policy(
            iam.PolicyStatement(
                sid="ListDocuments",
                actions=["s3:ListBucket"],
                resources=[self._data.documents_arn.value],
                conditions={"StringLike": {"s3:prefix": "suppliers/*"}},
            )
        )

    def read_credentials(self, box: lambda_.Function) -> None:
        """What the supplier shows the portal, and not what signs its webhooks."""
        self._on_credentials(box, "ReadCredentials", "GetSecretValue", "DescribeSecret")

    def keep_credentials(self, box: lambda_.Function) -> None:
        """The supplier's credentials, made and ended: for the box that configures them."""
        kept = ("CreateSecret", "PutSecretValue", "TagResource", "DeleteSecret", "RestoreSecret")
        self._on_credentials(box, "KeepCredentials", *kept)

    def forget_secrets(self, box: lambda_.Function) -> None:
        """The end of the supplier's secrets, none of which this box can read."""
        self._on_secrets(box, "ForgetSuppliersSecrets", "secretsmanager:DeleteSecret", pattern="*")

    def on_webhook_secrets(self, box: lambda_.Function, sid: str, *actions: str) -> None:
        """These actions on what signs webhooks, and on no credentials."""
        self._on_secrets(box, sid, *actions, pattern="*/webhooks/*")

    def have_documents_read(self, box: lambda_.Function, textract: iam.Role) -> None:
        """By Textract, which reads the bucket with the rights of who asks: one supplier's documents only."""
        textract.grant_pass_role(self._for_one(box).role)
        self._starred(
            box,
            iam.PolicyStatement(
                sid="TextractHasNoResources",
                actions=["textract:StartDocumentAnalysis", "textract:GetDocumentAnalysis"],
                resources=["*"],
            ),
            told_as="*",
            because="Textract's actions take no resource",
        )

    def _on_documents(self, box: lambda_.Function, sid: str, *actions: str, pattern: str = "suppliers/*") -> None:
        bucket = self._data.documents_arn
        self._starred(
            box,
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[f"{bucket.value}/{pattern}"]),
            told_as=f"{bucket.name}/{pattern}",
            because="A box works for every supplier, one at a time: its session's policy says for which",
        )

    def _on_credentials(self, box: lambda_.Function, sid: str, *verbs: str) -> None:
        # a secret's ARN ends in six letters of its own
        self._on_secrets(box, sid, *(f"secretsmanager:{each}" for each in verbs), pattern="*/credentials*")

    def _on_secrets(self, box: lambda_.Function, sid: str, *actions: str, pattern: str) -> None:
        name = f"{self._secret_prefix}{pattern}"
        self._starred(
            box,
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[self._secret_arn(name)]),
            told_as=f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{name}",
            because="Suppliers' secrets are made while it runs: the session's policy says whose",
        )

    def _starred(self, box: lambda_.Function, statement: iam.PolicyStatement, *, told_as: str, because: str) -> None:
        """A right on more than one named thing, with the reason why it cannot be less."""
        role = self._for_one(box).role
        role.add_to_policy(statement)
        excepted(role, f"IAM5[Resource::{told_as}]", because=because)

    def _for_one(self, box: lambda_.Function) -> TenantRole:
        return self._tenants[box.node.path]

    # What belongs to no supplier, or to several: the box's own role may.

    def know_callers(self, box: lambda_.Function) -> None:
        """What whoever calls may do, and the answers to repeated requests."""
        self._on_partitions(box, "KnowCallers", OF_CALLERS, READING)
        kept = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        self._on_partitions(box, "KeepAnswers", OF_REPEATED_REQUESTS, kept)

    def use_the_directory(self, box: lambda_.Function) -> None:
        """What the portal told of recipients: public, and the same for every supplier."""
        self._on_partitions(box, "UseTheDirectory", OF_THE_DIRECTORY, ["dynamodb:GetItem", "dynamodb:PutItem"])

    def list_suppliers(self, box: lambda_.Function) -> None:
        """Which suppliers there are or were."""
        self._on_partitions(box, "ListSuppliers", OF_THE_INSTALLATION, ["dynamodb:GetItem", "dynamodb:Query"])

    def read_suppliers_records(self, box: lambda_.Function) -> None:
        """Several suppliers' names at once, by their ids; a partition cannot be read through with it."""
        self._on_partitions(box, "ReadSuppliersRecords", [OF_A_SUPPLIER], ["dynamodb:BatchGetItem"])

    def write_messages(self, box: lambda_.Function) -> None:
        """« Mes messages »: structures' partitions, who is subscribed to them, and the next reference."""
        self._read_messages(box)
        self._on_partitions(box, "KeepMessages", OF_SUBSCRIPTIONS, WRITING)
        self._on_partitions(box, "GiveReferences", OF_REFERENCES, ["dynamodb:UpdateItem"])

    def deliver_messages(self, box: lambda_.Function) -> None:
        """From one structure's partition into others'."""
        self._read_messages(box)
        self._on_partitions(box, "DeliverMessages", OF_STRUCTURES, [*WRITING, "dynamodb:BatchWriteItem"])

    def _read_messages(self, box: lambda_.Function) -> None:
        self._on_partitions(box, "ReadMessages", KNOWN_OF_STRUCTURES, READING)
        self._on_partitions(box, "ReadSuppliersRecords", [OF_A_SUPPLIER], ["dynamodb:BatchGetItem"])

    def end_subscriptions(self, box: lambda_.Function) -> None:
        """To the messages of a structure, for whom a right was taken from."""
        self._on_partitions(box, "EndSubscriptions", OF_SUBSCRIPTIONS, ["dynamodb:DeleteItem"])

    def _on_partitions(
        self, box: lambda_.Function, sid: str, partitions: Sequence[str], actions: Sequence[str]
    ) -> None:
        box.add_to_role_policy(on_partitions(sid, self._data.table, partitions, actions))
        self._data.guard.lets_through(box, *READ, service="dynamodb")

    def see_what_is_due(self, box: lambda_.Function) -> None:
        """Keys of what is due, of every supplier: all that a box across tenants reads."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="SeeWhatIsDue",
                actions=["dynamodb:Query"],
                resources=[f"{self._data.table.table_arn}/index/{DUE_INDEX}"],
            )
        )
        self._data.guard.lets_through(box, *READ, service="dynamodb")

    def send_email(self, box: lambda_.Function) -> None:
        """From one address only, whose owner says once, by a link, that it is theirs; no address, no right."""
        if not self._email_sender:
            return
        if self._stack.node.try_find_child("EmailSender") is None:
            ses.CfnEmailIdentity(self._stack, "EmailSender", email_identity=self._email_sender)
        identity = Arn.format(
            ArnComponents(service="ses", resource="identity", resource_name=self._email_sender), self._stack
        )
        box.add_to_role_policy(iam.PolicyStatement(sid="SendEmail", actions=["ses:SendEmail"], resources=[identity]))

    def _secret_arn(self, name: str) -> str:
        return Arn.format(
            ArnComponents(
                service="secretsmanager",
                resource="secret",
                resource_name=name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            self._stack,
        )
