"""The Chorus Pro client: one method per operation for suppliers, each with a checked answer.

It handles authentication, deadlines, retries of reads, and paging. It sends an operation that changes something at most
once; only a call that the gateway refused before the portal got it (401) is replayed, after pauses. `errors` has the
errors. The logger `chorus_pro` writes operation, status, codeRetour and duration, and nothing else.
"""

from __future__ import annotations

import base64
import binascii
import copy
import json
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx
from pydantic import ValidationError

from chorus_connector.chorus_pro import models as m
from chorus_connector.chorus_pro import operations as ops
from chorus_connector.chorus_pro import retries
from chorus_connector.chorus_pro.auth import PROCESS_TOKENS, Application, TokenCache
from chorus_connector.chorus_pro.credentials import ClientCertificate, ClientCredentials, PisteCredentials
from chorus_connector.chorus_pro.deadline import SecondsLeft, bounded, no_deadline
from chorus_connector.chorus_pro.errors import (
    AccessDenied,
    ChorusProError,
    NoReadableAnswer,
    NotSent,
    Reason,
    UnexpectedAnswer,
)
from chorus_connector.chorus_pro.exchange import Interrupted, Request, exchange
from chorus_connector.chorus_pro.paging import all_rows, page_block, rows_of, total_of
from chorus_connector.chorus_pro.wire import (
    AccessToken,
    Payload,
    decipher,
    decipher_token,
    return_code,
    unclear,
)

if TYPE_CHECKING:
    from chorus_connector.chorus_pro.hosts import PortalHosts
    from chorus_connector.chorus_pro.operations import Operation

logger = logging.getLogger("chorus_pro")

_JSON = "application/json;charset=utf-8"
_TOKEN_SECONDS = 15.0
_PAGE_SIZE = 100

R = TypeVar("R", bound=m.Reponse)


