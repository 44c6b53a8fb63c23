"""The keys of the single table. No other module writes one, and this one needs nothing but the standard library.

    PK                 SK                                       item
    SUPPLIER#<id>      SUPPLIER                                 the tenant's settings; by_readiness: next probe, removal
    SUPPLIER#<id>      AUDIT#<time>#<change>                    one change of the configuration
    SUPPLIER#<id>      SUPPLIER_EVENT#<version>                 one message to people about the supplier
    SUPPLIER#<id>      NOTIFY#<kind>#<principal>                one subscription to notifications
    SUPPLIER#<id>      BREAKER                                  the circuit breaker of this supplier's portal calls
    SUPPLIER#<id>      FOLLOWING                                the progress of tracking; by_readiness: its next run
    SUPPLIER#<id>      INVOICE#<document>                       one invoice and the lines of its audit trail
                                                                by_list: its list; by_readiness: next step
    SUPPLIER#<id>      COUNTS                                   how many documents are in which state
    SUPPLIER#<id>      READING#<document>                       what was read from the document
    SUPPLIER#<id>      LAYOUT#<layout>                          one design of its invoices, as persons taught it
    SUPPLIER#<id>      LAYOUTS                                  the version of all its layouts together
    SUPPLIER#<id>      EVENT#<document>#<version>               older lines of an invoice's audit trail
    SUPPLIER#<id>      EVENT#<document>#NOTE#<what>             one line about something that changed no version; in
                                                                older releases a version is in the place of NOTE
    SUPPLIER#<id>      NUMBER#<number>                          the document that claims an invoice number
    SUPPLIER#<id>      CONTENT#<sha256>                         the document that claims a file's content
    SUPPLIER#<id>      WORKING#<document>#<principal>           a principal works on the document, for some minutes
    SUPPLIER#<id>      TABLE#<kind>#<label>                     one row of a correspondence table
    SUPPLIER#<id>      RECIPIENT_SEARCH#<digest>                what a search of the directory found, for a month
    SUPPLIER#<id>      UNRESTRICTED                             the users table never had a row: all is seen
    SUPPLIER#<id>      PROPOSAL#<kind>#<value>#<label>          a proposed row that a person must accept or dismiss
    SUPPLIER#<id>      ATTACHMENT#<attachment>                  one attachment
    SUPPLIER#<id>      ATTACHED_BY#<digest>#<attachment>        a link to an attachment from a metadata name and value
    SUPPLIER#<id>      ARCHIVE#<archive>                        one ZIP of documents and its lines, for thirty days
    SUPPLIER#<id>      FEED#<notification>                      one notification, for ninety days
    SUPPLIER#<id>      HELD_GROUPS                              since when documents are held, by reason
    SUPPLIER#<id>      FEED_READ#<principal>                    the id before which a person has read everything
    SUPPLIER#<id>      FEED_READ#<principal>#<notification>     one later notification that a person has read
    SUPPLIER#<id>      DIGEST#<principal>                       a person's next e-mail; by_readiness: when it is due
    SUPPLIER#<id>      DIGEST_LINE#<principal>#<notification>   one notification of that e-mail
    SUPPLIER#<id>      EMAIL#<address>                          one e-mail address, by a digest: asked, agreed or off
    SUPPLIER#<id>      WEBHOOK#<endpoint>                       one webhook endpoint
    SUPPLIER#<id>      WEBHOOK_TRY#<endpoint>#<notification>    one webhook delivery, thirty days; by_readiness: retry
    SUPPLIER#<id>      WEBHOOK_SLOT#<number>                    a lease: one of the deliveries in progress
    ACCESS#<id>        ACCESS                                   the version of the supplier's access list
    ACCESS#<id>        MEMBER#<principal>                       one member with its roles on the supplier; by_principal
    STRUCTURE#<siret>  STRUCTURE                                the structure's description
    STRUCTURE#<siret>  AUDIT#<owner>#<time>#<change>            one change of its members or subscriptions
    STRUCTURE#<siret>  EXCHANGE#<relation>#<siret>#<service>    a counterparty of at least one invoice
    STRUCTURE#<siret>  SEARCH#<relation>#<field>#<word>#<siret> one word under which a counterparty is found; its
                                                                services: the same with #<service>
    STRUCTURE#<siret>  MESSAGE#<reference>                      one message that the structure wrote
    STRUCTURE#<siret>  DISPATCH#<reference>#<dispatch>          one delivery run of a message and its progress
    STRUCTURE#<siret>  MEMBERS#<reference>#<dispatch>#<part>    the members of a list when the message was sent
    STRUCTURE#<siret>  DELIVERY#<reference>#<siret>#<service>   the result for one recipient
    STRUCTURE#<siret>  OUTCOMES#<reference>                     counts of outcomes that changed later, of reading
    STRUCTURE#<siret>  OPENED#<reference>#<siret>               a recipient structure where a person has read it
    STRUCTURE#<siret>  EMAILED#<reference>#<siret>              a recipient that got an e-mail, in older releases
    STRUCTURE#<siret>  READ#<principal>#<reference>             one received message that a person has read
    STRUCTURE#<siret>  LIST#<list>                              one distribution list
    INBOX#<siret>      INBOX#<reference>#<service>              one message that the structure received; by_list
    AWAITED#<siret>    AWAITED#<reference>                      one message that waits for the structure's account or
                                                                address, until a month after its display
    ANNOUNCEMENT#<reference>  ANNOUNCEMENT                      what recipients read of a sent message, until it expires
    INBOX#<siret>      ARRIVAL#<reference>                      a message that its supplier is notified of, ninety days;
                                                                by_readiness: when its display begins
    SPACE#<siret>      MEMBER#<principal>                       one member with its roles on the structure; by_principal
    SPACE#<siret>      SUBSCRIBER#<principal>                   one subscription to its messages; by_principal
    SIRET#<siret>      SIRET                                    the tenant that claims a SIRET, and what it added there;
                                                                another identifier's key is <scheme>-<value>
    PORTAL#<address>   BREAKER                                  the circuit breaker of a portal gateway
    RECIPIENT#<siret>  RECIPIENT                                a cached answer of the portal's directory (public data)
    RECIPIENT#<siret>  SERVICES#<shard>                         some of the services of a structure with many
    LEASE#<kind>       RUN#<time>#<marks>                       due work that a run handed out; by_readiness: its lease
    IDEMPOTENCY#<hash> IDEMPOTENCY                              the answer to a request with a key, for a day
    QUOTA#<kind>#<id>  QUOTA#<kind>#<time>                      requests counted in one window, until it ends
    COUNTER#messages   COUNTER                                  the last message reference
    INSTALLATION       SUPPLIER#<id>                            the id of every tenant
    INSTALLATION       DEFAULT_SUPPLIER                         the default tenant was created once
    INSTALLATION       DELETED#<id>                             the record of a deleted tenant

    index by_list, per partition       list_sort                items in it
    PK                                 <list>#<time>#<document> the invoices of one list (to_process, tracking, …)
    PK                                 INBOX#<time>#<reference>#<service>   received messages

    index by_principal, per principal  PK                       items in it
    <principal>                        ACCESS#<id>              the principal's roles on a supplier
    <principal>                        SPACE#<siret>            its roles on a structure, its subscription to messages

    index by_readiness, keys only      ready_sort               items in it, each kind in one partition
    READY                              <time>#<invoice date>#<document>     invoices to send or reconcile
    LOOK                               <time>#<invoice date>#<document>     submitted invoices to poll
    LOOK and NIGHT                     <time>##<supplier>                   suppliers to track
    PROBE and LEAVING                  <time>#<supplier>                    credentials to probe, tenants to remove
    DIGEST                             <time>#<principal>                   e-mails to send
    WEBHOOK                            <time>#<endpoint>#<notification>     webhook deliveries to try again
    ARRIVAL                            <time>#<siret>#<reference>           messages whose display begins later
    MESSAGE                            <time>#<sender>#<reference>          messages to send by e-mail
    each kind that has leases          !<time>                              leases: before the due work that they are on

A function in the singular gives one item's key or sort key, a plural gives the prefix of all of them. Times are UTC.
Principals are percent-encoded in the keys of notifications only: a group's name may contain any character.
"""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime
from typing import Any, Literal
from urllib.parse import quote, unquote

