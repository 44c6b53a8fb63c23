"""The samples of `chorus-connector up --samples`: a supplier with documents in every state that lasts.

All is made as a client of the HTTP API would make it; only what recipients do is asked of the simulator. The supplier
is none of the other pages' suppliers, so that their steps still work beside it.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import httpx

from chorus_connector.domain.paris import day_in_paris
from tools.demo import FOLDER, Api, seed
from tools.invoice_generator import world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.demo import DEMO_RECIPIENTS
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party
from tools.local_stack.deployed import DeployedStack

SUPPLIER = Party(
    "Menuiserie des Trois Ponts",
    "84900038500013",
    vat=world.vat_number("849000385"),
    street="4 rue du Chantier",
    postcode="44000",
    town="NANTES",
)
TOWN, DEPARTMENT, RIVERS, MINISTRY = "21000031100014", "22000032700019", "20000038800014", "11000038900012"
_RIVERS = {
    "siret": RIVERS,
    "name": "Syndicat des Trois Rivières",
    "postcode": "44990",
    "city": "LES-TROIS-RIVIERES",
    "services": [{"code": "EAU", "name": "Service de l’eau"}],
}
_MINISTRY = {
    "siret": MINISTRY,
    "name": "Ministère des Écluses",
    "postcode": "75007",
    "city": "PARIS",
    "state": True,
    "engagement_required": True,
    "engagements": ["4500100001"],  # the portal refuses any other one, and only it knows them
}
_RECIPIENTS: list[dict[str, Any]] = [*DEMO_RECIPIENTS, _RIVERS, _MINISTRY]
_ON_THEIR_WAY = frozenset({"RECEIVED", "READING", "READY", "SUBMITTING"})


@dataclass(frozen=True)
class _Drawn:
    """An invoice to draw. `status` is what becomes of it at the portal, with the recipient's comment."""

    file: str
    recipient: str
    total_ht: str
    service: str | None = None
    engagement: str | None = None
    status: str = ""
    comment: str = ""
    layout: str = "classique"


_SENT = (
    _Drawn("escalier-mairie.pdf", TOWN, "1840.00", service="MAIRIE"),
    _Drawn("portes-ecole.pdf", TOWN, "920.50", service="MAIRIE", status="MISE_A_DISPOSITION"),
    _Drawn("bureaux-college.pdf", DEPARTMENT, "3100.00", service="FINANCES", status="MANDATEE"),
    _Drawn("placards.pdf", DEPARTMENT, "760.00", service="DRHV-TECH", status="MISE_EN_PAIEMENT"),
    _Drawn("parquet.pdf", TOWN, "2210.00", status="SUSPENDUE", comment="Merci de joindre le bon de livraison."),
    _Drawn("volets.pdf", TOWN, "640.00", status="A_RECYCLER", comment="Le service MAIRIE est attendu."),
    _Drawn("bancs.pdf", TOWN, "415.00", status="REJETEE", comment="Cette commande est déjà facturée."),
    _Drawn("cloison.pdf", RIVERS, "1275.00", service="EAU"),
)
_REFUSED = _Drawn("ecluse.pdf", MINISTRY, "5400.00", engagement="4500187320")
_INCOMPLETE = _Drawn("sans-service.pdf", DEPARTMENT, "880.00")
_READY = _Drawn("prete.pdf", TOWN, "1530.00", service="MAIRIE")
_STOPPED = _Drawn("retenue.pdf", TOWN, "1190.00", service="MAIRIE")
_NEW_DESIGN = _Drawn("nouvelle-presentation.pdf", TOWN, "2075.00", service="MAIRIE", layout="epure")
_OTHER_FOLDER = _Drawn("devis.pdf", TOWN, "330.00")


def make_samples(stack: DeployedStack, simulator_url: str, *, progress: Callable[[str], None]) -> str:
    """Make the samples for the stack's administrator and return the supplier's id.

    Raises RuntimeError when the API refuses a step, or a document does not get where it belongs within two minutes.
    """
    assert SUPPLIER.siret is not None
    seed(simulator_url, siret=SUPPLIER.siret, name=SUPPLIER.name, structures=_RECIPIENTS)
    with Api(stack.api_url, stack.admin_token()) as api:
        made = _Samples(api, stack, simulator_url, api.provision(name=SUPPLIER.name, siret=SUPPLIER.siret))
        person = stack.subject(stack.admin_token())
        progress("invoices at the portal")
        made.announced_to(person)
        made.sent()
        progress("documents that wait")
        made.waiting()
        progress("messages")
        made.messages(person)
        return made.supplier_id