class ChorusProClient:
    """Calls one portal for one supplier. Thread-safe; close it, or use it as a context manager.

    A given `http` client stays open; without one the client makes its own, with the certificate in certificate mode.
    `tokens` is by default the cache of the whole process. `seconds_left` limits every call including its retries,
    `patience` the retries after a refusal that may pass.
    """

    def __init__(
        self,
        hosts: PortalHosts,
        credentials: ClientCredentials,
        *,
        http: httpx.Client | None = None,
        tokens: TokenCache = PROCESS_TOKENS,
        seconds_left: SecondsLeft = no_deadline,
        sleep: Callable[[float], None] = time.sleep,
        page_size: int = _PAGE_SIZE,
        patience: retries.Patience | None = None,
    ) -> None:
        if (hosts.token_url is None) != isinstance(credentials, ClientCertificate):
            raise ValueError("certificate hosts go with certificate credentials, PISTE hosts with PISTE ones")
        self._hosts = hosts
        self._credentials = credentials
        self._owns_http = http is None
        self._http = bounded(http or _http_client(credentials))
        self._tokens = tokens
        self._seconds_left = seconds_left
        self._sleep = sleep
        self._page_size = page_size
        self._patience = patience or retries.Patience()

    def within(self, seconds_left: SecondsLeft) -> Self:
        """The same client, connections and tokens included, under another deadline (one per Lambda invocation)."""
        bounded = copy.copy(self)
        bounded._seconds_left = seconds_left
        bounded._owns_http = False
        return bounded

    def close(self) -> None:
        """Closes the connections this client opened itself."""
        if self._owns_http:
            self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<ChorusProClient of {self._hosts.api_base}>"

    # --- sending an invoice ---------------------------------------------------------------------------------

    def deposit_pdf(self, pdf: bytes, file_name: str, *, form: m.FormatDepot = "PDF_NON_SIGNE") -> m.PdfDepose:
        """Stores a PDF (at most 10 MB) as a draft and returns its attachment id; `submit` must follow."""
        demand = m.DepotPdf(fichierFacture=_to_base64(pdf), nomFichier=file_name, formatDepot=form)
        return self._call(ops.DEPOSIT_PDF, demand, m.PdfDepose)

    def submit(self, invoice: m.FactureASoumettre) -> m.FactureSoumise:
        """Submits an invoice and returns the portal's id for it. This cannot be undone.

        After NoReadableAnswer search the number before anything else. DuplicateNumber: the portal has it already.
        """
        return self._call(ops.SUBMIT, invoice, m.FactureSoumise)

    def deposit_flow(
        self,
        content: bytes,
        file_name: str,
        *,
        syntax: m.SyntaxeFlux = "IN_DP_E2_CII_FACTURX",
        signed: bool = False,
    ) -> m.FluxDepose:
        """Deposits a structured file such as a Factur-X. The portal checks it later, see `flow_report`."""
        demand = m.DepotFlux(
            fichierFlux=_to_base64(content), nomFichier=file_name, syntaxeFlux=syntax, avecSignature=signed
        )
        return self._call(ops.DEPOSIT_FLOW, demand, m.FluxDepose)

    def flow_report(self, flow_number: str, *, syntax: m.SyntaxeFlux | None = None) -> m.CompteRenduFlux:
        """The state of a deposited flow. Raises CallRejected(kind=NOT_FOUND) for a while after the deposit."""
        demand = m.DemandeCompteRendu(numeroFluxDepot=flow_number, syntaxeFlux=syntax)
        return self._call(ops.FLOW_REPORT, demand, m.CompteRenduFlux)

    # --- tracking invoices ----------------------------------------------------------------------------------

    def search_invoices(self, criteria: m.RechercheFactures) -> list[m.FactureTrouvee]:
        """Every matching invoice, oldest deposit first. Raises IncompleteListing."""
        return self._search(ops.SEARCH_INVOICES, criteria, m.FactureTrouvee)

    def search_invoices_page(self, criteria: m.RechercheFactures, page: int) -> tuple[list[m.FactureTrouvee], int]:
        """One page (from 1) of `search_invoices`, and the number of rows of the whole search."""
        return self._page(ops.SEARCH_INVOICES, criteria, m.FactureTrouvee, page)

    @property
    def page_size(self) -> int:
        """The number of rows of a full page."""
        return self._page_size

    def invoices_to_process(
        self, structure_id: int | None = None, *, hide_rejected: bool | None = None
    ) -> list[m.FactureTrouvee]:
        """Every invoice in a status the supplier may act on."""
        demand = m.RechercheATraiter(idStructure=structure_id, masquerRejetee=hide_rejected)
        return self._search(ops.INVOICES_TO_PROCESS, demand, m.FactureTrouvee)

    def read_invoice(self, invoice_id: int) -> m.FactureConsultee:
        """One invoice in full."""
        demand = m.ConsultationFacture(identifiantFactureCPP=invoice_id)
        return self._call(ops.READ_INVOICE, demand, m.ReponseConsultation).facture

    def read_history(self, invoice_id: int) -> m.Historique:
        """The statuses an invoice went through (the last 200), with the recipient's comments."""
        return self._call(ops.READ_HISTORY, m.ConsultationHistorique(idFacture=invoice_id), m.Historique)

    def download_invoices(
        self,
        invoice_ids: Iterable[int],
        *,
        form: m.FormatTelechargement = "PDF",
        with_attachments: bool = True,
    ) -> bytes:
        """PIVOT: one XML of them all. PDF: one PDF, or a ZIP when there are several files.

        The portal advises ten invoices a call and refuses more than 120 MB (Refused, TOO_LARGE).
        """
        wanted = m.oui_ou_non(with_attachments) if form == "PDF" else None
        demand = m.TelechargementFactures(
            format=form,
            avecPiecesJointesComplementaires=wanted,
            listeFacture=tuple(m.IdFacture(idFacture=one) for one in invoice_ids),
        )
        return self._file(ops.DOWNLOAD_INVOICES, demand, m.FichierResultat, "fichierResultat")

    # --- answering a send-back ------------------------------------------------------------------------------

    def complete(
        self,
        invoice_id: int,
        *,
        comment: str | None = None,
        attachments: Sequence[m.PieceJointeComplementaire] = (),
    ) -> m.FactureCompletee:
        """Answers a suspension (SUSPENDUE) with files, a comment, or both."""
        demand = m.Complement(
            identifiantFactureCPP=invoice_id,
            commentaire=comment,
            pieceJointeComplementaire=tuple(attachments),
        )
        return self._call(ops.COMPLETE, demand, m.FactureCompletee)

    def recycle(
        self,
        invoice_id: int,
        *,
        recipient_siret: str,
        service_code: str | None = None,
        engagement_number: str | None = None,
        comment: str | None = None,
    ) -> m.FactureRecyclee:
        """Sends an invoice in A_RECYCLER to another recipient, service or engagement; number and amounts stay."""
        reference = m.ReferenceRecyclage(numeroBonCommande=engagement_number) if engagement_number else None
        demand = m.Recyclage(
            identifiantFactureCPP=invoice_id,
            destinataire=m.Destinataire(codeDestinataire=recipient_siret, codeServiceExecutant=service_code),
            reference=reference,
            commentaire=comment,
        )
        return self._call(ops.RECYCLE, demand, m.FactureRecyclee)

    def acknowledge_rejections(self, invoice_ids: Iterable[int]) -> None:
        """Acknowledges rejected invoices, which removes them from the portal's summary."""
        ids = tuple(m.IdDemandePaiement(idDemandePaiement=one) for one in invoice_ids)
        self._call(ops.ACKNOWLEDGE_REJECTIONS, m.TraitementRejets(listeDemandePaiement=ids), m.Reponse)

    def correct_validator(
        self,
        invoice_id: int,
        *,
        structure_id: int | None = None,
        identifier: str | None = None,
        identifier_type: m.TypeIdentifiant = "SIRET",
    ) -> m.ValideurCorrige:
        """Names another validator for a subcontractor's or co-contractor's invoice (A9, A12)."""
        demand = m.CorrectionValideur(
            idFacture=invoice_id,
            idStructure=structure_id,
            identifiantStructure=identifier,
            typeIdentifiantStructure=identifier_type if identifier else None,
        )
        return self._call(ops.CORRECT_VALIDATOR, demand, m.ValideurCorrige)

    # --- files ----------------------------------------------------------------------------------------------

    def add_file(self, content: bytes, file_name: str, *, mime_type: str) -> int:
        """Stores a file (at most 10 MB, name of at most 50 characters) and returns its attachment id.

        It may be repeated after NoReadableAnswer: the portal then has an unused file.
        """
        demand = m.AjoutFichier(
            pieceJointeFichier=_to_base64(content),
            pieceJointeNom=file_name,
            pieceJointeTypeMime=mime_type,
            pieceJointeExtension=file_name.rpartition(".")[2].upper(),
        )
        return self._call(ops.ADD_FILE, demand, m.FichierAjoute).pieceJointeId

    def download_attachment(self, wanted: m.TelechargementPieceJointe) -> bytes:
        """The file, or the ZIP of files, attached to an invoice, an engagement, a ticket or a structure."""
        return self._file(ops.DOWNLOAD_ATTACHMENT, wanted, m.PieceJointeTelechargee, "pieceJointe")

    def download_directory(self) -> bytes:
        """A ZIP of all public structures with their requirements for invoices."""
        return self._file(ops.DOWNLOAD_DIRECTORY, m.Vide(), m.FichierResultat, "fichierResultat")

    # --- structures, services, the account ------------------------------------------------------------------

    def search_recipients(
        self,
        *,
        siret: str | None = None,
        name_town_or_postcode: str | None = None,
        structure_type: str | None = None,
    ) -> list[m.DestinataireTrouve]:
        """Public structures an invoice may be sent to."""
        demand = m.RechercheDestinataire(
            identifiant=siret, nomVilleCodePostal=name_town_or_postcode, typeStructure=structure_type
        )
        return self._search(ops.SEARCH_RECIPIENTS, demand, m.DestinataireTrouve)

    def search_recipients_page(
        self, siret: str | None, name_town_or_postcode: str | None, page: int
    ) -> tuple[list[m.DestinataireTrouve], int]:
        """One page (from 1) of `search_recipients`, and the number of rows of the whole search."""
        demand = m.RechercheDestinataire(identifiant=siret, nomVilleCodePostal=name_town_or_postcode)
        return self._page(ops.SEARCH_RECIPIENTS, demand, m.DestinataireTrouve, page)

    def search_structures(
        self, criteria: m.CritereStructure, *, own_private_only: bool = False
    ) -> list[m.StructureTrouvee]:
        """Structures that match, public and private, active or not (`statut`)."""
        demand = m.RechercheStructures(structure=criteria, restreindreStructuresPrivees=own_private_only)
        return self._search(ops.SEARCH_STRUCTURES, demand, m.StructureTrouvee)

    def read_structure(self, structure_id: int) -> m.StructureConsultee:
        """One structure: its obligations, and for one's own the expiry of the technical account's password."""
        demand = m.ConsultationStructure(idStructureCPP=structure_id)
        return self._call(ops.READ_STRUCTURE, demand, m.StructureConsultee)

    def search_services(self, structure_id: int) -> list[m.ServiceTrouve]:
        """Every service of a structure, the reserved FACTURES_PUBLIQUES included."""
        return self._search(ops.SEARCH_SERVICES, m.DeStructure(idStructure=structure_id), m.ServiceTrouve)

    def read_service(self, structure_id: int, service_id: int) -> m.ServiceConsulte:
        """One service, with its own engagement flag."""
        demand = m.ConsultationService(idStructure=structure_id, idService=service_id)
        return self._call(ops.READ_SERVICE, demand, m.ServiceConsulte)

    def memberships(self) -> list[m.Rattachement]:
        """The structures this technical account is attached to: empty means the attachment is missing."""
        return self._search(ops.MEMBERSHIPS, m.Vide(), m.Rattachement)

    def active_supplier_structures(self) -> list[m.StructureActive]:
        """The structures this account may send invoices for; returns their `idFournisseur`."""
        return self._rows(ops.ACTIVE_SUPPLIER_STRUCTURES, m.Vide(), m.StructureActive)

    def valid_bank_accounts(self, structure_id: int) -> list[m.CoordonneeBancaire]:
        """The bank accounts entered in the portal for a structure, by id and name."""
        return self._rows(ops.VALID_BANK_ACCOUNTS, m.DeStructure(idStructure=structure_id), m.CoordonneeBancaire)

    # --- referentials ---------------------------------------------------------------------------------------

    def vat_rates(self) -> list[m.TauxTva]:
        """The coded VAT rates; also the lightest call that proves both credentials."""
        return self._rows(ops.VAT_RATES, m.EnLangue(), m.TauxTva)

    def vat_exemption_reasons(self) -> list[m.MotifExonerationTva]:
        """The coded reasons that go with EXONERATION."""
        return self._rows(ops.VAT_EXEMPTION_REASONS, m.EnLangue(), m.MotifExonerationTva)

    def currencies(self) -> list[m.Devise]:
        """Currency codes."""
        return self._rows(ops.CURRENCIES, m.EnLangue(), m.Devise)

    def countries(self) -> list[m.Pays]:
        """Country codes."""
        return self._rows(ops.COUNTRIES, m.EnLangue(), m.Pays)

    def attachment_types(self, object_type: str = "FACTURE") -> list[m.TypePieceJointe]:
        """The types an attachment of an invoice may have."""
        return self._rows(ops.ATTACHMENT_TYPES, m.DeTypeObjet(typeObjet=object_type), m.TypePieceJointe)

    def payment_modes(self) -> list[str]:
        """Codes of payment modes."""
        return self._codes(ops.PAYMENT_MODES, m.Vide(), "modePaiement")

    def deposit_modes(self) -> list[str]:
        """Codes of deposit modes."""
        return self._codes(ops.DEPOSIT_MODES, m.Vide(), "modeDepot")

    def invoicing_frames(self, payment_request_type: str = "FACTURE") -> list[str]:
        """Codes of « cadres de facturation »."""
        demand = m.DeTypeDemandePaiement(typeDemandePaiement=payment_request_type)
        return self._codes(ops.INVOICING_FRAMES, demand, "codeCadreFacturation")

    def payment_request_types(self) -> list[str]:
        """Codes of payment request types."""
        return self._codes(ops.PAYMENT_REQUEST_TYPES, m.Vide(), "typeDemandePaiement")

    def payment_request_states(self, payment_request_type: str = "FACTURE") -> list[str]:
        """Every status a payment request of this type can have."""
        demand = m.DeTypeDemandePaiement(typeDemandePaiement=payment_request_type)
        return self._codes(ops.PAYMENT_REQUEST_STATES, demand, "etatDemandePaiement")

    def next_statuses(self, status: str) -> list[str]:
        """The statuses a recipient can set from this one: the portal's live transition table."""
        return self._codes(ops.NEXT_STATUSES, m.DeStatut(statutCourant=status), "statutPossiblePourTraitement")

    def structure_identifier_types(self) -> list[str]:
        """Codes of identifier types (SIRET, RIDET...)."""
        return self._codes(ops.STRUCTURE_IDENTIFIER_TYPES, m.Vide(), "typeIdentifiantStructure")

    def flow_formats(self) -> list[str]:
        """Codes of flow formats."""
        return self._codes(ops.FLOW_FORMATS, m.Vide(), "formatFlux")

    def health_check(self) -> m.EtatPortail:
        """Whether the portal is up, as it sees itself."""
        return self._call(ops.HEALTH_CHECK, None, m.EtatPortail)

    # --- shapes of answers ----------------------------------------------------------------------------------

    def _call(self, operation: Operation, demand: m.Demande | None, shape: type[R]) -> R:
        body = demand.corps() if demand is not None else None
        payload = self._payload(operation, body)
        try:
            return shape.model_validate(payload)
        except ValidationError as problem:
            raise _missing_fields(operation, problem) from None

    def _rows(self, operation: Operation, demand: m.Demande, shape: type[R]) -> list[R]:
        payload = self._payload(operation, demand.corps())
        return _shaped(operation, rows_of(operation, payload), shape)

    def _codes(self, operation: Operation, demand: m.Demande, key: str) -> list[str]:
        payload = self._payload(operation, demand.corps())
        return [str(row[key]) for row in rows_of(operation, payload) if row.get(key) is not None]

    def _search(self, operation: Operation, demand: m.Demande, shape: type[R]) -> list[R]:
        criteria = demand.corps()
        page_size = (operation.paging and operation.paging.page_size) or self._page_size
        rows = all_rows(operation, lambda block: self._payload(operation, criteria | block), page_size)
        return _shaped(operation, rows, shape)

    def _page(self, operation: Operation, demand: m.Demande, shape: type[R], page: int) -> tuple[list[R], int]:
        payload = self._payload(operation, demand.corps() | page_block(operation, page, self._page_size))
        rows, total = rows_of(operation, payload), total_of(payload)
        return _shaped(operation, rows, shape), len(rows) if total is None else total

    def _file(self, operation: Operation, demand: m.Demande, shape: type[R], name: str) -> bytes:
        answer = self._call(operation, demand, shape)
        try:
            return base64.b64decode(getattr(answer, name), validate=True)
        except binascii.Error:
            raise UnexpectedAnswer(operation.label, (name,)) from None

    # --- one call -------------------------------------------------------------------------------------------

    def _payload(self, operation: Operation, body: dict[str, Any] | None) -> Payload:
        content = json.dumps(body, ensure_ascii=False).encode() if body is not None else None
        if not operation.idempotent:
            return self._authorised(operation, content)
        return retries.reads(self._seconds_left, self._sleep)(self._authorised, operation, content)

    def _authorised(self, operation: Operation, content: bytes | None) -> Payload:
        """Calls with a token. A call that the gate refused is replayed: the portal processed nothing.

        The token is renewed once: a gate that does not know a new token yet needs time and not another token.
        """
        first = self._token(operation)
        if first is None:
            return self._without_gate(operation, content)

        def call() -> Payload:
            token = first if again.statistics["attempt_number"] == 1 else self._token(operation, stale=first)
            return self._once(operation, content, token)

        again = retries.refused_calls(self._seconds_left, self._sleep, self._patience)
        return again(call)

    def _without_gate(self, operation: Operation, content: bytes | None) -> Payload:
        """Calls by certificate, where no gate refuses good credentials for a while."""
        try:
            return self._once(operation, content, None)
        except AccessDenied as refusal:
            refusal.passing = False
            raise

    def _once(self, operation: Operation, content: bytes | None, token: str | None) -> Payload:
        headers = {"Accept": _JSON, "Content-Type": _JSON, **self._credentials.headers(token)}
        url = self._hosts.url(operation.family, operation.path)
        request = Request(operation.verb, url, headers, content)
        with _logged(operation.label) as facts:
            try:
                answer = exchange(self._http, request, operation.seconds, self._seconds_left)
            except Interrupted as interruption:
                raise _from_interruption(operation, interruption) from None
            facts["status"] = answer.status
            payload = decipher(operation, answer.status, answer.headers, answer.body)
            facts["codeRetour"] = return_code(payload)
        return payload

    # --- the token ------------------------------------------------------------------------------------------

    def _token(self, operation: Operation, *, stale: str | None = None) -> str | None:
        credentials, url = self._credentials, self._hosts.token_url
        if not isinstance(credentials, PisteCredentials) or url is None:
            return None
        application = Application.of(url, credentials)

        def fetch() -> AccessToken:
            again = retries.tokens(self._seconds_left, self._sleep, self._patience)
            return again(self._request_token, operation, url, credentials)

        if stale is None:
            return self._tokens.get(application, fetch)
        return self._tokens.renew(application, stale, fetch)

    def _request_token(self, operation: Operation, url: str, credentials: PisteCredentials) -> AccessToken:
        form = {
            "grant_type": "client_credentials",
            "client_id": credentials.client_id,
            "client_secret": credentials.client_secret,
            "scope": "openid",
        }
        headers = {"Accept": "application/json", "Content-Type": "application/x-www-form-urlencoded"}
        request = Request("POST", url, headers, str(httpx.QueryParams(form)).encode("ascii"))
        with _logged("token") as facts:
            try:
                answer = exchange(self._http, request, _TOKEN_SECONDS, self._seconds_left)
            except Interrupted as interruption:
                timeless = interruption.reason is Reason.OUT_OF_TIME
                reason = Reason.OUT_OF_TIME if timeless else Reason.TOKEN_SERVICE
                raise NotSent(operation.label, reason) from None
            facts["status"] = answer.status
            return decipher_token(operation.label, answer.status, answer.headers, answer.body)