Attributes = dict[str, dict[str, Any]]
"""Attributes of an item in the JSON of DynamoDB; a primary key is two of them."""

LIST_INDEX, LIST_SORT = "by_list", "list_sort"
LIST_ATTRIBUTES = ("data", "state")
"""What the index of lists contains besides keys. A projection cannot be changed, but the JSON in ``data`` may grow."""
PRINCIPAL_INDEX, PRINCIPAL = "by_principal", "principal"
DUE_INDEX, DUE_KIND, DUE_SORT = "by_readiness", "ready_kind", "ready_sort"
EXPIRES_AT = "expires_at"
"""The time to live, in seconds since 1970."""

SERVICE_SHARDS = 64
"""Items for the services of one structure: 5,000 services make items of 3 kB, and one transaction writes them all."""

LAST = "~"
"""Sorts after every character of a time or an id."""


def primary_key(partition: str, sort: str) -> Attributes:
    return {"PK": {"S": partition}, "SK": {"S": sort}}


def sortable_time(moment: datetime) -> str:
    """UTC text of constant width, so that text order is time order."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def kind_and_rest(key: str) -> tuple[str, str]:
    """``("MEMBER", "<principal>")`` for ``MEMBER#<principal>``; the rest is empty where there is none."""
    kind, _, rest = key.partition("#")
    return kind, rest


