"""Tenants that do the others as much harm as the API lets them: bombs, junk, and webhooks that never answer."""

import socket
import threading
import time
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx

from tools.demo import FOLDER
from tools.hostile_pdfs.draft import Draft
from tools.hostile_pdfs.kinds import hostile_pdf
from tools.local_stack.ports import LOCALHOST
from tools.soak.load import Supplier, Upload

TENANTS = 2
UPLOADS_A_MINUTE = 100
"""Of each hostile tenant: junk in no folder, which no criterion matches."""
ENDPOINTS = 10
"""Webhooks of each hostile tenant: the most that a supplier may have."""
BOMBS = ("cff_subroutines", "forms_multiply", "metadata", "stream_keywords", "many_large_xml", "to_unicode_long_texts")
"""In turn: processor time and memory, in upload_intake and in textract_ocr."""
BOMB_SIZE = 0.8
"""Below the 6 MB of a request."""
_DRIP_SECONDS = 4.0
_CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class DrippingReceiver:
    """An HTTP server that never answers a request and sends a few bytes every few seconds instead."""

    def __init__(self, every: float = _DRIP_SECONDS) -> None:
        self._every = every
        self._listening = socket.create_server((LOCALHOST, 0), backlog=200)
        self._over = threading.Event()
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://{LOCALHOST}:{self._listening.getsockname()[1]}"

    def close(self) -> None:
        self._over.set()
        self._listening.close()

    def _accept(self) -> None:
        while not self._over.is_set():
            try:
                connection, _ = self._listening.accept()
            except OSError:  # closed
                return
            self.connections += 1
            threading.Thread(target=self._drip, args=(connection,), daemon=True).start()

    def _drip(self, connection: socket.socket) -> None:
        with connection:
            while not self._over.wait(self._every):
                try:
                    connection.sendall(_CONTINUE)
                except OSError:  # the sender gave up
                    return


@dataclass
class Attack:
    """Uploads for the hostile tenants from `start` to `stop`; their webhooks are registered at the start."""

    api_url: str
    token: str
    tenants: Sequence[Supplier]
    bombs: int = 1
    """Bombs a minute of each tenant, among its uploads."""
    accepted: list[Upload] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """Answers other than an acceptance, by status and code."""
    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    _receiver: DrippingReceiver = field(default_factory=DrippingReceiver)
    _over: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)

    @property
    def running(self) -> bool:
        return bool(self._threads)

    def start(self) -> None:
        """Register the webhooks and start to upload; returns at once."""
        self.began = datetime.now(UTC)
        for tenant in self.tenants:
            self._threads.append(threading.Thread(target=self._work, args=(tenant,), daemon=True))
        for thread in self._threads:
            thread.start()

    def stop(self) -> dict[str, int]:
        """Start no new upload; returns what was done, by kind. The webhooks hang until ``close``."""
        self._over.set()
        for thread in self._threads:
            thread.join()
        done = Counter(upload.kind for upload in self.accepted)
        return {**done, **self.refused, "connections held": self._receiver.connections}

    def close(self) -> None:
        self._receiver.close()

    def _work(self, tenant: Supplier) -> None:
        headers = {"Authorization": f"Bearer {self.token}"}
        with httpx.Client(base_url=self.api_url, headers=headers, timeout=60, trust_env=False) as client:
            path = f"/suppliers/{tenant.supplier_id}"
            for number in range(ENDPOINTS):
                url = f"{self._receiver.url}/{tenant.place}/{number}"
                self._counted(client.post(f"{path}/configuration/webhooks", json={"url": url}), "webhook")
            begun, count = time.monotonic(), 0
            while not self._over.is_set():
                place, between = divmod(count, UPLOADS_A_MINUTE // self.bombs)
                if between == 0:
                    bomb = BOMBS[(place + tenant.place) % len(BOMBS)]
                    self._upload(client, tenant, f"bomb {bomb}", _bomb(bomb), FOLDER)
                else:
                    self._upload(client, tenant, "junk", _junk(), None)
                count += 1
                self._over.wait(max(0.0, begun + count * 60 / UPLOADS_A_MINUTE - time.monotonic()))

    def _upload(self, client: httpx.Client, tenant: Supplier, kind: str, pdf: bytes, folder: str | None) -> None:
        place = {"folder": folder} if folder else {}
        answer = client.post(
            f"/suppliers/{tenant.supplier_id}/documents",
            params={"file_name": f"{uuid.uuid4()}.pdf", **place},
            content=pdf,
            headers={"Content-Type": "application/pdf"},
        )
        if self._counted(answer, "upload"):
            self.accepted.append(Upload(tenant.supplier_id, kind, answer.json()["document_id"], kind))

    def _counted(self, answer: httpx.Response, what: str) -> bool:
        if answer.is_error:
            self.refused[f"{what} refused: {answer.status_code}"] += 1
        return answer.is_success


def _bomb(kind: str) -> bytes:
    """A bomb with a comment that makes it a file of its own."""
    return hostile_pdf(kind, BOMB_SIZE) + b"%%%s\n%%%%EOF\n" % uuid.uuid4().hex.encode()


def _junk() -> bytes:
    """A sound page without an invoice; no two are the same file."""
    draft = Draft()
    draft.page(b"BT /F1 9 Tf 60 600 Td (%s) Tj ET" % uuid.uuid4().hex.encode())
    return draft.pdf()
