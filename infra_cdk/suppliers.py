"""Suppliers: their configuration and removal, and the daily probe of their credentials."""

from aws_cdk import Duration

from infra_cdk.api import ANSWER_TIMEOUT
from infra_cdk.function_builder import FunctionBuilder
from infra_cdk.tenant_role import OF_THE_DIRECTORY

PROBE_TIMEOUT = Duration.seconds(60)
REMOVAL_TIMEOUT = Duration.seconds(60)  # then it continues with another message; if killed, six minutes later


class Suppliers:
    """The functions supplier_api, supplier_removal and credential_probe."""

    def __init__(self, builder: FunctionBuilder) -> None:
        self.probes = builder.queue("CredentialProbe", PROBE_TIMEOUT)
        self.removals = builder.queue("Removal", REMOVAL_TIMEOUT)
        self._supplier_api(builder)
        self._supplier_removal(builder)
        self._credential_probe(builder)

    def _supplier_api(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "supplier_api",
            timeout=ANSWER_TIMEOUT,
            memory=1024,
            variables={
                "REMOVAL_QUEUE_URL": self.removals.queue.queue_url,
                **builder.portal,
                **builder.email_variables(),
            },
        )
        builder.may.send_email(function)  # to ask an address whether it wants notifications
        builder.may.know_callers(function)
        builder.may.know_principals(function)
        builder.may.use_the_directory(function)
        builder.may.list_suppliers(function)
        builder.may.list_rights(function)
        builder.may.read_suppliers_records(function)
        builder.may.know_subscriptions(function)
        builder.may.act_for_one_supplier(
            function,
            shared=builder.breakers,
            reads=[OF_THE_DIRECTORY],
            in_batches=True,  # imports of whole tables
        )
        builder.may.keep_access_and_sirets(function)
        builder.may.read_own_messages(function)
        builder.may.read_credentials(function)
        builder.may.keep_credentials(function)
        builder.may.read_documents(function)  # to sign links to exports
        builder.may.write_documents(function)
        builder.may.list_documents(function)  # an export lists each file's key
        self.removals.grant_send(function)

    def _supplier_removal(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "supplier_removal",
            timeout=REMOVAL_TIMEOUT,
            memory=1024,
            requeues_its_rest=True,
            variables={"REMOVAL_QUEUE_URL": self.removals.queue.queue_url, "SECRET_PREFIX": builder.secret_prefix},
        )
        builder.may.list_suppliers(function)  # to know whether the supplier is already removed
        builder.may.act_for_one_supplier(function, in_batches=True)
        builder.may.remove_suppliers(function)
        builder.may.read_documents(function)  # to know whether the export exists already
        builder.may.write_documents(function)
        builder.may.list_documents(function)
        builder.may.forget_secrets(function)
        self.removals.grant_send(function)
        builder.consume(function, self.removals, batch_size=1)

    def _credential_probe(self, builder: FunctionBuilder) -> None:
        function = builder.function(
            "credential_probe",
            timeout=PROBE_TIMEOUT,
            memory=512,
            variables={
                "CREDENTIAL_PROBE_QUEUE_URL": self.probes.queue.queue_url,
                "HAND_OUT_UNTIL": str(builder.environment.probe_until),
                **builder.portal,
            },
        )
        builder.may.hand_out(function, "PROBE")
        builder.may.act_for_one_supplier(function, shared=builder.breakers)
        builder.may.read_credentials(function)
        self.probes.grant_send(function)
        builder.consume(function, self.probes, batch_size=1)
        builder.every_ten_minutes_of(
            "EveryMorning", function, hour=builder.environment.probe_hour, until=builder.environment.probe_until
        )