def last_part(key: str) -> str:
    return key.rpartition("#")[2]


def after(prefix: str, key: str) -> str | None:
    """The rest of a key that starts with the prefix, else None."""
    return key.removeprefix(prefix) if key.startswith(prefix) else None


def just_after(sort: str) -> str:
    """A lower bound that excludes the sort key itself and includes every later id."""
    return f"{sort}#"


# --- partitions, and the items that have a partition of their own ---------------------------------------------

SUPPLIERS, STRUCTURES, PORTALS = "SUPPLIER#", "STRUCTURE#", "PORTAL#"
ACCESS_LISTS, SPACES, INBOXES, AWAITED = "ACCESS#", "SPACE#", "INBOX#", "AWAITED#"
ANNOUNCEMENTS, ANNOUNCEMENT = "ANNOUNCEMENT#", "ANNOUNCEMENT"
SIRETS, RECIPIENTS, IDEMPOTENCY_KEYS = "SIRET#", "RECIPIENT#", "IDEMPOTENCY#"
QUOTAS, LEASES = "QUOTA#", "LEASE#"
INSTALLATION, REFERENCES = "INSTALLATION", "COUNTER#messages"

SUPPLIER, STRUCTURE, BREAKER, RECIPIENT, SIRET = "SUPPLIER", "STRUCTURE", "BREAKER", "RECIPIENT", "SIRET"


def supplier(supplier_id: str) -> str:
    """A supplier's partition; the same text is its sort key under the installation."""
    return f"{SUPPLIERS}{supplier_id}"


def structure(siret: str) -> str:
    """A structure's own messages, lists and counterparties."""
    return f"{STRUCTURES}{siret}"


def access_list(supplier_id: str) -> str:
    """Who has which roles on a supplier: the only place where such a right is written."""
    return f"{ACCESS_LISTS}{supplier_id}"


def space(siret: str) -> str:
    """Who has which roles on a structure, and who is subscribed to its messages."""
    return f"{SPACES}{siret}"


def inbox(siret: str) -> str:
    """What a structure received. A partition of its own, because other structures' messages are delivered into it."""
    return f"{INBOXES}{siret}"


def awaited(siret: str) -> str:
    """What a structure without an account was to receive: SIRETs and references, and nothing that a message says."""
    return f"{AWAITED}{siret}"


def of_supplier(supplier_id: str) -> tuple[str, ...]:
    """The partitions of one supplier."""
    return supplier(supplier_id), access_list(supplier_id)


def of_messages(siret: str) -> tuple[str, ...]:
    """The partitions of one structure's messages."""
    return structure(siret), space(siret), inbox(siret)


