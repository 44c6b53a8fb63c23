"""The load: provisions suppliers through the API and uploads invoices as fast as the stack accepts them.

Invoices are drawn when they are uploaded. Each has its own number and idempotency key, so that an upload whose answer
was lost can be repeated.
"""

import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random

import httpx

from tools.demo import FOLDER, Api
from tools.invoice_generator import cii, scans, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.document import Document, print_invoice
from tools.invoice_generator.model import Invoice, Party
from tools.invoice_generator.scenario import draw_invoice

_LAYOUT = "classique"
_RECIPIENTS = 60
_PROFILE = next(profile for profile in cii.PROFILES if profile.name == "EN 16931")
_TRIES = 14
_LONGEST_PAUSE = 8.0
"""Pauses in seconds; together longer than the minute for which an interrupted request holds its key."""


@dataclass(frozen=True)
class Supplier:
    """One provisioned tenant."""

    supplier_id: str
    siret: str
    place: int


@dataclass(frozen=True)
class Upload:
    """One invoice that the API accepted, and its supplier."""

    supplier_id: str
    number: str
    document_id: str
    kind: str


def provision(api: Api, simulator_url: str, count: int, *, workers: int) -> list[Supplier]:
    """Create `count` suppliers, known to the simulator, with credentials, a criterion and automatic submission."""
    sirets = [f"8{place:08d}00013" for place in range(count)]
    keys = [_credentials(place) for place in range(count)]
    known = [
        {
            "siret": siret,
            "name": f"Fournisseur {place}",
            "client_id": keys[place]["client_id"],
            "client_secret": keys[place]["client_secret"],
            "login": keys[place]["technical_login"],
            "password": keys[place]["technical_password"],
        }
        for place, siret in enumerate(sirets)
    ]
    httpx.post(f"{simulator_url}/_admin/suppliers", json=known, timeout=60, trust_env=False).raise_for_status()

    def one(place: int) -> Supplier:
        supplier_id = api.provision(name=f"Fournisseur {place}", siret=sirets[place], credentials=keys[place])
        return Supplier(supplier_id, sirets[place], place)

    with ThreadPoolExecutor(workers) as pool:
        return list(pool.map(one, range(count)))


def _credentials(place: int) -> dict[str, str]:
    """Different credentials for each supplier, valid at this run's simulator only."""
    return {
        "client_id": f"soak-application-{place}",
        "client_secret": f"soak-secret-{place}",
        "technical_login": f"TECH_1_{place:06d}@cpro.fr",
        "technical_password": f"Soak-password-{place}",
    }


@dataclass
class Printer:
    """Draws the run's invoices: most with a text layer, the given shares with XML inside or as scans."""

    today: date
    xml_share: float
    scan_share: float

    def __post_init__(self) -> None:
        self._layout = replace(
            layouts("dev")[_LAYOUT], credit=0, deposit=0, retention=0, regimes=("normal",), factor=0, delivery=0
        )
        drawn = (draw_invoice(Random(f"recipient/{n}"), self._layout).recipient for n in range(2 * _RECIPIENTS))
        self._recipients = [party for party in drawn if party.siret][:_RECIPIENTS]
        self._printing = threading.Lock()  # reportlab's fonts are shared and not thread-safe

    def invoice(self, supplier: Supplier, index: int) -> tuple[str, str, bytes]:
        """Number, kind and PDF of the supplier's invoice with that index; deterministic."""
        rng = Random(f"{supplier.place}/{index}")
        number = f"S{supplier.place}-{index:05d}"
        drawn = draw_invoice(rng, self._layout)
        issued = self.today - timedelta(days=rng.randint(1, 40))
        party = replace(drawn.supplier, siret=supplier.siret, vat=world.vat_number(supplier.siret[:9]))
        invoice = replace(self._dated(drawn, issued), number=number, supplier=party, recipient=self._to(rng))
        with self._printing:
            kind, document = self._as_kind(print_invoice(invoice, self._layout, rng, number), rng)
        return number, kind, document.pdf

    def _dated(self, drawn: Invoice, issued: date) -> Invoice:
        due = issued + timedelta(days=30)
        return replace(
            drawn, issued=issued, due=due, order_date=None, delivery_date=None, period=None, service_code=None
        )

    def _to(self, rng: Random) -> Party:
        return rng.choice(self._recipients)

    def _as_kind(self, document: Document, rng: Random) -> tuple[str, Document]:
        drawn = rng.random()
        if drawn < self.scan_share:
            return "scan", scans.scanned(document, rng)
        if drawn < self.scan_share + self.xml_share:
            return "xml", cii.with_xml(document, rng, _PROFILE)
        return "text", document


@dataclass
class Uploader:
    """Uploads from several threads until `stop`, at most `rate` per minute (0: unlimited).

    `backlog` counts the waiting work; above `most_waiting` the threads pause, as a client would that waits for its
    earlier invoices.
    """

    api_url: str
    token: str
    suppliers: Sequence[Supplier]
    printer: Printer
    backlog: Callable[[], int]
    threads: int
    rate: float
    most_waiting: int
    accepted: list[Upload] = field(default_factory=list)
    repeated: Counter[str] = field(default_factory=Counter)
    """How many answers led to a repeated upload."""
    given_up: list[str] = field(default_factory=list)
    _running: list[Future[None]] = field(default_factory=list)
    _next: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _over: threading.Event = field(default_factory=threading.Event)

    def start(self) -> None:
        """Start the threads; returns at once."""
        started = time.monotonic()
        pool = ThreadPoolExecutor(self.threads)
        self._running = [pool.submit(self._work, started) for _ in range(self.threads)]
        pool.shutdown(wait=False)

    def stop(self) -> None:
        """Start no new upload and wait for the current ones; raises the error that ended a thread."""
        self._over.set()
        for each in self._running:
            each.result()

    def _work(self, started: float) -> None:
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/pdf"}
        with httpx.Client(base_url=self.api_url, headers=headers, timeout=60, trust_env=False) as client:
            while not self._over.is_set():
                turn = self._turn(started)
                if turn is None:
                    self._over.wait(0.05)
                    continue
                supplier = self.suppliers[turn % len(self.suppliers)]
                self._upload(client, supplier, *self.printer.invoice(supplier, turn // len(self.suppliers)))

    def _turn(self, started: float) -> int | None:
        """The index of the next invoice, or None when it is too early for one."""
        if self.backlog() > self.most_waiting:
            return None
        with self._lock:
            if self.rate and self._next >= (time.monotonic() - started) * self.rate / 60:
                return None
            self._next += 1
            return self._next - 1

    def _upload(self, client: httpx.Client, supplier: Supplier, number: str, kind: str, pdf: bytes) -> None:
        path, wish = f"/suppliers/{supplier.supplier_id}/documents", {"file_name": f"{number}.pdf", "folder": FOLDER}
        key = {"Idempotency-Key": str(uuid.uuid4())}
        for attempt in range(_TRIES):
            try:
                answer = client.post(path, params=wish, content=pdf, headers=key)
            except httpx.TransportError as error:
                self.repeated[type(error).__name__] += 1
            else:
                if answer.is_success:
                    self.accepted.append(Upload(supplier.supplier_id, number, answer.json()["document_id"], kind))
                    return
                self.repeated[f"{answer.status_code} {_code(answer)}"] += 1
            time.sleep(min(0.2 * 2**attempt, _LONGEST_PAUSE))
        self.given_up.append(number)


def _code(answer: httpx.Response) -> str:
    try:
        return str(answer.json().get("code", ""))
    except ValueError:
        return ""