@dataclass(frozen=True)
class _Samples:
    """The supplier under construction."""

    api: Api
    stack: DeployedStack
    simulator_url: str
    supplier_id: str

    def announced_to(self, person: str) -> None:
        """The person finds in the feed what begins to wait, what was submitted, and what its recipient does."""
        for kind in ("waiting", "submitted", "status"):
            self._call("PUT", f"configuration/notifications/{kind}/{person}", json={})

    def sent(self) -> None:
        """Invoices at the portal, each with its status there; one that it refuses; one whose form lacks something."""
        row = {"label": "La mairie de Montclair", "value": TOWN}
        self._call("PUT", "configuration/tables/recipients/rows", json=row)
        documents = {each.file: self._upload(each) for each in (*_SENT, _REFUSED, _INCOMPLETE)}
        wanted = {documents[each.file]: "SUBMITTED" for each in _SENT}
        self._until(wanted | {documents[_REFUSED.file]: "REFUSED", documents[_INCOMPLETE.file]: "TO_COMPLETE"})
        statuses = {documents[each.file]: each for each in _SENT if each.status}
        invoices = self.api.invoices(self.supplier_id)
        for document_id, each in statuses.items():
            chorus_id = invoices[document_id]["deposit"]["chorus_id"]
            self._at_the_portal(f"invoices/{chorus_id}/status", status=each.status, comment=each.comment)
        _eventually(lambda: self._known({document_id: each.status for document_id, each in statuses.items()}))

    def waiting(self) -> None:
        """What a person decides: ready, stopped, of a new design, set aside; and what is not sent at all."""
        self._change(automatic_submission=False)
        first, stopped = self._upload(_READY), self._upload(_STOPPED)
        self._until({first: "READY", stopped: "READY"})
        version = self._call("GET", f"invoices/{stopped}")["version"]
        reason = {"reason": "Le chantier n’est pas terminé."}
        self._call("POST", f"invoices/{stopped}/hold", json=reason, headers={"If-Match": f'"{version}"'})
        self._change(new_layouts="ask")
        last = {self._upload(_NEW_DESIGN): "TO_COMPLETE", self._upload(_OTHER_FOLDER, folder="devis"): "SET_ASIDE"}
        last[self._upload_file("illisible.pdf", b"%PDF-1.7\nno page\n%%EOF\n")] = "UNUSABLE"
        last[self._upload_by_link("escalier-mairie-bis.pdf", _pdf(_SENT[0]))] = "DUPLICATE"
        self._until(last)

    def messages(self, person: str) -> None:
        """The person reads and writes for the supplier and for a town: a draft, and a message each way."""
        self.api.call("PUT", f"/structures/{RIVERS}/members/{person}", json={"role": "administer"})
        for siret in (RIVERS, SUPPLIER.siret):
            self.api.call("PUT", f"/structures/{siret}/subscriptions/{person}", json={"mode": "write"})
            self.api.call("PUT", f"/me/structures/{siret}")
        ours, theirs = {"sender_siret": SUPPLIER.siret}, {"sender_siret": RIVERS, "recipient_kind": "supplier"}
        to_them: Any = {"recipients": [{"siret": RIVERS}]}
        words = {"title": "Fermeture en août", "content": "Nos ateliers ferment du 3 au 21 août.", "send": True}
        self._message({**ours, **to_them, **words})
        self._message({**ours, "title": "Nouveau RIB (à relire)"})
        words = {"title": "Nouvelles heures", "content": "Le guichet ouvre à 9 h.", "send": True}
        self._message({**theirs, "recipients": [{"siret": SUPPLIER.siret}], **words})

    def _message(self, message: Mapping[str, Any]) -> None:
        """A structure may be written to some seconds after an invoice has reached the portal."""
        _eventually(lambda: self._accepted("/messages/outbox", message))

    def _accepted(self, path: str, body: Mapping[str, Any]) -> bool:
        try:
            self.api.call("POST", path, json=dict(body))
        except RuntimeError as error:
            if "422" not in str(error):
                raise
            return False
        return True

    def _call(self, method: str, path: str, **request: Any) -> Any:
        return self.api.call(method, f"/suppliers/{self.supplier_id}/{path}", **request)

    def _change(self, **settings: Any) -> None:
        path = f"/suppliers/{self.supplier_id}"
        version = self.api.call("GET", path)["version"]
        self.api.call("PATCH", path, json=settings, headers={"If-Match": f'"{version}"'})

    def _upload(self, drawn: _Drawn, *, folder: str = FOLDER, file: str = "") -> str:
        return self._upload_file(file or drawn.file, _pdf(drawn), folder=folder)

    def _upload_file(self, file: str, data: bytes, *, folder: str = FOLDER) -> str:
        answer = self._call(
            "POST",
            "documents",
            params={"file_name": file, "folder": folder},
            content=data,
            headers={"Content-Type": "application/pdf"},
        )
        return str(answer["document_id"])

    def _upload_by_link(self, file: str, data: bytes) -> str:
        """A file that comes again in a request is the document that is there; one by a link is its duplicate."""
        answer = self._call("POST", "uploads", json={"file_name": file, "folder": FOLDER})
        form = answer["upload"]
        files = {"file": data}
        httpx.post(form["url"], data=form["fields"], files=files, timeout=60, trust_env=False).raise_for_status()
        return str(answer["document_id"])

    def _until(self, wanted: Mapping[str, str]) -> None:
        """Wait until each document is in its state; a ten-minute run starts while one is READY that should leave."""
        _eventually(lambda: self._arrived(wanted))

    def _arrived(self, wanted: Mapping[str, str]) -> bool:
        invoices = self.api.invoices(self.supplier_id)
        states = {each: invoices[each]["state"] if each in invoices else "RECEIVED" for each in wanted}
        wrong = {each: state for each, state in states.items() if state not in {wanted[each], *_ON_THEIR_WAY}}
        if wrong:
            raise RuntimeError(f"samples went another way than they should: {wrong}")
        if any(state == "READY" != wanted[each] for each, state in states.items()):
            self.stack.run_schedule_now()
        return states == wanted

    def _at_the_portal(self, path: str, **body: Any) -> None:
        httpx.post(f"{self.simulator_url}/_admin/{path}", json=body, timeout=10, trust_env=False).raise_for_status()

    def _known(self, statuses: Mapping[str, str]) -> bool:
        """Whether the connector knows these statuses of the portal; reading the list makes it ask."""
        self._call("GET", "tracking")
        invoices = self.api.invoices(self.supplier_id)
        return all(invoices[each]["deposit"]["status"] == status for each, status in statuses.items())


