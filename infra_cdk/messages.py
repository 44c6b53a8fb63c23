"""« Mes messages »: written and read through the API, delivered from the table's stream on."""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.workshop import Workshop

DELIVERY_TIMEOUT = Duration.seconds(60)


class Messages:
    """The boxes message_api and message_delivery."""

    def __init__(self, shop: Workshop) -> None:
        self.deliveries = shop.queue("Delivery", DELIVERY_TIMEOUT)
        self._message_api(shop)
        self._message_delivery(shop)

    def _message_api(self, shop: Workshop) -> None:
        box = shop.box("message_api", timeout=ANSWER_TIMEOUT, memory=1024, variables={})
        shop.may.know_callers(box)
        shop.may.write_messages(box)

    def _message_delivery(self, shop: Workshop) -> None:
        box = shop.box(
            "message_delivery",
            timeout=DELIVERY_TIMEOUT,
            memory=1024,
            hands_itself_the_rest=True,
            variables={"DELIVERY_QUEUE_URL": self.deliveries.queue.queue_url, **shop.email_variables()},
        )
        shop.may.send_email(box)
        shop.may.deliver_messages(box)
        shop.may.act_for_one_supplier(box, writes=False)  # whose invoice was exchanged
        self.deliveries.grant_send(box)
        shop.works_off(box, self.deliveries, batch_size=1)
        self.changes = shop.table_changes(
            "MessageChanges",
            box,
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
        )
