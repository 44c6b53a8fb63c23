"""Box message_api. HTTP: « Mes messages » (inbox, outbox, distribution lists), and who may use it for whom."""

import uuid
from datetime import UTC, date, datetime
from http import HTTPStatus
from typing import Annotated, Any, Literal

from aws_lambda_powertools import Logger
from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path, Query
from aws_lambda_powertools.utilities.typing import LambdaContext
from pydantic import BaseModel, ConfigDict, Field

from chorus_connector.api.http import Caller, answer, caller, if_match, resolver
from chorus_connector.api.views import messages as views
from chorus_connector.domain.errors import Forbidden, NotFound
from chorus_connector.domain.messages import display
from chorus_connector.domain.messages.access import Mode, Subscription
from chorus_connector.domain.messages.message import MAX_LISTS, MAX_RECIPIENTS, Choice, Message
from chorus_connector.domain.messages.refusals import InvalidMessage, Refused, problem
from chorus_connector.domain.messages.structure import Address, Relation, StructureService
from chorus_connector.domain.suppliers.supplier import Role
from chorus_connector.usecases.messages.audience import Search
from chorus_connector.usecases.messages.reading import DEFAULT_LIMIT, InboxFilter, OutboxFilter, ReadInbox, list_line
from chorus_connector.wiring import messages as wiring

logger = Logger()
app = resolver()

Limit = Annotated[int, Query(ge=1, le=100)]
Cursor = Annotated[str | None, Query(max_length=2000)]
Text = Annotated[str | None, Query(max_length=250)]
Siret = Annotated[str, Query(min_length=14, max_length=14)]
OptionalSiret = Annotated[str | None, Query(min_length=14, max_length=14)]
SiretPath = Annotated[str, Path(pattern="^[0-9]{14}$")]
ReferencePath = Annotated[str, Path(pattern="^MSG_[0-9]{9}$")]
ListPath = Annotated[str, Path(pattern="^[0-9a-f]{12}$")]
PrincipalPath = Annotated[str, Path(max_length=128, pattern=r"^[A-Za-z0-9_.:@-]+$")]
Service = Annotated[str, Query(max_length=100)]
Day = Annotated[date | None, Query()]
WithCount = Annotated[bool, Query()]

_PRINTABLE = r"^[^\x00-\x1f\x7f]*$"
_ADDRESS = r"^[^@\s,;<>\"]+@[^@\s,;<>\"]+\.[A-Za-z0-9-]+$"
_LONGEST_TEXT = 100_000  # what a request may carry at all; the rule's own limit answers with its own code


class Recipient(BaseModel):
    """A structure, or one of its services."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    siret: str = Field(max_length=20)
    service: str = Field(default="", max_length=100)

    def address(self) -> Address:
        return Address(siret="".join(self.siret.split()), service=self.service)


class Chosen(BaseModel):
    """Whom a message is for."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    recipients: list[Recipient] = Field(default_factory=list, max_length=MAX_RECIPIENTS + 1)
    list_ids: list[Annotated[str, Field(max_length=32)]] = Field(default_factory=list, max_length=MAX_LISTS + 1)
    all_recipients: bool = False

    def choice(self) -> Choice:
        return Choice(
            recipients=tuple(each.address() for each in self.recipients),
            list_ids=tuple(self.list_ids),
            all_recipients=self.all_recipients,
        )


class MessageFields(Chosen):
    """A message's fields; what is not given stays as it is (a new one: empty, today to two weeks from now)."""

    sender_service: str = Field(default="", max_length=100)
    title: str = Field(default="", max_length=_LONGEST_TEXT)
    content: str = Field(default="", max_length=_LONGEST_TEXT)
    display_start: date | None = None
    display_end: date | None = None
    recipient_kind: Relation | None = None
    #: refused: questions on an invoice belong to « Sollicitations »
    invoice_number: str | None = Field(default=None, max_length=50)

    def given(self) -> dict[str, Any]:
        """The fields the caller named, as the domain has them."""
        if self.invoice_number is not None:
            raise InvalidMessage(problem("use_sollicitations", "invoice_number"))
        names = self.model_fields_set - {"invoice_number", "sender_siret", "send"}
        given = {name: getattr(self, name) for name in names}
        if "recipients" in given:
            given["recipients"] = self.choice().recipients
        if "list_ids" in given:
            given["list_ids"] = tuple(self.list_ids)
        return given


