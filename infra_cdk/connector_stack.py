"""The connector: every box, the queues between them, the clock and the API.

What the boxes are made of stands in `workshop`, what they may touch in `permissions`, and each group of boxes in a
module of its own, read like the picture in the README. The tests hold the boxes against the folders of functions/.
"""

from aws_cdk import CfnOutput, IStackSynthesizer, Stack
from constructs import Construct

from infra_cdk.alarms import Alarms
from infra_cdk.api import ANSWER_TIMEOUT, ROUTES, Api, words
from infra_cdk.dashboard import Dashboard
from infra_cdk.data_stack import DataStack
from infra_cdk.environment import Environment
from infra_cdk.following import Following
from infra_cdk.identity import token_url
from infra_cdk.invoices import Invoices
from infra_cdk.messages import Messages
from infra_cdk.notifications import Notifications
from infra_cdk.suppliers import Suppliers
from infra_cdk.workshop import Sources, Workshop

BOXES = (
    "upload_intake",
    "textract_ocr",
    "resolution",
    "sync_ten_minutes",
    "submission",
    "supplier_api",
    "supplier_removal",
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


class ConnectorStack(Stack):
    """Everything that may be deployed anew at any time: what must last is the data stack's."""

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
        shop = Workshop(self, environment, data=data, sources=sources)
        following = Following(shop)
        invoices = Invoices(shop, tracking=following.tracking)
        Suppliers(shop)
        Messages(shop)
        Notifications(shop)
        addresses = {"SYSTEMS_SIGN_IN_URL": token_url(environment)}
        shop.box("api_docs", timeout=ANSWER_TIMEOUT, memory=512, variables=addresses)
        api = Api(self, "Api", environment, identity=data.identity, functions=shop.functions)
        shop.reserve_concurrency(but={*(route.box for route in ROUTES), "message_delivery"})

        alarms = Alarms(self, "Alarms", environment, guard=shop.guard)
        alarms.of_queues({"Intake": data.arrivals, **shop.queues}, shop.dead_letters)
        alarms.of_boxes(shop.functions)
        alarms.of_clocks(shop.functions)
        alarms.of_the_api(api.http_api)
        alarms.of_invoices()
        alarms.of_removals()
        Dashboard(
            self,
            "Dashboard",
            environment,
            alarms=alarms,
            api=api.http_api,
            functions=shop.functions,
            queues=shop.queues,
            table=data.table,
        )

        CfnOutput(self, "ApiId", value=api.http_api.api_id)
        CfnOutput(self, "ApiUrl", value=api.http_api.api_endpoint)
        CfnOutput(self, "SecretPrefix", value=shop.secret_prefix)
        CfnOutput(self, "ScheduleName", value=invoices.tick.schedule.schedule_name)
        for box, function in shop.functions.items():
            CfnOutput(self, f"{words(box)}Function", value=function.function_name)
        for name, client in api.systems.items():
            CfnOutput(self, f"System{words(name)}ClientId", value=client.user_pool_client_id)
        for name, queue in shop.queues.items():
            CfnOutput(self, f"{name}QueueUrl", value=queue.queue.queue_url)
        for name, letters in shop.dead_letters.items():
            if name != "Intake":  # the data stack's, and its output
                CfnOutput(self, f"{name}DeadLettersUrl", value=letters.queue.queue_url)
