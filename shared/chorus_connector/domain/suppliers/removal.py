"""How far a tenant's end has come.

The checkpoint stands on the supplier's own record, which goes last: whoever is killed on the way is followed by
somebody who goes on from here. Nothing is deleted before the export is complete.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.record import Record


class Export(Record):
    """A file of everything a tenant has, written part by part: ``cursor`` is where it goes on, None at its end."""

    key: str
    upload_id: str
    #: what the store answered for each part, in order
    parts: tuple[str, ...] = ()
    cursor: str | None = "records:"
    lines: int = 0


class Removal(Record):
    """The checkpoint. ``erase_files``: files go too where the law lets them, and there is no export in the bucket."""

    by: str
    asked_at: datetime
    erase_files: bool = False
    export: Export | None = None
    exported: bool = False
    #: where the erasing of files goes on; None: not begun
    files_cursor: str | None = None
    files_done: bool = False
    files_erased: int = 0
    files_kept: int = 0
    records_removed: int = 0

    @property
    def stage(self) -> Literal["export", "files", "records"]:
        """What the next step works on."""
        if self.erase_files:
            return "records" if self.files_done else "files"
        return "records" if self.exported else "export"
