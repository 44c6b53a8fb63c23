"""What the answers say of a message's recipients, before and after sending, for the API's description only."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.errors import TwoLanguages, sometimes
from chorus_connector.domain.messages.delivery import DeliveryOutcome, ListUsed


class DeliveryCounts(BaseModel):
    """How many recipients have each outcome. Later changes are in the message's sum, and not in its deliveries."""

    sent: int = Field(description="All recipients that the delivery is done with.")
    delivered: int
    emailed: int = Field(description="An e-mail was sent.")
    scheduled: int = Field(description="The display has not begun.")
    not_here: int = Field(description="No account on this installation and no address.")
    failed: int = Field(description="The address was refused.")
    bounced: int = Field(description="The e-mail came back: the address does not exist.")
    complained: int = Field(description="The e-mail was reported as spam.")
    too_late: int = Field(description="The display ended before the e-mail could leave.")
    withdrawn: int = Field(description="The sender's deletion withdrew it before the recipient received it.")
    read: int = Field(description="Structures, not persons, where the message was marked as read.")


class MessageDispatch(BaseModel):
    """One delivery of a message: the sending, or a later addition of recipients."""

    requested_at: datetime
    requested_by: str
    all_recipients: bool
    lists: list[ListUsed]
    done: bool
    progress: DeliveryCounts


class MessageProgress(DeliveryCounts):
    """How far all deliveries of a message are."""

    done: bool
    not_here_explanation: TwoLanguages = sometimes("Given when some recipients cannot receive here.")


class MessageDelivery(BaseModel):
    """What became of one recipient."""

    siret: str
    service: str
    name: str
    outcome: DeliveryOutcome = Field(
        description="`scheduled`: the display has not begun. `not_here`: no account on this installation and no "
        "address. `failed`: its address was refused. `bounced`: the e-mail came back. `complained`: it was reported as "
        "spam. `too_late`: the display ended before the e-mail could leave. `withdrawn`: the sender's deletion "
        "withdrew it before the recipient received it."
    )
    at: datetime = Field(description="When the outcome was decided.")
    read: bool = Field(description="Whether a person of the structure has marked the message as read.")
    explanation: TwoLanguages = sometimes("Given with `not_here`.")


class MessageDeliveryPage(BaseModel):
    """Some recipients of a sent message, and the cursor of the next page."""

    recipients: list[MessageDelivery]
    cursor: str | None


class PreviewedRecipient(BaseModel):
    """One recipient of a message that was not sent yet."""

    siret: str
    service: str
    name: str
    reach: Literal["here", "by_email", "not_here"] = Field(
        description="How it would receive the message today; `not_here`: not at all."
    )


class MessagePreview(BaseModel):
    """Who would receive a message today."""

    total: int = Field(description="Recipients that were looked at, 2,000 at most.")
    here: int = Field(description="Those with an account on this installation.")
    by_email: int = Field(description="Those without an account whose e-mail address is known.")
    not_here: int = Field(description="Those that would not receive it.")
    reachable: int = Field(description="`here` and `by_email` together.")
    reachable_is_exact: bool = Field(description="false: there are more recipients than were looked at.")
    warning: TwoLanguages = sometimes("Given when no recipient can receive it today.")
    recipients: list[PreviewedRecipient]
    cursor: str | None