class NewMessage(MessageFields):
    """A message to save as a draft, or to send at once."""

    sender_siret: str = Field(min_length=14, max_length=14)
    send: bool = False


class NewList(BaseModel):
    """A distribution list to create."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    owner_siret: str = Field(min_length=14, max_length=14)
    owner_service: str = Field(default="", max_length=100)
    kind: Relation | None = None
    name: str = Field(default="", max_length=_LONGEST_TEXT)
    members: list[Recipient] = Field(default_factory=list, max_length=5000)


class ListChange(BaseModel):
    """What changes in a distribution list."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    name: str | None = Field(default=None, max_length=_LONGEST_TEXT)
    add: list[Recipient] = Field(default_factory=list, max_length=5000)
    remove: list[Recipient] = Field(default_factory=list, max_length=5000)


class DescribedService(BaseModel):
    """One service of a structure."""

    code: str = Field(min_length=1, max_length=100, pattern=_PRINTABLE)
    label: str = Field(default="", max_length=200, pattern=_PRINTABLE)


class Description(BaseModel):
    """What is known of a structure."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    name: str = Field(default="", min_length=1, max_length=200, pattern=_PRINTABLE)
    postal_code: str = Field(default="", max_length=10, pattern=_PRINTABLE)
    town: str = Field(default="", max_length=100, pattern=_PRINTABLE)
    email: str | None = Field(default=None, max_length=254, pattern=_ADDRESS)
    services: list[DescribedService] = Field(default_factory=list, max_length=500)

    def given(self) -> dict[str, Any]:
        given = {name: getattr(self, name) for name in self.model_fields_set - {"siret"}}
        if "services" in given:
            given["services"] = tuple(StructureService(code=each.code, label=each.label) for each in self.services)
        return given


class NewStructure(Description):
    """A public body to know on this installation."""

    siret: str = Field(max_length=20)
    name: str = Field(min_length=1, max_length=200, pattern=_PRINTABLE)


class NewMember(BaseModel):
    """What a principal may do for a structure."""

    role: Role


class NewSubscription(BaseModel):
    """What a user may do with a structure's messages; ``services`` null is the whole structure."""

    mode: Mode
    services: list[Annotated[str, Field(max_length=100)]] | None = Field(default=None, max_length=500)


# --- the three places ----------------------------------------------------------------------------------


@app.get("/messages")
def places() -> Response[str]:
    """The places, where this user stands in them, and what this space is not."""
    subscriptions = _subscriptions(caller(app))
    return answer(
        {
            "places": {"inbox": "/messages/inbox", "outbox": "/messages/outbox", "lists": "/messages/lists"},
            "subscriptions": [views.subscription_view(each) for each in subscriptions],
            "notice": {
                "fr": "Annonces générales entre structures ayant échangé une facture, sans réponse possible. Une "
                "question sur une facture se pose dans « Sollicitations ». Les messages restent sur cette "
                "installation : Chorus Pro n'offre pas d'API pour « Mes messages ».",
                "en": "General announcements between structures that exchanged an invoice, without replies. A "
                "question on an invoice belongs to « Sollicitations ». Messages stay on this installation: "
                "Chorus Pro offers no API for « Mes messages ».",
            },
        }
    )


@app.get("/messages/notifications")
def notifications() -> Response[str]:
    """The newest messages this user has not read, and how many there are."""
    reader = _inbox()
    unread, now = InboxFilter(unread=True), datetime.now(UTC)
    page = reader.page(unread, sort="-received_at", limit=DEFAULT_LIMIT, cursor=None, now=now)
    total = reader.count(unread, now=now)
    newest = [views.received_line_view(line) for line in page.items]
    return answer({"unread": newest, "count": total.value, "count_is_exact": total.exact})


# --- inbox ---------------------------------------------------------------------------------------------------


