"""What belongs to no supplier or to all of them: the installation's store, its queues, its scheduled runs."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.clients import function_client

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from chorus_connector.adapters.queues.changes import SqsChangeLetters
    from chorus_connector.adapters.queues.work import SqsLessons, SqsQueue, SqsRemovals, SqsTrackingQueue
    from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers
    from chorus_connector.adapters.table.suppliers import DynamoInstallation
    from chorus_connector.adapters.user_pool import CognitoUserDirectory
    from chorus_connector.domain.suppliers.access import Caller
    from chorus_connector.domain.suppliers.supplier import Role, Supplier
    from chorus_connector.usecases.invoices.deaths import RecentDeaths
    from chorus_connector.usecases.invoices.due_work import HandOutDueWork
    from chorus_connector.usecases.portal.credential_probe import HandOutProbes
    from chorus_connector.usecases.portal.tracking import HandOutPolls, StartNightlyTracking
    from chorus_connector.usecases.quotas import LeasedQuotas
    from chorus_connector.usecases.suppliers.summary import SummariseSuppliers
    from chorus_connector.wiring.tenant import AuthorisedTenant


@dataclass(frozen=True)
class AuthorisedInstallation:
    """The installation, for a caller who administers it. Only ``api.authorisation`` makes one."""

    caller: Caller

    @property
    def store(self) -> DynamoInstallation:
        """What spans tenants."""
        return installation()


def supplier_rights(caller: Caller) -> dict[str, frozenset[Role]]:
    """The suppliers that the caller has rights on, with these rights."""
    return installation().suppliers_of(*caller.identities)


def own_roles(tenant: AuthorisedTenant) -> frozenset[Role]:
    """The rights of the caller on the supplier that it was authorised for."""
    return installation().rights(tenant.supplier_id, *tenant.caller.identities)


def installation() -> DynamoInstallation:
    """What spans tenants."""
    from chorus_connector.adapters.table.suppliers import DynamoInstallation  # noqa: PLC0415

    return DynamoInstallation(function_client("dynamodb"), settings().required("table"))


def suppliers(supplier_ids: Iterable[str]) -> list[Supplier]:
    """Their records, in this order, without those that were deleted meanwhile."""
    from chorus_connector.adapters.table.suppliers import read_suppliers  # noqa: PLC0415

    return read_suppliers(function_client("dynamodb"), settings().required("table"), supplier_ids)


def summarise_suppliers(caller: Caller) -> SummariseSuppliers:
    """The summary of the suppliers that the caller has rights on."""
    return _summary(supplier_rights(caller))


def summarise_supplier(tenant: AuthorisedTenant) -> SummariseSuppliers:
    """The summary of this supplier alone, with the caller's rights on it."""
    return _summary({tenant.supplier_id: own_roles(tenant)})


def _summary(rights: Mapping[str, frozenset[Role]]) -> SummariseSuppliers:
    from chorus_connector.adapters.table.suppliers import read_states  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.summary import SummariseSuppliers  # noqa: PLC0415

    return SummariseSuppliers(
        rights,
        lambda ids: read_states(function_client("dynamodb"), settings().required("table"), ids),
        suppliers,
    )


def kept_answers() -> DynamoKeptAnswers:
    """Answers to requests that carried an Idempotency-Key."""
    from chorus_connector.adapters.table.idempotency import DynamoKeptAnswers  # noqa: PLC0415

    return DynamoKeptAnswers(function_client("dynamodb"), settings().required("table"))


def user_directory() -> CognitoUserDirectory:
    """The people, systems and groups that rights can be given to."""
    from chorus_connector.adapters.user_pool import CognitoUserDirectory  # noqa: PLC0415

    return CognitoUserDirectory(function_client("cognito-idp"), settings().required("user_pool_id"))


