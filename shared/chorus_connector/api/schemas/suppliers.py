"""What the answers about suppliers look like, for the API's description only; nothing is checked at run time.

The tests check real answers against the description. Routes name these schemas (``described.shows``), so that no
function loads them at its start.
"""

from collections.abc import Collection
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import BaseModel, Field, create_model

from chorus_connector.api.described import fields_of
from chorus_connector.api.schemas.errors import FileLink, sometimes
from chorus_connector.api.views.suppliers import SHOWN_IN_LISTS, SHOWN_OF_CREDENTIALS
from chorus_connector.domain.invoices.attachments import AttachmentPolicy
from chorus_connector.domain.invoices.counting import CounterName
from chorus_connector.domain.messages.access import Mode
from chorus_connector.domain.notifications.addresses import AddressState
from chorus_connector.domain.portal.diagnosis import PortalPlatform, ResponsibleParty
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.access import Member, Subscriber
from chorus_connector.domain.suppliers.audit import EVENTS, Change
from chorus_connector.domain.suppliers.supplier import INTERNAL, Criterion, Role, Supplier


def _of_supplier(name: str, doc: str, attributes: Collection[str], **more: Any) -> type[BaseModel]:
    """A schema with these attributes of the record, and more."""
    return create_model(name, __doc__=doc, __module__=__name__, **fields_of(Supplier, attributes), **more)


_SIRET: Any = (
    str | None,
    Field(
        description="14 digits. null: the supplier has another `identifier`. Empty: it has none yet (the default "
        "supplier before it is configured)."
    ),
)


if TYPE_CHECKING:
    SupplierSummary = BaseModel
else:
    SupplierSummary = _of_supplier(
        "SupplierSummary",
        "One line of the list of suppliers: its names, its status, and the caller's rights on it.",
        SHOWN_IN_LISTS,
        siret=_SIRET,
        roles=(list[Role], Field(description="The caller's rights: `administer` to configure, `use` to work with it.")),
    )


class SupplierList(BaseModel):
    """Some suppliers, and the cursor of the next page."""

    suppliers: list[SupplierSummary]
    cursor: str | None


SupplierView = _of_supplier(
    "SupplierView",
    "A supplier's settings. Credentials are never shown: only when they were saved and what their last trial gave.",
    Supplier.model_fields.keys() - INTERNAL,
    siret=_SIRET,
    warnings=(
        list[Problem],
        Field(
            description="What is doubtful in the settings although it was taken: a SIRET's check digit, for example."
        ),
    ),
)


class SavedAttachmentPolicy(AttachmentPolicy):
    """The attachment policy as it was saved."""

    warnings: list[Problem] = Field(description="What of it has no effect as the other settings are now.")


class Announcement(BaseModel):
    """An announcement about the credentials."""

    at: datetime
    state: str
    codes: list[str] = Field(description="The codes of the problems that were announced.")


class RefusedCredentials(BaseModel):
    """That the portal refuses the credentials now: why, since when, and who must act where."""

    code: str = Field(description="`credentials_…`, as in the problems.")
    fr: str
    en: str
    suspected: bool = Field(description="PISTE refuses, as it also does to good keys: it may pass within 15 minutes.")
    actor: ResponsibleParty = Field(description="Who must act.")
    actor_fr: str = Field(description="The same in French.")
    actor_en: str = Field(description="The same in English.")
    where_fr: str = Field(description="Where, in French.")
    where_en: str = Field(description="Where, in English.")
    since: datetime | None
    tried_again_at: datetime | None = Field(description="Calls pause until then; saving credentials ends the pause.")


CredentialsView = _of_supplier(
    "CredentialsView",
    "What is known about a supplier's credentials, and what was announced about them.",
    SHOWN_OF_CREDENTIALS,
    platform=(
        PortalPlatform,
        Field(description="The portal that this installation speaks to; `other`: neither of its two, a simulator."),
    ),
    refused=(RefusedCredentials | None, Field(description="null: the portal does not refuse them, as far as known.")),
    announcements=(list[Announcement], ...),
)


class SupplierDeletion(BaseModel):
    """How far a supplier's deletion is; when it is over, `export` links to everything that was there."""

    status: Literal["deleting", "deleted"]
    doing: Literal["messages", "export", "files", "records"] | None = Field(
        description="The step under way; null: it is over. `messages`: its messages are being delivered or withdrawn."
    )
    exported: int | None = Field(description="Lines exported so far.")
    removed: int = Field(description="Records removed so far.")
    export: FileLink | None


class MemberView(Member):
    """One principal's rights on a supplier, with its name on demand."""

    name: str = sometimes(
        "Given with `names=true`: the name that a person signs in with, or a system's. Absent for a group, for a "
        "member that has not accepted, and while the user pool does not answer."
    )


