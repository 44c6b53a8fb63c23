"""Takes ZIPs of documents: each file goes the way of an uploaded file; used by upload_intake and archive_intake.

The queue delivers at least once, and a worker may end anywhere. An entry always becomes the same document, so that
taking it again changes nothing. The record says after each few files what is left.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from chorus_connector.domain.errors import (
    AlreadyExists,
    FileTooComplex,
    Invalid,
    NotFound,
    SupplierSuspended,
    TooManyFiles,
)
from chorus_connector.domain.invoices.archive import (
    MAX_ARCHIVE_BYTES,
    Archive,
    ArchiveLine,
    archive_too_complex,
    archive_unreadable,
    entry_unreadable,
    first_line_of,
    folder_too_long,
    name_too_long,
)
from chorus_connector.domain.invoices.file_names import checked_file_name
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.invoices.visibility import Visibility
from chorus_connector.domain.problem import Problem
from chorus_connector.ports.values import ArchiveWork, PresignedUpload
from chorus_connector.usecases.invoices.intake import Upload, Uploader, filing_differs

if TYPE_CHECKING:
    from chorus_connector.domain.invoices.invoice import Invoice
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.invoices import ArchiveQueue, ArchiveReader, ArchiveStore, UploadedFiles
    from chorus_connector.usecases.invoices.intake import Intake
    from chorus_connector.usecases.invoices.visibility import VisibleInvoices

_LONGEST = 200
"""Characters of a file's name and of a folder, as for a single upload."""


@dataclass(frozen=True)
class NewArchive:
    """The client's description of a ZIP: its name, and the filing and metadata of each of its files."""

    file_name: str
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = field(default_factory=dict)
    append_folders: bool = False
    release: bool = False


@dataclass(frozen=True)
class ExpectArchives:
    """Announces ZIPs, and notices when one has arrived."""

    archives: ArchiveStore
    uploads: UploadedFiles
    queue: ArchiveQueue

    def expect(
        self, new: NewArchive, supplier: Supplier, *, archive_id: str, by: Uploader, now: datetime
    ) -> tuple[Archive, PresignedUpload]:
        """Announce a ZIP that the client sends straight to the bucket, with the link for it.

        Raises SupplierSuspended, and Invalid for a file name or a label that is refused.
        """
        if not supplier.active:
            raise SupplierSuspended
        checked_file_name(new.file_name)
        by.sight.check_upload(new.metadata)
        archive = Archive(
            supplier_id=supplier.supplier_id,
            archive_id=archive_id,
            file_name=new.file_name,
            classification_rule=new.classification_rule,
            folder=new.folder,
            metadata=new.metadata,
            append_folders=new.append_folders,
            release=new.release,
            received_at=now,
            changed_at=now,
            uploaded_by=by.principal,
            uploader_labels=by.sight.labels,
        )
        self.archives.add(archive)
        return archive, self.uploads.presign_upload(archive_id, at_most=MAX_ARCHIVE_BYTES)

    def arrived(self, archive_id: str, *, version: str, now: datetime) -> bool:
        """Have the ZIP taken that came first by the link; returns False for a later one, which is dropped."""
        archive = self.archives.get(archive_id)
        if not archive.upload_version:
            if version and not self.uploads.is_first(archive_id, version):
                return False
            archive = archive.next(now, upload_version=version or self._first(archive_id))
            self.archives.save(archive)
        if version and version != archive.upload_version:
            return False
        # also on a redelivery: the worker before may have died after its write
        self.queue.send(ArchiveWork(archive.supplier_id, archive_id))
        return True

    def _first(self, archive_id: str) -> str:
        try:
            return self.uploads.first(archive_id) or ""
        except TooManyFiles:
            raise NotFound from None


