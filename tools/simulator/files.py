"""The files that a supplier has uploaded to the portal (PDFs, flows, attachments), each with its owner and digest."""

from __future__ import annotations

import base64
import binascii
import hashlib
import itertools
from dataclasses import dataclass

from tools.simulator.refusals import refusal

MAX_FILE = 10 * 1024 * 1024
"""Bytes: one file by API."""
MAX_INVOICE = 120 * 1024 * 1024
"""Bytes: an invoice with all its attachments, or one download."""


@dataclass(frozen=True)
class StoredFile:
    id: int
    owner: str
    """Login of the technical account that sent it."""
    name: str
    extension: str
    content: bytes
    sha256: str

    @property
    def is_pdf(self) -> bool:
        return self.content[:1024].lstrip().startswith(b"%PDF-")


class FileStore:
    """Keeps every file of one simulator in memory."""

    def __init__(self) -> None:
        self._ids = itertools.count(7_000_001)
        self._files: dict[int, StoredFile] = {}

    def add(self, owner: str, name: str, content: bytes) -> StoredFile:
        extension = name.rpartition(".")[2].upper() if "." in name else ""
        digest = hashlib.sha256(content).hexdigest()
        stored = StoredFile(next(self._ids), owner, name, extension, content, digest)
        self._files[stored.id] = stored
        return stored

    def get(self, file_id: int, owner: str) -> StoredFile | None:
        """The file; None when it does not exist or another account sent it."""
        stored = self._files.get(file_id)
        return stored if stored and stored.owner == owner else None

    def of(self, owner: str) -> list[StoredFile]:
        return [stored for stored in self._files.values() if stored.owner == owner]

    def count(self) -> int:
        return len(self._files)


def decoded(operation: str, text: str) -> bytes:
    """The bytes of a base64 field; refused when it is not base64 or holds nothing."""
    try:
        content = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise refusal(operation, "invalid_base64") from None
    if not content:
        raise refusal(operation, "empty_file")
    return content


def require_file_name(operation: str, name: str) -> None:
    """At most 200 characters, an extension, no path."""
    if len(name) > 200:
        raise refusal(operation, "too_long", "nomFichier (200)")
    if "/" in name or "\\" in name or not name.rpartition(".")[0] or name.endswith("."):
        raise refusal(operation, "bad_name")
