"""The permissions of functions beyond their own log, as methods of `builder.may`.

No function may scan the table, delete objects or read a secret outside this environment's suppliers. docs/security.md
lists which function may read and write which partition of the table.
"""

from collections.abc import Sequence
from typing import cast

from aws_cdk import Arn, ArnComponents, ArnFormat, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from chorus_connector.adapters.table import keys
from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import READ, WRITE
from infra_cdk.rules import excepted
from infra_cdk.tenant_role import (
    OF_A_SUPPLIER,
    OF_ACCESS_LISTS,
    OF_ANNOUNCEMENTS,
    OF_AWAITED,
    OF_INBOXES,
    OF_MESSAGES,
    OF_QUOTAS,
    OF_REFERENCES,
    OF_REPEATED_REQUESTS,
    OF_SIRETS,
    OF_SPACES,
    OF_STRUCTURES,
    OF_THE_DIRECTORY,
    OF_THE_INSTALLATION,
    TenantRole,
    on_partitions,
)

BY_KEY = ("dynamodb:GetItem", "dynamodb:BatchGetItem")
READING = ("dynamodb:GetItem", "dynamodb:BatchGetItem", "dynamodb:Query")
WRITING = ("dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem", "dynamodb:ConditionCheckItem")
IN_BATCHES = ("dynamodb:BatchWriteItem",)


