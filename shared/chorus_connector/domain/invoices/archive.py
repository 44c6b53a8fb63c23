"""A ZIP of documents that was announced, and what became of each of its entries.

Its record lists every entry: also folders, empty files and the files that a system added, which are no documents.
"""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Literal

from pydantic import Field

from chorus_connector.domain.problem import Problem
from chorus_connector.domain.record import Record

MAX_ARCHIVE_BYTES = 100 * 1024 * 1024
MAX_ARCHIVE_FILES = 200
"""Files of one ZIP; folders and the files of a system are not counted."""
MAX_ARCHIVE_ENTRIES = 300
MAX_INFLATED = 300 * 1024 * 1024
"""Bytes of all files of one ZIP together, as its directory claims them. No more is ever inflated of an entry."""
MAX_LISTING = 60_000
"""Bytes of the names of one ZIP: its record is one item of the table (400 KB)."""

EntryKind = Literal["file", "folder", "system", "empty", "encrypted", "archive", "too_large"]
"""Only a ``file`` becomes a document."""
LineState = Literal["WAITING", "TAKEN", "KNOWN", "REFUSED", "SKIPPED"]
"""``KNOWN``: the file was uploaded before, and the line names its document. ``SKIPPED``: it is no file."""
ArchiveState = Literal["EXPECTED", "TAKING", "DONE", "REFUSED"]


class ArchiveEntry(Record):
    """One entry of a ZIP's directory: its number, its path with ``/`` between folders, and what it is."""

    number: int = Field(ge=0)
    name: str = Field(max_length=1000)
    kind: EntryKind
    size: int = Field(default=0, ge=0)


class ArchiveListing(Record):
    """What a ZIP contains, or the ``problem`` for which none of it is taken."""

    entries: tuple[ArchiveEntry, ...] = ()
    problem: Problem | None = None


class ArchiveLine(Record):
    """What became of one entry. ``number`` is its place in the ZIP, from 0."""

    number: int
    name: str
    state: LineState = "WAITING"
    size: int = 0
    document_id: str | None = None
    problem: Problem | None = None


class Archive(Record):
    """One ZIP of one supplier. ``version`` counts the writes; a store writes only the next one."""

    supplier_id: str
    archive_id: str
    file_name: str
    classification_rule: str | None = None
    folder: str | None = None
    metadata: dict[str, str] = Field(default_factory=dict)
    #: whether the folder inside the ZIP is appended to ``folder``
    append_folders: bool = False
    #: its files are read even when no criterion takes them
    release: bool = False
    state: ArchiveState = "EXPECTED"
    problem: Problem | None = None
    lines: tuple[ArchiveLine, ...] = ()
    received_at: datetime
    changed_at: datetime
    uploaded_by: str
    #: the labels that its uploader could see, in their matching form; None: every document
    uploader_labels: frozenset[str] | None = None
    #: the version of the upload that counts: of the file that came first
    upload_version: str = ""
    version: int = 1

    def next(self, now: datetime, **changes: object) -> Archive:
        return self.model_copy(update={**changes, "changed_at": now, "version": self.version + 1})

    def document_id_of(self, number: int) -> str:
        """The id of the document that an entry becomes: always the same, so that no entry becomes two."""
        return hashlib.sha256(f"{self.supplier_id}/{self.archive_id}/{number}".encode()).hexdigest()[:32]

    def folder_of(self, name: str) -> str | None:
        """The folder of a document made of the entry with that path."""
        inside = name.rpartition("/")[0].strip("/") if self.append_folders else ""
        return "/".join(filter(None, ((self.folder or "").rstrip("/"), inside))) or None


def first_line_of(entry: ArchiveEntry) -> ArchiveLine:
    """The first line of an entry: it waits, is skipped, or is refused."""
    line = ArchiveLine(number=entry.number, name=entry.name, size=entry.size)
    if entry.kind == "file":
        return line
    state = "SKIPPED" if entry.kind in {"folder", "system"} else "REFUSED"
    return line.model_copy(update={"state": state, "problem": _PROBLEMS[entry.kind]})


def _problem(code: str, fr: str, en: str) -> Problem:
    return Problem(field=None, code=code, fr=fr, en=en)


def archive_unreadable() -> Problem:
    return _problem(
        "archive_unreadable",
        "Ce n'est pas un ZIP lisible : il est incomplet, endommagé ou d'un autre format. Créez-le de nouveau.",
        "This is not a readable ZIP: it is incomplete, damaged or of another format. Make it again.",
    )


def too_many_files_in_archive() -> Problem:
    return _problem(
        "archive_too_many_files",
        "Le ZIP contient plus de 200 fichiers (ou plus de 300 entrées en tout) : aucun n'a été pris. Partagez-le.",
        "The ZIP has more than 200 files (or more than 300 entries in all): none was taken. Split it.",
    )


def archive_inflates_too_much() -> Problem:
    return _problem(
        "archive_inflates_too_much",
        "Les fichiers du ZIP dépassent ensemble 300 Mo une fois décompressés : aucun n'a été pris. Partagez-le.",
        "The files of the ZIP are more than 300 MB together when inflated: none was taken. Split it.",
    )


def archive_too_complex() -> Problem:
    return _problem(
        "archive_too_complex",
        "L'ouverture du ZIP a dépassé le temps ou la mémoire permis. Créez-le de nouveau, sans option particulière.",
        "Opening the ZIP exceeded the time or memory allowed. Make it again, without special options.",
    )


def entry_unreadable() -> Problem:
    return _problem(
        "archive_entry_unreadable",
        "Ce fichier du ZIP est endommagé ou compressé d'une manière inconnue. Ajoutez-le seul.",
        "This file of the ZIP is damaged or compressed in an unknown way. Upload it alone.",
    )


def folder_too_long() -> Problem:
    return _problem(
        "archive_folder_too_long",
        "Le dossier et le chemin dans le ZIP dépassent ensemble 200 caractères. Raccourcissez-les.",
        "The folder and the path inside the ZIP have more than 200 characters together. Shorten them.",
    )


def name_too_long() -> Problem:
    return _problem(
        "archive_name_too_long",
        "Le nom de ce fichier dépasse 200 caractères. Raccourcissez-le.",
        "The name of this file has more than 200 characters. Shorten it.",
    )


_PROBLEMS: dict[EntryKind, Problem] = {
    "folder": _problem(
        "archive_folder",
        "C'est un dossier : ses fichiers ont leurs propres lignes.",
        "This is a folder: its files have lines of their own.",
    ),
    "system": _problem(
        "archive_system_file",
        "Ce fichier a été ajouté par un système (macOS, Windows) et n'est pas un document.",
        "A system added this file (macOS, Windows); it is no document.",
    ),
    "empty": _problem(
        "archive_entry_empty",
        "Ce fichier est vide : exportez-le de nouveau.",
        "This file is empty: export it again.",
    ),
    "encrypted": _problem(
        "archive_entry_encrypted",
        "Ce fichier du ZIP est protégé par un mot de passe. Créez le ZIP sans protection.",
        "This file of the ZIP is protected by a password. Make the ZIP without protection.",
    ),
    "archive": _problem(
        "archive_nested",
        "Une archive dans un ZIP n'est pas ouverte. Ajoutez-la seule.",
        "An archive inside a ZIP is not opened. Upload it on its own.",
    ),
    "too_large": _problem(
        "pdf_too_large",
        "Le fichier dépasse 10 Mo, la limite de Chorus Pro. Réduisez-le, puis ajoutez-le.",
        "The file is larger than 10 MB, Chorus Pro's limit. Make it smaller and upload it.",
    ),
}
