"""The use cases on one supplier's configuration, made from its ``Tenant``."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from chorus_connector.domain.quotas import Holder
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring.installation import quotas, user_directory

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from chorus_connector.adapters.table.structures import DynamoStructures
    from chorus_connector.domain.notifications.addresses import AddressState
    from chorus_connector.domain.notifications.notification import Notification
    from chorus_connector.domain.portal.credentials import CertificateCredentials
    from chorus_connector.domain.problem import Problem
    from chorus_connector.domain.suppliers.access import Subscriber
    from chorus_connector.usecases.notifications.addresses import AskAddresses
    from chorus_connector.usecases.portal.credential_probe import ProbeCredentials
    from chorus_connector.usecases.suppliers.access import ManageAccess
    from chorus_connector.usecases.suppliers.provisioning import Configure, Provision
    from chorus_connector.usecases.suppliers.siret import ChangeIdentifier
    from chorus_connector.usecases.suppliers.tables import EditTables
    from chorus_connector.wiring.tenant import AuthorisedTenant, Tenant

_NOTICES = 20
"""Announcements about the access to the portal that are shown."""
_FOR_BANK_DETAILS = 8.0
"""Seconds that the portal may take to give the bank details; after that they are kept as not verified."""
_TO_WRITE_A_TABLE = 15.0
"""Seconds kept for writing 10,000 rows, after an import asked the portal about many recipients."""


def provision(tenant: Tenant) -> Provision:
    """Creates the supplier's records, with the permissions of that supplier only."""
    from chorus_connector.adapters.table.suppliers import DynamoInstallation  # noqa: PLC0415
    from chorus_connector.usecases.suppliers.provisioning import Provision  # noqa: PLC0415

    session = tenant.session(installation=True)
    store = DynamoInstallation(session.client("dynamodb"), settings().required("table"), session.with_sirets)
    return Provision(installation=store, structures=_structures(tenant), strict_siret=settings().strict_siret)


def configure(tenant: AuthorisedTenant) -> Configure:
    """The caller's changes to the supplier's configuration."""
    from chorus_connector.usecases.suppliers.provisioning import Configure  # noqa: PLC0415
    from chorus_connector.wiring.portal import direct_portal  # noqa: PLC0415

    return Configure(
        suppliers=tenant.suppliers,
        invoices=tenant.invoices,
        secrets=tenant.secrets,
        portal=lambda credentials: direct_portal(tenant, credentials),
        breakers=tenant.breakers,
        by=tenant.by,
        identifiers=_change_identifier(tenant),
        progress=tenant.tracking_progress,
        bank_accounts=lambda: direct_portal(tenant.within(_FOR_BANK_DETAILS)).bank_accounts(),
        certificate_problem=_certificate_problem,
        certificate_end=_certificate_end,
    )


def _certificate_problem(credentials: CertificateCredentials, now: datetime) -> Problem | None:
    from chorus_connector.adapters.certificates import certificate_problem  # noqa: PLC0415  (this mode only)

    return certificate_problem(credentials, now)


def _certificate_end(credentials: CertificateCredentials) -> datetime | None:
    from chorus_connector.adapters.certificates import certificate_end  # noqa: PLC0415  (this mode only)

    return certificate_end(credentials)


def _change_identifier(tenant: AuthorisedTenant) -> ChangeIdentifier:
    from chorus_connector.usecases.suppliers.siret import ChangeIdentifier  # noqa: PLC0415
    from chorus_connector.wiring.portal import direct_portal  # noqa: PLC0415

    return ChangeIdentifier(
        structures=_structures(tenant),
        invoices=tenant.invoices,
        portal=lambda identifier: direct_portal(tenant, identifier=identifier),
        trial=lambda: quotas().spend(Holder("supplier", tenant.supplier_id), "credential_trials"),
        by=tenant.by,
        assigned=tenant.caller.administers_installation,
        strict_siret=settings().strict_siret,
    )


def _structures(tenant: Tenant) -> DynamoStructures:
    """The structures, each with the permissions of this supplier and of that structure only."""
    from chorus_connector.adapters.table.structures import DynamoStructures  # noqa: PLC0415

    return DynamoStructures(
        tenant.client("dynamodb"),
        settings().required("table"),
        session_of=tenant.session().with_sirets,
    )