@cache
def quotas() -> LeasedQuotas:
    """The quotas of this container, which keeps its leases between requests."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.adapters.table.quotas import DynamoQuotaCounters  # noqa: PLC0415
    from chorus_connector.usecases.quotas import LeasedQuotas  # noqa: PLC0415

    counters = DynamoQuotaCounters(function_client("dynamodb"), settings().required("table"))
    return LeasedQuotas(counters, settings().quota_factor, clock=lambda: datetime.now(UTC))


@cache
def recent_deaths() -> RecentDeaths:
    """Whose files ended their processes lately, as this container remembers it."""
    from datetime import UTC, datetime  # noqa: PLC0415

    from chorus_connector.usecases.invoices.deaths import RecentDeaths  # noqa: PLC0415

    return RecentDeaths(clock=lambda: datetime.now(UTC))


@cache
def cursor_key() -> bytes:
    """The key that seals cursors, made with the installation."""
    from chorus_connector.adapters.secrets import plain_secret  # noqa: PLC0415

    return plain_secret(function_client("secretsmanager"), settings().required("cursor_secret_id")).encode()


def queue(setting: str) -> SqsQueue:
    """The queue of documents whose URL is in that setting."""
    from chorus_connector.adapters.queues.work import SqsQueue  # noqa: PLC0415

    return SqsQueue(function_client("sqs"), settings().required(setting))


def lessons() -> SqsLessons:
    """What confirmed documents teach, for the function textract_ocr."""
    from chorus_connector.adapters.queues.work import SqsLessons  # noqa: PLC0415

    return SqsLessons(function_client("sqs"), settings().required("lesson_queue_url"))


def change_letters(function_arn: str) -> SqsChangeLetters:
    """The dead letters of the function, which reads the table's stream."""
    from chorus_connector.adapters.queues.changes import SqsChangeLetters  # noqa: PLC0415

    return SqsChangeLetters(function_client("sqs"), settings().required("change_letters_url"), function_arn)


def removal_queue() -> SqsRemovals:
    """The queue of suppliers that are being deleted."""
    from chorus_connector.adapters.queues.work import SqsRemovals  # noqa: PLC0415

    return SqsRemovals(function_client("sqs"), settings().required("removal_queue_url"))


def hand_out_due_work() -> HandOutDueWork:
    """What function sync_ten_minutes does."""
    from chorus_connector.usecases.invoices.due_work import HandOutDueWork  # noqa: PLC0415

    return HandOutDueWork(
        installation=installation(),
        queue=queue("submission_queue_url"),
    )


def hand_out_polls() -> HandOutPolls:
    """Queues the invoices that are due to be polled at the portal, of every supplier."""
    from chorus_connector.usecases.portal.tracking import HandOutPolls  # noqa: PLC0415

    return HandOutPolls(installation=installation(), queue=_tracking_queue())


def start_nightly_tracking() -> StartNightlyTracking:
    """What function sync_nightly does."""
    from chorus_connector.usecases.portal.tracking import StartNightlyTracking  # noqa: PLC0415

    return StartNightlyTracking(
        installation=installation(),
        queue=_tracking_queue(),
        until=settings().hand_out_until,
    )


def hand_out_probes() -> HandOutProbes:
    """What function credential_probe does in the morning: queue the suppliers whose credentials are due for a trial."""
    from chorus_connector.adapters.queues.work import SqsSupplierQueue  # noqa: PLC0415
    from chorus_connector.usecases.portal.credential_probe import HandOutProbes  # noqa: PLC0415

    url = settings().required("credential_probe_queue_url")
    return HandOutProbes(
        installation=installation(),
        queue=SqsSupplierQueue(function_client("sqs"), url),
        until=settings().hand_out_until,
    )


def _tracking_queue() -> SqsTrackingQueue:
    from chorus_connector.adapters.queues.work import SqsTrackingQueue  # noqa: PLC0415

    return SqsTrackingQueue(function_client("sqs"), settings().required("tracking_queue_url"))
