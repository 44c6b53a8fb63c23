"""The main job as an integrator writes it: with the generated client alone, and type-checked like it.

`test_generated_client` generates the package `chorus_client`, checks both with mypy, and runs ``main_job``.
"""

import time
from collections.abc import Callable
from io import BytesIO
from typing import Any, TypeVar

from chorus_client import AuthenticatedClient
from chorus_client.api.credentials import credentials_save
from chorus_client.api.criteria import criteria_add
from chorus_client.api.documents import documents_upload
from chorus_client.api.invoices import forms_get, forms_submit, forms_update, invoices_get, invoices_history
from chorus_client.api.me import me_get
from chorus_client.api.messages import outbox_create, outbox_update
from chorus_client.api.structures import structures_create, structures_subscribe, structures_update
from chorus_client.api.suppliers import suppliers_create, suppliers_get, suppliers_update
from chorus_client.api.tracking import tracking_list
from chorus_client.api.webhooks import webhooks_create, webhooks_update
from chorus_client.models import (
    DocumentHistory,
    Form,
    FormChange,
    FormTextChanges,
    GatewayMessage,
    InvoiceListing,
    InvoiceRead,
    InvoiceState,
    Me,
    Message,
    MessageChange,
    MessageMode,
    MessageSubscription,
    NewCredentials,
    NewCriterion,
    NewMessage,
    NewMessageSubscription,
    NewStructure,
    NewSupplier,
    NewWebhook,
    Problem,
    ProblemCode,
    RefusedSubmission,
    Structure,
    StructureChange,
    Supplier,
    SupplierChange,
    UploadedFile,
    VatLinesField,
    Webhook,
    WebhookChange,
    WebhookWithSecret,
)
from chorus_client.types import File, Response, Unset

T = TypeVar("T")
SETTLED = {InvoiceState.READY, InvoiceState.TO_COMPLETE, InvoiceState.UNUSABLE, InvoiceState.SUBMITTED}


def given(answer: Response[Any], kind: type[T]) -> T:
    """The parsed answer. Raises RuntimeError with the API's words when it is another one."""
    if isinstance(answer.parsed, kind):
        return answer.parsed
    text = words(answer.parsed) if isinstance(answer.parsed, Problem | GatewayMessage) else repr(answer.content[:500])
    raise RuntimeError(f"{answer.status_code}: {text}")


def words(error: Problem | GatewayMessage) -> str:
    """Any error in one line: the gateway's and the API's have the same properties."""
    return f"{error.code} {error.detail} {[each.code for each in error.problems or []]}"


def version(number: int) -> str:
    """An ``If-Match`` of a version."""
    return f'"{number}"'


def main_job(
    client: AuthenticatedClient, *, siret: str, keys: dict[str, str], pdf: bytes, run: Callable[[], None]
) -> None:
    """A supplier and its rules, one invoice from PDF to portal, a message and a webhook; asserts on the way."""
    supplier = given(
        suppliers_create.sync_detailed(client=client, body=NewSupplier(name="Client engendré", siret=siret)), Supplier
    )
    supplier_id = supplier.supplier_id
    configure(client, supplier_id, keys)
    document_id = upload(client, supplier_id, pdf)
    invoice = wait_for(client, supplier_id, document_id, SETTLED)
    assert invoice.state is InvoiceState.TO_COMPLETE, invoice
    complete_and_submit(client, supplier_id, document_id, siret)
    run()
    invoice = wait_for(client, supplier_id, document_id, {InvoiceState.SUBMITTED, InvoiceState.REFUSED})
    assert invoice.state is InvoiceState.SUBMITTED
    assert invoice.deposit is not None
    assert invoice.deposit.status_meaning.fr
    tracked = given(tracking_list.sync_detailed(supplier_id, client=client), InvoiceListing)
    assert [each.document_id for each in tracked.invoices] == [document_id]
    events = given(invoices_history.sync_detailed(supplier_id, document_id, client=client), DocumentHistory)
    assert events.events[-1].state is InvoiceState.SUBMITTED
    minimal_changes(client, supplier_id, siret)


def configure(client: AuthenticatedClient, supplier_id: str, keys: dict[str, str]) -> None:
    """Credentials, a criterion, automatic submission, and a metadata that feeds a field."""
    saved = given(
        credentials_save.sync_detailed(supplier_id, client=client, body=NewCredentials.from_dict(keys)), Supplier
    )
    assert saved.credentials_status is not None
    ruled = given(
        criteria_add.sync_detailed(
            supplier_id, client=client, body=NewCriterion(folder="factures"), if_match=version(saved.version)
        ),
        Supplier,
    )
    change = SupplierChange.from_dict(
        {"automatic_submission": True, "new_layouts": "send", "associations": {"": {"comment": "PJ"}}}
    )
    given(
        suppliers_update.sync_detailed(supplier_id, client=client, body=change, if_match=version(ruled.version)),
        Supplier,
    )
    read = given(suppliers_get.sync_detailed(supplier_id, client=client), Supplier)
    assert read.automatic_submission
    assert [each.folder for each in read.criteria] == ["factures"]