@contextmanager
def _logged(what: str) -> Iterator[dict[str, object]]:
    """Writes one line per HTTP exchange. The caller adds codes only to the yielded facts."""
    facts: dict[str, object] = {}
    started = time.monotonic()
    try:
        yield facts
    except ChorusProError as error:
        facts |= {"error": type(error).__name__, "codeRetour": getattr(error, "code", None)}
        raise
    finally:
        text = "".join(f" {name}={value}" for name, value in facts.items() if value is not None)
        logger.info("%s%s duration_ms=%d", what, text, round((time.monotonic() - started) * 1000))


def _http_client(credentials: ClientCredentials) -> httpx.Client:
    """httpx drops idle connections after 5 s by default: a stale one would leave a submission in doubt."""
    if isinstance(credentials, ClientCertificate):
        from chorus_connector.chorus_pro.certificate import tls_context  # noqa: PLC0415  (this mode only)

        return httpx.Client(verify=tls_context(credentials), headers={"User-Agent": "chorus-connector"})
    return httpx.Client(headers={"User-Agent": "chorus-connector"})


def _from_interruption(operation: Operation, interruption: Interrupted) -> ChorusProError:
    if interruption.reason is Reason.CERTIFICATE_REFUSED:
        return AccessDenied(operation.label, "certificate")
    if not interruption.sent:
        return NotSent(operation.label, interruption.reason)
    return unclear(operation, interruption.reason)


def _shaped(operation: Operation, rows: list[dict[str, Any]], shape: type[R]) -> list[R]:
    try:
        return [shape.model_validate(row) for row in rows]
    except ValidationError as problem:
        raise _missing_fields(operation, problem) from None


def _missing_fields(operation: Operation, problem: ValidationError) -> ChorusProError:
    """The error for a successful answer without required fields: a call that changes something is then in doubt."""
    if not operation.idempotent:
        return NoReadableAnswer(operation.label, Reason.MISSING_FIELDS, status=200)
    fields = {".".join(str(part) for part in error["loc"]) for error in problem.errors(include_input=False)}
    return UnexpectedAnswer(operation.label, tuple(sorted(fields)))


def _to_base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
