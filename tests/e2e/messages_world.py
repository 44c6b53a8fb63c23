"""Two suppliers, a town with an account, a ministry that is only addressed, and users of each: « Mes messages »
through the HTTP API, as those users would use it."""

import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import httpx

from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.invoice import Invoice
from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.messages.display import today as today_in_paris
from tests.e2e.conftest import Running
from tests.patience import eventually

_NUMBERS = itertools.count(1)
TODAY = today_in_paris(datetime.now(UTC))
TOWN_SERVICES = [{"code": "STECH", "label": "Services techniques"}, {"code": "SCOL", "label": "Écoles"}]


def new_siret(first: str = "8") -> str:
    return f"{first}{next(_NUMBERS):08d}00025"


def day(offset: int) -> str:
    return (TODAY + timedelta(days=offset)).isoformat()


@dataclass
class User:
    """A caller of the API; ``call`` returns the answer, whatever its status."""

    principal: str
    http: httpx.Client

    def call(self, method: str, path: str, *, version: int | None = None, **request: Any) -> httpx.Response:
        headers = {"If-Match": f'"{version}"'} if version is not None else {}
        return self.http.request(method, path, headers=headers, **request)

    def ok(self, method: str, path: str, *, version: int | None = None, **request: Any) -> Any:
        answer = self.call(method, path, version=version, **request)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:600]}"
        return answer.json()

    def refused(self, method: str, path: str, *, version: int | None = None, **request: Any) -> tuple[int, str]:
        """The status and stable code of a refusal, which always speaks French and English."""
        answer = self.call(method, path, version=version, **request)
        assert not answer.is_success, f"{method} {path} was accepted: {answer.text[:300]}"
        assert answer.headers["content-type"] == "application/problem+json", answer.text
        body = answer.json()
        assert body["fr"]
        assert body["en"]
        return answer.status_code, body["code"]

    def problems(self, method: str, path: str, **request: Any) -> dict[str, str]:
        """The problems of a refusal: field → code."""
        return {each["field"]: each["code"] for each in self.call(method, path, **request).json()["problems"]}

    def references(self, path: str, **params: Any) -> list[str]:
        messages = self.ok("GET", path, params={"limit": 100, **params})["messages"]
        return [each["reference"] for each in messages]

    def draft(self, sender: str, **fields: Any) -> dict[str, Any]:
        return dict(self.ok("POST", "/messages/outbox", json={"sender_siret": sender, **fields}))

    def send(self, sender: str, **fields: Any) -> dict[str, Any]:
        """A message sent at once and delivered."""
        words = {"title": "Fermeture en août", "content": "Nos bureaux seront fermés.", "send": True}
        message = self.draft(sender, **{**words, **fields})
        return self.delivered(message)

    def delivered(self, message: dict[str, Any]) -> dict[str, Any]:
        """The message once all its deliveries are done."""
        path = own(message)
        found: dict[str, Any] = comes(lambda: told if (told := self.ok("GET", path))["progress"]["done"] else None)
        return found


def own(message: dict[str, Any]) -> str:
    return f"/messages/outbox/{message['sender_siret']}/{message['reference']}"


def comes(look: Callable[[], Any]) -> Any:
    """What ``look`` finds; fails when it finds nothing."""
    found = eventually(look)
    assert found, "it never came"
    return found