def upload(client: AuthenticatedClient, supplier_id: str, pdf: bytes) -> str:
    """The id of the uploaded document, with its metadata."""
    invoice = given(
        documents_upload.sync_detailed(
            supplier_id,
            client=client,
            body=File(payload=BytesIO(pdf), file_name="facture.pdf", mime_type="application/pdf"),
            file_name="facture.pdf",
            folder="factures",
            metadata=["PJ=oui, deux", "site=Nantes"],
            idempotency_key=f"upload-{supplier_id}",
        ),
        UploadedFile,
    )
    assert not invoice.known
    assert invoice.metadata.to_dict() == {"PJ": "oui, deux", "site": "Nantes"}
    return invoice.document_id


def wait_for(client: AuthenticatedClient, supplier_id: str, document_id: str, states: set[InvoiceState]) -> InvoiceRead:
    """The document once it is in one of the states."""
    for _ in range(600):
        invoice = given(invoices_get.sync_detailed(supplier_id, document_id, client=client), InvoiceRead)
        if invoice.state in states:
            return invoice
        time.sleep(0.1)
    raise TimeoutError(invoice.state)


def complete_and_submit(client: AuthenticatedClient, supplier_id: str, document_id: str, siret: str) -> None:
    """Too early, then with what is missing."""
    form = given(forms_get.sync_detailed(supplier_id, document_id, client=client), Form)
    assert isinstance(form.fields.vat_lines, VatLinesField)
    assert all(line.rate and line.base and line.amount for line in form.fields.vat_lines.value)
    assert not isinstance(form.fields.comment, Unset)
    assert form.fields.comment.value == "oui, deux"
    asked = forms_submit.sync_detailed(supplier_id, document_id, client=client, if_match=version(form.version))
    refused = given(asked, RefusedSubmission)
    assert refused.code is ProblemCode.FORM_INCOMPLETE
    assert refused.problems
    change = FormChange(fields=FormTextChanges(service_code="FINANCES", supplier_siret=siret))
    completed = given(
        forms_update.sync_detailed(
            supplier_id, document_id, client=client, body=change, if_match=version(refused.version)
        ),
        Form,
    )
    assert completed.complete, completed.problems
    accepted = forms_submit.sync_detailed(supplier_id, document_id, client=client, if_match=version(completed.version))
    assert accepted.status_code == 202
    given(accepted, Form)


def minimal_changes(client: AuthenticatedClient, supplier_id: str, siret: str) -> None:
    """A PATCH changes what it names and nothing else, whatever else the thing has."""
    me = given(me_get.sync_detailed(client=client), Me)
    assert supplier_id in {each.supplier_id for each in me.suppliers}
    given(
        structures_subscribe.sync_detailed(
            siret, me.principal, client=client, body=NewMessageSubscription(mode=MessageMode.WRITE)
        ),
        MessageSubscription,
    )
    draft = given(
        outbox_create.sync_detailed(
            client=client,
            body=NewMessage(sender_siret=siret, title="Fermeture", content="Du 3 au 14 août.", all_recipients=True),
        ),
        Message,
    )
    titled = given(
        outbox_update.sync_detailed(
            siret,
            draft.reference,
            client=client,
            body=MessageChange(title="Fermeture estivale"),
            if_match=version(draft.version),
        ),
        Message,
    )
    assert (titled.title, titled.content, titled.all_recipients) == ("Fermeture estivale", draft.content, True)
    webhook = given(
        webhooks_create.sync_detailed(
            supplier_id, client=client, body=NewWebhook(url="http://127.0.0.1:9/events", description="ERP")
        ),
        WebhookWithSecret,
    )
    off = change_webhook(client, supplier_id, webhook.webhook_id, WebhookChange(enabled=False), webhook.version)
    moved = change_webhook(
        client, supplier_id, webhook.webhook_id, WebhookChange(url="http://127.0.0.1:9/moved"), off.version
    )
    assert (moved.url, moved.description, moved.enabled) == ("http://127.0.0.1:9/moved", "ERP", False)
    town = given(
        structures_create.sync_detailed(
            client=client,
            body=NewStructure(siret=f"2{siret[1:]}", name="Nantes", postal_code="44000", town="Nantes"),
        ),
        Structure,
    )
    renamed = given(
        structures_update.sync_detailed(
            town.siret, client=client, body=StructureChange(name="Ville de Nantes"), if_match=version(town.version)
        ),
        Structure,
    )
    assert (renamed.name, renamed.postal_code, renamed.town) == ("Ville de Nantes", "44000", "Nantes")


def change_webhook(
    client: AuthenticatedClient, supplier_id: str, webhook_id: str, change: WebhookChange, number: int
) -> Webhook:
    """The endpoint after that change."""
    return given(
        webhooks_update.sync_detailed(supplier_id, webhook_id, client=client, body=change, if_match=version(number)),
        Webhook,
    )