def manage_access(tenant: AuthorisedTenant) -> ManageAccess:
    """The caller's changes to the supplier's access list."""
    from chorus_connector.usecases.suppliers.access import ManageAccess  # noqa: PLC0415

    def end_subscriptions(principal: str, now: datetime, *, left: bool) -> None:
        from chorus_connector.usecases.messages.structures import AdministerStructure  # noqa: PLC0415

        if siret := tenant.supplier.siret:
            administer = AdministerStructure(_structures(tenant), siret, strict_siret=settings().strict_siret)
            administer.end_subscriptions(principal, by=tenant.by, now=now, supplier_id=tenant.supplier_id, left=left)

    def admit(subscriber: Subscriber, now: datetime) -> None:
        if ask := address_questions(tenant):
            ask.admit(subscriber, now=now)

    def forget(email: str) -> None:
        if ask := address_questions(tenant):
            ask.forget(email)

    def reads_messages(principal: str) -> bool:
        siret = tenant.supplier.siret
        found = _structures(tenant).subscribers(siret) if siret else ()
        return any(each.principal == principal and each.accepted for each in found)

    return ManageAccess(
        tenant.access,
        user_directory(),
        by=tenant.caller,
        leave_messages=partial(end_subscriptions, left=True),
        administer_no_more=partial(end_subscriptions, left=False),
        admit=admit,
        forget=forget,
        reads_messages=reads_messages,
    )


def address_questions(tenant: AuthorisedTenant) -> AskAddresses | None:
    """Asks the supplier's addresses whether they want notifications; None: this installation sends no e-mail."""
    from chorus_connector.wiring import emails  # noqa: PLC0415

    return emails.ask_addresses(tenant)


def email_states(tenant: AuthorisedTenant) -> dict[str, AddressState]:
    """The state of each of the supplier's addresses that was asked or switched off, by its id."""
    from chorus_connector.wiring.emails import email_addresses  # noqa: PLC0415

    return {each.id: each.state for each in email_addresses(tenant).all()}


def access_notices(tenant: AuthorisedTenant) -> Sequence[Notification]:
    """What was announced lately about the supplier's access to the portal, newest first."""
    from chorus_connector.adapters.table.notifications import DynamoFeed  # noqa: PLC0415

    feed = DynamoFeed(tenant.client("dynamodb"), settings().required("table"), tenant.supplier_id)
    return feed.page(frozenset({"portal"}), limit=_NOTICES, cursor=None).notifications


def inviter(tenant: AuthorisedTenant) -> str | None:
    """The name of the member who invited the caller; None: the user pool or the list does not have it any more."""
    from chorus_connector.usecases.suppliers.principals import names_of  # noqa: PLC0415

    access = tenant.access.get()
    by = access.member(tenant.by).invited_by
    return names_of(user_directory(), [each for each in access.members if each.principal == by]).get(by)


def names_of_members(tenant: Tenant) -> dict[str, str]:
    """The names in the user pool of those who have rights on one supplier."""
    from chorus_connector.usecases.suppliers.principals import names_of  # noqa: PLC0415

    return names_of(user_directory(), tenant.access.get().members)


def edit_tables(tenant: AuthorisedTenant) -> EditTables:
    """The caller's changes to the supplier's correspondence tables."""
    import uuid  # noqa: PLC0415

    from chorus_connector.usecases.suppliers.tables import EditTables  # noqa: PLC0415
    from chorus_connector.wiring.portal import directory, search_recipients  # noqa: PLC0415

    return EditTables(
        tables=tenant.tables,
        audit=tenant.audit_trail,
        directory=directory(tenant),
        users=user_directory(),
        by=tenant.caller,
        new_id=lambda: uuid.uuid4().hex,
        may_ask=lambda: tenant.seconds_left() > _TO_WRITE_A_TABLE,
        search=search_recipients(tenant),
    )


def probe_credentials(tenant: Tenant) -> ProbeCredentials:
    """Tries the supplier's saved credentials at Chorus Pro."""
    from chorus_connector.usecases.portal.credential_probe import ProbeCredentials  # noqa: PLC0415
    from chorus_connector.wiring.portal import direct_portal  # noqa: PLC0415

    return ProbeCredentials(
        suppliers=tenant.suppliers,
        invoices=tenant.invoices,
        portal=direct_portal(tenant),
        breakers=tenant.breakers,
    )
