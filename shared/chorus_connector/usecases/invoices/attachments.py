"""Attachments: taken in as the portal would take them, and linked to the invoices they belong to."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import Invalid, NotFound, SupplierSuspended, WrongState
from chorus_connector.domain.invoices.attachments import (
    MAX_FILE_BYTES,
    MAX_LINKED,
    Attachment,
    AttachmentPolicy,
    LinkedAttachment,
    LinkRule,
    awaited_problem,
    belongs,
    checked_name,
    checked_size,
    linked,
    missing_problem,
    repeated_problem,
    rules_for,
    unknown_type,
    wish,
    withheld_problem,
)
from chorus_connector.domain.invoices.visibility import EVERYTHING, Visibility
from chorus_connector.domain.portal.answers import PortalFailure
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import AttachmentPage

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import AttachmentFiles, AttachmentStore
    from chorus_connector.ports.portal import Portal
    from chorus_connector.ports.suppliers import SupplierStore
    from chorus_connector.ports.values import PresignedUpload

WAIT_FOR_ATTACHMENTS = timedelta(hours=24)
"""How long an invoice waits for the attachments it announces before a person must decide."""
_READS_OF_A_PAGE = 10
_WITHHELD_NAMED = 20
"""How many files a warning names."""


@dataclass(frozen=True)
class NewAttachment:
    """The client's description of an attachment."""

    file_name: str
    classification_rule: str = ""
    metadata: dict[str, str] | None = None
    attachment_type: str | None = None
    #: the document it is uploaded for, if it is for one only
    document_id: str | None = None


@dataclass(frozen=True)
class TakeAttachments:
    """Accepts uploaded attachments; used by the function upload_intake. ``sight``: what the caller sees."""

    suppliers: SupplierStore
    attachments: AttachmentStore
    files: AttachmentFiles
    sight: Visibility = EVERYTHING

    def receive(self, new: NewAttachment, data: bytes, *, attachment_id: str, by: str, now: datetime) -> Attachment:
        """Store a file sent in the request.

        Raises SupplierSuspended, or Invalid if the portal would refuse it or the caller would not see it.
        """
        self._check(new)
        size = checked_size(len(data))
        attachment = self._attachment(new, attachment_id, by, now)
        stored = {"size": size, "sha256": _digest(data), "object_version": self.files.put(attachment_id, data)}
        attachment = attachment.model_copy(update=stored)
        self.attachments.add(attachment)
        return attachment

    def expect(
        self, new: NewAttachment, *, attachment_id: str, by: str, now: datetime
    ) -> tuple[Attachment, PresignedUpload]:
        """Announce an attachment whose file the client sends straight to the bucket, with the link for it.

        The link accepts no larger file than the portal does. Raises SupplierSuspended and Invalid.
        """
        self._check(new)
        attachment = self._attachment(new, attachment_id, by, now)
        self.attachments.add(attachment)
        return attachment, self.files.uploads.presign_upload(attachment_id, at_most=MAX_FILE_BYTES)

    def arrived(self, attachment_id: str, *, version: str) -> bool:
        """Store a file that was sent with a link, if it is the first; returns False for a later one, which is dropped.

        From now on the attachment is linked. Idempotent. ``version`` is the file that the bucket announces.
        """
        attachment, uploads = self.attachments.get(attachment_id), self.files.uploads
        if attachment.size is not None:
            return version == attachment.upload_version
        if not uploads.is_first(attachment_id, version):
            return False
        data = uploads.read(attachment_id, version)
        size, object_version = checked_size(len(data)), self.files.put(attachment_id, data)
        stored = {"size": size, "sha256": _digest(data), "object_version": object_version, "upload_version": version}
        self.attachments.arrived(attachment.model_copy(update=stored))
        return True

    def delete(self, attachment_id: str) -> None:
        """Delete the attachment's record. Raises NotFound.

        Invoices that were sent with it keep it at the portal. Its file stays in the bucket, because no function may
        delete files there.
        """
        self.attachments.delete(self.attachments.get(attachment_id))

    def download(self, attachment_id: str) -> str:
        """A link to the file. Raises NotFound, WrongState while it has not arrived."""
        attachment = self.attachments.get(attachment_id)
        if attachment.size is None:
            raise WrongState("EXPECTED", "download")
        return self.files.presign_download(attachment_id, attachment.file_name, attachment.object_version)

    def _attachment(self, new: NewAttachment, attachment_id: str, by: str, now: datetime) -> Attachment:
        return Attachment(
            attachment_id=attachment_id,
            file_name=checked_name(new.file_name),
            classification_rule=new.classification_rule,
            metadata=new.metadata or {},
            attachment_type=new.attachment_type,
            document_id=new.document_id,
            uploaded_at=now,
            uploaded_by=by,
            uploader_labels=self.sight.labels,
        )

    def _check(self, new: NewAttachment) -> None:
        supplier = self.suppliers.get()
        if not supplier.active:
            raise SupplierSuspended
        if new.attachment_type and (unknown := unknown_type([new.attachment_type], supplier.attachment_types)):
            raise Invalid.about(unknown.model_copy(update={"field": "attachment_type"}))
        self.sight.check_upload(new.metadata or {})


