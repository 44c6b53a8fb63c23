"""The connector: the way of an invoice from its upload to Chorus Pro, box by box, in the order it is walked.

    upload_intake → textract_ocr → resolution → (every ten minutes) sync_ten_minutes → submission

Each box is made with what it needs to know and then granted what it may touch, nothing else. The tests hold
the boxes against the folders of functions/.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aws_cdk import Arn, ArnComponents, ArnFormat, CfnOutput, CfnParameter, Duration, IStackSynthesizer, Stack
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_ses as ses
from constructs import Construct

from infra_cdk.api import Api
from infra_cdk.data import DUE_INDEX
from infra_cdk.data_stack import ARRIVAL_TIMEOUT, DataStack
from infra_cdk.environment import Environment
from infra_cdk.functions import ARCHITECTURE, RUNTIME, Box
from infra_cdk.queues import RECEIVES_BEFORE_DEAD_LETTER, WorkQueue
from infra_cdk.schedule import EveryDay, EveryMinutes
from infra_cdk.table_stream import TableChanges
from infra_cdk.text_extraction import TextExtraction

BOXES = (
    "upload_intake",
    "textract_ocr",
    "resolution",
    "sync_ten_minutes",
    "submission",
    "supplier_api",
    "invoice_api",
    "api_docs",
    "credential_probe",
    "message_api",
    "message_delivery",
    "notifier",
    "email_digest",
    "webhook_delivery",
    "notification_api",
    "sync_nightly",
    "tracking_sync",
)
READING_TIMEOUT = Duration.seconds(90)
RESOLUTION_TIMEOUT = Duration.seconds(30)
SUBMISSION_TIMEOUT = Duration.seconds(60)
PROBE_TIMEOUT = Duration.seconds(60)
DELIVERY_TIMEOUT = Duration.seconds(60)
NOTIFIER_TIMEOUT = Duration.seconds(60)
DIGEST_TIMEOUT = Duration.seconds(30)
WEBHOOK_TIMEOUT = Duration.seconds(30)  # a receiver has ten seconds
WEBHOOK_TRIES = 8  # over a day: the box says how long a message stays hidden between them
SYNC_TIMEOUT = Duration.minutes(5)
TRACKING_TIMEOUT = Duration.minutes(5)  # then the run is put aside and goes on with the next tick
ANSWER_TIMEOUT = Duration.seconds(29)  # the HTTP API itself gives up after 30 seconds


@dataclass(frozen=True)
class Sources:
    """Where the code stands that this stack deploys: the folder of boxes and a built layer."""

    functions: Path
    layer: Path


class ConnectorStack(Stack):
    """The boxes, the queues between them, the clock and the API."""

    def __init__(
        self,
        scope: Construct,
        construct_id: str,
        environment: Environment,
        *,
        data: DataStack,
        sources: Sources,
        synthesizer: IStackSynthesizer,
    ) -> None:
        super().__init__(scope, construct_id, synthesizer=synthesizer)
        self._environment = environment
        self._data = data
        self._sources = sources
        self._layer = lambda_.LayerVersion(
            self,
            "Layer",
            code=lambda_.Code.from_asset(str(sources.layer)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description="chorus_connector and the libraries it stands on",
        )
        self._secret_prefix = f"chorus-connector/{environment.name}/suppliers/"
        self._portal = self._portal_address()
        self._ocr = self._queue("Ocr", READING_TIMEOUT)
        self._completions = self._queue("TextractCompletion", READING_TIMEOUT)
        self._resolution = self._queue("Resolution", RESOLUTION_TIMEOUT)
        self._submission = self._queue("Submission", SUBMISSION_TIMEOUT)
        self._probes = self._queue("CredentialProbe", PROBE_TIMEOUT)
        self._deliveries = self._queue("Delivery", DELIVERY_TIMEOUT)
        self._digests = self._queue("Digest", DIGEST_TIMEOUT)
        self._tracking = self._queue("Tracking", TRACKING_TIMEOUT)
        self._webhooks = self._queue("Webhook", WEBHOOK_TIMEOUT, receives=WEBHOOK_TRIES)
        self._textract = TextExtraction(self, "Textract", environment, completions=self._completions.queue)

        self.functions = {
            "upload_intake": self._upload_intake(),
            "textract_ocr": self._textract_ocr(),
            "resolution": self._resolution_box(),
            "sync_ten_minutes": self._sync_ten_minutes(),
            "submission": self._submission_box(),
            "supplier_api": self._supplier_api(),
            "invoice_api": self._invoice_api(),
            "api_docs": self._box("api_docs", timeout=ANSWER_TIMEOUT, memory=512, variables={}),
            "credential_probe": self._credential_probe(),
            "message_api": self._message_api(),
            "message_delivery": self._message_delivery(),
            "notifier": self._notifier(),
            "email_digest": self._email_digest(),
            "webhook_delivery": self._webhook_delivery(),
            "notification_api": self._notification_api(),
            "sync_nightly": self._sync_nightly(),
            "tracking_sync": self._tracking_sync(),
        }
        api = Api(self, "Api", environment, identity=data.identity, functions=self.functions)
        self._outputs(api)

    # The boxes, in the order an invoice meets them.

    def _upload_intake(self) -> lambda_.Function:
        box = self._box(
            "upload_intake",
            timeout=ARRIVAL_TIMEOUT,
            memory=1024,  # holds a 10 MB PDF and its base64 twin
            variables={
                "INTAKE_QUEUE_URL": self._data.arrivals.queue.queue_url,
                "OCR_QUEUE_URL": self._ocr.queue.queue_url,
            },
        )
        self._may_use_the_table(box)
        self._may_read_documents(box)
        self._may_write_documents(box)
        self._ocr.queue.grant_send_messages(box)
        self._works_off(box, self._data.arrivals, batch_size=5)
        return box

    def _textract_ocr(self) -> lambda_.Function:
        box = self._box(
            "textract_ocr",
            timeout=READING_TIMEOUT,
            memory=1769,  # one whole processor: a PDF's text layer is read here
            variables={
                "OCR_QUEUE_URL": self._ocr.queue.queue_url,
                "TEXTRACT_COMPLETION_QUEUE_URL": self._completions.queue.queue_url,
                "TEXTRACT_TOPIC_ARN": self._textract.topic.topic_arn,
                "TEXTRACT_ROLE_ARN": self._textract.role.role_arn,
                "RESOLUTION_QUEUE_URL": self._resolution.queue.queue_url,
            },
        )
        self._may_use_the_table(box)
        self._may_read_documents(box)
        self._may_write_documents(box)
        self._resolution.queue.grant_send_messages(box)
        self._textract.role.grant_pass_role(box.grant_principal)
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="TextractHasNoResources",  # its actions take no resource: the only "*" of the stack
                actions=["textract:StartDocumentAnalysis", "textract:GetDocumentAnalysis"],
                resources=["*"],
            )
        )
        self._works_off(box, self._ocr, batch_size=1)
        self._works_off(box, self._completions, batch_size=1)
        return box

    def _resolution_box(self) -> lambda_.Function:
        box = self._box(
            "resolution",
            timeout=RESOLUTION_TIMEOUT,
            memory=1024,
            variables={
                "RESOLUTION_QUEUE_URL": self._resolution.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._may_read_credentials(box)  # the green light asks the portal about the recipient
        self._works_off(box, self._resolution, batch_size=5)
        return box

    def _sync_ten_minutes(self) -> lambda_.Function:
        box = self._box(
            "sync_ten_minutes",
            timeout=SYNC_TIMEOUT,
            memory=512,
            reserved_concurrency=1,  # two ticks at once would queue the same invoices twice
            variables={
                "SUBMISSION_QUEUE_URL": self._submission.queue.queue_url,
                "TRACKING_QUEUE_URL": self._tracking.queue.queue_url,
            },
        )
        self._may_see_what_is_due(box)
        self._submission.queue.grant_send_messages(box)
        self._tracking.queue.grant_send_messages(box)
        self._tick = EveryMinutes(
            self,
            "EveryTenMinutes",
            box,
            minutes=self._environment.sync_minutes,
            tls_only=self._environment.tls_only,
        )
        return box

    def _submission_box(self) -> lambda_.Function:
        box = self._box(
            "submission",
            timeout=SUBMISSION_TIMEOUT,
            memory=1024,
            variables={
                "SUBMISSION_QUEUE_URL": self._submission.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._may_read_documents(box)
        self._may_read_credentials(box)
        self._submission.feeds(box, batch_size=1, max_concurrency=self._environment.submission_concurrency)
        return box

    def _supplier_api(self) -> lambda_.Function:
        box = self._box(
            "supplier_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "SECRET_PREFIX": self._secret_prefix,
                "USER_POOL_ID": self._data.identity.pool.user_pool_id,
                "USER_POOL_CLIENT_ID": self._data.identity.people.user_pool_client_id,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._data.table.grant(box, "dynamodb:BatchWriteItem")  # tables are imported whole
        self._may_read_credentials(box)
        self._may_keep_credentials(box)
        self._may_read_documents(box)  # to sign links to exports
        self._may_write_documents(box)
        return box

    def _invoice_api(self) -> lambda_.Function:
        box = self._box(
            "invoice_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "OCR_QUEUE_URL": self._ocr.queue.queue_url,
                "RESOLUTION_QUEUE_URL": self._resolution.queue.queue_url,
                "SUBMISSION_QUEUE_URL": self._submission.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._may_read_documents(box)
        self._may_read_credentials(box)
        self._may_write_documents(box)  # exports, and what the portal holds of an invoice
        for queue in (self._ocr, self._resolution, self._submission):
            queue.queue.grant_send_messages(box)
        return box

    def _credential_probe(self) -> lambda_.Function:
        box = self._box(
            "credential_probe",
            timeout=PROBE_TIMEOUT,
            memory=512,
            variables={
                "CREDENTIAL_PROBE_QUEUE_URL": self._probes.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._may_read_credentials(box)
        self._probes.queue.grant_send_messages(box)
        self._works_off(box, self._probes, batch_size=1)
        EveryDay(self, "EveryMorning", box, hour=6, minute=10, tls_only=self._environment.tls_only)
        return box

    def _sync_nightly(self) -> lambda_.Function:
        box = self._box(
            "sync_nightly",
            timeout=SYNC_TIMEOUT,
            memory=512,
            variables={"TRACKING_QUEUE_URL": self._tracking.queue.queue_url},
        )
        self._may_see_what_is_due(box)
        self._tracking.queue.grant_send_messages(box)
        EveryDay(
            self,
            "EveryNight",
            box,
            hour=self._environment.nightly_hour,
            minute=self._environment.nightly_minute,
            tls_only=self._environment.tls_only,
        )
        return box

    def _tracking_sync(self) -> lambda_.Function:
        box = self._box(
            "tracking_sync",
            timeout=TRACKING_TIMEOUT,
            memory=1024,
            variables={
                "TRACKING_QUEUE_URL": self._tracking.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._portal,
            },
        )
        self._may_use_the_table(box)
        self._may_read_credentials(box)
        # so many suppliers at a time: a night's are spread over it
        self._tracking.feeds(box, batch_size=1, max_concurrency=self._environment.submission_concurrency)
        return box

    def _message_api(self) -> lambda_.Function:
        box = self._box("message_api", timeout=ANSWER_TIMEOUT, memory=1024, variables={})
        self._may_use_the_table(box)
        return box

    def _message_delivery(self) -> lambda_.Function:
        box = self._box(
            "message_delivery",
            timeout=DELIVERY_TIMEOUT,
            memory=1024,
            variables={"DELIVERY_QUEUE_URL": self._deliveries.queue.queue_url, **self._email_variables()},
        )
        if self._environment.email_sender:
            self._may_send_email(box)
        self._may_use_the_table(box)
        self._data.table.grant(box, "dynamodb:BatchWriteItem")
        self._deliveries.queue.grant_send_messages(box)
        self._works_off(box, self._deliveries, batch_size=1)
        self._table_changes = TableChanges(
            self,
            "MessageChanges",
            box,
            table=self._data.table,
            # a delivery was asked for; an invoice was exchanged
            patterns=[
                {"eventName": ["INSERT"], "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "DISPATCH#"}]}}}},
                {
                    "dynamodb": {
                        "Keys": {"SK": {"S": [{"prefix": "INVOICE#"}]}},
                        "NewImage": {"state": {"S": ["SUBMITTED"]}},
                    }
                },
            ],
            tls_only=self._environment.tls_only,
        )
        return box

    # What happened, told to people and systems.

    def _notifier(self) -> lambda_.Function:
        box = self._box(
            "notifier",
            timeout=NOTIFIER_TIMEOUT,
            memory=1024,
            variables={
                "WEBHOOK_QUEUE_URL": self._webhooks.queue.queue_url,
                "SECRET_PREFIX": self._secret_prefix,
                **self._email_variables(),
            },
        )
        self._may_use_the_table(box)
        self._webhooks.queue.grant_send_messages(box)
        self._may_on_webhook_secrets(box, "ForgetWebhookSecrets", "secretsmanager:DeleteSecret")
        self._notices = TableChanges(
            self,
            "Notices",
            box,
            table=self._data.table,
            # a document may wait or is at the portal; an endpoint is gone
            patterns=[
                {
                    "dynamodb": {
                        "Keys": {"SK": {"S": [{"prefix": "INVOICE#"}]}},
                        "NewImage": {"state": {"S": ["READY", "TO_COMPLETE", "REFUSED", "SUBMITTED"]}},
                    }
                },
                {"eventName": ["REMOVE"], "dynamodb": {"Keys": {"SK": {"S": [{"prefix": "WEBHOOK#"}]}}}},
            ],
            tls_only=self._environment.tls_only,
        )
        return box

    def _email_digest(self) -> lambda_.Function:
        box = self._box(
            "email_digest",
            timeout=DIGEST_TIMEOUT,
            memory=512,
            variables={"DIGEST_QUEUE_URL": self._digests.queue.queue_url, **self._email_variables()},
        )
        self._may_use_the_table(box)
        self._data.table.grant(box, "dynamodb:BatchWriteItem")
        self._digests.queue.grant_send_messages(box)
        self._works_off(box, self._digests, batch_size=1)
        if self._environment.email_sender:
            self._may_send_email(box)
        EveryMinutes(
            self,
            "EveryTenMinutesDigests",
            box,
            minutes=self._environment.sync_minutes,
            tls_only=self._environment.tls_only,
        )
        return box

    def _webhook_delivery(self) -> lambda_.Function:
        box = self._box(
            "webhook_delivery",
            timeout=WEBHOOK_TIMEOUT,
            memory=512,
            variables={"WEBHOOK_QUEUE_URL": self._webhooks.queue.queue_url, "SECRET_PREFIX": self._secret_prefix},
        )
        self._may_use_the_table(box)
        self._may_on_webhook_secrets(box, "ReadWebhookSecrets", "secretsmanager:GetSecretValue")
        self._works_off(box, self._webhooks, batch_size=1)
        return box

    def _notification_api(self) -> lambda_.Function:
        box = self._box(
            "notification_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={"WEBHOOK_QUEUE_URL": self._webhooks.queue.queue_url, "SECRET_PREFIX": self._secret_prefix},
        )
        self._may_use_the_table(box)
        self._data.table.grant(box, "dynamodb:BatchWriteItem")
        self._webhooks.queue.grant_send_messages(box)
        self._may_on_webhook_secrets(
            box,
            "KeepWebhookSecrets",
            "secretsmanager:GetSecretValue",
            "secretsmanager:CreateSecret",
            "secretsmanager:PutSecretValue",
            "secretsmanager:DeleteSecret",
        )
        return box

    def _email_variables(self) -> Mapping[str, str]:
        return {
            "EMAIL_SENDER": self._environment.email_sender,
            "DIGEST_MINUTES": str(self._environment.digest_minutes),
        }

    def _may_send_email(self, box: lambda_.Function) -> None:
        """From one address only, whose owner says once, by a link in an e-mail, that it is theirs."""
        if self.node.try_find_child("EmailSender") is None:
            ses.CfnEmailIdentity(self, "EmailSender", email_identity=self._environment.email_sender)
        identity = Arn.format(
            ArnComponents(service="ses", resource="identity", resource_name=self._environment.email_sender), self
        )
        box.add_to_role_policy(iam.PolicyStatement(sid="SendEmail", actions=["ses:SendEmail"], resources=[identity]))

    def _may_on_webhook_secrets(self, box: lambda_.Function, sid: str, *actions: str) -> None:
        arn = self._secret_arn(f"{self._secret_prefix}*/webhooks/*")
        box.add_to_role_policy(iam.PolicyStatement(sid=sid, actions=list(actions), resources=[arn]))

    # What the boxes are made of.

    def _box(
        self,
        box: str,
        *,
        timeout: Duration,
        memory: int,
        reserved_concurrency: int | None = None,
        variables: Mapping[str, str],
    ) -> lambda_.Function:
        return Box(
            self,
            box,
            self._environment,
            source=self._sources.functions,
            layer=self._layer,
            timeout=timeout,
            memory=memory,
            reserved_concurrency=reserved_concurrency,
            variables={
                "TABLE_NAME": self._data.table.table_name,
                "DOCUMENTS_BUCKET": self._data.documents.bucket_name,
                **variables,
            },
        ).function

    def _queue(
        self, construct_id: str, consumer_timeout: Duration, *, receives: int = RECEIVES_BEFORE_DEAD_LETTER
    ) -> WorkQueue:
        return WorkQueue(
            self,
            construct_id,
            consumer_timeout=consumer_timeout,
            tls_only=self._environment.tls_only,
            receives=receives,
        )

    def _works_off(self, box: lambda_.Function, queue: WorkQueue, *, batch_size: int) -> None:
        queue.feeds(box, batch_size=batch_size, max_concurrency=self._environment.worker_concurrency)

    def _portal_address(self) -> Mapping[str, str]:
        """The portal's address is a parameter: the local stack's simulator has another port every time."""
        token_url = CfnParameter(
            self,
            "ChorusTokenUrl",
            default=self._environment.portal.token_url,
            description="PISTE token endpoint",
        )
        api_base = CfnParameter(
            self,
            "ChorusApiBase",
            default=self._environment.portal.api_base,
            description="Base of Chorus Pro's operations",
        )
        certificate_base = CfnParameter(
            self,
            "ChorusCertificateBase",
            default=self._environment.portal.certificate_base,
            description="Base of the operations behind a client certificate",
        )
        return {
            "CHORUS_TOKEN_URL": token_url.value_as_string,
            "CHORUS_API_BASE": api_base.value_as_string,
            "CHORUS_CERTIFICATE_BASE": certificate_base.value_as_string,
        }

    def _may_use_the_table(self, box: lambda_.Function) -> None:
        """Every call the store makes, and no scan: a box asks for what it has the key of."""
        self._data.table.grant(
            box,
            "dynamodb:GetItem",
            "dynamodb:BatchGetItem",
            "dynamodb:Query",
            "dynamodb:PutItem",
            "dynamodb:UpdateItem",
            "dynamodb:DeleteItem",
            "dynamodb:ConditionCheckItem",
        )

    def _may_see_what_is_due(self, box: lambda_.Function) -> None:
        """Keys of due invoices, of every supplier: all that the box across tenants may read."""
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="SeeWhatIsDue",
                actions=["dynamodb:Query"],
                resources=[f"{self._data.table.table_arn}/index/{DUE_INDEX}"],
            )
        )

    def _may_read_documents(self, box: lambda_.Function) -> None:
        self._may_on_documents(box, "ReadDocuments", "s3:GetObject")

    def _may_write_documents(self, box: lambda_.Function) -> None:
        self._may_on_documents(box, "WriteDocuments", "s3:PutObject")

    def _may_on_documents(self, box: lambda_.Function, sid: str, action: str) -> None:
        objects = self._data.documents.arn_for_objects("suppliers/*")
        box.add_to_role_policy(iam.PolicyStatement(sid=sid, actions=[action], resources=[objects]))

    def _may_read_credentials(self, box: lambda_.Function) -> None:
        box.add_to_role_policy(
            iam.PolicyStatement(
                sid="ReadSuppliersCredentials",
                actions=["secretsmanager:GetSecretValue", "secretsmanager:DescribeSecret"],
                resources=[self._credentials_arn()],
            )
        )

    def _may_keep_credentials(self, box: lambda_.Function) -> None:
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
                resources=[self._credentials_arn()],
            )
        )

    def _credentials_arn(self) -> str:
        return self._secret_arn(f"{self._secret_prefix}*")

    def _secret_arn(self, name: str) -> str:
        return Arn.format(
            ArnComponents(
                service="secretsmanager",
                resource="secret",
                resource_name=name,
                arn_format=ArnFormat.COLON_RESOURCE_NAME,
            ),
            self,
        )

    def _outputs(self, api: Api) -> None:
        CfnOutput(self, "ApiId", value=api.http_api.api_id)
        CfnOutput(self, "ApiUrl", value=api.http_api.api_endpoint)
        CfnOutput(self, "SecretPrefix", value=self._secret_prefix)
        CfnOutput(self, "ScheduleName", value=self._tick.schedule.schedule_name)
        CfnOutput(self, "MissedTicksUrl", value=self._tick.missed.queue.queue_url)
        CfnOutput(self, "NoticesDeadLettersUrl", value=self._notices.dead_letters.queue.queue_url)
        for box, function in self.functions.items():
            words = "".join(word.capitalize() for word in box.split("_"))
            CfnOutput(self, f"{words}Function", value=function.function_name)
        for name, queue in {
            "Ocr": self._ocr,
            "TextractCompletion": self._completions,
            "Resolution": self._resolution,
            "Submission": self._submission,
            "CredentialProbe": self._probes,
            "Delivery": self._deliveries,
            "Digest": self._digests,
            "Webhook": self._webhooks,
            "Tracking": self._tracking,
        }.items():
            CfnOutput(self, f"{name}QueueUrl", value=queue.queue.queue_url)
            CfnOutput(self, f"{name}DeadLettersUrl", value=queue.dead_letters.queue.queue_url)