def of_siret(siret: str) -> tuple[str, ...]:
    """The partitions that name one SIRET and belong to it."""
    return f"{SIRETS}{siret}", *of_messages(siret)


def messages_and_lists(siret: str) -> tuple[tuple[str, str], ...]:
    """The partitions and prefixes of what a structure wrote, what it received, and its lists."""
    return (structure(siret), MESSAGES), (structure(siret), LISTS), (inbox(siret), RECEIVED_MESSAGES)


def portal(address: str) -> str:
    return f"{PORTALS}{address}"


def supplier_record(supplier_id: str) -> Attributes:
    return primary_key(supplier(supplier_id), SUPPLIER)


def structure_record(siret: str) -> Attributes:
    return primary_key(structure(siret), STRUCTURE)


def announcement(reference: str) -> Attributes:
    """What all recipients of a sent message read, outside every structure's partition."""
    return primary_key(f"{ANNOUNCEMENTS}{reference}", ANNOUNCEMENT)


def siret_claim(siret: str) -> Attributes:
    return primary_key(f"{SIRETS}{siret}", SIRET)


def recipient(siret: str) -> Attributes:
    return primary_key(f"{RECIPIENTS}{siret}", RECIPIENT)


def recipient_services(siret: str, shard: int) -> Attributes:
    return primary_key(f"{RECIPIENTS}{siret}", f"SERVICES#{shard:02d}")


def service_shard(matching: str) -> int:
    """The number of the item that has the services with this code or label, given in its matching form."""
    return zlib.crc32(matching.encode()) % SERVICE_SHARDS


def breaker(partition: str) -> Attributes:
    """The circuit breaker of a portal or of a supplier."""
    return primary_key(partition, BREAKER)


def idempotency(request: str) -> Attributes:
    return primary_key(f"{IDEMPOTENCY_KEYS}{request}", "IDEMPOTENCY")


def quota(holder_kind: str, holder_id: str, kind: str, begin: datetime) -> Attributes:
    return primary_key(f"{QUOTAS}{holder_kind}#{holder_id}", f"{QUOTAS}{kind}#{sortable_time(begin)}")


def last_reference() -> Attributes:
    return primary_key(REFERENCES, "COUNTER")


def supplier_of_installation(supplier_id: str) -> Attributes:
    return primary_key(INSTALLATION, supplier(supplier_id))


def default_supplier() -> Attributes:
    return primary_key(INSTALLATION, "DEFAULT_SUPPLIER")


def deleted_supplier(supplier_id: str) -> Attributes:
    return primary_key(INSTALLATION, f"DELETED#{supplier_id}")


# --- sort keys of a supplier's partition ---------------------------------------------------------------------

AUDIT_LINES, MEMBERS, NOTIFICATION_SUBSCRIPTIONS = "AUDIT#", "MEMBER#", "NOTIFY#"
SUPPLIER_EVENTS, INVOICES, PROPOSALS, ATTACHMENTS = "SUPPLIER_EVENT#", "INVOICE#", "PROPOSAL#", "ATTACHMENT#"
HELD_GROUPS = "HELD_GROUPS"
NOTIFICATIONS, ENDPOINTS, EMAIL_ADDRESSES = "FEED#", "WEBHOOK#", "EMAIL#"
ACCESS, TRACKING, UNRESTRICTED, COUNTS = "ACCESS", "FOLLOWING", "UNRESTRICTED", "COUNTS"
RECIPIENT_SEARCHES = "RECIPIENT_SEARCH#"
LAYOUTS, LAYOUTS_VERSION = "LAYOUT#", "LAYOUTS"
LAYOUTS_AND_VERSION = "LAYOUT"
"""The prefix of both."""
MEMBER, SUBSCRIBER = "MEMBER", "SUBSCRIBER"


def audit_line(at: datetime, change_id: str) -> str:
    return f"{AUDIT_LINES}{sortable_time(at)}#{change_id}"


def supplier_event(version: int) -> str:
    return f"{SUPPLIER_EVENTS}{version:08d}"


