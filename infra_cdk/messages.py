"""« Mes messages »: people write and read through the API; the table's stream starts deliveries."""

from aws_cdk import Duration

from chorus_connector.adapters.table import keys
from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.queues import WorkQueue

DELIVERY_TIMEOUT = Duration.seconds(60)


class Messages:
    """The functions message_api and message_delivery."""

    def __init__(self, builder: FunctionBuilder, *, deliveries: WorkQueue) -> None:
        self.deliveries = deliveries
        self._message_api(builder)
        self._message_delivery(builder)

    def _message_api(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "message_api", timeout=ANSWER_TIMEOUT, memory=1024, variables=builder.email_variables()
        )
        builder.may.know_callers(function)
        builder.may.list_rights(function)
        builder.may.know_principals(function)
        builder.may.write_messages(function)

    def _message_delivery(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "message_delivery",
            timeout=DELIVERY_TIMEOUT,
            memory=1024,
            requeues_its_rest=True,
            variables={"DELIVERY_QUEUE_URL": self.deliveries.queue.queue_url, **builder.email_variables()},
        )
        builder.may.send_email(function)
        builder.may.deliver_messages(function)
        self.deliveries.grant_send(function)
        builder.consume(function, self.deliveries, batch_size=1)
        self.changes = builder.table_changes(
            "MessageChanges",
            function,
            # a requested delivery; an exchanged invoice; a structure's description or account, a read message
            patterns=[
                {"eventName": ["INSERT"], "dynamodb": {"Keys": {"SK": {"S": [{"prefix": keys.DISPATCHES}]}}}},
                {
                    "dynamodb": {
                        "Keys": {"SK": {"S": [{"prefix": keys.INVOICES}]}},
                        "NewImage": {"state": {"S": ["SUBMITTED"]}},
                    }
                },
                {
                    "eventName": ["INSERT", "MODIFY"],
                    "dynamodb": {
                        "Keys": {
                            "SK": {
                                "S": [
                                    keys.STRUCTURE,
                                    keys.SUPPLIER,
                                    keys.RECIPIENT,
                                    keys.SIRET,
                                    {"prefix": keys.READ_MESSAGES},
                                ]
                            }
                        }
                    },
                },
            ],
        )
        builder.every_minutes("EveryTenMinutesMailings", function, minutes=builder.environment.sync_minutes)
