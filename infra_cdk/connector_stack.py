"""The application stack: every function, the queues between them, the schedules and the API.

`function_builder` makes the functions, `permissions` grants what they may do, and each group of functions has a module
of its own, in the order of the README's picture. A test compares the functions with the folders of functions/.
"""

from aws_cdk import CfnOutput, IStackSynthesizer, Stack
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra_cdk.alarms import Alarms
from infra_cdk.api import ANSWER_TIMEOUT, ROUTES, Api, words
from infra_cdk.console import ConsoleAccess, console_by_name
from infra_cdk.dashboard import Dashboard
from infra_cdk.data_stack import DataStack
from infra_cdk.egress import CALLERS, Egress
from infra_cdk.environment import Environment
from infra_cdk.function_builder import FunctionBuilder, Sources
from infra_cdk.functions import CONSOLE, live
from infra_cdk.identity import token_url
from infra_cdk.invoices import Invoices
from infra_cdk.messages import DELIVERY_TIMEOUT, Messages
from infra_cdk.notifications import Notifications
from infra_cdk.queues import refuse_plain_http
from infra_cdk.suppliers import Suppliers
from infra_cdk.tracking import Tracking

FUNCTIONS = (
    "upload_intake",
    "archive_intake",
    "textract_ocr",
    "resolution",
    "sync_ten_minutes",
    "submission",
    "supplier_api",
    "supplier_removal",
    "invoice_api",
    "page_pictures",
    "api_docs",
    CONSOLE,
    "credential_probe",
    "message_api",
    "message_delivery",
    "notifier",
    "email_digest",
    "email_addresses",
    "webhook_delivery",
    "notification_api",
    "sync_nightly",
    "tracking_sync",
)


class ConnectorStack(Stack):
    """Everything that can be deleted and deployed again. What must last is in the data stack."""

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
        builder = FunctionBuilder(self, environment, data=data, sources=sources)
        invoices = Invoices(builder)
        Tracking(builder, lessons=invoices.lessons)
        deliveries = builder.queue("Delivery", DELIVERY_TIMEOUT)
        Notifications(builder, deliveries=deliveries)
        Suppliers(builder)
        Messages(builder, deliveries=deliveries)
        addresses = {"SYSTEMS_SIGN_IN_URL": token_url(environment)}
        builder.function("api_docs", timeout=ANSWER_TIMEOUT, memory=512, variables=addresses)
        api = Api(self, "Api", environment, identity=data.identity, functions=builder.functions)
        builder.reserve_concurrency(but={*(route.function for route in ROUTES), "message_delivery"})
        if environment.fixed_addresses:
            Egress(self, "Egress", environment).carry(builder.functions[name] for name in CALLERS)

        watched: dict[str, lambda_.IFunction] = {**builder.functions}
        if environment.console:
            watched[CONSOLE] = console_by_name(self, environment)
        alarms = Alarms(self, "Alarms", environment, encryption=builder.encryption)
        alarms.of_queues({"Intake": data.arrivals, **builder.queues}, builder.dead_letters)
        alarms.of_functions(watched)
        alarms.of_schedules(builder.functions)
        alarms.of_the_portal_and_the_api(api.http_api, api.faults)
        alarms.of_invoices()
        alarms.of_readings()
        alarms.of_emails()
        alarms.of_removals()
        if environment.has_second_copy:
            alarms.of_the_second_copy(data.documents.bucket_name)
        Dashboard(
            self,
            "Dashboard",
            environment,
            alarms=alarms,
            api=api.http_api,
            functions=watched,
            queues=builder.queues,
            table=data.table,
        )
        #: what the console's stack needs of this one and of the data; None without a console
        self.for_the_console: ConsoleAccess | None = None
        if api.console:
            client, secret = api.console
            self.for_the_console = ConsoleAccess(
                api.http_api, client.user_pool_client_id, secret, data.documents.bucket_name
            )
            CfnOutput(self, "ConsoleClientId", value=client.user_pool_client_id)

        refuse_plain_http(self, "QueuesRefusePlainHttp", environment)
        CfnOutput(self, "ApiId", value=api.http_api.api_id)
        CfnOutput(self, "ApiUrl", value=api.http_api.api_endpoint)
        CfnOutput(self, "SecretPrefix", value=builder.secret_prefix)
        CfnOutput(self, "ScheduleName", value=invoices.schedule.schedule.schedule_name)
        CfnOutput(self, "ScheduleGroup", value=invoices.schedule.group.schedule_group_name)
        for name, function in builder.functions.items():
            CfnOutput(self, f"{words(name)}Function", value=live(function).function_name)
        for name, client in api.systems.items():
            CfnOutput(self, f"System{words(name)}ClientId", value=client.user_pool_client_id)
        for name, queue in builder.queues.items():
            CfnOutput(self, f"{name}QueueUrl", value=queue.queue.queue_url)
        for name, letters in builder.dead_letters.items():
            if name != "Intake":  # the data stack's, and its output
                CfnOutput(self, f"{name}DeadLettersUrl", value=letters.queue.queue_url)
