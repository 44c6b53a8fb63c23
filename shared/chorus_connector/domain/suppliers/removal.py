"""The checkpoint of a supplier's deletion.

It is saved on the supplier's own record, which is deleted last: when a worker dies, the next one resumes from the
checkpoint. What was accepted for delivery is delivered first. Nothing is deleted before the export is complete.
"""

from datetime import datetime
from typing import Literal

from chorus_connector.domain.record import Record


class Export(Record):
    """A file with everything that a tenant has, written in parts.

    ``cursor`` is the start of the next part, None at the end.
    """

    key: str
    upload_id: str
    #: the store's receipt for each part, in order
    parts: tuple[str, ...] = ()
    cursor: str | None = "records:"
    lines: int = 0


class Removal(Record):
    """The checkpoint.

    ``erase_files``: also erase the files that the law does not require us to keep, and make no export.
    """

    by: str
    asked_at: datetime
    erase_files: bool = False
    #: the supplier was suspended when its deletion began: what was held back is not sent
    suspended: bool = False
    #: no message of its structure waits for its delivery or withdrawal any more
    messages_done: bool = False
    #: the reference of the last message that waits for neither
    messages_after: str = ""
    export: Export | None = None
    exported: bool = False
    #: where to resume erasing files; None: not started
    files_cursor: str | None = None
    files_done: bool = False
    files_erased: int = 0
    files_kept: int = 0
    records_removed: int = 0

    @property
    def stage(self) -> Literal["messages", "export", "files", "records"]:
        """What the next step works on."""
        if not (self.messages_done or self.exported or self.files_done):
            return "messages"
        if self.erase_files:
            return "records" if self.files_done else "files"
        return "records" if self.exported else "export"