@app.get("/messages/inbox")
def list_inbox(
    *,
    view: Annotated[Literal["current", "archive"], Query()] = "current",
    sender: OptionalSiret = None,
    recipient: OptionalSiret = None,
    unread: Annotated[bool | None, Query()] = None,
    sort: Annotated[str, Query(max_length=50)] = "-received_at",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    count: WithCount = False,
) -> Response[str]:
    wanted = InboxFilter(view=view, sender=sender, recipient=recipient, unread=unread)
    reader, now = _inbox(), datetime.now(UTC)
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor, now=now)
    total = reader.count(wanted, now=now) if count else None
    return answer(views.page_of("messages", page, map(views.received_line_view, page.items), total))


@app.get("/messages/inbox/<siret>/<reference>")
def open_received(siret: SiretPath, reference: ReferencePath, service: Service = "") -> Response[str]:
    line, message = _inbox().open(siret, reference, service, now=datetime.now(UTC))
    return answer(views.received_view(line, message))


@app.put("/messages/inbox/<siret>/<reference>/read")
def mark_read(siret: SiretPath, reference: ReferencePath, service: Service = "") -> Response[str]:
    _inbox().mark(siret, reference, service, read=True)
    return answer({"read": True})


@app.delete("/messages/inbox/<siret>/<reference>/read")
def mark_unread(siret: SiretPath, reference: ReferencePath, service: Service = "") -> Response[str]:
    _inbox().mark(siret, reference, service, read=False)
    return answer({"read": False})


@app.post("/messages/inbox/<siret>/<reference>/replies")
def reply(siret: SiretPath, reference: ReferencePath, service: Service = "") -> Response[str]:
    """There are no replies, and this says so."""
    _inbox().open(siret, reference, service, now=datetime.now(UTC))
    raise Refused("messages_are_one_way")


# --- outbox --------------------------------------------------------------------------------------------------


@app.get("/messages/outbox")
def list_outbox(
    *,
    sender: OptionalSiret = None,
    state: Annotated[Literal["draft", "sent"] | None, Query()] = None,
    title: Text = None,
    reference: Text = None,
    start_from: Day = None,
    start_to: Day = None,
    end_from: Day = None,
    end_to: Day = None,
    sort: Annotated[str, Query(max_length=50)] = "-reference",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
    count: WithCount = False,
) -> Response[str]:
    wanted = OutboxFilter(sender, state, title, reference, start_from, start_to, end_from, end_to)
    reader = wiring.read_outbox((who := caller(app)).principal, _subscriptions(who))
    page = reader.page(wanted, sort=sort, limit=limit, cursor=cursor)
    today = display.today(datetime.now(UTC))
    lines = (views.message_line_view(each, today) for each in page.items)
    return answer(views.page_of("messages", page, lines, reader.count(wanted) if count else None))


@app.post("/messages/outbox")
def create_message(request: NewMessage) -> Response[str]:
    subscription = _subscription(request.sender_siret)
    message = wiring.write_messages(subscription).create(request.given(), send=request.send, now=datetime.now(UTC))
    return _message_answer(message, status=HTTPStatus.CREATED)


@app.get("/messages/outbox/<siret>/<reference>")
def read_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    return _message_answer(_own_message(siret, reference))


@app.patch("/messages/outbox/<siret>/<reference>")
def change_message(siret: SiretPath, reference: ReferencePath, request: MessageFields) -> Response[str]:
    message = wiring.write_messages(_subscription(siret)).edit(
        reference, request.given(), version=if_match(app), now=datetime.now(UTC)
    )
    return _message_answer(message)


@app.delete("/messages/outbox/<siret>/<reference>")
def delete_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    wiring.write_messages(_subscription(siret)).delete(reference, version=if_match(app))
    return answer({"deleted": reference})


@app.post("/messages/outbox/<siret>/<reference>/send")
def send_message(siret: SiretPath, reference: ReferencePath) -> Response[str]:
    message = wiring.write_messages(_subscription(siret)).send(reference, version=if_match(app), now=datetime.now(UTC))
    return _message_answer(message, status=HTTPStatus.ACCEPTED)


