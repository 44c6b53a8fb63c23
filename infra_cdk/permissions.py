"""What a box may touch beyond its own log: each line of a box's making that starts with `may` is one of these.

No scan of the table, no listing of the bucket, no secret outside this environment's suppliers.
"""

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses

from infra_cdk.data import DUE_INDEX, LIST_INDEX
from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import READ, WRITE


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

    def _on_documents(self, box: lambda_.Function, sid: str, *actions: str, pattern: str = "suppliers/*") -> None:
        objects = self._data.documents.arn_for_objects(pattern)
        box.add_to_role_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=[objects]))

    def read_credentials(self, box: lambda_.Function) -> None:
        """What suppliers show the portal."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="ReadSuppliersCredentials",
                actions=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                resources=[self._secret_arn(f"{self._secret_prefix}*")],
            )
        )

    def keep_credentials(self, box: lambda_.Function) -> None:
        """Suppliers' secrets, made and ended: for the box that configures them."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="KeepSuppliersCredentials",
                actions=[
                    "secretsmanager:CreateSecret",
                    "secretsmanager:PutSecretValue",
                    "secretsmanager:TagResource",
                    "secretsmanager:DeleteSecret",
                    "secretsmanager:RestoreSecret",
                ],
                resources=[self._secret_arn(f"{self._secret_prefix}*")],
            )
        )

    def on_webhook_secrets(self, box: lambda_.Function, sid: str, *actions: str) -> None:
        """These actions on what signs webhooks, and on no credentials."""
        arn = self._secret_arn(f"{self._secret_prefix}*/webhooks/*")
        box.add_to_role_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=[arn]))

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
