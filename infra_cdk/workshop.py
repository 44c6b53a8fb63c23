"""Where the boxes and queues of one installation are made, all in the same way, and noted down by their name.

A box is made with what it needs to know (`variables`) and then granted what it may touch (`may`), nothing else.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from aws_cdk import CfnParameter, Duration, Stack
from aws_cdk import aws_lambda as lambda_

from infra_cdk.data_stack import DataStack
from infra_cdk.encryption import guard
from infra_cdk.environment import Environment
from infra_cdk.functions import ARCHITECTURE, RUNTIME, Box
from infra_cdk.permissions import Permissions
from infra_cdk.queues import RECEIVES_BEFORE_DEAD_LETTER, DeadLetters, WorkQueue
from infra_cdk.schedule import EveryDay, EveryMinutes
from infra_cdk.table_stream import TableChanges


@dataclass(frozen=True)
class Sources:
    """Where the code stands that is deployed: the folder of boxes and a built layer."""

    functions: Path
    layer: Path


class Workshop:
    """Makes boxes and queues in a stack; `functions` and `queues` hold those made so far."""

    def __init__(self, stack: Stack, environment: Environment, *, data: DataStack, sources: Sources) -> None:
        self.scope = stack
        self.environment = environment
        self.data = data
        self.secret_prefix = f"chorus-connector/{environment.name}/suppliers/"
        self.may = Permissions(
            stack, data=data, secret_prefix=self.secret_prefix, email_sender=environment.email_sender
        )
        self.guard = guard(stack, "WorkKey", environment, description="The connector's queues and topics")
        self.dead_letters: dict[str, DeadLetters] = {"Intake": data.arrivals.dead_letters}
        self.functions: dict[str, lambda_.Function] = {}
        self.queues: dict[str, WorkQueue] = {}
        self._copies: dict[lambda_.Function, int] = {}
        self._clocks: list[lambda_.Function] = []
        self._sources = sources
        self._layer = lambda_.LayerVersion(
            stack,
            "Layer",
            code=lambda_.Code.from_asset(str(sources.layer)),
            compatible_runtimes=[RUNTIME],
            compatible_architectures=[ARCHITECTURE],
            description="chorus_connector and the libraries it stands on",
        )
        # what a box that speaks to the portal is told: its address, and under which names suppliers' keys are kept
        self.portal = {"SECRET_PREFIX": self.secret_prefix, **self._portal_address()}
        # the breakers of both gateways: every supplier's calls tell on them
        self.breakers = tuple(f"PORTAL#{self.portal[name]}" for name in ("CHORUS_API_BASE", "CHORUS_CERTIFICATE_BASE"))

    def box(
        self,
        box: str,
        *,
        timeout: Duration,
        memory: int,
        reserved_concurrency: int | None = None,
        hands_itself_the_rest: bool = False,
        variables: Mapping[str, str],
    ) -> lambda_.Function:
        """The box's function; besides `variables` it is told of the table and the bucket.

        `hands_itself_the_rest`: what one run does not end goes back to the queue it came from, as often as it takes.
        """
        made = Box(
            self.scope,
            box,
            self.environment,
            source=self._sources.functions,
            layer=self._layer,
            timeout=timeout,
            memory=memory,
            reserved_concurrency=reserved_concurrency,
            hands_itself_the_rest=hands_itself_the_rest,
            variables={
                "TABLE_NAME": self.data.table.table_name,
                "DOCUMENTS_BUCKET": self.data.documents.bucket_name,
                **variables,
            },
        )
        self.functions[box] = made.function
        return made.function

    def queue(
        self, construct_id: str, consumer_timeout: Duration, *, receives: int = RECEIVES_BEFORE_DEAD_LETTER
    ) -> WorkQueue:
        """A work queue for a box that takes at most so long."""
        made = WorkQueue(
            self.scope,
            construct_id,
            consumer_timeout=consumer_timeout,
            guard=self.guard,
            receives=receives,
        )
        self.queues[construct_id] = made
        self.dead_letters[construct_id] = made.dead_letters
        return made

    def works_off(self, box: lambda_.Function, queue: WorkQueue, *, batch_size: int, copies: int | None = None) -> None:
        """Feed the box from the queue, in so many copies, or as many as the environment lets a worker have."""
        copies = copies or self.environment.worker_concurrency
        queue.feeds(box, batch_size=batch_size, max_concurrency=copies)
        self._copies[box] = self._copies.get(box, 0) + copies

    def reserve_concurrency(self, *, but: Collection[str]) -> None:
        """Give every queue worker the copies its queues may ask for: no other box takes them, and it takes no more.

        ``but`` are boxes that also answer requests or read the table's stream: what bounds those is not a queue.
        """
        if not self.environment.reserves_concurrency:
            return
        for name, box in self.functions.items():
            if box in self._copies and name not in but:
                resource = box.node.default_child
                assert isinstance(resource, lambda_.CfnFunction)
                resource.reserved_concurrent_executions = self._copies[box] + self._clocks.count(box)

    def table_changes(
        self, construct_id: str, box: lambda_.Function, patterns: Sequence[dict[str, Any]]
    ) -> TableChanges:
        """Feed the box with the table's changes that match one of the patterns."""
        made = TableChanges(
            self.scope,
            construct_id,
            box,
            table=self.data.table,
            table_guard=self.data.guard,
            patterns=patterns,
            guard=self.guard,
        )
        self.dead_letters[construct_id] = made.dead_letters
        return made

    def every_minutes(self, construct_id: str, box: lambda_.Function, minutes: int) -> EveryMinutes:
        """Start the box so often."""
        made = EveryMinutes(self.scope, construct_id, box, minutes=minutes, guard=self.guard)
        self.dead_letters[construct_id] = made.missed
        self._clocks.append(box)
        return made

    def every_day(self, construct_id: str, box: lambda_.Function, *, hour: int, minute: int) -> EveryDay:
        """Start the box once a day, by France's clock."""
        made = EveryDay(self.scope, construct_id, box, hour=hour, minute=minute, guard=self.guard)
        self.dead_letters[construct_id] = made.missed
        self._clocks.append(box)
        return made

    def email_variables(self) -> Mapping[str, str]:
        """What a box that writes e-mails must know."""
        return {
            "EMAIL_SENDER": self.environment.email_sender,
            "DIGEST_MINUTES": str(self.environment.digest_minutes),
        }

    def _portal_address(self) -> Mapping[str, str]:
        """The portal's address is a parameter: the local stack's simulator has another port every time."""
        token_url = CfnParameter(
            self.scope,
            "ChorusTokenUrl",
            default=self.environment.portal.token_url,
            description="PISTE token endpoint",
        )
        api_base = CfnParameter(
            self.scope,
            "ChorusApiBase",
            default=self.environment.portal.api_base,
            description="Base of Chorus Pro's operations",
        )
        certificate_base = CfnParameter(
            self.scope,
            "ChorusCertificateBase",
            default=self.environment.portal.certificate_base,
            description="Base of the operations behind a client certificate",
        )
        return {
            "CHORUS_TOKEN_URL": token_url.value_as_string,
            "CHORUS_API_BASE": api_base.value_as_string,
            "CHORUS_CERTIFICATE_BASE": certificate_base.value_as_string,
        }