@dataclass
class World:
    """Who there is; every SIRET is this world's own."""

    stack: Running
    users: dict[str, User] = field(default_factory=dict)
    suppliers: dict[str, str] = field(default_factory=dict)
    acme: str = field(default_factory=new_siret)
    beta: str = field(default_factory=new_siret)
    town: str = field(default_factory=lambda: new_siret("2"))
    ministry: str = field(default_factory=lambda: new_siret("1"))
    office: str = field(default_factory=lambda: new_siret("1"))
    stranger: str = field(default_factory=lambda: new_siret("2"))

    def user(self, name: str) -> User:
        if name not in self.users:
            token = self.stack.stack.user_token(f"{name}-{self.acme}")
            http = httpx.Client(
                base_url=self.stack.stack.api_url,
                headers={"Authorization": f"Bearer {token}"},
                timeout=30,
                trust_env=False,
            )
            self.users[name] = User(self.stack.stack.subject(token), http)
        return self.users[name]

    @property
    def administrator(self) -> User:
        """Of the installation, and of the suppliers it made."""
        token = self.stack.stack.admin_token()
        http = httpx.Client(
            base_url=self.stack.stack.api_url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=30,
            trust_env=False,
        )
        return self.users.setdefault("administrator", User(self.stack.stack.subject(token), http))

    def supplier(self, name: str, siret: str) -> str:
        created = self.administrator.ok("POST", "/suppliers", json={"name": name, "siret": siret})
        self.suppliers[siret] = str(created["supplier_id"])
        return self.suppliers[siret]

    def public_body(self, siret: str, **description: Any) -> None:
        self.administrator.ok("POST", "/structures", json={"siret": siret, **description})

    def subscribe(self, name: str, siret: str, mode: str, services: list[str] | None = None) -> User:
        """The user's subscription, granted by an administrator of the structure and accepted by the user."""
        granting = self.user("mayor") if siret in (self.town, self.ministry) else self.administrator
        user = self.user(name)
        body = {"mode": mode, "services": services}
        granting.ok("PUT", f"/structures/{siret}/subscriptions/{user.principal}", json=body)
        user.ok("PUT", f"/me/structures/{siret}")
        return user

    def invoice_passed(self, supplier_id: str, recipient: str, service: str = "") -> None:
        """An invoice that has just reached the portal, as the submission function writes it."""
        now = datetime.now(UTC)
        fields = {"recipient_siret": recipient, **({"service_code": service} if service else {})}
        invoice = Invoice(
            supplier_id=supplier_id,
            document_id=uuid.uuid4().hex,
            file_name="facture.pdf",
            state=State.SUBMITTED,
            received_at=now,
            changed_at=now,
            uploaded_by="alice",
            form=Form(
                fields={name: FormField(value=value, source="person") for name, value in fields.items()},
            ),
        )
        item = {
            "PK": {"S": f"SUPPLIER#{supplier_id}"},
            "SK": {"S": f"INVOICE#{invoice.document_id}"},
            "state": {"S": invoice.state},
            "version": {"N": "5"},
            "data": {"S": invoice.model_dump_json(exclude_defaults=True)},
        }
        table = self.stack.stack.outputs["TableName"]
        self.stack.stack.boto_client("dynamodb").put_item(TableName=table, Item=item)


def build_world(stack: Running) -> World:
    """All users, subscribed, and with the invoices that make their structures allowed recipients of each other."""
    world = World(stack)
    world.public_body(world.office, name="Bureau sans compte", email="bureau@example.org")
    acme, beta = world.supplier("Acmé Menuiserie", world.acme), world.supplier("Bêta Plomberie", world.beta)
    town = {"name": "Mairie de Saint-Ouen", "postal_code": "93400", "town": "Saint-Ouen", "services": TOWN_SERVICES}
    world.public_body(world.town, **town)
    world.public_body(world.ministry, name="Ministère des Écluses", postal_code="75007", town="Paris")
    world.public_body(world.stranger, name="Mairie d'Ailleurs")
    mayor = world.user("mayor").principal
    world.administrator.ok("PUT", f"/structures/{world.town}/members/{mayor}", json={"role": "administer"})
    alice = world.subscribe("alice", world.acme, "write")
    world.subscribe("anna", world.acme, "read")
    world.subscribe("bea", world.beta, "write")
    tom = world.subscribe("tom", world.town, "write")
    world.subscribe("tess", world.town, "read", ["SCOL"])
    world.invoice_passed(acme, world.town, "STECH")
    world.invoice_passed(acme, world.town, "SCOL")
    world.invoice_passed(acme, world.ministry)
    world.invoice_passed(beta, world.town)
    world.invoice_passed(beta, world.office)
    path = "/messages/recipients/completion"
    comes(lambda: len(alice.ok("GET", path, params={"sender": world.acme, "prefix": world.town})["recipients"]) == 3)
    comes(lambda: alice.ok("GET", path, params={"sender": world.acme, "prefix": world.ministry})["recipients"])
    of_town = {"sender": world.town, "kind": "supplier", "prefix": world.beta}
    comes(lambda: tom.ok("GET", path, params=of_town)["recipients"])
    return world


def recipient(siret: str, service: str = "") -> dict[str, str]:
    return {"siret": siret, "service": service}


def named(siret: str, name: str, service: str = "", service_label: str = "") -> dict[str, str]:
    """A member of a list, with its names."""
    return {"siret": siret, "service": service, "name": name, "service_label": service_label}


def as_date(text: str) -> date:
    return date.fromisoformat(text)