@dataclass(frozen=True)
class Links:
    """An invoice's attachments, the problems with them, and the reason to wait for more.

    ``found`` are those that the rules find. Some are not attached, because an uploader may not see both, or because
    another one has the same content (``repeated``, by id).
    """

    attachments: tuple[LinkedAttachment, ...] = ()
    problems: tuple[Problem, ...] = ()
    hold: Problem | None = None
    found: tuple[Attachment, ...] = ()
    repeated: frozenset[str] = frozenset()

    def seen_by(self, caller: Visibility) -> Links:
        """The attachments that the caller may see, with warnings that name those of them that are not attached.

        The warnings are not stored with the invoice: it would tell others about files that are hidden from them.
        """
        seen = {each.attachment_id: each.file_name for each in self.found if caller.sees_labelled(each.metadata)}
        attached = {each.attachment_id for each in self.attachments}
        left_out = {each: name for each, name in seen.items() if each not in attached}
        withheld = [name for each, name in left_out.items() if each not in self.repeated][:_WITHHELD_NAMED]
        repeated = [name for each, name in left_out.items() if each in self.repeated][:_WITHHELD_NAMED]
        warnings = ([withheld_problem(withheld)] if withheld else []) + (
            [repeated_problem(repeated)] if repeated else []
        )
        return replace(
            self,
            attachments=tuple(each for each in self.attachments if each.attachment_id in seen),
            problems=(*self.problems, *warnings),
        )


@dataclass(frozen=True)
class LinkAttachments:
    supplier: Supplier
    attachments: AttachmentStore

    @property
    def policy(self) -> AttachmentPolicy:
        return self.supplier.attachments

    def links(self, invoice: Invoice, *, now: datetime) -> Links:
        """The attachments linked now. An invoice that announces some waits a day for the first, then needs a person.

        A metadata that says neither yes nor no is a problem only for an invoice that has attachments.
        """
        wanted = wish(self.policy, invoice.metadata, invoice.send_attachments)
        if wanted == "no":
            return Links()
        here = self._linked(invoice)
        if isinstance(wanted, Problem):
            return Links(problems=(wanted,) if here.found else ())
        if here.attachments or wanted == "unsaid":
            return here
        name = self.policy.switch_metadata or ""
        if now - invoice.received_at < WAIT_FOR_ATTACHMENTS:
            return replace(here, hold=awaited_problem(name))
        return replace(here, problems=(missing_problem(name),))

    def _linked(self, invoice: Invoice) -> Links:
        """What the rules find, and those of it that are attached."""
        attached: dict[str, tuple[LinkRule, Attachment]] = {}
        found: dict[str, Attachment] = {}
        for rule, attachment in self._found(invoice):
            found[attachment.attachment_id] = attachment
            if self._both_see_both(invoice, attachment):
                attached.setdefault(attachment.attachment_id, (rule, attachment))
            if (
                len({each.content_key for _, each in attached.values()}) > MAX_LINKED
            ):  # one more than allowed, so that ``check_linked`` can report too many
                break
        sent = linked(self.policy, attached.values())
        repeated = frozenset(attached) - {each.attachment_id for each in sent}
        return Links(sent, found=tuple(found.values()), repeated=repeated)

    def _found(self, invoice: Invoice) -> Iterator[tuple[LinkRule, Attachment]]:
        for rule, key in rules_for(self.policy, invoice.filing):
            yield from ((rule, each) for each in self.attachments.found_by(key) if belongs(rule, each))

    def _both_see_both(self, invoice: Invoice, attachment: Attachment) -> bool:
        """Whether each uploader could see what the other uploaded.

        Nothing is added to an invoice that is hidden from who adds it, and no invoice takes along a hidden attachment.
        """
        label = self.supplier.user_label_metadata
        return Visibility(label, attachment.uploader_labels).sees(invoice) and Visibility(
            label, invoice.uploader_labels
        ).sees_labelled(attachment.metadata)


def visible_attachments(
    attachments: AttachmentStore, visibility: Visibility, *, limit: int, cursor: str | None
) -> AttachmentPage:
    """A page of the attachments that the user may see.

    It is full, so that its length does not tell that something is hidden, unless ten reads do not fill it.
    """
    seen: list[Attachment] = []
    for _ in range(_READS_OF_A_PAGE):
        page = attachments.page(limit=limit - len(seen), cursor=cursor)
        seen += [each for each in page.attachments if visibility.sees_labelled(each.metadata)]
        cursor = page.cursor
        if cursor is None or len(seen) == limit:
            break
    return AttachmentPage(tuple(seen), cursor)


def seen_attachments(
    invoice: Invoice, attachments: AttachmentStore, caller: Visibility
) -> tuple[LinkedAttachment, ...]:
    """Those attachments of the invoice's last check that the caller may see.

    What a deleted one was labelled with is no longer known: it is hidden from restricted users.
    """
    return tuple(each for each in invoice.attachments if _sees(caller, attachments, each.attachment_id))


def sees_every_attachment(invoice: Invoice, attachments: AttachmentStore, caller: Visibility) -> bool:
    """Whether the caller may see every file that was sent with the invoice.

    A restricted user may not, when the invoice was sent by other means: its attachments are not known then.
    """
    sent = (*(each.attachment_id for each in invoice.attachments), *invoice.completed_with)
    known = invoice.origin == "upload" or not caller.restricted
    return known and all(_sees(caller, attachments, each) for each in sent)


def _sees(caller: Visibility, attachments: AttachmentStore, attachment_id: str) -> bool:
    if not caller.restricted:
        return True
    try:
        return caller.sees_labelled(attachments.get(attachment_id).metadata)
    except NotFound:
        return False


def check_types(policy: AttachmentPolicy, portal: Portal) -> None:
    """Raise Invalid when the policy names a type that the portal does not have; do nothing if the portal is down."""
    if not policy.types:
        return
    try:
        known = {each.code for each in portal.attachment_types()}
    except PortalFailure:
        return
    if unknown := unknown_type(policy.types, known):
        raise Invalid.about(unknown)


def known_types(portal: Portal) -> dict[str, object]:
    """What a supplier's record keeps of the portal's types of attachments; nothing if the portal does not say."""
    try:
        return {"attachment_types": tuple(sorted({each.code for each in portal.attachment_types()}))}
    except PortalFailure:
        return {}


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