@app.get("/messages/outbox/<siret>/<reference>/recipients")
def list_recipients(
    siret: SiretPath,
    reference: str,
    limit: Limit = DEFAULT_LIMIT,
    cursor: Annotated[str | None, Query(max_length=200)] = None,
) -> Response[str]:
    """What became of each recipient, as deliveries go on; ``cursor`` is the last one shown."""
    _own_message(siret, reference)
    found, after = wiring.outbox(siret).deliveries(reference, after=cursor, limit=limit)
    return answer({"recipients": [views.delivery_view(each) for each in found], "cursor": after})


@app.post("/messages/outbox/<siret>/<reference>/recipients")
def add_recipients(siret: SiretPath, reference: ReferencePath, request: Chosen) -> Response[str]:
    message = wiring.write_messages(_subscription(siret)).add_recipients(
        reference, request.choice(), version=if_match(app), now=datetime.now(UTC)
    )
    return _message_answer(message, status=HTTPStatus.ACCEPTED)


def _own_message(siret: str, reference: str) -> Message:
    """A message the caller's subscription covers. Raises NotFound."""
    subscription = _subscription(siret)
    message = wiring.outbox(siret).get(reference)
    if not subscription.covers(message.sender_service):
        raise NotFound
    return message


def _message_answer(message: Message, *, status: HTTPStatus = HTTPStatus.OK) -> Response[str]:
    dispatches = wiring.outbox(message.sender_siret).dispatches(message.reference) if message.dispatches else ()
    today = display.today(datetime.now(UTC))
    return answer(views.message_view(message, dispatches, today), status=status, version=message.version)


# --- recipients ----------------------------------------------------------------------------------------------


@app.get("/messages/recipients/completion")
def complete_recipient(
    *,
    sender: Siret,
    prefix: Annotated[str, Query(max_length=20)] = "",
    kind: Annotated[Relation | None, Query()] = None,
    limit: Limit = 20,
) -> Response[str]:
    found = wiring.audience(_subscription(sender).siret).completed(kind, prefix, limit=limit)
    return answer({"recipients": [views.counterparty_view(each) for each in found]})


@app.get("/messages/recipients/search")
def search_recipients(
    *,
    sender: Siret,
    kind: Annotated[Relation | None, Query()] = None,
    identifier: Annotated[str, Query(max_length=20)] = "",
    designation: Annotated[str, Query(max_length=200)] = "",
    postal_code: Annotated[str, Query(max_length=10)] = "",
    town: Annotated[str, Query(max_length=100)] = "",
    limit: Limit = 20,
) -> Response[str]:
    search = Search("".join(identifier.split()), designation, postal_code, town)
    found = wiring.audience(_subscription(sender).siret).search(kind, search, limit=limit)
    return answer({"recipients": [views.counterparty_view(each) for each in found]})


# --- distribution lists --------------------------------------------------------------------------------------


@app.get("/messages/lists")
def list_lists(
    *,
    owner: OptionalSiret = None,
    kind: Annotated[Relation | None, Query()] = None,
    sort: Annotated[str, Query(max_length=50)] = "name",
    limit: Limit = DEFAULT_LIMIT,
    cursor: Cursor = None,
) -> Response[str]:
    reader = wiring.read_lists((who := caller(app)).principal, _subscriptions(who))
    page = reader.page(owner=owner, kind=kind, sort=sort, limit=limit, cursor=cursor)
    return answer(views.page_of("lists", page, map(views.list_line_view, page.items), None))


@app.post("/messages/lists")
def create_list(request: NewList) -> Response[str]:
    created = wiring.keep_lists(_subscription(request.owner_siret)).create(
        list_id=uuid.uuid4().hex[:12],
        name=request.name,
        service=request.owner_service,
        kind=request.kind,
        members=[each.address() for each in request.members],
        now=datetime.now(UTC),
    )
    line = list_line(created, wiring.structures().get(created.siret))
    return answer(views.list_view(line), status=HTTPStatus.CREATED, version=created.version)


@app.get("/messages/lists/<siret>/<list_id>")
def read_list(siret: SiretPath, list_id: ListPath) -> Response[str]:
    found = wiring.keep_lists(_subscription(siret)).get(list_id)
    return answer(views.list_view(list_line(found, wiring.structures().get(siret))), version=found.version)