class Permissions:
    """Grants on the data stack, on suppliers' secrets and on the sender of e-mails."""

    def __init__(
        self, stack: Stack, *, data: DataStack, secret_prefix: str, email_sender: str, email_configuration_set: str
    ) -> None:
        self.email_configuration_set = email_configuration_set
        self._stack = stack
        self._data = data
        self._secret_prefix = secret_prefix
        self._email_sender = email_sender
        self._tenants: dict[str, TenantRole] = {}

    # One supplier's data: granted to the function's tenant role, whose sessions are each for one supplier.

    def act_for_one_supplier(
        self,
        function: lambda_.Function,
        *,
        shared: Sequence[str] = (),
        reads: Sequence[str] = (),
        sessions: Sequence[str] = ("supplier",),
        writes: bool = True,
        in_batches: bool = False,
    ) -> None:
        """Every table action on the supplier's records, except a scan. Call it before the other grants on suppliers.

        `shared` are partitions of all suppliers; those of `reads` are read only, by key. `in_batches` allows batch
        writes, for records that may safely be written twice.
        """
        actions = [*READING, *(WRITING if writes else ()), *(IN_BATCHES if in_batches else ())]
        role = self._have_tenant_role(function, sessions, [*shared, *reads])
        role.may("UseTheTable", self._data.table, [OF_A_SUPPLIER, *shared], actions)
        if reads:  # with the supplier's own in one statement, because one call reads items of both
            role.may("ReadTogether", self._data.table, [OF_A_SUPPLIER, *shared, *reads], BY_KEY)

    def keep_access_and_sirets(self, function: lambda_.Function) -> None:
        """Create a supplier, change its access list and its SIRET, end subscriptions to its messages.

        One statement, because each is one transaction and all of its partitions must be allowed together.
        """
        together = [OF_A_SUPPLIER, OF_ACCESS_LISTS, OF_SIRETS, OF_THE_INSTALLATION, OF_STRUCTURES, OF_SPACES]
        self._for_one(function).may("KeepAccessAndSirets", self._data.table, together, [*READING, *WRITING])

    def read_access_list(self, function: lambda_.Function) -> None:
        """Read who are the supplier's members: only they, and addresses that agreed, get its e-mails."""
        self._for_one(function).may("ReadAccessList", self._data.table, [OF_ACCESS_LISTS], READING)

    def read_own_messages(self, function: lambda_.Function) -> None:
        """Query the messages of the supplier's structure, for its export, and read what the received ones say."""
        self._on_partitions(function, "ReadAnnouncements", [OF_ANNOUNCEMENTS], ["dynamodb:BatchGetItem"])
        self._for_one(function).may("ReadOwnMessages", self._data.table, OF_MESSAGES, ["dynamodb:Query"])

    def remove_suppliers(self, function: lambda_.Function) -> None:
        """Delete everything of a supplier and of its structure, and write the record of the deletion.

        What its recipients read of its messages stays, and is written first for those of older releases.
        """
        kept = ["dynamodb:BatchGetItem", "dynamodb:PutItem"]
        self._on_partitions(function, "KeepAnnouncements", [OF_ANNOUNCEMENTS], kept)
        together = [OF_A_SUPPLIER, OF_ACCESS_LISTS, OF_SIRETS, OF_THE_INSTALLATION, *OF_MESSAGES]
        self._for_one(function).may("RemoveSuppliers", self._data.table, together, [*READING, *WRITING, *IN_BATCHES])

    def write_messages(self, function: lambda_.Function) -> None:
        """« Mes messages » of one structure, who may act for it, and the installation's counter of references."""
        # roles of both are read in one batch; a received message from either of the places where it may be
        self._read_structures(function, OF_SPACES, OF_ACCESS_LISTS, OF_ANNOUNCEMENTS)
        role = self._have_tenant_role(function, ["structure"])
        # with the claim on its SIRET, which a structure that exists on its own must not have
        role.may("WriteMessages", self._data.table, [*OF_MESSAGES, OF_SIRETS], [*READING, *WRITING])
        self._on_partitions(function, "GiveReferences", [OF_REFERENCES], ["dynamodb:UpdateItem"])

    def deliver_messages(self, function: lambda_.Function) -> None:
        """Work on one sender's messages, keep what they announce, fill inboxes, and note what waits for a structure."""
        self._read_structures(function)
        awaiting = [*READING, "dynamodb:PutItem", "dynamodb:DeleteItem", *IN_BATCHES]
        self._on_partitions(function, "KnowWhatIsAwaited", [OF_AWAITED], awaiting)
        self.see_what_is_due(function)
        filled = [OF_INBOXES, OF_ANNOUNCEMENTS]
        # a withdrawn message is taken back
        filling = ["dynamodb:PutItem", "dynamodb:DeleteItem", "dynamodb:BatchWriteItem"]
        self._on_partitions(function, "FillInboxes", filled, filling)
        # to read the supplier of an exchanged invoice
        self.act_for_one_supplier(function, sessions=("supplier", "structure"), writes=False)
        self._for_one(function).may(
            "DeliverMessages", self._data.table, [OF_STRUCTURES], [*READING, *WRITING, *IN_BATCHES]
        )

    def begin_arrivals(self, function: lambda_.Function) -> None:
        """Say that the display of received messages has begun."""
        self._on_partitions(function, "BeginArrivals", [OF_INBOXES], ["dynamodb:UpdateItem"])

    def know_readers_of_messages(self, function: lambda_.Function) -> None:
        """Read by its whole key who may read a structure's messages."""
        self._on_partitions(function, "KnowReaders", [OF_SPACES, OF_SIRETS, OF_ACCESS_LISTS], BY_KEY)

    def read_announced_codes(self, function: lambda_.Function) -> None:
        """Read by its whole key what a received message says, and the cached directory, for proposed service codes."""
        self._on_partitions(function, "ReadAnnouncedCodes", [OF_ANNOUNCEMENTS, OF_THE_DIRECTORY], BY_KEY)

    def _have_tenant_role(
        self, function: lambda_.Function, sessions: Sequence[str], shared: Sequence[str] = ()
    ) -> TenantRole:
        made_in = cast(Construct, function.node.scope)
        role = TenantRole(made_in, "Tenant", function, sessions=sessions, shared=shared)
        self._tenants[function.node.path] = role
        self._data.encryption.allow_use(role.role, *READ, service="dynamodb")
        return role

    def read_documents(self, function: lambda_.Function) -> None:
        """Read the supplier's objects and their versions by key."""
        self._on_documents(function, "ReadDocuments", "s3:GetObject", "s3:GetObjectVersion")
        self._data.encryption.allow_use(self._for_one(function).role, *READ, service="s3")

    def write_documents(self, function: lambda_.Function) -> None:
        """Write new objects and versions, with or without the temporary tag; no deletion."""
        self._on_documents(function, "WriteDocuments", "s3:PutObject", "s3:PutObjectTagging")
        self._data.encryption.allow_use(self._for_one(function).role, *WRITE, service="s3")

    def take_first_uploads(self, function: lambda_.Function) -> None:
        """List the versions that came by an upload link."""
        self._for_one(function).role.add_to_policy(
            iam.PolicyStatement(
                sid="ListUploads",
                actions=["s3:ListBucketVersions"],
                resources=[self._data.documents_arn.value],
                conditions={"StringLike": {"s3:prefix": "suppliers/*/uploads/*/original"}},
            )
        )

    def lock_originals(self, function: lambda_.Function) -> None:
        """Lock a submitted original until a date, which can be extended and never shortened."""
        self._on_documents(
            function, "LockOriginals", "s3:PutObjectRetention", pattern="suppliers/*/documents/*/original"
        )

    def keep_sent_files(self, function: lambda_.Function) -> None:
        """Store a file that is sent in place of the original, and lock it."""
        pattern = "suppliers/*/documents/*/sent/*"
        self._on_documents(function, "KeepSentFiles", "s3:PutObject", "s3:PutObjectRetention", pattern=pattern)
        self._data.encryption.allow_use(self._for_one(function).role, *WRITE, service="s3")

    def keep_pictures(self, function: lambda_.Function) -> None:
        """Store pictures of documents' pages, which the bucket deletes after a week."""
        pattern = "suppliers/*/documents/*/pages/*"
        self._on_documents(function, "KeepPictures", "s3:PutObject", "s3:PutObjectTagging", pattern=pattern)
        self._data.encryption.allow_use(self._for_one(function).role, *WRITE, service="s3")

    def list_documents(self, function: lambda_.Function) -> None:
        """List the objects under the supplier's prefix, for its export."""
        self._for_one(function).role.add_to_policy(
            iam.PolicyStatement(
                sid="ListDocuments",
                actions=["s3:ListBucket"],
                resources=[self._data.documents_arn.value],
                conditions={"StringLike": {"s3:prefix": "suppliers/*"}},
            )
        )

    def read_credentials(self, function: lambda_.Function) -> None:
        """Read the supplier's portal credentials, and not its webhook secrets."""
        self._on_credentials(function, "ReadCredentials", "GetSecretValue", "DescribeSecret")

    def keep_credentials(self, function: lambda_.Function) -> None:
        """Create, change and delete the supplier's portal credentials."""
        kept = ("CreateSecret", "PutSecretValue", "TagResource", "DeleteSecret", "RestoreSecret")
        self._on_credentials(function, "KeepCredentials", *kept)

    def forget_secrets(self, function: lambda_.Function) -> None:
        """Delete the supplier's secrets, without reading them."""
        self._on_secrets(function, "ForgetSuppliersSecrets", "secretsmanager:DeleteSecret", pattern="*")

    def on_webhook_secrets(self, function: lambda_.Function, sid: str, *actions: str) -> None:
        """These actions on webhook secrets, and not on portal credentials."""
        self._on_secrets(function, sid, *actions, pattern="*/webhooks/*")

    def have_documents_read(self, function: lambda_.Function, textract: iam.Role) -> None:
        """Call Textract, which reads the bucket with the caller's permissions: one supplier's documents only."""
        textract.grant_pass_role(self._for_one(function).role)
        self._starred(
            function,
            iam.PolicyStatement(
                sid="TextractHasNoResources",
                actions=[
                    "textract:StartDocumentTextDetection",
                    "textract:GetDocumentTextDetection",
                    # jobs that the release before this one started
                    "textract:GetDocumentAnalysis",
                ],
                resources=["*"],
            ),
            finding="*",
            because="Textract's actions take no resource",
        )

    def _on_documents(self, function: lambda_.Function, sid: str, *actions: str, pattern: str = "suppliers/*") -> None:
        bucket = self._data.documents_arn
        self._starred(
            function,
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[f"{bucket.value}/{pattern}"]),
            finding=f"{bucket.name}/{pattern}",
            because="A box works for every supplier, one at a time: its session's policy says for which",
        )

    def _on_credentials(self, function: lambda_.Function, sid: str, *verbs: str) -> None:
        # a secret's ARN ends in six random letters
        self._on_secrets(function, sid, *(f"secretsmanager:{each}" for each in verbs), pattern="*/credentials*")

    def _on_secrets(self, function: lambda_.Function, sid: str, *actions: str, pattern: str) -> None:
        name = f"{self._secret_prefix}{pattern}"
        self._starred(
            function,
            iam.PolicyStatement(sid=sid, actions=list(actions), resources=[self._secret_arn(name)]),
            finding=f"arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:{name}",
            because="Suppliers' secrets are made while it runs: the session's policy says whose",
        )

    def _starred(
        self, function: lambda_.Function, statement: iam.PolicyStatement, *, finding: str, because: str
    ) -> None:
        """A permission on more than one resource, with the reason why it cannot be narrower."""
        role = self._for_one(function).role
        role.add_to_policy(statement)
        excepted(role, f"IAM5[Resource::{finding}]", because=because)

    def _for_one(self, function: lambda_.Function) -> TenantRole:
        return self._tenants[function.node.path]

    # Data of no supplier, or of several: granted to the function's own role.

    def know_callers(self, function: lambda_.Function) -> None:
        """Read callers' roles on a supplier, count their requests, and store answers under idempotency keys."""
        self._on_partitions(function, "KnowCallers", [OF_ACCESS_LISTS], ["dynamodb:BatchGetItem"])
        self.spend_quotas(function)
        kept = ["dynamodb:GetItem", "dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:DeleteItem"]
        self._on_partitions(function, "KeepAnswers", [OF_REPEATED_REQUESTS], kept)

    def spend_quotas(self, function: lambda_.Function) -> None:
        """Count what suppliers, structures and callers use, which resets no counter."""
        self._on_partitions(function, "CountRequests", [OF_QUOTAS], ["dynamodb:UpdateItem"])

    def list_rights(self, function: lambda_.Function) -> None:
        """Query which suppliers and structures a principal has rights on."""
        self._query_index(function, "ListRights", keys.PRINCIPAL_INDEX)

    def use_the_directory(self, function: lambda_.Function) -> None:
        """The cached directory of recipients: public data, shared by all suppliers."""
        writing = ["dynamodb:PutItem", "dynamodb:UpdateItem"]  # each answer of the portal; what it says of one service
        self._on_partitions(function, "UseTheDirectory", [OF_THE_DIRECTORY], [*BY_KEY, *writing])

    def list_suppliers(self, function: lambda_.Function) -> None:
        """Read the list of suppliers and removed suppliers."""
        self._on_partitions(function, "ListSuppliers", [OF_THE_INSTALLATION], ["dynamodb:GetItem", "dynamodb:Query"])

    def read_suppliers_records(self, function: lambda_.Function) -> None:
        """Read several suppliers' records at once, by their ids; it allows no query of a partition."""
        self._on_partitions(function, "ReadSuppliersRecords", [OF_A_SUPPLIER], ["dynamodb:BatchGetItem"])

    def know_subscriptions(self, function: lambda_.Function) -> None:
        """Read by its whole key what a subscription to a structure's messages may depend on."""
        known = [OF_SIRETS, OF_SPACES, OF_ACCESS_LISTS]  # roles of a structure and of its supplier: in one batch
        self._on_partitions(function, "KnowSubscriptions", known, ["dynamodb:BatchGetItem"])

    def _read_structures(self, function: lambda_.Function, *more: str) -> None:
        """Read by its whole key what is known of any structure, and what a sender wrote to a reader."""
        known = [OF_STRUCTURES, OF_SIRETS, OF_THE_DIRECTORY, *more]
        self._on_partitions(function, "ReadStructures", known, BY_KEY)
        self.read_suppliers_records(function)

    def _on_partitions(
        self, function: lambda_.Function, sid: str, partitions: Sequence[str], actions: Sequence[str]
    ) -> None:
        function.add_to_role_policy(on_partitions(sid, self._data.table, partitions, actions))
        self._data.encryption.allow_use(function, *READ, service="dynamodb")

    def see_what_is_due(self, function: lambda_.Function) -> None:
        """Query the due index, which has only keys, of every supplier."""
        self._query_index(function, "SeeWhatIsDue", keys.DUE_INDEX)

    def hand_out(self, function: lambda_.Function, kind: keys.DueKind) -> None:
        """See what is due of every supplier, and put due work of that kind under lease."""
        self.see_what_is_due(function)
        self._on_partitions(function, "GiveLeases", [keys.leases(kind)], ["dynamodb:BatchWriteItem"])

    def _query_index(self, function: lambda_.Function, sid: str, index: str) -> None:
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid=sid, actions=["dynamodb:Query"], resources=[f"{self._data.table.table_arn}/index/{index}"]
            )
        )
        self._data.encryption.allow_use(function, *READ, service="dynamodb")

    def know_principals(self, function: lambda_.Function) -> None:
        """Ask the user pool whether a person, a system or a group exists, and for a person's e-mail and groups."""
        pool = self._data.identity.pool
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="KnowPrincipals",
                actions=[
                    "cognito-idp:ListUsers",
                    "cognito-idp:AdminListGroupsForUser",
                    "cognito-idp:GetGroup",
                    "cognito-idp:DescribeUserPoolClient",
                ],
                resources=[pool.user_pool_arn],
            )
        )
        function.add_environment("USER_POOL_ID", pool.user_pool_id)

    def send_email(self, function: lambda_.Function) -> None:
        """Send from one address only, which is verified in SES itself or by its domain. Without one: no permission.

        The stack makes no identity of the address: SES would prefer it, unverified, to a verified domain, and creating
        one that exists fails. AWS asks for the permission on the identity that SES uses.
        """
        if not self._email_sender:
            return
        address, domain, configuration_set = (
            Arn.format(ArnComponents(service="ses", resource=resource, resource_name=name), self._stack)
            for resource, name in (
                ("identity", self._email_sender),
                ("identity", self._email_sender.rsplit("@", 1)[1]),
                ("configuration-set", self.email_configuration_set),
            )
        )
        function.add_to_role_policy(
            iam.PolicyStatement(sid="SendEmail", actions=["ses:SendEmail"], resources=[address, configuration_set])
        )
        function.add_to_role_policy(
            iam.PolicyStatement(
                sid="SendEmailOfTheDomain",
                actions=["ses:SendEmail"],
                resources=[domain, configuration_set],
                conditions={"StringEquals": {"ses:FromAddress": self._email_sender}},
            )
        )

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