class MemberList(BaseModel):
    """Who has which rights on a supplier."""

    members: list[MemberView]


class SubscriberView(Subscriber):
    """A principal that gets one kind of notification, and what is known of its e-mail address."""

    email_state: AddressState | None = Field(
        description="`asked`: it gets nothing until its owner agrees. `confirmed`: they did. `bounced`, `complained`: "
        "it gets nothing more. null: nothing was asked; it gets e-mail if it is the member's own verified address."
    )
    warning: Problem = sometimes(
        "Why the principal hears nothing with the rights that it has now; in the answer to a subscription."
    )


class SubscriberList(BaseModel):
    """Who receives which notifications."""

    subscribers: list[SubscriberView]


class ConfigurationChange(Change):
    """One change: who made it, when, and the values before and after."""

    event: Annotated[str, Field(json_schema_extra={"x-extensible-enum": list(EVENTS)})] = Field(
        description="What happened, without the id of the item; later versions may add some."
    )


class ChangeList(BaseModel):
    """Lines of the configuration's audit trail, newest first, and the cursor of the next page."""

    changes: list[ConfigurationChange]
    cursor: str | None


class StructureRights(BaseModel):
    """What the caller may do for a structure: roles for a public body, and a right to its messages.

    A caller with several subscriptions to one structure, its own and those of its groups, has one entry for each.
    """

    siret: str
    roles: list[Role] = Field(description="The caller's roles for a public body; a supplier's are under `suppliers`.")
    mode: Mode | None = Field(description="`read` its messages, or `write` them too; null: neither.")
    services: list[str] | None = Field(description="The services whose messages these are; null: all of them.")


class MeView(BaseModel):
    """The caller: who the token says it is, and what it may do here."""

    principal: str = Field(description="The token's `sub`: what rights are given to.")
    groups: list[str] = Field(description="The groups of the user pool the caller is in.")
    administers_installation: bool = Field(description="Whether the caller may create and delete suppliers.")
    suppliers: list[SupplierSummary]
    structures: list[StructureRights]


class SuppliersCredentials(BaseModel):
    """Whether the supplier can sign in to Chorus Pro, and until when."""

    saved: bool = Field(description="Whether there are any.")
    refused: str | None = Field(description="The problem's code, as the last call or trial found; null: none.")
    suspected: bool = Field(description="true: the refusal may still pass, because PISTE also refuses good keys.")
    password_expires_at: datetime | None = Field(description="When the technical account's password ends.")
    password_days_left: int | None = Field(description="Days until then, in Europe/Paris; negative: it has ended.")
    certificate_expires_at: datetime | None = Field(
        description="When the client certificate ends; null: another mode, or not known."
    )
    certificate_days_left: int | None = Field(description="Days until then, in Europe/Paris; negative: it has ended.")


class UnreadTotal(BaseModel):
    """How many notifications of a supplier the caller has not read."""

    total: int = Field(description="Among the newest hundred.")
    more: bool = Field(description="true: there are at least so many.")


class InvitationView(SupplierSummary):
    """Which supplier invites the caller, and to what: `roles` begin when it accepts."""

    accepted: bool = Field(description="Whether the caller has accepted already.")
    invited_by: str | None = Field(
        description="The name that the inviting person signs in with; null: it is not recorded, or not a member now."
    )


class SupplierLineView(SupplierSummary):
    """What waits at one supplier, and what holds it up."""

    automatic_submission: bool
    counters: dict[CounterName, int] | None = Field(description="null: `counters_missing` says why.")
    counters_missing: Literal["some_users_see_less", "not_counted_yet", "no_right_to_use"] | None = Field(
        description="`not_counted_yet`: the first call of `invoices.counts` counts them. `no_right_to_use`: the caller "
        "may only configure the supplier."
    )
    as_of: datetime | None = Field(description="The last change that is counted.")
    waiting_since: datetime | None = Field(
        description="When the oldest document came, or was sent back, that waits for a person."
    )
    credentials: SuppliersCredentials = Field(description="How it signs in to Chorus Pro.")
    paused_until: datetime | None = Field(
        description="Until when its calls of the portal rest, after failures or refusals; null: they do not."
    )


class OwnSupplier(SupplierSummary):
    """One supplier of the caller, with the caller's rights on it."""

    unread_notifications: UnreadTotal = sometimes("Given with `unread=true` to a caller who may use the supplier.")
    criteria: list[Criterion] = sometimes("Given with `criteria=true` to a caller who may use the supplier.")
    summary: SupplierLineView = sometimes("Given with `summary=true` to a caller who may use the supplier.")


class SuppliersSummary(BaseModel):
    """Some of the caller's suppliers, and the cursor of the next page."""

    suppliers: list[SupplierLineView]
    cursor: str | None
