"""Suppliers: made, configured and removed by people and systems; their credentials tried every morning."""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.tenant_role import OF_STRUCTURES, WRITTEN_WITH_A_SUPPLIER
from infra_cdk.workshop import Workshop

PROBE_TIMEOUT = Duration.seconds(60)
REMOVAL_TIMEOUT = Duration.seconds(60)  # then it goes on with another message; killed, six minutes later


class Suppliers:
    """The boxes supplier_api, supplier_removal and credential_probe."""

    def __init__(self, shop: Workshop) -> None:
        self.probes = shop.queue("CredentialProbe", PROBE_TIMEOUT)
        self.removals = shop.queue("Removal", REMOVAL_TIMEOUT)
        self._supplier_api(shop)
        self._supplier_removal(shop)
        self._credential_probe(shop)

    def _supplier_api(self, shop: Workshop) -> None:
        box = shop.box(
            "supplier_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "REMOVAL_QUEUE_URL": self.removals.queue.queue_url,
                "USER_POOL_ID": shop.data.identity.pool.user_pool_id,
                "USER_POOL_CLIENT_ID": shop.data.identity.people.user_pool_client_id,
                **shop.portal,
            },
        )
        shop.may.know_callers(box)
        shop.may.use_the_directory(box)
        shop.may.list_suppliers(box)
        shop.may.read_suppliers_records(box)
        shop.may.end_subscriptions(box)
        shop.may.act_for_one_supplier(
            box,
            beside=(*WRITTEN_WITH_A_SUPPLIER, *shop.breakers),
            reads_beside=OF_STRUCTURES,  # an export has the supplier's messages
            in_batches=True,  # tables are imported whole
        )
        shop.may.read_credentials(box)
        shop.may.keep_credentials(box)
        shop.may.read_documents(box)  # to sign links to exports
        shop.may.write_documents(box)
        shop.may.list_documents(box)  # an export says where each file lies
        self.removals.grant_send(box)

    def _supplier_removal(self, shop: Workshop) -> None:
        box = shop.box(
            "supplier_removal",
            timeout=REMOVAL_TIMEOUT,
            memory=1024,
            hands_itself_the_rest=True,
            variables={"REMOVAL_QUEUE_URL": self.removals.queue.queue_url, "SECRET_PREFIX": shop.secret_prefix},
        )
        shop.may.list_suppliers(box)  # is it gone already?
        shop.may.act_for_one_supplier(box, beside=(*WRITTEN_WITH_A_SUPPLIER, *OF_STRUCTURES), in_batches=True)
        shop.may.read_documents(box)  # whether an export is there already
        shop.may.write_documents(box)
        shop.may.list_documents(box)
        shop.may.forget_secrets(box)
        self.removals.grant_send(box)
        shop.works_off(box, self.removals, batch_size=1)

    def _credential_probe(self, shop: Workshop) -> None:
        box = shop.box(
            "credential_probe",
            timeout=PROBE_TIMEOUT,
            memory=512,
            variables={
                "CREDENTIAL_PROBE_QUEUE_URL": self.probes.queue.queue_url,
                **shop.portal,
            },
        )
        shop.may.see_what_is_due(box)
        shop.may.act_for_one_supplier(box, beside=shop.breakers)
        shop.may.read_credentials(box)
        self.probes.grant_send(box)
        shop.works_off(box, self.probes, batch_size=1)
        shop.every_day("EveryMorning", box, hour=6, minute=10)