@dataclass(frozen=True)
class TakeArchives:
    """Takes the files of ZIPs that have arrived. ``at_once``: bytes that are inflated in one call."""

    supplier: Supplier
    archives: ArchiveStore
    uploads: UploadedFiles
    zips: ArchiveReader
    intake: Intake
    queue: ArchiveQueue
    at_once: int

    def take(self, archive_id: str, *, now: datetime, tries: int, may_go_on: Callable[[], bool]) -> Archive:
        """Take what is left of the ZIP. When time runs out another message continues.

        Raises FileTooComplex on the first of the ``tries``, if a busy machine can have caused it.
        """
        archive = self.archives.get(archive_id)
        if archive.state not in {"EXPECTED", "TAKING"} or not archive.upload_version:
            return archive
        if not self.supplier.active:
            return self._saved(archive.next(now, state="REFUSED", problem=_suspended()))
        data = self.uploads.read(archive_id, archive.upload_version)
        if archive.state == "EXPECTED":
            archive = self._saved(self._opened(archive, data, now, tries))
        while archive.state == "TAKING":
            waiting = [line for line in archive.lines if line.state == "WAITING"]
            if not waiting:
                return self._saved(archive.next(now, state="DONE"))
            if not may_go_on():
                self.queue.send(ArchiveWork(archive.supplier_id, archive_id))
                return archive
            taken = self._taken(archive, data, self._some(waiting), now)
            lines = tuple(taken.get(line.number, line) for line in archive.lines)
            archive = self._saved(archive.next(now, lines=lines))
        return archive

    def _saved(self, archive: Archive) -> Archive:
        self.archives.save(archive)
        return archive

    def _opened(self, archive: Archive, data: bytes, now: datetime, tries: int) -> Archive:
        try:
            listing = self.zips.listing(data)
        except FileTooComplex as died:
            if tries == 1 and not died.final:
                raise
            return archive.next(now, state="REFUSED", problem=archive_too_complex())
        if listing.problem is not None:
            return archive.next(now, state="REFUSED", problem=listing.problem)
        if not listing.entries:
            return archive.next(now, state="REFUSED", problem=archive_unreadable())
        return archive.next(now, state="TAKING", lines=tuple(map(first_line_of, listing.entries)))

    def _some(self, waiting: Sequence[ArchiveLine]) -> Sequence[ArchiveLine]:
        """The next lines, as many as are inflated at once; one at least."""
        size = 0
        for count, line in enumerate(waiting):
            size += line.size
            if size > self.at_once and count:
                return waiting[:count]
        return waiting

    def _taken(
        self, archive: Archive, data: bytes, lines: Sequence[ArchiveLine], now: datetime
    ) -> Mapping[int, ArchiveLine]:
        try:
            contents = self.zips.extract(data, [line.number for line in lines])
        except FileTooComplex:
            if len(lines) == 1:
                return {lines[0].number: _refused(lines[0], entry_unreadable())}
            return self._taken(archive, data, lines[: len(lines) // 2], now)  # the others come next
        pairs = zip(lines, contents, strict=True)
        return {line.number: self._line(archive, line, content, now) for line, content in pairs}

    def _line(self, archive: Archive, line: ArchiveLine, content: bytes | None, now: datetime) -> ArchiveLine:
        if content is None:
            return _refused(line, entry_unreadable())
        name, folder = line.name.rpartition("/")[2], archive.folder_of(line.name)
        if len(name) > _LONGEST:
            return _refused(line, name_too_long())
        if folder is not None and len(folder) > _LONGEST:
            return _refused(line, folder_too_long())
        upload = Upload(name, archive.classification_rule, folder, archive.metadata, release=archive.release)
        try:
            invoice = self._document(archive, line.number, upload, content, now)
        except AlreadyExists as hidden:
            return _refused(line, _known_to_others(hidden))
        except Invalid as refused:
            return _refused(line, refused.problems[0] if refused.problems else _as_problem(refused))
        own = invoice.document_id == archive.document_id_of(line.number)
        differs = () if own else self.intake.differing(invoice, upload)
        problem = filing_differs(invoice, differs) if differs else None
        became = {"state": "TAKEN" if own else "KNOWN", "document_id": invoice.document_id, "problem": problem}
        return line.model_copy(update=became)

    def _document(self, archive: Archive, number: int, upload: Upload, content: bytes, now: datetime) -> Invoice:
        """The document that the entry became, now or when an earlier worker took it."""
        document_id = archive.document_id_of(number)
        try:
            begun = self.intake.invoices.get(document_id)
        except NotFound:
            sight = Visibility(self.supplier.user_label_metadata, archive.uploader_labels)
            by = Uploader(archive.uploaded_by, sight)
            return self.intake.receive(upload, content, document_id=document_id, by=by, now=now)
        if begun.state is State.RECEIVED:  # that worker may have died before it stored the file
            self.intake.documents.put_original(document_id, content)
        return begun


@dataclass(frozen=True)
class SeenLine:
    """A line as a caller may see it, with the document's state now; None where they may not see the document."""

    line: ArchiveLine
    document: Invoice | None


def seen_lines(archive: Archive, invoices: VisibleInvoices) -> Iterable[SeenLine]:
    """The lines of a ZIP. A document that the caller may not see, or that is gone, is not named."""
    for line in archive.lines:
        document = None
        if line.document_id is not None:
            try:
                document = invoices.get(line.document_id)
            except NotFound:
                known = {"problem": None} if line.state == "KNOWN" else {}  # it names the document
                line = line.model_copy(update={"document_id": None, **known})  # noqa: PLW2901
        yield SeenLine(line, document)


def _refused(line: ArchiveLine, problem: Problem) -> ArchiveLine:
    return line.model_copy(update={"state": "REFUSED", "problem": problem})


def _as_problem(error: Invalid) -> Problem:
    return Problem(field=None, code=error.code, fr=error.fr, en=error.en)


def _known_to_others(error: AlreadyExists) -> Problem:
    """The problem for an uploader who may not see the document that has this file."""
    return Problem(field=None, code="duplicate_file", fr=error.fr, en=error.en)


def _suspended() -> Problem:
    error = SupplierSuspended()
    return Problem(field=None, code=error.code, fr=error.fr, en=error.en)