def member(principal_id: str) -> str:
    """A member of a supplier or of a structure."""
    return f"{MEMBERS}{principal_id}"


def notification_subscription(kind: str, principal_id: str) -> str:
    return f"{NOTIFICATION_SUBSCRIPTIONS}{kind}#{principal_id}"


def invoice(document_id: str) -> str:
    return f"{INVOICES}{document_id}"


def unrestricted(supplier_id: str) -> Attributes:
    """Exists until the first row of the users table is written; never again afterwards."""
    return primary_key(supplier(supplier_id), UNRESTRICTED)


def counts(supplier_id: str) -> Attributes:
    """How many documents the supplier has in each state."""
    return primary_key(supplier(supplier_id), COUNTS)


def reading(document_id: str) -> str:
    return f"READING#{document_id}"


def layout(layout_id: str) -> str:
    return f"{LAYOUTS}{layout_id}"


def document(supplier_id: str, document_id: str) -> list[Attributes]:
    """The items that make one document, whose keys follow from its id."""
    own = supplier(supplier_id)
    return [primary_key(own, invoice(document_id)), primary_key(own, reading(document_id))]


def events(document_id: str) -> str:
    return f"EVENT#{document_id}#"


def event(document_id: str, version: int) -> str:
    return f"{events(document_id)}{version:08d}"


def note(document_id: str, action: str, detail: str) -> str:
    return f"{events(document_id)}NOTE#{action}#{detail}"


def version_of_event(event_key: str) -> int:
    """The version in the key of an invoice's event; the key of a note has one in older releases only."""
    return int(event_key.split("#")[2])


def is_note(event_key: str) -> bool:
    """Whether the event is no change of the invoice."""
    return event_key.count("#") > 2


WORK_CLAIMS = "WORKING#"


def work_claims(document_id: str) -> str:
    return f"{WORK_CLAIMS}{document_id}#"


def work_claim(document_id: str, principal_id: str) -> str:
    return f"{work_claims(document_id)}{principal_id}"


def number_claim(number: str) -> str:
    return f"NUMBER#{number}"


def content_claim(sha256: str) -> str:
    return f"CONTENT#{sha256}"


def table_row(kind: str, label: str) -> str:
    """One row of a correspondence table; with the start of a label, the prefix of all rows that start so."""
    return f"TABLE#{kind}#{label}"


def proposal(proposal_key: str) -> str:
    return f"{PROPOSALS}{proposal_key}"


def recipient_search(query: str) -> str:
    """The answer to one query of the portal's directory. A digest, because a query has texts of users."""
    return f"{RECIPIENT_SEARCHES}{hashlib.sha256(query.encode()).hexdigest()[:32]}"


def attachment(attachment_id: str) -> str:
    return f"{ATTACHMENTS}{attachment_id}"


def archive(archive_id: str) -> str:
    return f"ARCHIVE#{archive_id}"


def attachment_links(name: str, value: str) -> str:
    """Links of one metadata name and value. A digest, because a value may have 2,000 characters."""
    digest = hashlib.sha256(f"{name}\0{value}".encode()).hexdigest()[:32]
    return f"ATTACHED_BY#{digest}#"


def attachment_link(name: str, value: str, attachment_id: str) -> str:
    return f"{attachment_links(name, value)}{attachment_id}"


def notification(notification_id: str) -> str:
    return f"{NOTIFICATIONS}{notification_id}"


def read_before(principal_id: str) -> str:
    return f"FEED_READ#{_encoded(principal_id)}"


def read_notification(principal_id: str, notification_id: str) -> str:
    return f"{read_before(principal_id)}#{notification_id}"


def digest(principal_id: str) -> str:
    return f"DIGEST#{_encoded(principal_id)}"


def principal_of_digest(sort: str) -> str:
    return unquote(sort.removeprefix("DIGEST#"))


def digest_lines(principal_id: str) -> str:
    return f"DIGEST_LINE#{_encoded(principal_id)}#"


def digest_line(principal_id: str, notification_id: str) -> str:
    return f"{digest_lines(principal_id)}{notification_id}"


