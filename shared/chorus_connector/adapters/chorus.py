"""The portal's gateway: our words in, the portal's French names out, and its failures in ours.

The only place where an invoice of the domain meets the client's wire models. It decides nothing: which failure
means what for a submission is the client's knowledge, what to do about it is the use case's.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from chorus_connector.chorus_pro import errors as portal_errors
from chorus_connector.chorus_pro import models as wire
from chorus_connector.chorus_pro.client import ChorusProClient
from chorus_connector.chorus_pro.credentials import PisteCredentials
from chorus_connector.chorus_pro.hosts import PortalHosts
from chorus_connector.domain.credentials import Credentials
from chorus_connector.domain.invoice import Deposit
from chorus_connector.domain.portal import (
    AnswerLost,
    CredentialFault,
    CredentialsRefused,
    FoundInvoice,
    PortalAccount,
    PortalRefused,
    PortalUnreachable,
)
from chorus_connector.domain.recipient import Recipient, Service
from chorus_connector.domain.submission import Framework, PaymentMethod, Submission, VatRegime
from chorus_connector.domain.supplier import Supplier

if TYPE_CHECKING:
    import httpx

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
    "certificate": "technical_account",
}


class ChorusPortal:
    """``ports.Portal`` through the Chorus Pro client, as one supplier."""

    def __init__(
        self,
        *,
        hosts: PortalHosts,
        http: "httpx.Client",
        supplier: Supplier,
        credentials: Callable[[], Credentials | None],
    ) -> None:
        self._hosts = hosts
        self._http = http
        self._supplier = supplier
        self._credentials = credentials
        self._made: ChorusProClient | None = None

    def account(self) -> PortalAccount:
        with _in_our_words():
            structures = self._client().active_supplier_structures()
        for structure in structures:
            if structure.identifiant == self._supplier.siret:
                return PortalAccount(structure_id=structure.idStructureCPP)
        raise CredentialsRefused("structure")

    def recipient(self, siret: str, *, now: datetime) -> Recipient | None:
        wanted = wire.CritereStructure(identifiantStructure=siret, typeIdentifiantStructure="SIRET")
        with _in_our_words():
            client = self._client()
            found = [each for each in client.search_structures(wanted) if each.identifiantStructure == siret]
            if not found:
                return None
            structure = client.read_structure(found[0].idStructureCPP)
            services = client.search_services(found[0].idStructureCPP)
        asks = structure.parametres or wire.ParametresStructure()
        return Recipient(
            portal_id=found[0].idStructureCPP,
            siret=siret,
            name=found[0].designationStructure or "",
            active=found[0].statut in (None, "ACTIVE", "ACTIF"),
            service_required=bool(asks.codeServiceDoitEtreRenseigne),
            engagement_required=bool(asks.numeroEJDoitEtreRenseigne),
            service_or_engagement_required=bool(asks.gestionNumeroEJOuCodeService),
            works_invoices_only=bool(asks.estMoaUniquement),
            reports_payment=not asks.statutMiseEnPaiementNestPasRemonte,
            services=tuple(_service(each) for each in services if each.codeService),
            fetched_at=now,
        )

    def service_requires_engagement(self, recipient: Recipient, service: Service) -> bool:
        with _in_our_words():
            read = self._client().read_service(recipient.portal_id, service.portal_id)
        return bool(read.parametres and read.parametres.numeroEngagement)

    def upload(self, file_name: str, data: bytes) -> int:
        with _in_our_words():
            return self._client().add_file(data, file_name, mime_type="application/pdf")

    def submit(self, submission: Submission, *, file_id: int, file_name: str) -> Deposit:
        structure_id = self._structure_id()
        with _in_our_words():
            answer = self._client().submit(_on_the_wire(submission, structure_id, file_id, file_name))
        return Deposit(
            chorus_id=answer.identifiantFactureCPP,
            invoice_number=answer.numeroFacture or submission.invoice_number,
            status=answer.statutFacture or "",
            certificate=answer.empreinteCertificatDepot,
        )

    def find(self, invoice_number: str) -> Sequence[FoundInvoice]:
        wanted = wire.RechercheFactures(idFournisseur=self._structure_id(), numeroFacture=invoice_number)
        with _in_our_words():
            rows = self._client().search_invoices(wanted)
        # the portal's search may match more than the exact number
        return [_found(row) for row in rows if row.numeroFacture == invoice_number]

    def _structure_id(self) -> int:
        return self._supplier.portal_structure_id or self.account().structure_id

    def _client(self) -> ChorusProClient:
        if self._made is None:
            credentials = self._credentials()
            if credentials is None:
                raise CredentialsRefused("missing")
            kept = credentials.reveal()
            self._made = ChorusProClient(
                self._hosts,
                PisteCredentials(
                    client_id=kept["client_id"],
                    client_secret=kept["client_secret"],
                    login=kept["technical_login"],
                    password=kept["technical_password"],
                ),
                http=self._http,
            )
        return self._made


@contextmanager
def _in_our_words() -> Iterator[None]:
    """The client's errors as the failures the use cases decide on."""
    try:
        yield
    except portal_errors.DuplicateNumber as error:
        raise PortalRefused(_code(error), error.text, duplicate_number=True) from None
    except portal_errors.Refused as error:
        raise PortalRefused(_code(error), error.text) from None
    except portal_errors.CredentialsRefused as error:
        raise CredentialsRefused(_FAULTS[error.which]) from None
    except portal_errors.AnswerLost as error:
        raise AnswerLost(error.reason) from None
    except portal_errors.PortalUnavailable as error:
        retry_in = timedelta(seconds=error.retry_after) if error.retry_after else None
        raise PortalUnreachable(error.reason, retry_in) from None
    except (portal_errors.IncompleteListing, portal_errors.UnexpectedAnswer) as error:
        # a listing that proves nothing, an answer we cannot read: as good as no answer, and only reads raise them
        raise PortalUnreachable(type(error).__name__) from None


def _code(error: portal_errors.Refused) -> str:
    return error.message_code or str(error.code if error.code is not None else error.status)


def _service(row: wire.ServiceTrouve) -> Service:
    return Service(
        portal_id=row.idService,
        code=row.codeService or "",
        name=row.libelleService or "",
        active=row.estActif is not False,
    )


def _found(row: wire.FactureTrouvee) -> FoundInvoice:
    return FoundInvoice(
        chorus_id=row.identifiantFactureCPP,
        invoice_number=row.numeroFacture or "",
        recipient_siret=row.codeDestinataire,
        invoice_date=row.dateFacture,
        total_ttc=_cents(row.montantTTC),
        status=row.statut or "",
    )


def _cents(amount: Decimal | None) -> Decimal | None:
    """The portal stores six decimals; what we sent had two."""
    return amount.quantize(Decimal("0.01")) if amount is not None else None


def _on_the_wire(submission: Submission, structure_id: int, file_id: int, file_name: str) -> wire.FactureASoumettre:
    """The smallest body the portal is known to take for a PDF deposit (rules §1.6): no lines, no VAT recap."""
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
            modePaiement=_PAYMENT_METHODS[submission.payment_method],
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