@app.patch("/messages/lists/<siret>/<list_id>")
def change_list(siret: SiretPath, list_id: ListPath, request: ListChange) -> Response[str]:
    changed = wiring.keep_lists(_subscription(siret)).change(
        list_id,
        name=request.name,
        add=[each.address() for each in request.add],
        remove=[each.address() for each in request.remove],
        version=if_match(app),
        now=datetime.now(UTC),
    )
    return answer(views.list_view(list_line(changed, wiring.structures().get(siret))), version=changed.version)


@app.delete("/messages/lists/<siret>/<list_id>")
def delete_list(siret: SiretPath, list_id: ListPath) -> Response[str]:
    wiring.keep_lists(_subscription(siret)).delete(list_id, version=if_match(app))
    return answer({"deleted": list_id})


# --- structures and who may act for them ---------------------------------------------------------------------


@app.post("/structures")
def create_structure(request: NewStructure) -> Response[str]:
    _installation_administrator()
    created = wiring.administer_structures().create(request.given(), siret=request.siret)
    return answer(views.structure_view(created), status=HTTPStatus.CREATED, version=created.version)


@app.get("/structures/<siret>")
def read_structure(siret: SiretPath) -> Response[str]:
    who = caller(app)
    if not who.administers_installation and wiring.structures().subscription(who.principal, siret) is None:
        _structure_administrator(siret)
    structure = wiring.administer_structures().get(siret)
    return answer(views.structure_view(structure), version=structure.version)


@app.patch("/structures/<siret>")
def change_structure(siret: SiretPath, request: Description) -> Response[str]:
    if not caller(app).administers_installation:
        _structure_administrator(siret)
    structure = wiring.administer_structures().describe(siret, request.given(), version=if_match(app))
    return answer(views.structure_view(structure), version=structure.version)


@app.put("/structures/<siret>/members/<principal>")
def add_member(siret: SiretPath, principal: PrincipalPath, request: NewMember) -> Response[str]:
    _installation_administrator()
    structure = wiring.administer_structures().add_member(siret, principal, request.role)
    return answer({"siret": siret, "principal": principal, "role": request.role}, version=structure.version)


@app.get("/structures/<siret>/subscriptions")
def list_subscriptions(siret: SiretPath) -> Response[str]:
    _structure_administrator(siret)
    return answer({"subscriptions": list(map(views.subscription_view, wiring.structures().subscribers(siret)))})


@app.put("/structures/<siret>/subscriptions/<principal>")
def grant_subscription(siret: SiretPath, principal: PrincipalPath, request: NewSubscription) -> Response[str]:
    who = _structure_administrator(siret)
    granted = wiring.administer_structures().grant(
        siret,
        principal,
        mode=request.mode,
        services=tuple(request.services) if request.services is not None else None,
        by=who.principal,
        now=datetime.now(UTC),
    )
    return answer(views.subscription_view(granted))


@app.delete("/structures/<siret>/subscriptions/<principal>")
def revoke_subscription(siret: SiretPath, principal: PrincipalPath) -> Response[str]:
    _structure_administrator(siret)
    wiring.structures().unsubscribe(principal, siret)
    return answer({"revoked": principal})


# --- who calls -----------------------------------------------------------------------------------------------


def _installation_administrator() -> None:
    if not caller(app).administers_installation:
        raise Forbidden("installation_administrators")


def _structure_administrator(siret: str) -> Caller:
    """The caller, if they (or a group of theirs) administer the structure. Raises NotFound, Forbidden."""
    who = caller(app)
    wiring.administer_structures().check_administers(who.identities, siret)
    return who


def _subscription(siret: str) -> Subscription:
    """The caller's subscription to that structure; for a stranger it is not there. Raises NotFound."""
    found = wiring.structures().subscription(caller(app).principal, siret)
    if found is None:
        raise NotFound
    return found


def _subscriptions(who: Caller) -> list[Subscription]:
    return list(wiring.structures().subscriptions_of(who.principal))


def _inbox() -> ReadInbox:
    who = caller(app)
    return wiring.read_inbox(who.principal, _subscriptions(who))


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