def email_address(address_id: str) -> str:
    return f"{EMAIL_ADDRESSES}{address_id}"


def endpoint(endpoint_id: str) -> str:
    return f"{ENDPOINTS}{endpoint_id}"


def webhook_deliveries(endpoint_id: str) -> str:
    return f"WEBHOOK_TRY#{endpoint_id}#"


def webhook_delivery(endpoint_id: str, notification_id: str) -> str:
    return f"{webhook_deliveries(endpoint_id)}{notification_id}"


def endpoint_and_notification(sort: str) -> tuple[str, str]:
    """What ``webhook_delivery`` was given."""
    endpoint_id, _, notification_id = sort.removeprefix("WEBHOOK_TRY#").partition("#")
    return endpoint_id, notification_id


def delivery_slot(number: int) -> str:
    return f"WEBHOOK_SLOT#{number}"


def _encoded(principal_id: str) -> str:
    return quote(principal_id, safe=":")


# --- sort keys of a structure's partitions -------------------------------------------------------------------

SUBSCRIBERS = "SUBSCRIBER#"
MESSAGES, DISPATCHES, RECEIVED_MESSAGES, LISTS = "MESSAGE#", "DISPATCH#", "INBOX#", "LIST#"
ARRIVALS = "ARRIVAL#"
AWAITED_MESSAGES, READ_MESSAGES = "AWAITED#", "READ#"


def structure_audit_lines(owner: str) -> str:
    """Lines of the time when the structure was a part of that supplier; empty: when it existed on its own."""
    return f"{AUDIT_LINES}{owner}#"


def structure_audit_line(owner: str, at: datetime, change_id: str) -> str:
    return f"{structure_audit_lines(owner)}{sortable_time(at)}#{change_id}"


def subscriber(principal_id: str) -> str:
    return f"{SUBSCRIBERS}{principal_id}"


def counterparties(relation: str) -> str:
    return f"EXCHANGE#{relation}#"


def counterparty(relation: str, siret: str, service: str) -> str:
    return f"{counterparties(relation)}{siret}#{service}"


def counterparties_found_by(relation: str, field: str, word: str) -> str:
    """Every word that starts with ``word``."""
    return f"SEARCH#{relation}#{field}#{word}"


def counterparty_found_by(relation: str, field: str, word: str, siret: str, service: str) -> str:
    found = f"{counterparties_found_by(relation, field, word)}#{siret}"
    return f"{found}#{service}" if service else found


def message(reference: str) -> str:
    return f"{MESSAGES}{reference}"


def dispatch(reference: str, dispatch_key: str) -> str:
    return f"{DISPATCHES}{reference}#{dispatch_key}"


def reference_and_dispatch(sort: str) -> tuple[str, str]:
    """What ``dispatch`` was given."""
    reference, _, dispatch_key = sort.removeprefix(DISPATCHES).partition("#")
    return reference, dispatch_key


def first_dispatches(reference: str) -> str:
    return f"{DISPATCHES}{reference}#deliver#"


def dispatch_members(reference: str, dispatch_key: str, part: int) -> str:
    return f"MEMBERS#{reference}#{dispatch_key}#{part:03d}"


def deliveries(reference: str) -> str:
    return f"DELIVERY#{reference}#"


def deliveries_to(reference: str, siret: str) -> str:
    """The results for a structure and for its services."""
    return f"{deliveries(reference)}{siret}#"


def delivery(reference: str, siret: str, service: str) -> str:
    return f"{deliveries_to(reference, siret)}{service}"


def outcomes(reference: str) -> str:
    return f"OUTCOMES#{reference}"


def opened(reference: str, siret: str) -> str:
    return f"OPENED#{reference}#{siret}"


def awaited_message(reference: str) -> str:
    return f"{AWAITED_MESSAGES}{reference}"


def emailed(reference: str, siret: str) -> str:
    return f"EMAILED#{reference}#{siret}"


def received_message(reference: str, service: str) -> str:
    return f"{RECEIVED_MESSAGES}{reference}#{service}"


