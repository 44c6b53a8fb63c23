"""What a box may touch beyond its own log: each line of a box's making that starts with `may` is one of these.

No scan of the table, no deletion in the bucket, no secret outside this environment's suppliers.
"""

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses

from infra_cdk.data import DUE_INDEX, LIST_INDEX
from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import READ, WRITE
from infra_cdk.rules import excepted


class Permissions:
    """Grants on the data stack, on suppliers' secrets and on the address e-mails come from."""

    def __init__(self, stack: Stack, *, data: DataStack, secret_prefix: str, email_sender: str) -> None:
        self._stack = stack
        self._data = data
        self._secret_prefix = secret_prefix
        self._email_sender = email_sender

    def use_the_table(self, box: lambda_.Function) -> None:
        """Every call the store makes, and no scan: a box asks for what it has the key of."""
        table = self._data.table.table_arn
        actions = ["Get", "Put", "Update", "Delete", "BatchGet", "ConditionCheck"]
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="UseTheTable", actions=[f"dynamodb:{each}Item" for each in actions], resources=[table]
            )
        )
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="List", actions=["dynamodb:Query"], resources=[table, f"{table}/index/{LIST_INDEX}"]
            )
        )
        self._data.guard.lets_through(box, *READ, service="dynamodb")

    def write_in_batches(self, box: lambda_.Function) -> None:
        """Many records at once, where each may be written twice without harm."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="WriteInBatches", actions=["dynamodb:BatchWriteItem"], resources=[self._data.table.table_arn]
            )
        )

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

    def read_documents(self, box: lambda_.Function) -> None:
        """Any supplier's objects, by their key."""
        self._on_documents(box, "ReadDocuments", "s3:GetObject")
        self._data.guard.lets_through(box, *READ, service="s3")

    def write_documents(self, box: lambda_.Function) -> None:
        """New objects and versions of any supplier's, marked temporary or not; nothing is taken away."""
        self._on_documents(box, "WriteDocuments", "s3:PutObject", "s3:PutObjectTagging")
        self._data.guard.lets_through(box, *WRITE, service="s3")

    def lock_originals(self, box: lambda_.Function) -> None:
        """Say until when a submitted original must be kept: longer at any time, shorter never."""
        self._on_documents(box, "LockOriginals", "s3:PutObjectRetention", pattern="suppliers/*/documents/*/original")

    def list_documents(self, box: lambda_.Function) -> None:
        """What lies under suppliers' prefixes, for an export of one of them."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="ListDocuments",
                actions=["s3:ListBucket"],
                resources=[self._data.documents_arn.value],
                conditions={"StringLike": {"s3:prefix": "suppliers/*"}},
            )
        )

    def read_credentials(self, box: lambda_.Function) -> None:
        """What suppliers show the portal."""
        actions = ("secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret")
        self._on_secrets(box, "ReadSuppliersCredentials", *actions, pattern="*")

    def keep_credentials(self, box: lambda_.Function) -> None:
        """Suppliers' secrets, made and ended: for the box that configures them."""
        verbs = ("CreateSecret", "PutSecretValue", "TagResource", "DeleteSecret", "RestoreSecret")
        actions = (f"secretsmanager:{verb}" for verb in verbs)
        self._on_secrets(box, "KeepSuppliersCredentials", *actions, pattern="*")

    def forget_secrets(self, box: lambda_.Function) -> None:
        """The end of suppliers' secrets, none of which this box can read."""
        self._on_secrets(box, "ForgetSuppliersSecrets", "secretsmanager:DeleteSecret", pattern="*")

    def on_webhook_secrets(self, box: lambda_.Function, sid: str, *actions: str) -> None:
        """These actions on what signs webhooks, and on no credentials."""
        self._on_secrets(box, sid, *actions, pattern="*/webhooks/*")

    def ask_textract(self, box: lambda_.Function) -> None:
        """Start and collect readings."""
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
            because="A box works for every supplier, one at a time; who that is is known when it runs",
        )

    def _on_secrets(self, box: lambda_.Function, sid: str, *actions: str, pattern: str) -> None:
        name = f"{self._secret_prefix}{pattern}"
        self._starred(
            box,
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[self._secret_arn(name)]),
            told_as=f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{name}",
            because="Suppliers' secrets are made while it runs, each under its supplier's id",
        )

    def _starred(self, box: lambda_.Function, statement: iam.PolicyStatement, *, told_as: str, because: str) -> None:
        """A right on more than one named thing, with the reason why it cannot be less."""
        box.add_to_role_policy(statement)
        assert box.role is not None
        excepted(box.role, f"IAM5[Resource::{told_as}]", because=because)

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
