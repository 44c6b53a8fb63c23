"""Makes the functions and queues of one installation, all in the same way, and registers them by name.

A function gets its environment variables when it is made, and afterwards the permissions it needs (`may`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import CfnParameter, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from chorus_connector.adapters.table import keys
from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import stack_encryption
from infra_cdk.environment import Environment
from infra_cdk.functions import ARCHITECTURE, RUNTIME, ConnectorFunction
from infra_cdk.permissions import Permissions
from infra_cdk.queues import DeadLetters, WorkQueue
from infra_cdk.schedule import EveryMinutes, EveryTenMinutesOf
from infra_cdk.table_stream import TableChanges


@dataclass(frozen=True)
class Sources:
    """The code to deploy: the folder of functions and a built layer. `release` is the name of what is deployed."""

    functions: Path
    layer: Path
    release: str


class FunctionBuilder:
    """Makes functions and queues in a stack; `functions` and `queues` contain those made so far."""

    def __init__(self, stack: Stack, environment: Environment, *, data: DataStack, sources: Sources) -> None:
        self.scope = stack
        self.environment = environment
        self.data = data
        self.secret_prefix = f"chorus-connector/{environment.name}/suppliers/"
        self.may = Permissions(
            stack,
            data=data,
            secret_prefix=self.secret_prefix,
            email_sender=environment.email_sender,
            email_configuration_set=f"chorus-connector-{environment.name}",
        )
        self.encryption = stack_encryption(
            stack, "WorkKey", environment, description="The connector's queues and topics"
        )
        self.dead_letters: dict[str, DeadLetters] = {"Intake": data.arrivals.dead_letters}
        self.functions: dict[str, lambda_.Function] = {}
        self.queues: dict[str, WorkQueue] = {}
        self._copies: dict[lambda_.Function, int] = {}
        self._scheduled: list[lambda_.Function] = []
        self._sources = sources
        self._layer = lambda_.LayerVersion(
            stack,
            "Layer",
            code=lambda_.Code.from_asset(str(sources.layer)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description="chorus_connector and the libraries it stands on",
        )
        # for functions that call the portal: its address, and the prefix of the suppliers' secrets
        self.portal = {"SECRET_PREFIX": self.secret_prefix, **self._portal_address()}
        # the circuit breakers of both gateways; every supplier's calls count for them
        self.breakers = tuple(keys.portal(self.portal[name]) for name in ("CHORUS_API_BASE", "CHORUS_CERTIFICATE_BASE"))

    def function(
        self,
        name: str,
        *,
        timeout: Duration,
        memory: int,
        reserved_concurrency: int | None = None,
        requeues_its_rest: bool = False,
        variables: Mapping[str, str],
    ) -> lambda_.Function:
        """Make the function of that name; besides `variables` it gets the names of the table and the bucket.

        `requeues_its_rest`: it sends the unfinished rest of its work to its own queue.
        """
        made = ConnectorFunction(
            self.scope,
            name,
            self.environment,
            source=self._sources.functions,
            layers=[self._layer],
            release=self._sources.release,
            timeout=timeout,
            memory=memory,
            reserved_concurrency=reserved_concurrency,
            requeues_its_rest=requeues_its_rest,
            variables={
                "TABLE_NAME": self.data.table.table_name,
                "DOCUMENTS_BUCKET": self.data.documents.bucket_name,
                **variables,
            },
        )
        self.functions[name] = made.function
        return made.function

    def queue(self, construct_id: str, consumer_timeout: Duration) -> WorkQueue:
        """A work queue for a function with that timeout."""
        made = WorkQueue(
            self.scope,
            construct_id,
            name=self._name(construct_id),
            consumer_timeout=consumer_timeout,
            encryption=self.encryption,
        )
        self.queues[construct_id] = made
        self.dead_letters[construct_id] = made.dead_letters
        return made

    def consume(
        self, function: lambda_.Function, queue: WorkQueue, *, batch_size: int, copies: int | None = None
    ) -> None:
        """Let the function consume the queue with that concurrency, by default the environment's for workers."""
        copies = copies or self.environment.worker_concurrency
        queue.feeds(function, batch_size=batch_size, max_concurrency=copies)
        self._copies[function] = self._copies.get(function, 0) + copies

    def reserve_concurrency(self, *, but: Collection[str]) -> None:
        """Reserve for every queue worker the concurrency of its queues, which is then also its limit.

        Not for the functions in ``but``, which also answer requests or read the table's stream.
        """
        if not self.environment.reserves_concurrency:
            return
        for name, function in self.functions.items():
            if function in self._copies and name not in but:
                resource = function.node.default_child
                assert isinstance(resource, lambda_.CfnFunction)
                resource.reserved_concurrent_executions = self._copies[function] + self._scheduled.count(function)

    def table_changes(
        self, construct_id: str, function: lambda_.Function, patterns: Sequence[dict[str, Any]]
    ) -> TableChanges:
        """Invoke the function with the table's changes that match one of the patterns."""
        made = TableChanges(
            self.scope,
            construct_id,
            function,
            name=self._name(construct_id),
            table=self.data.table,
            table_encryption=self.data.encryption,
            patterns=patterns,
            encryption=self.encryption,
        )
        self.dead_letters[construct_id] = made.dead_letters
        return made

    def every_minutes(self, construct_id: str, function: lambda_.Function, minutes: int) -> EveryMinutes:
        """Start the function every so many minutes."""
        made = EveryMinutes(
            self.scope,
            construct_id,
            function,
            name=self._name(construct_id),
            minutes=minutes,
            encryption=self.encryption,
        )
        self.dead_letters[construct_id] = made.missed
        self._scheduled.append(function)
        return made

    def every_ten_minutes_of(
        self, construct_id: str, function: lambda_.Function, *, hour: int, until: int
    ) -> EveryTenMinutesOf:
        """Start the function every ten minutes from one hour to another of each day, in French time."""
        made = EveryTenMinutesOf(
            self.scope,
            construct_id,
            function,
            name=self._name(construct_id),
            hour=hour,
            until=until,
            encryption=self.encryption,
        )
        self.dead_letters[construct_id] = made.missed
        self._scheduled.append(function)
        return made

    def _name(self, construct_id: str) -> str:
        """A queue's own name, with the word that its alarm and its outputs have."""
        return f"chorus-connector-{self.environment.name}-{construct_id}"

    def email_variables(self) -> Mapping[str, str]:
        """The variables of functions that send e-mail."""
        return {
            "EMAIL_SENDER": self.environment.email_sender,
            "EMAIL_CONFIGURATION_SET": self.may.email_configuration_set,
            "DIGEST_MINUTES": str(self.environment.digest_minutes),
        }

    def _portal_address(self) -> Mapping[str, str]:
        portal = self.environment.portal
        return {
            "CHORUS_TOKEN_URL": self._address("ChorusTokenUrl", portal.token_url, "PISTE token endpoint"),
            "CHORUS_API_BASE": self._address("ChorusApiBase", portal.api_base, "Base of Chorus Pro's operations"),
            "CHORUS_CERTIFICATE_BASE": self._address(
                "ChorusCertificateBase",
                portal.certificate_base,
                "Base of the operations behind a client certificate",
            ),
        }

    def _address(self, parameter: str, address: str, description: str) -> str:
        if not self.environment.portal_at_deployment:
            return address
        return CfnParameter(self.scope, parameter, default=address, description=description).value_as_string
