"""What the answers of « Mes messages » and of structures look like, for the API's description only."""

from datetime import date, datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.api.schemas.errors import TwoLanguages, sometimes
from chorus_connector.api.schemas.message_recipients import MessageDispatch, MessageProgress
from chorus_connector.domain.messages.access import MessageSubscription, PublicBodyMember
from chorus_connector.domain.messages.structure import Address, Relation, StructureService
from chorus_connector.domain.problem import Problem
from chorus_connector.domain.suppliers.supplier import Role


class MessagePlaces(BaseModel):
    """The paths of the three places."""

    inbox: str
    outbox: str
    lists: str


class OwnStructure(BaseModel):
    """A structure whose messages the caller is subscribed to."""

    siret: str
    name: str


class MessagesHome(BaseModel):
    """The three places, the caller's subscriptions, and what « Mes messages » is not."""

    places: MessagePlaces
    subscriptions: list[MessageSubscription]
    structures: list[OwnStructure] = Field(description="The structures of the subscriptions, by name.")
    notice: TwoLanguages


class ReceivedLine(BaseModel):
    """One line of the inbox."""

    reference: str = Field(description="`MSG_` and nine digits.")
    received_at: datetime
    title: str
    sender_siret: str
    sender_name: str
    sender_service: str
    display_start: date
    display_end: date
    recipient_siret: str
    recipient_service: str = Field(description="Empty: the structure as a whole.")
    read: bool | None = Field(description="Whether this caller has read it.")
    display_over: bool = Field(description="Whether its display period has ended: it is in the archive.")
    content: str = sometimes("Given with `content=true`, and when a text was searched.")


class ReceivedPage(BaseModel):
    """Some received messages, and the cursor of the next page."""

    messages: list[ReceivedLine]
    cursor: str | None
    complete: bool = Field(description="false: more match than can be sorted; narrow the filters.")
    count: int = sometimes("How many match; given with `count=true`.")
    count_is_exact: bool = sometimes("false: at least so many match.")


class ReceivedMessage(ReceivedLine):
    """A received message with its content."""

    content: str
    may_reply: bool = Field(description="Always false: messages are one-way.")


class UnreadMessages(BaseModel):
    """The newest messages that the caller has not read, and the number of all unread ones (or a lower bound)."""

    unread: list[ReceivedLine]
    count: int
    count_is_exact: bool = Field(description="false: at least so many.")


class MessageSender(BaseModel):
    """A structure that wrote to the caller's structures."""

    siret: str
    name: str = Field(description="Its present name.")
    messages: int = Field(description="How many of the messages that were looked at are from it.")


class MessageSenders(BaseModel):
    """What the inbox can be filtered by."""

    senders: list[MessageSender]
    recipients: list[OwnStructure]
    complete: bool = Field(description="false: only the 2,000 newest messages were looked at.")


class MarkedMessages(BaseModel):
    """How many messages were marked as read."""

    marked: int
    complete: bool = Field(description="false: there are more; repeat the call.")


class ReadMark(BaseModel):
    """Whether the caller has read the message."""

    read: bool


class MessageLine(BaseModel):
    """One line of the outbox."""

    reference: str = Field(description="`MSG_` and nine digits.")
    created_at: datetime
    sender_siret: str
    sender_name: str
    sender_service: str = Field(description="Empty: the structure as a whole.")
    title: str
    display_start: date | None
    display_end: date | None
    display_start_is_default: bool = Field(
        description="Of a draft: no person chose the day, so it is today until the draft is sent."
    )
    display_end_is_default: bool = Field(
        description="Of a draft: no person chose the day, so it is two weeks after the start."
    )
    state: Literal["draft", "sent", "withdrawn"] = Field(
        description="`withdrawn`: its sender's deletion began before its display."
    )
    sent_at: datetime | None
    version: int
    state_label: TwoLanguages
    over: bool = Field(description="Whether it was sent and its display period has ended, or it was withdrawn.")
    progress: MessageProgress


class MessagePage(BaseModel):
    """Some messages of the outbox, and the cursor of the next page."""

    messages: list[MessageLine]
    cursor: str | None
    complete: bool = Field(description="false: more match than can be sorted; narrow the filters.")
    count: int = sometimes("How many match; given with `count=true`.")
    count_is_exact: bool = sometimes("false: at least so many match.")


class MessageView(MessageLine):
    """A message of the outbox, whole, with what became of each delivery."""

    reachable: int = sometimes("How many of the recipients can receive it today; in the answer to a sending.")
    reachable_is_exact: bool = sometimes("false: only the first recipients were looked at.")
    warning: TwoLanguages = sometimes("Given when no recipient can receive it today.")
    content: str
    recipient_kind: Relation | None
    all_recipients: bool
    recipients: list[Address]
    list_ids: list[str]
    created_by: str
    changed_at: datetime
    changed_by: str
    deliveries: list[MessageDispatch]


class Correspondent(BaseModel):
    """A structure, or one of its services, that may be written to."""

    siret: str
    service: str
    name: str
    service_label: str
    postal_code: str
    town: str


class CorrespondentList(BaseModel):
    """Structures and services that may be written to, and the cursor of the next page."""

    recipients: list[Correspondent]
    cursor: str | None
    complete: bool = Field(description="false: the page stopped after many that did not match; go on with the cursor.")


class DistributionListLine(BaseModel):
    """One line of the distribution lists."""

    list_id: str
    name: str
    identifier: str = Field(description="The owner's SIRET.")
    designation: str = Field(description="The owner's name.")
    service_code: str = Field(description="The owning service; empty: the structure as a whole.")
    service_label: str
    kind: Relation
    kind_label: TwoLanguages
    members_count: int
    version: int


class DistributionListPage(BaseModel):
    """Some distribution lists, and the cursor of the next page."""

    lists: list[DistributionListLine]
    cursor: str | None
    complete: bool = Field(description="false: more match than can be sorted; narrow the filters.")


class DistributionListMember(Address):
    """A member of a distribution list."""

    name: str = Field(description="The structure's name.")
    service_label: str


class DistributionListView(DistributionListLine):
    """A distribution list with its members."""

    members: list[DistributionListMember]


class DeletedItem(BaseModel):
    """What was deleted."""

    deleted: str = Field(description="Its reference or id.")


class StructureView(BaseModel):
    """A structure as this installation knows it."""

    siret: str
    name: str
    public: bool = Field(description="Whether it is a public body.")
    public_by: Literal["installation", "portal", "siren"] = Field(
        description="Who says so: an administrator of the installation, the portal's directory, or the SIREN's first "
        "digit only."
    )
    postal_code: str
    town: str
    email: str | None = Field(description="Where messages go when it has no account here.")
    services: list[StructureService]
    has_account: bool = Field(description="false: it can be written to, it cannot receive here.")
    version: int
    warnings: list[Problem] = Field(
        description="A SIRET whose check digit is wrong, where such are accepted; in the answer to a change, services "
        "that it took out although subscriptions name them."
    )


class StructureMember(BaseModel):
    """What a principal may do for a structure."""

    siret: str
    principal: str
    role: Role


class StructureMemberList(BaseModel):
    """Who has a role for a public body."""

    members: list[PublicBodyMember]


class OwnSubscription(MessageSubscription):
    """The caller's own subscription to a structure's messages, accepted or not."""

    name: str


class MessageSubscriptionList(BaseModel):
    """Who is subscribed to a structure's messages."""

    subscriptions: list[MessageSubscription]


class Revocation(BaseModel):
    """Whose subscription or role was taken away."""

    revoked: str = Field(description="The principal.")