def reference_received(sort: str) -> str | None:
    """The reference that ``received_message`` was given; None for the key of anything else in an inbox."""
    rest = after(RECEIVED_MESSAGES, sort)
    return rest.partition("#")[0] if rest is not None else None


def arrival(siret: str, reference: str) -> Attributes:
    """The arrival of a message at a structure, in the partition of what it received."""
    return primary_key(inbox(siret), f"{ARRIVALS}{reference}")


def siret_and_reference(partition: str, sort: str) -> tuple[str, str]:
    """What ``arrival`` was given."""
    return partition.removeprefix(INBOXES), sort.removeprefix(ARRIVALS)


def read_message(principal_id: str, reference: str) -> str:
    return f"{READ_MESSAGES}{principal_id}#{reference}"


def distribution_list(list_id: str) -> str:
    return f"{LISTS}{list_id}"


# --- the index of lists --------------------------------------------------------------------------------------


def listed_in(list_name: str) -> str:
    return f"{list_name}#"


def listed_invoice(list_name: str, received_at: datetime, document_id: str) -> Attributes:
    return {LIST_SORT: {"S": f"{listed_in(list_name)}{sortable_time(received_at)}#{document_id}"}}


def received_at(place: str) -> str:
    """The sort key of a received message in the index; ``place`` starts with its time."""
    return f"{RECEIVED_MESSAGES}{place}"


# --- the index of principals ---------------------------------------------------------------------------------


def held_by(principal_id: str) -> Attributes:
    """Lists the item among the rights of that principal."""
    return {PRINCIPAL: {"S": principal_id}}


# --- the index of what is due --------------------------------------------------------------------------------

_LEASED = "!"
"""Sorts before every time."""

DUE_BEGIN = "0"
"""A lower bound of due work that excludes leases."""

DueKind = Literal["READY", "LOOK", "NIGHT", "PROBE", "LEAVING", "DIGEST", "WEBHOOK", "ARRIVAL", "MESSAGE"]


def due(kind: DueKind, sort: str) -> Attributes:
    """One partition for each kind: it takes 1,000 entries a second, and an invoice writes fewer than ten."""
    return {DUE_KIND: {"S": kind}, DUE_SORT: {"S": sort}}


def leases(kind: str) -> str:
    """What the runs that hand out this kind of work handed out."""
    return f"{LEASES}{kind}"


def lease(kind: DueKind, at: datetime, marks: str) -> Attributes:
    """A lease on the work that the marks represent. The query for what is due finds it too, and first."""
    return {**primary_key(leases(kind), f"RUN#{sortable_time(at)}#{marks}"), **due(kind, leased_since(at))}


def leased_since(begin: datetime) -> str:
    """A lower bound of the leases that were given at that time or later, and of all due work."""
    return f"{_LEASED}{sortable_time(begin)}"


def due_invoice(at: datetime, invoice_date: str, document_id: str) -> str:
    """With the invoice date, so that a run can sort its work without reading the invoices."""
    return f"{sortable_time(at)}#{invoice_date}#{document_id}"


def due_supplier(at: datetime, supplier_id: str) -> str:
    return f"{sortable_time(at)}#{supplier_id}"


def due_digest(at: datetime, principal_id: str) -> str:
    return f"{sortable_time(at)}#{_encoded(principal_id)}"


def due_webhook(at: datetime, endpoint_id: str, notification_id: str) -> str:
    return f"{sortable_time(at)}#{endpoint_id}#{notification_id}"


def due_arrival(at: datetime, siret: str, reference: str) -> str:
    return f"{sortable_time(at)}#{siret}#{reference}"


def due_message(at: datetime, sender_siret: str, reference: str) -> str:
    return f"{sortable_time(at)}#{sender_siret}#{reference}"


def due_until(now: datetime) -> str:
    """An upper bound that includes everything due at this very microsecond."""
    return f"{sortable_time(now)}#{LAST}"


def due_at(sort: str) -> datetime:
    return datetime.fromisoformat(sort.split("#", maxsplit=1)[0])


def invoice_date_of_due(sort: str) -> str:
    """The invoice date as ISO text; empty when there is none, or for a supplier's tracking."""
    return sort.split("#")[1]
