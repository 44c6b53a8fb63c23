"""``ports.Portal`` on the Chorus Pro client: translates domain records to the portal's French names and back.

The only module that knows both the domain's invoice and the client's wire models. It decides nothing: the client
classifies failures, the use cases decide what to do about them.
"""

from __future__ import annotations

import base64
import binascii
import mimetypes
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, assert_never, get_args

from chorus_connector.chorus_pro import errors as portal_errors
from chorus_connector.chorus_pro import models as wire
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.credentials import ClientCertificate, PisteCredentials
from chorus_connector.chorus_pro.deadline import SecondsLeft, no_deadline
from chorus_connector.chorus_pro.leniency import note_unread
from chorus_connector.domain.invoices.attachments import AttachmentType
from chorus_connector.domain.invoices.invoice import Deposit
from chorus_connector.domain.portal.answers import (
    AnswerLost,
    Blame,
    CredentialFault,
    CredentialsRefused,
    FlowReport,
    FoundInvoice,
    InvoiceHistory,
    PassedStatus,
    PortalAccount,
    PortalPage,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.portal.credentials import CertificateCredentials, Credentials, OAuthCredentials
from chorus_connector.domain.portal.flow_rejections import are_about_format
from chorus_connector.domain.portal.recipient import Recipient, Service
from chorus_connector.domain.portal.recipient_search import RecipientFound
from chorus_connector.domain.suppliers.identifier import is_overseas
from chorus_connector.domain.suppliers.supplier import BankAccount

if TYPE_CHECKING:
    import httpx

    from chorus_connector.chorus_pro.hosts import PortalHosts
    from chorus_connector.chorus_pro.retries import Patience
    from chorus_connector.domain.invoices.fields import Framework, PaymentMethod, VatRegime
    from chorus_connector.domain.invoices.submission import Submission
    from chorus_connector.domain.suppliers.supplier import Supplier
    from chorus_connector.ports.values import StoredAttachment

_FRAMEWORKS: dict[Framework, wire.CadreFacturation] = {
    "A1": "A1_FACTURE_FOURNISSEUR",
    "A2": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9": "A9_FACTURE_SOUSTRAITANT",
    "A12": "A12_FACTURE_COTRAITANT",
}
_VAT_REGIMES: dict[VatRegime, wire.TypeTva] = {
    "on_debits": "TVA_SUR_DEBIT",
    "on_receipts": "TVA_SUR_ENCAISSEMENT",
    "exempt": "EXONERATION",
    "none": "SANS_TVA",
}
_PAYMENT_METHODS: dict[PaymentMethod, wire.ModePaiement] = {
    "cheque": "CHEQUE",
    "direct_debit": "PRELEVEMENT",
    "transfer": "VIREMENT",
    "cash": "ESPECE",
    "other": "AUTRE",
    "carried_over": "REPORT",
}
_FAULTS: dict[portal_errors.Credential, CredentialFault] = {
    "piste_application": "piste_application",
    "token": "piste_application",
    "api_consent": "api_consent",
    "technical_account": "technical_account",
    "certificate": "certificate",
}
_FLOW_OUTCOMES: dict[str, Literal["integrated", "rejected", "incident"]] = {
    "IN_INTEGRE": "integrated",
    "IN_INTEGRE_PARTIEL": "integrated",
    "IN_REJETE": "rejected",
    "IN_INCIDENTE": "incident",
}
"""The four final states of a flow (``consulterCRDetaille``)."""
_FLOW_PROGRESS = frozenset(
    {
        "",
        "IN_RECU",
        "IN_DEPOT_PORTAIL_EN_ATTENTE_TRAITEMENT_SE_CPP",
        "IN_TRAITE_SE_CPP",
        "IN_EN_ATTENTE_TRAITEMENT_CPP",
        "IN_EN_COURS_TRAITEMENT_CPP",
    }
)
"""The states of a flow that makes progress. In any other state, known or not, the portal may need its own people."""
_CLOSED = frozenset({"INACTIVE", "INACTIF", "FERMEE", "FERME", "SUPPRIMEE", "SUPPRIME", "DESACTIVEE", "DESACTIVE"})
_UNUSED_NUMBER = "-"
"""A search for it finds nothing, and proves that the application may call the invoice operations."""


class ChorusPortal:
    """``ports.Portal`` through the Chorus Pro client, as one supplier.

    ``hosts`` are PISTE's, ``certificate_hosts`` those of the certificate gateway; the kind of credentials selects one.
    All suppliers share the connections to PISTE. A connection to the gateway belongs to a certificate, and
    ``certificate_http`` makes it. ``seconds_left`` limits every call including its retries, ``patience`` the retries
    after a refusal that may pass.
    """

    def __init__(
        self,
        *,
        hosts: PortalHosts,
        http: httpx.Client,
        supplier: Supplier,
        credentials: Callable[[], Credentials | None],
        certificate_hosts: PortalHosts | None = None,
        certificate_http: Callable[[ClientCertificate], httpx.Client] | None = None,
        seconds_left: SecondsLeft = no_deadline,
        sleep: Callable[[float], None] = time.sleep,
        patience: Patience | None = None,
    ) -> None:
        self._hosts = hosts
        self._certificate_hosts = certificate_hosts
        self._certificate_http = certificate_http
        self._http = http
        self._supplier = supplier
        self._credentials = credentials
        self._seconds_left = seconds_left
        self._sleep = sleep
        self._patience = patience
        self._made: ChorusProClient | None = None

    def account(self) -> PortalAccount:
        """Make one cheap call per family of operations, so that a missing consent shows before the first invoice."""
        with _translated_errors():
            client = self._client()
            structure_id = self._structure_among(self._active_structures(client))
            general = client.read_structure(structure_id).informationGenerales
            if general and not self._is_of_its_scheme(general.typeIdentifiantStructure):
                raise CredentialsRefused("structure")
            client.search_invoices(wire.RechercheFactures(idFournisseur=structure_id, numeroFacture=_UNUSED_NUMBER))
            banks = client.valid_bank_accounts(structure_id)
        return PortalAccount(
            structure_id=structure_id,
            bank_accounts=tuple(_bank_account(each) for each in banks),
            password_expires_at=general.dateExpirationMotPasseCompteTech if general else None,
        )

    def attached_to(self) -> frozenset[int]:
        with _translated_errors():
            client = self._client()
            active = {each.idStructureCPP for each in self._active_structures(client)}
            return frozenset(active | {each.idStructure for each in client.memberships()})

    def bank_accounts(self) -> tuple[BankAccount, ...]:
        structure_id = self._structure_id()
        with _translated_errors():
            return tuple(_bank_account(each) for each in self._client().valid_bank_accounts(structure_id))

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        with _translated_errors():
            client = self._client()
            found = overseas_bodies(client, siret) if is_overseas(siret) else _structures(client, siret)
            if not found:
                return None
            chosen, structure, ambiguous = _preferred(client, found)
            general = structure.informationGenerales
            if is_overseas(siret) and general and general.structurePriveePublique == "PRIVEE":
                return None  # the supplier's own structure, or that of another of its account
            services = client.search_services(chosen.idStructureCPP)
        asks = structure.parametres or wire.ParametresStructure()
        seat = structure.adressePostaleDuSiege or wire.AdressePostale()
        return Recipient(
            portal_id=chosen.idStructureCPP,
            siret=siret,
            name=chosen.designationStructure or "",
            active=_is_active(chosen),
            postal_code=seat.codePostal or "",
            town=seat.ville or "",
            public=_stated_public(structure),
            ambiguous=ambiguous,
            service_required=bool(asks.codeServiceDoitEtreRenseigne),
            engagement_required=bool(asks.numeroEJDoitEtreRenseigne),
            service_or_engagement_required=bool(asks.gestionNumeroEJOuCodeService),
            works_invoices_only=bool(asks.estMoaUniquement),
            reports_payment=not asks.statutMiseEnPaiementNestPasRemonte,
            services=tuple(_service(each) for each in services if each.codeService),
            fetched_at=now,
        )

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        with _translated_errors():
            read = self._client().read_service(recipient.portal_id, service.portal_id)
        return bool(read.parametres and read.parametres.numeroEngagement)

    def search_recipients(self, siret: str, text: str, *, most: int) -> tuple[Sequence[RecipientFound], bool]:
        found: list[RecipientFound] = []
        with _translated_errors():
            client = self._client()
            for page in range(1, -(-most // client.page_size) + 1):
                rows, total = client.search_recipients_page(siret or None, text or None, page)
                found += [_recipient_found(each) for each in rows if each.siret]
                if not rows or page * client.page_size >= total:
                    return found[:most], len(found) <= most
        return found[:most], False

    def attachment_types(self) -> tuple[AttachmentType, ...]:
        with _translated_errors():
            rows = self._client().attachment_types()
        return tuple(
            AttachmentType(code=row.codeTypePieceJointe, name=row.libelleTypePieceJointe or "") for row in rows
        )

    def upload(self, file_name: str, data: bytes) -> int:
        mime_type = mimetypes.guess_type(file_name)[0] or "application/octet-stream"
        with _translated_errors():
            return self._client().add_file(data, file_name, mime_type=mime_type)

    def submit(
        self,
        submission: Submission,
        *,
        file_id: int,
        file_name: str,
        attachments: Sequence[StoredAttachment] = (),
    ) -> Deposit:
        structure_id = self._structure_id()
        invoice = _on_the_wire(submission, structure_id, file_id, file_name)
        if attachments:
            invoice = invoice.model_copy(
                update={"pieceJointeComplementaire": tuple(_complementary(each) for each in attachments)}
            )
        with _translated_errors():
            answer = self._client().submit(invoice)
        return Deposit(
            chorus_id=answer.identifiantFactureCPP,
            invoice_number=answer.numeroFacture or submission.invoice_number,
            status=answer.statutFacture or "",
            certificate=answer.empreinteCertificatDepot,
        )

    def deposit_flow(self, file_name: str, data: bytes) -> str:
        with _translated_errors():
            return self._client().deposit_flow(data, file_name, syntax="IN_DP_E2_CII_FACTURX").numeroFluxDepot

    def flow_report(self, flow_number: str) -> FlowReport:
        with _translated_errors():
            try:
                report = self._client().flow_report(flow_number)
            except portal_errors.CallRejected as error:
                if error.kind is portal_errors.RefusalKind.NOT_FOUND:
                    return FlowReport("pending")  # right after the deposit the portal does not know it yet
                raise
        state = report.etatCourantDepotFlux or ""
        of_file = tuple(each.libelleErreur for each in report.listeErreurTechnique if each.libelleErreur)
        of_invoice = tuple(each.libelleErreurDP for each in report.listeErreurDP if each.libelleErreurDP)
        unfinished: Literal["pending", "halted"] = "pending" if state in _FLOW_PROGRESS else "halted"
        return FlowReport(
            _FLOW_OUTCOMES.get(state, unfinished),
            state,
            (*of_file, *of_invoice),
            about_format=are_about_format(of_file, of_invoice),
        )

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        wanted = wire.RechercheFactures(idFournisseur=self._structure_id(), numeroFacture=invoice_number)
        with _translated_errors():
            rows = self._client().search_invoices(wanted)
        # the portal's search may match more than the exact number
        return [_found(row) for row in rows if row.numeroFacture == invoice_number]

    def changes(self, *, since: datetime | None, page: int) -> PortalPage:
        wanted = wire.RechercheFactures(idFournisseur=self._structure_id(), periodeDateHeureEtatCourantDu=since)
        with _translated_errors():
            client = self._client()
            rows, total = client.search_invoices_page(wanted, page)
        last = not rows or page * client.page_size >= total
        return PortalPage(tuple(_found(row) for row in rows), total, last)

    def history(self, chorus_id: int) -> InvoiceHistory:
        with _translated_errors():
            history = self._client().read_history(chorus_id)
        newest_first = history.historiquesDesStatuts.histoStatut if history.historiquesDesStatuts else ()
        # by the portal's own numbers: dates have minutes only, and several statuses may share one
        oldest_first = list(reversed(newest_first))
        in_order = sorted(oldest_first, key=lambda each: each.histoStatutId or 0)
        steps = tuple(
            PassedStatus(each.histoStatutCode or "", each.histoStatutDatePassage, each.histoStatutCommentaire)
            for each in in_order
        )
        return InvoiceHistory(history.statutCourantCode or (steps[-1].status if steps else ""), steps)

    def recycle(
        self,
        chorus_id: int,
        *,
        recipient_siret: str,
        service_code: str | None,
        engagement_number: str | None,
        comment: str | None,
    ) -> None:
        with _translated_errors():
            self._client().recycle(
                chorus_id,
                recipient_siret=recipient_siret,
                service_code=service_code,
                engagement_number=engagement_number,
                comment=comment,
            )

    def complete(self, chorus_id: int, *, comment: str | None, attachments: Sequence[StoredAttachment]) -> None:
        with _translated_errors():
            self._client().complete(
                chorus_id, comment=comment, attachments=[_complementary(each) for each in attachments]
            )

    def treat_rejection(self, chorus_id: int) -> None:
        with _translated_errors():
            self._client().acknowledge_rejections([chorus_id])

    def correct_validator(self, chorus_id: int, *, siret: str) -> None:
        with _translated_errors():
            self._client().correct_validator(chorus_id, identifier=siret)

    def download(self, chorus_id: int, *, with_attachments: bool) -> bytes:
        with _translated_errors():
            return self._client().download_invoices([chorus_id], with_attachments=with_attachments)

    def _structure_id(self) -> int:
        if self._supplier.portal_structure_id is not None:
            return self._supplier.portal_structure_id
        with _translated_errors():
            return self._structure_among(self._active_structures(self._client()))

    def _active_structures(self, client: ChorusProClient) -> list[wire.StructureActive]:
        try:
            return client.active_supplier_structures()
        except portal_errors.AccessDenied as refusal:
            raise self._precise_refusal(client, refusal) from None

    def _precise_refusal(self, client: ChorusProClient, refusal: portal_errors.AccessDenied) -> CredentialsRefused:
        """Find the cause of an empty 403, the account or the consent, by the health check, which needs no account."""
        fault = _FAULTS[refusal.which]
        if fault != "api_consent" or "technical_account" not in refusal.suspects:
            return CredentialsRefused(fault, passing=refusal.passing)
        try:
            client.health_check()
        except portal_errors.ChorusProError:
            return CredentialsRefused(fault)
        return CredentialsRefused("raccordement")

    def _structure_among(self, active: list[wire.StructureActive]) -> int:
        """The supplier's structure. Two schemes may have the same characters, and this list names no scheme."""
        own = [each.idStructureCPP for each in active if self._is_own(each.identifiant)]
        if len(own) > 1:
            memberships = self._client().memberships()
            own = [each.idStructure for each in memberships if each.idStructure in own and self._is_membership(each)]
        if not own:
            raise CredentialsRefused("rights" if self._is_attached() else "structure")
        return own[0]

    def _is_attached(self) -> bool:
        """Whether the account is attached to the structure. False also when that is unknown: the advice is the same."""
        try:
            return any(map(self._is_membership, self._client().memberships()))
        except portal_errors.ChorusProError:
            return False

    def _is_membership(self, row: wire.Rattachement) -> bool:
        return self._is_own(row.identifiantStructure) and self._is_of_its_scheme(row.typeIdentifiantStructure)

    def _is_own(self, identifier: str | None) -> bool:
        return self._supplier.identifier is not None and self._supplier.identifier.is_written(identifier)

    def _is_of_its_scheme(self, scheme: str | None) -> bool:
        """Whether the portal's type of an identifier is the supplier's; True when the answer has none of its types."""
        own = self._supplier.identifier
        return scheme not in get_args(wire.TypeIdentifiant) or (own is not None and scheme == own.scheme)

    def _client(self) -> ChorusProClient:
        if self._made is None:
            self._made = self._make_client(self._credentials())
        return self._made

    def _make_client(self, credentials: Credentials | None) -> ChorusProClient:
        match credentials:
            case None:
                raise CredentialsRefused("missing")
            case OAuthCredentials():
                return self._client_of(self._hosts, _piste(credentials), self._http)
            case CertificateCredentials():
                if self._certificate_hosts is None or self._certificate_http is None:
                    raise CredentialsRefused("certificate")
                certificate = _client_certificate(credentials)
                return self._client_of(self._certificate_hosts, certificate, self._certificate_http(certificate))
            case _:
                assert_never(credentials)

    def _client_of(
        self, hosts: PortalHosts, credentials: PisteCredentials | ClientCertificate, http: httpx.Client
    ) -> ChorusProClient:
        return ChorusProClient(
            hosts,
            credentials,
            http=http,
            seconds_left=self._seconds_left,
            sleep=self._sleep,
            patience=self._patience,
        )


def _preferred(
    client: ChorusProClient, found: list[wire.StructureTrouvee]
) -> tuple[wire.StructureTrouvee, wire.StructureConsultee, bool]:
    """The one of the structures of a SIRET that an invoice is meant for, and whether another is equal to it.

    An active one comes first, then a public one.
    """
    active = [each for each in found if _is_active(each)] or found
    read = [(each, client.read_structure(each.idStructureCPP)) for each in active]
    public = [each for each in read if _is_public(each[1])] or read
    chosen, structure = min(public, key=lambda each: each[0].idStructureCPP)
    return chosen, structure, len(public) > 1


def _is_active(structure: wire.StructureTrouvee) -> bool:
    """Whether the structure takes invoices. The portal judges one whose status is unknown here."""
    status = (structure.statut or "").upper()
    if status not in ("", "ACTIVE", "ACTIF", *_CLOSED):
        note_unread("StructureTrouvee.statut", status)
    return status not in _CLOSED


def _is_public(structure: wire.StructureConsultee) -> bool:
    return bool(_stated_public(structure))


def _stated_public(structure: wire.StructureConsultee) -> bool | None:
    """Whether the portal calls the structure public; None where it is silent."""
    general = structure.informationGenerales
    stated = (general.structurePriveePublique or "").upper() if general else ""
    return stated.startswith("PUB") if stated else None


def _structures(client: ChorusProClient, siret: str) -> list[wire.StructureTrouvee]:
    """The structures with that SIRET."""
    wanted = wire.CritereStructure(identifiantStructure=siret, typeIdentifiantStructure="SIRET")
    return [each for each in client.search_structures(wanted) if each.identifiantStructure in (None, siret)]


def overseas_bodies(client: ChorusProClient, code: str) -> list[wire.StructureTrouvee]:
    """The public bodies with that RIDET or TAHITI number; none when it is one of each, as a deposit names no scheme."""
    found = client.search_structures(wire.CritereStructure(identifiantStructure=code), own_private_only=True)
    named = [each for each in found if each.identifiantStructure == code]
    bodies = [each for each in named if each.typeIdentifiantStructure in ("RIDET", "TAHITI")]
    return bodies if len({each.typeIdentifiantStructure for each in bodies}) == 1 else []


def _piste(credentials: OAuthCredentials) -> PisteCredentials:
    return PisteCredentials(
        client_id=credentials.client_id.get_secret_value(),
        client_secret=credentials.client_secret.get_secret_value(),
        login=credentials.technical_login.get_secret_value(),
        password=credentials.technical_password.get_secret_value(),
    )


def _client_certificate(credentials: CertificateCredentials) -> ClientCertificate:
    password = credentials.certificate_password
    try:
        certificate = base64.b64decode(credentials.certificate.get_secret_value(), validate=True)
    except (binascii.Error, ValueError):
        raise CredentialsRefused("certificate") from None
    return ClientCertificate(
        login=credentials.technical_login.get_secret_value(),
        password=credentials.technical_password.get_secret_value(),
        certificate=certificate,
        certificate_password=password.get_secret_value() if password else None,
        form=credentials.certificate_format,
    )


@contextmanager
def _translated_errors() -> Iterator[None]:
    """Raise the client's errors as the domain's failures."""
    try:
        yield
    except portal_errors.DuplicateNumber as error:
        raise PortalRefused(_code(error), error.text, duplicate_number=True) from None
    except portal_errors.CallRejected as error:
        raise PortalRefused(_code(error), error.text) from None
    except portal_errors.AccessDenied as error:
        raise CredentialsRefused(_FAULTS[error.which], passing=error.passing) from None
    except portal_errors.NoReadableAnswer as error:
        raise AnswerLost(error.reason) from None
    except portal_errors.PortalUnavailable as error:
        retry_in = timedelta(seconds=error.retry_after) if error.retry_after else None
        raise PortalUnreachable(error.reason, retry_in, blame=_blame(error)) from None
    except (portal_errors.IncompleteListing, portal_errors.UnexpectedAnswer) as error:
        # an incomplete list or an unexpected answer: only reads raise them, so they may be repeated
        raise PortalUnreachable(type(error).__name__, blame=error.blame, answered=True) from None


def _blame(error: portal_errors.PortalUnavailable) -> Blame:
    """Throttling concerns this supplier's application only: it must not stop other suppliers."""
    return "quota" if isinstance(error, portal_errors.Throttled) else error.blame


def _code(error: portal_errors.CallRejected) -> str:
    return error.message_code or str(error.code if error.code is not None else error.status)


def _bank_account(row: wire.CoordonneeBancaire) -> BankAccount:
    return BankAccount(portal_id=row.idCoordonneeBancaire, name=row.nomCoordonneeBancaire or "")


def _service(row: wire.ServiceTrouve) -> Service:
    return Service(
        portal_id=row.idService,
        code=row.codeService or "",
        name=row.libelleService or "",
        active=row.estActif is not False,
    )


def _recipient_found(row: wire.DestinataireTrouve) -> RecipientFound:
    return RecipientFound(
        siret=row.siret or "",
        name=row.nomDestinataire or "",
        postal_code=row.adresseCodePostal or "",
        town=row.adresseVille or "",
    )


def _found(row: wire.FactureTrouvee) -> FoundInvoice:
    return FoundInvoice(
        chorus_id=row.identifiantFactureCPP,
        invoice_number=row.numeroFacture or "",
        recipient_siret=row.codeDestinataire,
        invoice_date=row.dateFacture,
        total_ttc=_cents(row.montantTTC),
        status=row.statut or "",
        status_at=row.dateHeureEtatCourant,
        comment=row.commentaireEtatCourant,
        rejection_treated=bool(row.rejetTraite),
        recipient_name=row.designationDestinataire,
        service_code=row.codeServiceExecutant,
        engagement_number=row.numeroBonCommande,
        contract_number=row.numeroMarche,
        invoice_type="credit_note" if row.typeFacture == "AVOIR" else "invoice",
        total_ht=_cents(row.montantHT),
        amount_due=_cents(row.montantAPayer),
        deposited_on=row.dateDepot,
        unread=row.non_lus | _unknown_words(row),
    )


def _unknown_words(row: wire.FactureTrouvee) -> dict[str, str]:
    """The row's values of known lists that have no meaning here."""
    if row.typeFacture in (None, "", "FACTURE", "AVOIR"):
        return {}
    note_unread("FactureTrouvee.typeFacture", row.typeFacture)
    return {"typeFacture": row.typeFacture}


def _cents(amount: Decimal | None) -> Decimal | None:
    """The amount rounded to cents: we send two decimals, and the portal answers with six."""
    return amount.quantize(Decimal("0.01")) if amount is not None else None


def _complementary(stored: StoredAttachment) -> wire.PieceJointeComplementaire:
    return wire.PieceJointeComplementaire(
        pieceJointeComplementaireDesignation=stored.attachment.file_name,
        pieceJointeComplementaireType=stored.attachment.attachment_type,
        pieceJointeComplementaireId=stored.file_id,
    )


def _on_the_wire(submission: Submission, structure_id: int, file_id: int, file_name: str) -> wire.FactureASoumettre:
    """The smallest body that the portal is known to accept for a PDF deposit: no lines, no VAT summary."""
    return wire.FactureASoumettre(
        modeDepot="DEPOT_PDF_API",
        numeroFactureSaisi=submission.invoice_number,
        dateFacture=submission.invoice_date,
        destinataire=wire.Destinataire(
            codeDestinataire=submission.recipient_siret, codeServiceExecutant=submission.service_code
        ),
        fournisseur=wire.Fournisseur(
            idFournisseur=structure_id, codeCoordonneesBancairesFournisseur=submission.bank_account
        ),
        cadreDeFacturation=wire.CadreDeFacturation(
            codeCadreFacturation=_FRAMEWORKS[submission.framework],
            codeStructureValideur=submission.validator_siret,
            codeServiceValideur=submission.validator_service,
        ),
        references=wire.References(
            deviseFacture=submission.currency,
            typeFacture="AVOIR" if submission.invoice_type == "credit_note" else "FACTURE",
            typeTva=_VAT_REGIMES[submission.vat_regime],
            modePaiement=_PAYMENT_METHODS[submission.payment_method] if submission.payment_method else None,
            motifExonerationTva=submission.vat_exemption_reason,
            numeroMarche=submission.contract_number,
            numeroBonCommande=submission.engagement_number,
            numeroFactureOrigine=submission.original_invoice_number,
        ),
        montantTotal=wire.MontantTotal(
            montantHtTotal=submission.total_ht,
            montantTVA=submission.total_tva,
            montantTtcTotal=submission.total_ttc,
            montantAPayer=submission.amount_due,
        ),
        pieceJointePrincipale=(
            wire.PieceJointePrincipale(pieceJointePrincipaleDesignation=file_name, pieceJointePrincipaleId=file_id),
        ),
        commentaire=submission.comment,
    )
