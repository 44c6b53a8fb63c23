"""The portal's requests and answers with their French wire names.

No other module has French names. Requests forbid unknown fields, because the portal refuses or ignores a misspelt name.
Answers ignore unknown fields, keep enumerations as text and accept dates in every observed form. Reprs show technical
ids only. To keep the import cheap, classes are built on first use and annotations are
not strings (no `from __future__`: pydantic would evaluate each of them again).
"""

# ruff: noqa: N815  (attribute names are wire names)

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import (
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ModelWrapValidatorHandler,
    PlainSerializer,
    PrivateAttr,
    model_validator,
)

from chorus_connector.chorus_pro import leniency

_PARIS = "Europe/Paris"

FormatDepot = Literal["PDF_NON_SIGNE", "PDF_SIGNE_PADES", "PDF_SIGNE_XADES"]
ModeDepot = Literal["SAISIE_API", "DEPOT_PDF_API", "DEPOT_PDF_SIGNE_API"]
CadreFacturation = Literal[
    "A1_FACTURE_FOURNISSEUR",
    "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9_FACTURE_SOUSTRAITANT",
    "A12_FACTURE_COTRAITANT",
]
TypeFacture = Literal["FACTURE", "AVOIR"]
TypeTva = Literal["TVA_SUR_DEBIT", "TVA_SUR_ENCAISSEMENT", "EXONERATION", "SANS_TVA"]
ModePaiement = Literal["CHEQUE", "PRELEVEMENT", "VIREMENT", "ESPECE", "AUTRE", "REPORT"]
TypeIdentifiant = Literal["SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "AUTRE", "PARTICULIER"]
SyntaxeFlux = Literal[
    "IN_DP_E1_UBL_INVOICE",
    "IN_DP_E1_CII",
    "IN_DP_E1_PES_FACTURE",
    "IN_DP_E1_XCBL",
    "IN_DP_E1_CII_16B",
    "IN_DP_E2_UBL_INVOICE_MIN",
    "IN_DP_E2_CII_MIN",
    "IN_DP_E2_CII_MIN_16B",
    "IN_DP_E2_PES_FACTURE_MIN",
    "IN_DP_E2_CPP_FACTURE_MIN",
    "IN_DP_E2_CII_FACTURX",
    "IN_DP_PDFARCHIVE_UBL_INVOICE_MUG",
    "IN_DP_PDFARCHIVE_CII_MUG",
]
OuiNon = Literal["OUI", "NON"]
FormatTelechargement = Literal["PDF", "PIVOT"]
ObjetPieceJointe = Literal[
    "DEMANDE_PAIEMENT",
    "ENGAGEMENT_JURIDIQUE",
    "SOLLICITATION",
    "STRUCTURE_PIECEJOINTE",
    "STRUCTURE_MANDAT",
    "STRUCTURE_COORDONNEE_BANCAIRE",
    "UTILISATEUR",
]


# --- how values travel --------------------------------------------------------------------------------------


def ecrire_instant(moment: datetime) -> str:
    """Paris time without a zone, the one form of search bounds seen in production."""
    local = moment.astimezone(ZoneInfo(_PARIS)) if moment.tzinfo is not None else moment
    return local.replace(tzinfo=None).isoformat(timespec="seconds")


def oui_ou_non(value: bool) -> OuiNon:
    """The portal's own booleans, where it does not use JSON's."""
    return "OUI" if value else "NON"


def _en_liste(value: object) -> object:
    """The portal writes an absent list as null, and here and there one object in its place."""
    if value is None:
        return []
    return value if isinstance(value, list | tuple) else [value]


def _en_nombre(value: Decimal) -> float:
    """A JSON number: the shortest text of a float has exactly the digits of any amount of up to 15 digits."""
    return float(value)


_Nombre = PlainSerializer(_en_nombre, return_type=float, when_used="json")
Montant = Annotated[Decimal, Field(max_digits=15, decimal_places=2), _Nombre]
PrixUnitaire = Annotated[Decimal, Field(max_digits=15, decimal_places=6), _Nombre]
Quantite = Annotated[Decimal, Field(max_digits=15, decimal_places=4), _Nombre]
Taux = Annotated[Decimal, Field(max_digits=5, decimal_places=2), _Nombre]
_DEJA_LUS = frozenset({"codeRetour", "libelle", "parametresRetour", "statutFacture"})
"""What the client reads before the answer itself, and the other name of a row's `statut`."""
Borne = Annotated[datetime, PlainSerializer(ecrire_instant, when_used="json")]

Instant = Annotated[datetime | None, BeforeValidator(leniency.moment)]
Jour = Annotated[date | None, BeforeValidator(leniency.day)]
Drapeau = Annotated[bool | None, BeforeValidator(leniency.flag)]


class Demande(BaseModel):
    """What every request shares: no unknown field, no trace of its content in a repr or an error."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True, defer_build=True)

    def corps(self) -> dict[str, Any]:
        """The JSON object to send; what is not given is left out."""
        return self.model_dump(mode="json", exclude_none=True)

    def __repr_args__(self) -> Sequence[tuple[str | None, Any]]:
        return ()


class Reponse(BaseModel):
    """What every answer shares: numbers accepted where text is meant, and a discreet repr.

    Unknown fields are dropped and logged by name. `non_lus` keeps the values that are in no known form.
    """

    model_config = ConfigDict(
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        coerce_numbers_to_str=True,
        defer_build=True,
    )
    _ids: ClassVar[tuple[str, ...]] = ()
    _non_lus: dict[str, str] = PrivateAttr(default_factory=dict)

    @property
    def non_lus(self) -> dict[str, str]:
        """The values of known fields that could not be read, by the field's name."""
        return self._non_lus

    @model_validator(mode="wrap")
    @classmethod
    def _garder_le_non_lu(cls, given: Any, read: ModelWrapValidatorHandler[Self]) -> Self:
        answer = read(given)
        if isinstance(given, dict):
            names = given.keys() & cls.model_fields.keys()
            for name in names:
                if given[name] not in (None, "") and getattr(answer, name) is None:
                    answer._non_lus[name] = str(given[name])
                    leniency.note_unread(f"{cls.__name__}.{name}", given[name])
            leniency.note_unknown(cls.__name__, given.keys() - names - _DEJA_LUS)
        return answer

    def __repr_args__(self) -> Sequence[tuple[str | None, Any]]:
        return [(name, getattr(self, name)) for name in self._ids]


# --- factures: deposit and submission -----------------------------------------------------------------------


class DepotPdf(Demande):
    fichierFacture: str
    nomFichier: str = Field(max_length=200)
    formatDepot: FormatDepot


class PdfDepose(Reponse):
    """The draft the portal made of a PDF: `pieceJointeId` is certain, everything its OCR read is a hint."""

    _ids = ("pieceJointeId",)
    pieceJointeId: int
    numeroFacture: str | None = None
    dateFacture: Jour = None
    codeDestinataire: str | None = None
    codeServiceExecutant: str | None = None
    codeFournisseur: str | None = None
    codeDeviseFacture: str | None = None
    typeFacture: str | None = None
    typeTva: str | None = None
    numeroBonCommande: str | None = None
    montantTtcAvantRemiseGlobalTTC: Decimal | None = None
    montantAPayer: Decimal | None = None
    montantHtTotal: Decimal | None = None
    montantTVA: Decimal | None = None


class Destinataire(Demande):
    codeDestinataire: str
    codeServiceExecutant: str | None = None


class Fournisseur(Demande):
    """The supplier by its technical id (`idStructureCPP`), never by its SIRET."""

    idFournisseur: int
    idServiceFournisseur: int | None = None
    codeCoordonneesBancairesFournisseur: int | None = None


class CadreDeFacturation(Demande):
    codeCadreFacturation: CadreFacturation
    codeStructureValideur: str | None = None
    codeServiceValideur: str | None = None


class References(Demande):
    """`numeroBonCommande` carries the engagement number. `modePaiement` is for invoices: a credit note has none."""

    deviseFacture: str = "EUR"
    typeFacture: TypeFacture = "FACTURE"
    typeTva: TypeTva
    modePaiement: ModePaiement | None = None
    motifExonerationTva: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    numeroFactureOrigine: str | None = None


class LignePoste(Demande):
    lignePosteNumero: int
    lignePosteReference: str
    lignePosteDenomination: str
    lignePosteQuantite: Quantite
    lignePosteUnite: str
    lignePosteMontantUnitaireHT: PrixUnitaire
    lignePosteMontantRemiseHT: Montant | None = None
    lignePosteTauxTva: str | None = None
    lignePosteTauxTvaManuel: Taux | None = None


class LigneTva(Demande):
    ligneTvaTaux: str | None = None
    ligneTvaTauxManuel: Taux | None = None
    ligneTvaMontantBaseHtParTaux: Montant
    ligneTvaMontantTvaParTaux: Montant


class MontantTotal(Demande):
    """`montantTtcTotal` is before the global discount, `montantAPayer` after it. Euros, two decimals at most."""

    montantHtTotal: Montant
    montantTVA: Montant
    montantTtcTotal: Montant
    montantAPayer: Montant
    montantRemiseGlobaleTTC: Montant | None = None
    motifRemiseGlobaleTTC: str | None = None


class PieceJointePrincipale(Demande):
    pieceJointePrincipaleDesignation: str = Field(max_length=100)
    pieceJointePrincipaleId: int


class PieceJointeComplementaire(Demande):
    """`pieceJointeComplementaireType` is a code of `attachment_types`, such as RIB."""

    pieceJointeComplementaireDesignation: str = Field(max_length=100)
    pieceJointeComplementaireType: str = Field(max_length=30)
    pieceJointeComplementaireId: int
    pieceJointeComplementaireNumeroLigneFacture: int | None = None


class FactureASoumettre(Demande):
    """One invoice to send. `pieceJointePrincipale` is a list of one: an array in every client that works."""

    modeDepot: ModeDepot
    numeroFactureSaisi: str | None = Field(default=None, max_length=20)
    dateFacture: date | None = None
    destinataire: Destinataire
    fournisseur: Fournisseur
    cadreDeFacturation: CadreDeFacturation
    references: References
    lignePoste: tuple[LignePoste, ...] = ()
    ligneTva: tuple[LigneTva, ...] = ()
    montantTotal: MontantTotal
    pieceJointePrincipale: tuple[PieceJointePrincipale, ...] = ()
    pieceJointeComplementaire: tuple[PieceJointeComplementaire, ...] = ()
    commentaire: str | None = Field(default=None, max_length=2000)


class FactureSoumise(Reponse):
    """The portal's receipt. `identifiantFactureCPP` is its id for the invoice from now on."""

    _ids = ("identifiantFactureCPP", "statutFacture")
    identifiantFactureCPP: int
    numeroFacture: str | None = None
    statutFacture: str | None = None
    dateDepot: Jour = None
    identifiantStructure: str | None = None
    empreinteCertificatDepot: str | None = None


class DepotFlux(Demande):
    fichierFlux: str
    nomFichier: str = Field(max_length=200)
    syntaxeFlux: SyntaxeFlux
    avecSignature: bool = False


class FluxDepose(Reponse):
    """The flow was received. The report of `numeroFluxDepot` says whether it was accepted."""

    _ids = ("numeroFluxDepot",)
    numeroFluxDepot: str
    dateDepot: Jour = None
    syntaxeFlux: str | None = None


class DemandeCompteRendu(Demande):
    numeroFluxDepot: str
    syntaxeFlux: SyntaxeFlux | None = None


class ErreurTechnique(Reponse):
    _ids = ("codeErreur",)
    codeErreur: str | None = None
    libelleErreur: str | None = None
    natureErreur: str | None = None


class ErreurDemandePaiement(Reponse):
    """One invoice of the flow that was refused; `numeroDP` is its number, the text is cut at 255 characters."""

    identifiantFournisseur: str | None = None
    identifiantDestinataire: str | None = None
    numeroDP: str | None = None
    libelleErreurDP: str | None = None


class CompteRenduFlux(Reponse):
    """The state of a flow. Final: IN_INTEGRE, IN_INTEGRE_PARTIEL, IN_REJETE, IN_INCIDENTE."""

    _ids = ("etatCourantDepotFlux",)
    etatCourantDepotFlux: str | None = None
    codeInterfaceDepotFlux: str | None = None
    nomFichier: str | None = None
    dateDepotFlux: Instant = None
    dateHeureEtatCourantFlux: Instant = None
    listeErreurTechnique: Annotated[tuple[ErreurTechnique, ...], BeforeValidator(_en_liste)] = ()
    listeErreurDP: Annotated[tuple[ErreurDemandePaiement, ...], BeforeValidator(_en_liste)] = ()


# --- factures: searching and reading ------------------------------------------------------------------------


class CritereDestinataire(Demande):
    idDestinataire: int | None = None
    listeIdServiceExecutant: tuple[int, ...] | None = None


class RechercheFactures(Demande):
    """Criteria of a supplier's search, all optional; bounds are moments (no zone means Paris), included."""

    idFournisseur: int | None = None
    idServiceFournisseur: int | None = None
    listeDestinataire: tuple[CritereDestinataire, ...] | None = None
    rechercheSirenDestinataire: bool | None = None
    numeroFacture: str | None = None
    numeroFactureOrigine: str | None = None
    numeroFluxDepot: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    typeFacture: Literal["FACTURE", "AVOIR", "ACOMPTE"] | None = None
    cadreFacturation: str | None = None
    statutCourant: tuple[str, ...] | None = None
    modeDepot: str | None = None
    periodeDateDepotDu: date | None = None
    periodeDateDepotAu: date | None = None
    periodeDateFactureDu: date | None = None
    periodeDateFactureAu: date | None = None
    periodeDateHeureEtatCourantDu: Borne | None = None
    periodeDateHeureEtatCourantAu: Borne | None = None
    montantHTMin: Montant | None = None
    montantHTMax: Montant | None = None
    montantTTCMin: Montant | None = None
    montantTTCMax: Montant | None = None
    montantApayerMin: Montant | None = None
    montantApayerMax: Montant | None = None
    rejetTraite: bool | None = None


class FactureTrouvee(Reponse):
    """One row of a search: the invoice, its status, and the recipient's words about it (`commentaireEtatCourant`)."""

    _ids = ("identifiantFactureCPP", "statut")
    identifiantFactureCPP: int
    numeroFacture: str | None = None
    numeroFluxDepot: str | None = None
    numeroFactureOrigine: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    typeDemandePaiement: str | None = None
    typeFacture: str | None = None
    #: also seen under the name of other answers, `statutFacture`
    statut: str | None = Field(default=None, validation_alias=AliasChoices("statut", "statutFacture"))
    dateHeureEtatCourant: Instant = None
    commentaireEtatCourant: str | None = None
    rejetTraite: Drapeau = None
    modeDepot: str | None = None
    dateFacture: Jour = None
    dateDepot: Jour = None
    montantHT: Decimal | None = None
    montantTTC: Decimal | None = None
    montantAPayer: Decimal | None = None
    devise: str | None = None
    codeFournisseur: str | None = None
    designationFournisseur: str | None = None
    idDestinataire: int | None = None
    codeDestinataire: str | None = None
    designationDestinataire: str | None = None
    idServiceExecutant: int | None = None
    codeServiceExecutant: str | None = None
    nomServiceExecutant: str | None = None
    taille: int | None = None


class RechercheATraiter(Demande):
    idStructure: int | None = None
    masquerRejetee: bool | None = None


class ConsultationFacture(Demande):
    identifiantFactureCPP: int
    codeLangue: str = "fr"


class DestinataireFacture(Reponse):
    _ids = ("idDestinataire",)
    idDestinataire: int | None = None
    codeDestinataire: str | None = None
    libelleDestinataire: str | None = None
    designationDestinataire: str | None = None
    idServiceExecutant: int | None = None
    codeServiceExecutant: str | None = None
    libelleServiceExecutant: str | None = None
    miseEnPaiementDestinataire: Drapeau = None


class FournisseurFacture(Reponse):
    _ids = ("idFournisseur",)
    idFournisseur: int | None = None
    typeIdentifiantFournisseur: str | None = None
    codeFournisseur: str | None = None
    designationFournisseur: str | None = None
    raisonSocialeFournisseur: str | None = None
    idServiceFournisseur: int | None = None
    codeServiceFournisseur: str | None = None
    coordBancairesFournisseurId: int | None = None
    coordBancairesFournisseurType: str | None = None
    coordBancairesFournisseurLibelle: str | None = None


class CadreFacture(Reponse):
    codeCadreFacturation: str | None = None
    codeValideur1: str | None = None
    dateValidation1: Instant = None
    codeValideur2: str | None = None
    dateValidation2: Instant = None


class ReferencesFacture(Reponse):
    dateFacture: Jour = None
    dateDepot: Jour = None
    dateCreationFacture: Jour = None
    dateEcheancePaiement: Jour = None
    codeDeviseFacture: str | None = None
    typeFacture: str | None = None
    typeTva: str | None = None
    motifExonerationTva: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    numeroFactureOrigine: str | None = None
    modePaiement: str | None = None
    numeroDpMandat: str | None = None


class MontantsFacture(Reponse):
    montantHtTotal: Decimal | None = None
    montantTVA: Decimal | None = None
    montantTtcAvantRemiseGlobalTTC: Decimal | None = None
    montantRemiseGlobaleTTC: Decimal | None = None
    motifRemiseGlobaleTTC: str | None = None
    montantTtcTotal: Decimal | None = None
    montantAPayer: Decimal | None = None


class LigneTvaFacture(Reponse):
    ligneTvaTauxRefCode: str | None = None
    ligneTvaTauxRefValeur: Decimal | None = None
    ligneTvaTauxManuel: Decimal | None = None
    ligneTvaMontantBaseHtParTaux: Decimal | None = None
    ligneTvaMontantTvaParTaux: Decimal | None = None


class RecapitulatifTva(Reponse):
    ligneTva: Annotated[tuple[LigneTvaFacture, ...], BeforeValidator(_en_liste)] = ()


class PieceJointePrincipaleFacture(Reponse):
    _ids = ("idPieceJointePrincipale",)
    idPieceJointePrincipale: int | None = None
    idLiaisonPieceJointePrincipale: int | None = None


class PieceJointeFacture(Reponse):
    _ids = ("pieceJointeId",)
    pieceJointeId: int | None = None
    pieceJointeIdLiaison: int | None = None
    pieceJointeDesignation: str | None = None
    pieceJointeExtension: str | None = None
    pieceJointeTypeCode: str | None = None
    pieceJointeTypeLibelle: str | None = None
    pieceJointeNumeroLigneFacture: int | None = None


class PiecesJointesFacture(Reponse):
    pieceJointe: Annotated[tuple[PieceJointeFacture, ...], BeforeValidator(_en_liste)] = ()
    totalListePiecesJointe: int | None = None


class FactureConsultee(Reponse):
    """One invoice in full, as the portal holds it (lines of detail left out: a PDF deposit has none)."""

    _ids = ("identifiantFactureCPP", "statutFacture")
    identifiantFactureCPP: int
    numeroFacture: str | None = None
    statutFacture: str | None = None
    modeDepot: str | None = None
    rejetTraite: Drapeau = None
    commentaire: str | None = None
    destinataire: DestinataireFacture | None = None
    fournisseur: FournisseurFacture | None = None
    cadreDeFacturation: CadreFacture | None = None
    references: ReferencesFacture | None = None
    montantTotal: MontantsFacture | None = None
    recapitulatifDeTva: RecapitulatifTva | None = None
    pieceJointePrincipale: Annotated[tuple[PieceJointePrincipaleFacture, ...], BeforeValidator(_en_liste)] = ()
    listeDesPiecesJointes: PiecesJointesFacture | None = None


class ReponseConsultation(Reponse):
    facture: FactureConsultee


class ParamHistoStatuts(Demande):
    pageResultatDemandeeListeHistoStatut: int = 1
    nbResultatsParPageListeHistoStatut: int = 200


class ConsultationHistorique(Demande):
    idFacture: int
    nbResultatsMaximum: int = 200
    paramRechercheHistoStatuts: ParamHistoStatuts = Field(default_factory=ParamHistoStatuts)


class StatutPasse(Reponse):
    """One step of an invoice's life; the comment is the recipient's reason when it was sent back."""

    _ids = ("histoStatutId", "histoStatutCode")
    histoStatutId: int | None = None
    histoStatutCode: str | None = None
    histoStatutDatePassage: Instant = None
    histoStatutCommentaire: str | None = None


class HistoriqueStatuts(Reponse):
    histoStatut: Annotated[tuple[StatutPasse, ...], BeforeValidator(_en_liste)] = ()


class Evenement(Reponse):
    _ids = ("evenementId",)
    evenementId: int | None = None
    evenementLibelle: str | None = None
    evenementDateHeure: Instant = None


class HistoriqueEvenements(Reponse):
    evenement: Annotated[tuple[Evenement, ...], BeforeValidator(_en_liste)] = ()


class DerniereAction(Reponse):
    _ids = ("derniereActionCode",)
    derniereActionId: int | None = None
    derniereActionCode: str | None = None


class Historique(Reponse):
    """The life of one invoice, most recent first as a rule; the names of public agents are not read."""

    _ids = ("idFacture", "statutCourantCode")
    idFacture: int | None = None
    numeroFacture: str | None = None
    modeDepot: str | None = None
    statutCourantCode: str | None = None
    historiquesDesStatuts: HistoriqueStatuts | None = None
    historiquesDesEvenementsComplementaires: HistoriqueEvenements | None = None
    derniereAction: DerniereAction | None = None


# --- factures: answering a send-back ------------------------------------------------------------------------


class Complement(Demande):
    identifiantFactureCPP: int
    pieceJointeComplementaire: tuple[PieceJointeComplementaire, ...] = ()
    commentaire: str | None = Field(default=None, max_length=2000)


class FactureCompletee(Reponse):
    _ids = ("identifiantFactureCPP",)
    identifiantFactureCPP: int | None = None
    numeroFacture: str | None = None
    dateTraitement: Instant = None


class ReferenceRecyclage(Demande):
    numeroBonCommande: str | None = None


class Recyclage(Demande):
    """The block is `reference` here, singular, where submission says `references`."""

    identifiantFactureCPP: int
    destinataire: Destinataire
    reference: ReferenceRecyclage | None = None
    commentaire: str | None = Field(default=None, max_length=2000)


class FactureRecyclee(Reponse):
    _ids = ("identifiantFactureCPP", "statutFacture")
    identifiantFactureCPP: int | None = None
    numeroFacture: str | None = None
    statutFacture: str | None = None
    dateDepot: Jour = None


class IdDemandePaiement(Demande):
    idDemandePaiement: int


class TraitementRejets(Demande):
    listeDemandePaiement: tuple[IdDemandePaiement, ...]


class CorrectionValideur(Demande):
    idFacture: int
    idStructure: int | None = None
    typeIdentifiantStructure: TypeIdentifiant | None = None
    identifiantStructure: str | None = None


class ValideurCorrige(Reponse):
    _ids = ("idFacture",)
    idFacture: int | None = None


class IdFacture(Demande):
    idFacture: int


class TelechargementFactures(Demande):
    format: FormatTelechargement
    avecPiecesJointesComplementaires: OuiNon | None = None
    listeFacture: tuple[IdFacture, ...]


class FichierResultat(Reponse):
    fichierResultat: str


# --- transverses --------------------------------------------------------------------------------------------


class Vide(Demande):
    """The `{}` that operations without input still want."""


class EnLangue(Demande):
    codeLangue: str = "FR"


class AjoutFichier(Demande):
    pieceJointeFichier: str
    pieceJointeNom: str = Field(max_length=50)
    pieceJointeTypeMime: str = Field(max_length=255)
    pieceJointeExtension: str


class FichierAjoute(Reponse):
    _ids = ("pieceJointeId",)
    pieceJointeId: int


class DemandePaiementATelecharger(Demande):
    format: FormatTelechargement
    avecPiecesJointesComplementaires: OuiNon
    listeFacture: tuple[IdFacture, ...]


class SollicitationATelecharger(Demande):
    idSollicitation: int
    pieceJointeSollicitation: OuiNon = "OUI"


class EngagementATelecharger(Demande):
    numeroEngagementJuridique: str


class StructureATelecharger(Demande):
    """Either the technical id, or an identifier and its type."""

    idStructure: int | None = None
    identifiantStructure: str | None = None
    typeIdentifiantStructure: TypeIdentifiant | None = None


class TelechargementPieceJointe(Demande):
    """What to download: `objetPieceJointe` says which one of the four blocks is given."""

    objetPieceJointe: ObjetPieceJointe
    demandePaiement: DemandePaiementATelecharger | None = None
    sollicitation: SollicitationATelecharger | None = None
    engagementJuridique: EngagementATelecharger | None = None
    structure: StructureATelecharger | None = None


class PieceJointeTelechargee(Reponse):
    pieceJointe: str


class DeStructure(Demande):
    idStructure: int


class DeTypeDemandePaiement(Demande):
    typeDemandePaiement: str


class DeStatut(Demande):
    statutCourant: str


class DeTypeObjet(Demande):
    codeLangue: str = "FR"
    typeObjet: str = "FACTURE"


class RechercheDestinataire(Demande):
    identifiant: str | None = None
    nomVilleCodePostal: str | None = None
    typeStructure: str | None = None


class DestinataireTrouve(Reponse):
    _ids = ("idStructureCPP",)
    idStructureCPP: int
    siret: str | None = None
    nomDestinataire: str | None = None
    adresseCodePostal: str | None = None
    adresseVille: str | None = None


class StructureActive(Reponse):
    """One structure of the technical account; `idStructureCPP` is the `idFournisseur` of its invoices."""

    _ids = ("idStructureCPP",)
    idStructureCPP: int
    identifiant: str | None = None
    designationStructure: str | None = None


class CoordonneeBancaire(Reponse):
    """A bank account known to the portal, by id and name; the portal never returns the IBAN here."""

    _ids = ("idCoordonneeBancaire",)
    idCoordonneeBancaire: int
    nomCoordonneeBancaire: str | None = None


class TauxTva(Reponse):
    _ids = ("codeTauxTva",)
    codeTauxTva: str
    libelleTauxTva: str | None = None
    valeurTauxTva: Decimal | None = None


class MotifExonerationTva(Reponse):
    _ids = ("codeMotifExonerationTva",)
    codeMotifExonerationTva: str
    libelleMotifExonerationTva: str | None = None


class Devise(Reponse):
    _ids = ("codeDevise",)
    codeDevise: str
    libelleDevise: str | None = None


class Pays(Reponse):
    _ids = ("codePays",)
    codePays: str
    libellePays: str | None = None


class TypePieceJointe(Reponse):
    _ids = ("codeTypePieceJointe",)
    idTypePieceJointe: int | None = None
    codeTypePieceJointe: str
    libelleTypePieceJointe: str | None = None
    typeObjet: str | None = None


class EtatPortail(Reponse):
    """The health-check's own envelope, the one answer without codeRetour."""

    _ids = ("statusCode",)
    body: Any = None
    statusCode: str | None = None
    statusCodeValue: int | None = None


# --- structures, utilisateurs -------------------------------------------------------------------------------


class CritereStructure(Demande):
    identifiantStructure: str | None = None
    typeIdentifiantStructure: TypeIdentifiant | None = None
    typeStructure: str | None = None
    statutStructure: str | None = None
    libelleStructure: str | None = None
    raisonSocialeStructure: str | None = None
    adresseCodePays: str | None = None
    adresseCodePostal: str | None = None
    adresseVille: str | None = None
    estMOA: bool | None = None
    estMOAUniquement: bool | None = None


class RechercheStructures(Demande):
    """`restreindreStructuresPrivees` true: all public structures plus the caller's own private ones."""

    structure: CritereStructure
    restreindreStructuresPrivees: bool = False


class StructureTrouvee(Reponse):
    _ids = ("idStructureCPP", "statut")
    idStructureCPP: int
    identifiantStructure: str | None = None
    typeIdentifiantStructure: str | None = None
    designationStructure: str | None = None
    statut: str | None = None


class ConsultationStructure(Demande):
    idStructureCPP: int
    codeLangue: str = "fr"


class InformationsStructure(Reponse):
    """`dateExpirationMotPasseCompteTech` is when the technical account's password stops working."""

    _ids = ("idStructureCPP",)
    idStructureCPP: int | None = None
    identifiantStructure: str | None = None
    typeIdentifiantStructure: str | None = None
    raisonSocialeStructure: str | None = None
    libelleStructure: str | None = None
    numeroTVA: str | None = None
    structurePriveePublique: str | None = None
    dateExpirationMotPasseCompteTech: Instant = None


class ParametresStructure(Reponse):
    """What a public structure demands of an invoice; None where the portal is silent."""

    codeServiceDoitEtreRenseigne: Drapeau = None
    numeroEJDoitEtreRenseigne: Drapeau = None
    gestionNumeroEJOuCodeService: Drapeau = None
    statutMiseEnPaiementNestPasRemonte: Drapeau = None
    estMoaUniquement: Drapeau = None


class AdressePostale(Reponse):
    adresse: str | None = None
    complementAdresse1: str | None = None
    complementAdresse2: str | None = None
    codePostal: str | None = None
    ville: str | None = None
    pays: str | None = None


class StructureConsultee(Reponse):
    informationGenerales: InformationsStructure | None = None
    adressePostaleDuSiege: AdressePostale | None = None
    parametres: ParametresStructure | None = None


class ServiceTrouve(Reponse):
    _ids = ("idService", "estActif")
    idService: int
    codeService: str | None = None
    libelleService: str | None = None
    estActif: Drapeau = None
    dateDbtService: Instant = None
    dateFinService: Instant = None


class ConsultationService(Demande):
    idStructure: int
    idService: int
    codeLangue: str = "fr"


class InformationsService(Reponse):
    codeService: str | None = None
    nomService: str | None = None
    descriptionService: str | None = None


class ParametresService(Reponse):
    """`numeroEngagement` true: this service wants an engagement number even if its structure does not."""

    numeroEngagement: Drapeau = None
    miseEnPaiement: Drapeau = None
    dateCreation: Instant = None
    dateDebutValidite: Instant = None
    dateFinValidite: Instant = None
    dateModification: Instant = None


class ServiceConsulte(Reponse):
    informationsGenerales: InformationsService | None = None
    parametres: ParametresService | None = None
    adressePostale: AdressePostale | None = None


class ServiceRattache(Reponse):
    _ids = ("idService",)
    idService: int | None = None
    codeService: str | None = None
    libelleService: str | None = None
    estActif: Drapeau = None
    statutService: str | None = None
    statutRattachementService: str | None = None


class Rattachement(Reponse):
    """One structure the technical account is attached to, with its role there."""

    _ids = ("idStructure", "statutRattachementStructure")
    idStructure: int
    identifiantStructure: str | None = None
    typeIdentifiantStructure: str | None = None
    designationStructure: str | None = None
    roleUtilisateur: str | None = None
    statutUtilisateur: str | None = None
    statutRattachementStructure: str | None = None
    listeServicesRattache: Annotated[tuple[ServiceRattache, ...], BeforeValidator(_en_liste)] = ()
