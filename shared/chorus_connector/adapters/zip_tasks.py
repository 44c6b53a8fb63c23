"""What the child process of ``sandbox`` does with a ZIP: list its entries, and inflate some of them.

Nothing is written anywhere: a path such as ``../../etc`` is a text; its last part becomes the document's name.
"""

from __future__ import annotations

import io
import json
import lzma
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence

from chorus_connector.domain.invoices.archive import (
    MAX_ARCHIVE_ENTRIES,
    MAX_ARCHIVE_FILES,
    MAX_INFLATED,
    MAX_LISTING,
    ArchiveEntry,
    ArchiveListing,
    EntryKind,
    archive_inflates_too_much,
    archive_unreadable,
    too_many_files_in_archive,
)
from chorus_connector.domain.problem import Problem

MAX_FILE = 10 * 1024 * 1024
"""Bytes of one file: the portal takes no larger one."""
_ENCRYPTED, _UTF8 = 0x1, 0x800  # bits of an entry's flags (APPNOTE.TXT 4.4.4)
_ARCHIVES = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".zst")
_OF_SYSTEMS = frozenset({".ds_store", "thumbs.db", "desktop.ini"})
_FOLDER_OF_MACOS = "__MACOSX"
_LONGEST_NAME = 500
_BOXES = range(0x2500, 0x25A0)
"""Lines and blocks of code page 437. In their places code page 850, which French Windows writes, has capital letters
with accents."""
_UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    NotImplementedError,
    RuntimeError,
    EOFError,
    OSError,
    ValueError,
    OverflowError,
)
"""What ``zipfile`` raises for damaged, unknown or lying entries."""


def list_archive(data: bytes) -> bytes:
    """The listing of a ZIP as JSON. Nothing is inflated."""
    return _listing(data).model_dump_json().encode()


def extract(data: bytes, *, numbers: Sequence[int]) -> bytes:
    """A line of JSON with the size of each of these entries (null: it cannot be inflated), then their contents."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        contents = [_inflated(archive, infos[number]) for number in numbers]
    sizes = [None if each is None else len(each) for each in contents]
    return json.dumps(sizes).encode() + b"\n" + b"".join(each for each in contents if each)


TASKS: Mapping[str, Callable[..., bytes]] = {"list_archive": list_archive, "extract": extract}


def warm_up() -> None:
    """Make the validators, and load the codecs."""
    for model in (Problem, ArchiveEntry, ArchiveListing):
        model.model_rebuild()
    empty = io.BytesIO()
    zipfile.ZipFile(empty, "w").close()
    list_archive(empty.getvalue())


def _listing(data: bytes) -> ArchiveListing:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            infos = archive.infolist()
    except _UNREADABLE:
        return ArchiveListing(problem=archive_unreadable())
    if len(infos) > MAX_ARCHIVE_ENTRIES:
        return ArchiveListing(problem=too_many_files_in_archive())
    entries = tuple(_entry(number, info) for number, info in enumerate(infos))
    files = [each for each in entries if each.kind not in {"folder", "system"}]
    if len(files) > MAX_ARCHIVE_FILES or sum(len(each.name.encode()) for each in entries) > MAX_LISTING:
        return ArchiveListing(problem=too_many_files_in_archive())
    if sum(each.size for each in entries if each.kind == "file") > MAX_INFLATED:
        return ArchiveListing(problem=archive_inflates_too_much())
    return ArchiveListing(entries=entries)


def _entry(number: int, info: zipfile.ZipInfo) -> ArchiveEntry:
    name = _name(info)
    return ArchiveEntry(number=number, name=name[-_LONGEST_NAME:], kind=_kind(name, info), size=max(0, info.file_size))


def _kind(name: str, info: zipfile.ZipInfo) -> EntryKind:
    last = name.rstrip("/").rpartition("/")[2]
    if name.startswith(f"{_FOLDER_OF_MACOS}/") or last.lower() in _OF_SYSTEMS or last.startswith("._"):
        return "system"
    if name.endswith("/") or not last:
        return "folder"
    if info.flag_bits & _ENCRYPTED:
        return "encrypted"
    if last.lower().endswith(_ARCHIVES):
        return "archive"
    if info.file_size > MAX_FILE:
        return "too_large"
    return "file" if info.file_size else "empty"


def _name(info: zipfile.ZipInfo) -> str:
    """The entry's path: in UTF-8 where its flag says so, or where its bytes are UTF-8 (macOS); else of code page 437
    or 850."""
    name = info.filename
    if not info.flag_bits & _UTF8:
        try:
            raw = name.encode("cp437")
        except UnicodeEncodeError:  # an extra field gave the name in Unicode
            return _plain(name)
        try:
            name = raw.decode("utf-8")
        except UnicodeDecodeError:
            if any(ord(char) in _BOXES for char in name):
                name = raw.decode("cp850")
    return _plain(name)


def _plain(name: str) -> str:
    """The path with ``/`` between folders, and without halves of surrogate pairs, which JSON cannot carry."""
    return name.replace("\\", "/").encode("utf-8", "replace").decode()


def _inflated(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes | None:
    """The entry's content: never more than its directory claims, nor than MAX_FILE. None when it is damaged."""
    if not 0 < info.file_size <= MAX_FILE:
        return None
    try:
        with archive.open(info) as entry:
            content = entry.read(MAX_FILE + 1)
    except _UNREADABLE:
        return None
    return content if len(content) == info.file_size else None
