"""``chorus-connector export-tenant`` and ``erase-tenant``: export and erase everything of a supplier.

Both use the same code as ``DELETE /suppliers/{id}``. Memory holds at most one page of records or a part of one file.
An interrupted erasure continues when the command is repeated.
"""

import json
import time
import zipfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, cast

import boto3

from chorus_connector.domain.errors import NotFound
from chorus_connector.ports.values import DeletedSupplier, SupplierWork, TenantFile
from chorus_connector.runtime.settings import settings
from chorus_connector.usecases.suppliers.removal import RemoveSupplier
from chorus_connector.wiring.installation import removal_queue
from chorus_connector.wiring.notifications import endpoints
from chorus_connector.wiring.removal import deletion, remove_supplier, tenant_contents
from chorus_connector.wiring.tenant import Tenant

_CHUNK = 1024 * 1024


# --- export --------------------------------------------------------------------------------------------------


@dataclass
class Exported:
    """How many records, files and bytes were written."""

    records: int = 0
    files: int = 0
    bytes: int = 0


class Destination:
    """A folder, or a ZIP when the name ends in .zip. Files are streamed one after the other."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._archive: zipfile.ZipFile | None = None

    def __enter__(self) -> "Destination":
        if self._path.suffix.lower() == ".zip":
            self._archive = zipfile.ZipFile(self._path, "w", zipfile.ZIP_DEFLATED)
        else:
            self._path.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        if self._archive is not None:
            self._archive.close()

    @contextmanager
    def open(self, name: str) -> Iterator[BinaryIO]:
        if self._archive is not None:
            with self._archive.open(name, "w", force_zip64=True) as out:
                yield cast("BinaryIO", out)
            return
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("wb") as out:
            yield out


def export_tenant(supplier_id: str, to: Path, *, with_files: bool) -> Exported:
    """Write ``records.jsonl``, ``files.jsonl`` (the key of each file) and, if asked, the files. Raises NotFound."""
    tenant = _tenant(supplier_id)
    contents = tenant_contents(tenant)
    done, keys = Exported(), []
    with Destination(to) as destination:
        with destination.open("records.jsonl") as out:
            for line in contents.record_lines():
                out.write(line)
                done.records += 1
        with destination.open("files.jsonl") as out:
            for file, line in contents.file_lines():
                out.write(line)
                done.files, done.bytes = done.files + 1, done.bytes + file.size
                keys.append(file.key)
        for key in keys if with_files else []:
            with destination.open(f"files/{_inside(supplier_id, key)}") as out:
                _copy(key, out)
    return done


def _inside(supplier_id: str, key: str) -> PurePosixPath:
    """The path under the supplier's prefix. Raises ValueError on a key that would leave the folder."""
    path = PurePosixPath(key).relative_to(f"suppliers/{supplier_id}")
    if ".." in path.parts:
        raise ValueError("not a key of ours")
    return path


def _copy(key: str, out: BinaryIO) -> None:
    body = boto3.client("s3").get_object(Bucket=settings().required("bucket"), Key=key)["Body"]
    for chunk in body.iter_chunks(_CHUNK):
        out.write(chunk)


# --- erasure -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Kept:
    """A file that is kept, until when, and why."""

    key: str
    until: datetime
    fr: str
    en: str


@dataclass(frozen=True)
class Plan:
    """What an erasure would do: records by kind, how many files it erases, and the files it keeps."""

    name: str
    siret: str | None
    #: the word that --confirm must repeat
    identifier: str
    records: dict[str, int]
    erased: int
    kept: tuple[Kept, ...]
    secrets: int


def still_kept(supplier_id: str) -> tuple[Kept, ...]:
    """The files an erasure keeps; empty once the erasure has deleted the records that are needed to tell."""
    try:
        supplier = _tenant(supplier_id).supplier
    except NotFound:
        return ()
    if supplier.removal is not None and supplier.removal.files_done:
        return ()
    return plan_erasure(supplier_id).kept


def plan_erasure(supplier_id: str) -> Plan:
    """Compute what an erasure would do; changes nothing. Raises NotFound."""
    tenant = _tenant(supplier_id)
    supplier = tenant.supplier
    contents = tenant_contents(tenant)
    removal = remove_supplier(tenant)
    records = Counter(_kind(json.loads(line)) for line in contents.record_lines())
    files = list(contents.all_files())
    kept = tuple(each for each in (_kept(file, removal) for file in files) if each is not None)
    saved = tenant.secrets.get() is not None
    signing = len(endpoints(tenant).all())
    word = supplier.identifier_key or supplier_id
    secrets = int(saved) + signing
    return Plan(supplier.name, supplier.siret, word, dict(records), len(files) - len(kept), kept, secrets)


def erase_tenant(supplier_id: str, *, by: str) -> DeletedSupplier:
    """Erase everything the law does not protect; can be repeated after an interruption. Raises NotFound."""
    tenant = _tenant(supplier_id)
    deleted = deletion(tenant)
    if deleted is not None:
        return deleted
    removal = remove_supplier(tenant)
    removal.begin(by=by, version=None, now=datetime.now(UTC), erase_files=True)
    while deleted is None:
        deleted, later = removal.work_on(may_go_on=lambda: True, clock=lambda: datetime.now(UTC))
        time.sleep(later.total_seconds())
    removal_queue().sweep_after(supplier_id, settings().settle_after)
    return deleted


def confirmed(supplier_id: str, word: str) -> bool:
    """Whether the word is the supplier's SIRET, even when the supplier is already erased.

    That of a supplier without SIRET is ``<scheme>-<value>``, because two schemes may have the same characters, and that
    of a supplier without any identifier is its id.
    """
    try:
        claimed = _tenant(supplier_id).supplier.identifier_key
    except NotFound:
        deleted = deletion(_tenant(supplier_id))
        if deleted is None:
            raise
        claimed = deleted.claimed
    return word == (claimed or supplier_id)


def _kind(record: dict[str, Any]) -> str:
    return str(record["record"]).partition("#")[0]


def _kept(file: TenantFile, removal: RemoveSupplier) -> Kept | None:
    locked = removal.files.locked_until(file.key)
    if locked is not None:
        return Kept(file.key, locked, "verrouillé dans le bucket (Object Lock)", "locked in the bucket (Object Lock)")
    by_law = removal.kept_by_law(file.key)
    if by_law is None:
        return None
    article = "Code de commerce, L123-22"
    return Kept(file.key, by_law, f"pièce comptable ({article})", f"accounting document ({article})")


def _tenant(supplier_id: str) -> Tenant:
    """The supplier that the operator named, with the operator's own permissions."""
    return Tenant(SupplierWork(supplier_id))
