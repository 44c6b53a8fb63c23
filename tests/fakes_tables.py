"""The correspondence tables and attachments in memory; each passes the contract of the real adapter."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

from chorus_connector.domain.errors import AlreadyExists, Invalid, NotFound
from chorus_connector.domain.invoices.attachments import Attachment
from chorus_connector.domain.invoices.work_claims import WorkClaim
from chorus_connector.domain.suppliers.tables import Proposal, TableKind, TableRow, user_prefix
from chorus_connector.ports.values import AttachmentPage, ProposalPage, RowPage
from tests.fakes import FakeUploads

_T = TypeVar("_T")


class FakeTables:
    """``ports.Tables``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], TableRow] = {}
        self._unrestricted = True
        self.proposed: dict[str, Proposal] = {}

    def row(self, kind: TableKind, key: str) -> TableRow | None:
        return self.rows.get((kind, key))

    def page(self, kind: TableKind, *, limit: int, cursor: str | None, key_prefix: str = "") -> RowPage:
        keys = sorted(key for of, key in self.rows if of == kind and key.startswith(key_prefix))
        rows, following = _page([self.rows[kind, key] for key in keys], limit, cursor)
        return RowPage(rows, following)

    def put(self, rows: Sequence[TableRow]) -> None:
        assert len({(row.kind, row.key) for row in rows}) == len(rows)
        self._unrestricted &= all(row.kind != "users" for row in rows)
        for row in rows:
            self.rows[row.kind, row.key] = TableRow.model_validate_json(row.model_dump_json())

    def delete(self, kind: TableKind, key: str) -> None:
        if self.rows.pop((kind, key), None) is None:
            raise NotFound

    def unrestricted(self) -> bool:
        return self._unrestricted

    def labels_of(self, principal: str) -> frozenset[str]:
        prefix = user_prefix(principal)
        return frozenset(
            key.removeprefix(prefix) for kind, key in self.rows if kind == "users" and key.startswith(prefix)
        )

    def propose(self, proposal: Proposal) -> None:
        self.proposed.setdefault(proposal.key, proposal)

    def proposal(self, key: str) -> Proposal:
        if key not in self.proposed:
            raise NotFound
        return self.proposed[key]

    def proposals(self, *, limit: int, cursor: str | None) -> ProposalPage:
        proposals, following = _page([self.proposed[key] for key in sorted(self.proposed)], limit, cursor)
        return ProposalPage(proposals, following)

    def activate(self, proposal: Proposal, row: TableRow) -> None:
        if self.proposed.pop(proposal.key, None) is None:
            raise NotFound
        self.put([row])

    def dismiss(self, proposal: Proposal) -> None:
        self.proposal(proposal.key)
        self.proposed[proposal.key] = proposal.model_copy(update={"status": "dismissed"})


class FakeAttachments:
    """``ports.AttachmentStore``."""

    def __init__(self) -> None:
        self.kept: dict[str, Attachment] = {}

    def add(self, attachment: Attachment) -> None:
        if attachment.attachment_id in self.kept:
            raise AlreadyExists("", "")
        self.kept[attachment.attachment_id] = attachment

    def get(self, attachment_id: str) -> Attachment:
        if attachment_id not in self.kept:
            raise NotFound
        return self.kept[attachment_id]

    def arrived(self, attachment: Attachment) -> None:
        self.get(attachment.attachment_id)
        self.kept[attachment.attachment_id] = attachment

    def delete(self, attachment: Attachment) -> None:
        self.kept.pop(attachment.attachment_id, None)

    def found_by(self, key: tuple[str, str]) -> Iterator[Attachment]:
        return (self.kept[each] for each in sorted(self.kept) if key in self.kept[each].link_keys)

    def page(self, *, limit: int, cursor: str | None) -> AttachmentPage:
        attachments, following = _page([self.kept[each] for each in sorted(self.kept)], limit, cursor)
        return AttachmentPage(attachments, following)


class FakeAttachmentFiles:
    """``ports.AttachmentFiles``."""

    def __init__(self) -> None:
        self.uploads = FakeUploads()
        self.files: dict[str, bytes] = {}

    def put(self, attachment_id: str, data: bytes) -> str:
        self.files.setdefault(attachment_id, data)
        return "v1"

    def read(self, attachment_id: str, version: str) -> bytes:
        assert version in ("", "v1")
        return self.files[attachment_id]

    def presign_download(self, attachment_id: str, file_name: str, version: str) -> str:
        return f"https://bucket.invalid/{attachment_id}"


def _page(things: Sequence[_T], limit: int, cursor: str | None) -> tuple[tuple[_T, ...], str | None]:
    if cursor is not None and not cursor.isdigit():
        raise Invalid("", "")
    start = int(cursor or 0)
    end = start + limit
    return tuple(things[start:end]), str(end) if end < len(things) else None


class FakeWorkClaims:
    """``ports.WorkClaims``."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, str], WorkClaim] = {}

    def put(self, claim: WorkClaim) -> None:
        self._claims[claim.document_id, claim.by] = WorkClaim.model_validate_json(claim.model_dump_json())

    def end(self, document_id: str, principal: str) -> None:
        self._claims.pop((document_id, principal), None)

    def of(self, document_id: str) -> Sequence[WorkClaim]:
        return [claim for (of, _), claim in sorted(self._claims.items()) if of == document_id]

    def all(self) -> Sequence[WorkClaim]:
        return [claim for _, claim in sorted(self._claims.items())]