def _pdf(drawn: _Drawn) -> bytes:
    place = [*_SENT, _REFUSED, _INCOMPLETE, _READY, _STOPPED, _NEW_DESIGN, _OTHER_FOLDER].index(drawn)
    body = next(each for each in _RECIPIENTS if each["siret"] == drawn.recipient)
    issued = day_in_paris(datetime.now(UTC)) - timedelta(days=30 - place)
    invoice = Invoice(
        number=f"MTP{issued.year}-{101 + place}",
        issued=issued,
        supplier=SUPPLIER,
        recipient=Party(
            str(body["name"]),
            drawn.recipient,
            street="1 place du Marché",
            postcode=str(body["postcode"]),
            town=str(body["city"]),
        ),
        items=(Item("M01", "Fourniture et pose", "forf.", Decimal(1), Decimal(drawn.total_ht), Decimal(20)),),
        due=issued + timedelta(days=30),
        service_code=drawn.service,
        engagement=drawn.engagement,
    )
    chance = Random(f"samples/{place}")  # noqa: S311 # nosec B311
    return print_invoice(invoice, layouts("dev")[drawn.layout], chance, drawn.file).pdf


def _eventually(check: Callable[[], bool], patience: float = 120) -> None:
    deadline = time.monotonic() + patience
    while not check():
        if time.monotonic() > deadline:
            raise RuntimeError("a sample did not get where it belongs in time")
        time.sleep(0.3)
