"""The request bodies of all operations, with the portal's French names and types.

The factures models follow the official description (it marks nothing as required: what is required here is what the
field notes and the business rules say); the other families follow public clients. Where sources contradict each other
both spellings are accepted; the field's note says so.
"""
# The portal's names are the contract here, hence mixed case:
# ruff: noqa: N815

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field

from tools.simulator.validation import Amount, Int, Language, Order, Request, WireDate, one_or_many

DepositMode = Literal["SAISIE_API", "DEPOT_PDF_API", "DEPOT_PDF_SIGNE_API"]
AnyDepositMode = Literal[
    "SAISIE_WEB", "PORTAIL_PDF", "EDI_XML_STRUCT", "EDI_MIXTE", "EDI_PDF_ARCHIVE", "SAISIE_PORTAIL", "SAISIE_API",
    "DEPOT_PDF_PORTAIL", "DEPOT_PDF_SIGNE_PORTAIL", "DEPOT_PDF_API", "DEPOT_PDF_SIGNE_API", "EDI", "UPLOAD_PORTAIL",
    "UPLOAD_API", "EDI_NUMERISATION",
]  # fmt: skip
Framework = Literal[
    "A1_FACTURE_FOURNISSEUR", "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A9_FACTURE_SOUSTRAITANT", "A12_FACTURE_COTRAITANT"
]  # fmt: skip
AnyFramework = Literal[
    "A1_FACTURE_FOURNISSEUR", "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE", "A3_MEMOIRE_JUSTICE",
    "A4_PROJET_DECOMPTE_MENSUEL_FOURNISSEUR", "A5_ETAT_ACOMPTE_FOURNISSEUR", "A6_ETAT_ACOMPTE_VALIDE_FOURNISSEUR",
    "A7_PROJET_DECOMPTE_FINAL_FOURNISSEUR", "A8_DECOMPTE_GENERAL_DEFINITIF_FOURNISSEUR", "A9_FACTURE_SOUSTRAITANT",
    "A10_PROJET_DECOMPTE_MENSUEL_SOUSTRAITANT", "A11_PROJET_DECOMPTE_FINAL_SOUSTRAITANT", "A12_FACTURE_COTRAITANT",
    "A13_PROJET_DECOMPTE_MENSUEL_COTRAITANT", "A14_PROJET_DECOMPTE_FINAL_COTRAITANT", "A15_ETAT_ACOMPTE_MOE",
    "A16_ETAT_ACOMPTE_VALIDE_MOE", "A17_PROJET_DECOMPTE_GENERAL_MOE", "A18_DECOMPTE_GENERAL_MOE",
    "A19_ETAT_ACOMPTE_VALIDE_MOA", "A20_DECOMPTE_GENERAL_MOA", "A21_DEMANDE_REMBOURSEMENT_TIC",
    "A22_PROJET_DECOMPTE_GENERAL_FOURNISSEUR_PROCEDURE_TACITE", "A23_DECOMPTE_GENERAL_DEFINITIF_TACITE_FOURNISSEUR",
    "A24_DECOMPTE_GENERAL_DEFINITIF_TACITE_MOE", "A25_DECOMPTE_GENERAL_DEFINITIF_MOE_PROCEDURE_TACITE",
]  # fmt: skip
VatRegime = Literal["TVA_SUR_DEBIT", "TVA_SUR_ENCAISSEMENT", "EXONERATION", "SANS_TVA"]
PaymentMode = Literal["CHEQUE", "PRELEVEMENT", "VIREMENT", "ESPECE", "AUTRE", "REPORT"]
IdentifierType = Literal["SIRET", "UE_HORS_FRANCE", "HORS_UE", "RIDET", "TAHITI", "AUTRE", "PARTICULIER"]
FlowSyntax = Literal[
    "IN_DP_E1_UBL_INVOICE", "IN_DP_E1_CII", "IN_DP_E1_PES_FACTURE", "IN_DP_E1_XCBL", "IN_DP_E2_UBL_INVOICE_MIN",
    "IN_DP_E2_CII_MIN", "IN_DP_E2_PES_FACTURE_MIN", "IN_DP_E2_CPP_FACTURE_MIN", "IN_DP_PDFARCHIVE_UBL_INVOICE_MUG",
    "IN_DP_PDFARCHIVE_CII_MUG", "IN_DP_E1_CII_16B", "IN_DP_E2_CII_MIN_16B", "IN_DP_E2_CII_FACTURX",
]  # fmt: skip
RequestType = Literal["FACTURE", "FACTURE_TRAVAUX", "MEMOIRE_JUSTICE", "DEMANDE_REMBOURSEMENT"]
ObjectType = Literal[
    "STRUCTURE", "UTILISATEUR", "CB", "MANDAT", "FICHE_RACCORDEMENT", "EJ", "MEMOIRE", "DMD_RBST", "TRANSVERSE",
    "FACTURE_TRAVAUX", "FACTURE", "DMDE_CPTE_DEV_SI_EXT", "SOLLICITATION", "CERTIFICAT", "PJ_REJET_EDI",
]  # fmt: skip
LineColumn = Literal[
    "LignePosteNumero", "LignePosteReference", "LignePosteDenomination", "LignePosteQuantite", "LignePosteUniteCode",
    "LignePosteUniteLibelle", "LignePosteMontantUnitaireHT", "LignePosteMontantRemiseHT", "LignePosteTauxTva",
    "LignePosteTauxTvaManuel", "LignePosteMontantHtApresRemise", "LignePosteMontantTva",
    "LignePosteMontantTtcApresRemise",
]  # fmt: skip
PieceColumn = Literal[
    "PieceJointeTypeCode", "PieceJointeTypeLibelle", "PieceJointeDesignation", "PieceJointeNumeroLigneFacture",
    "PieceJointeExtension",
]  # fmt: skip
VatColumn = Literal[
    "LigneTvaMontantTvaParTaux", "LigneTvaTauxRefCode", "LigneTvaTauxRefLibelle", "LigneTvaTauxRefValeur",
    "LigneTvaTauxManuel", "LigneTvaMontantBaseHtParTaux",
]  # fmt: skip
StatusColumn = Literal[
    "HistoStatutCode", "HistoStatutDatePassage", "HistoStatutCommentaire", "HistoStatutUtilisateurPrenom",
    "HistoStatutUtilisateurNom", "HistoStatutUtilisateurEmail", "HistoStatutUtilisateurTelephone",
]  # fmt: skip
ActionColumn = Literal[
    "HistoActionDateHeure", "HistoActionCode", "HistoAction", "HistoActionUtilisateurPrenom",
    "HistoActionUtilisateurNom", "HistoActionUtilisateurEmail", "HistoActionUtilisateurTelephone",
]  # fmt: skip
EventColumn = Literal["EvenementLibelle", "EvenementQui", "EvenementDateHeure"]
YesNo = Literal["OUI", "NON", "Oui", "Non"]


class UserRequest(Request):
    """A body that may name the current user; callers with a technical account leave it out."""

    idUtilisateurCourant: Int | None = None


class LeakedSorting(Request):
    """Internals of the server in every paging block of the official description; they have no effect."""

    champsDeTri: dict[str, Any] | None = None
    ordreTriGenerique: Order | None = None
    taillePageGenerique: Int | None = None
    indexPageGenerique: Int | None = None


class Paging(LeakedSorting):
    """The block every search has under its own name."""

    pageResultatDemandee: Annotated[int, Field(ge=1)] | None = None
    nbResultatsParPage: Annotated[int, Field(ge=1)] | None = None
    nbResultatsMaximum: Annotated[int, Field(ge=1)] | None = None
    triColonne: str | None = None
    triSens: Order | None = None


# factures ------------------------------------------------------------------------------------------------------------


class DeposerPdf(UserRequest):
    fichierFacture: str
    nomFichier: str
    formatDepot: Literal["PDF_NON_SIGNE", "PDF_SIGNE_PADES", "PDF_SIGNE_XADES"]


class DeposerFlux(UserRequest):
    fichierFlux: str
    nomFichier: str
    syntaxeFlux: FlowSyntax
    avecSignature: bool | None = None


class Destinataire(Request):
    codeDestinataire: str
    codeServiceExecutant: str | None = None


class Fournisseur(Request):
    idFournisseur: Int
    idServiceFournisseur: Int | None = None
    codeCoordonneesBancairesFournisseur: Int | None = None


class CadreDeFacturation(Request):
    codeCadreFacturation: Framework
    codeStructureValideur: str | None = None
    codeServiceValideur: str | None = None


class References(Request):
    deviseFacture: str
    typeFacture: Literal["FACTURE", "AVOIR"] | None = None
    typeTva: VatRegime | None = None
    motifExonerationTva: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    numeroFactureOrigine: str | None = None
    modePaiement: PaymentMode | None = None
    """Required on an invoice, refused on a credit note: `rules.py` says so."""


class LignePoste(Request):
    lignePosteNumero: Int | None = None
    lignePosteReference: str | None = None
    lignePosteDenomination: str | None = None
    lignePosteQuantite: Amount | None = None
    lignePosteUnite: str | None = None
    lignePosteMontantUnitaireHT: Amount | None = None
    lignePosteMontantRemiseHT: Amount | None = None
    lignePosteTauxTva: str | None = None
    lignePosteTauxTvaManuel: Amount | None = None


class LigneTva(Request):
    ligneTvaTaux: str | None = None
    ligneTvaTauxManuel: Amount | None = None
    ligneTvaMontantBaseHtParTaux: Amount | None = None
    ligneTvaMontantTvaParTaux: Amount | None = None


class MontantTotal(Request):
    montantHtTotal: Amount
    montantTVA: Amount
    montantTtcTotal: Amount
    montantRemiseGlobaleTTC: Amount | None = None
    motifRemiseGlobaleTTC: str | None = None
    montantAPayer: Amount


class PieceJointePrincipale(Request):
    pieceJointePrincipaleDesignation: str
    pieceJointePrincipaleId: Int


class PieceACompleter(Request):
    pieceJointeComplementaireDesignation: str
    pieceJointeComplementaireType: str
    pieceJointeComplementaireId: Int
    pieceJointeComplementaireNumeroLigneFacture: Int | None = None


class PieceJointeComplementaire(PieceACompleter):
    pieceJointeComplementaireIdLiaison: Int | None = None


class Soumettre(UserRequest):
    modeDepot: DepositMode
    numeroFactureSaisi: str | None = None
    dateFacture: WireDate | None = None
    destinataire: Destinataire
    fournisseur: Fournisseur
    cadreDeFacturation: CadreDeFacturation
    references: References
    lignePoste: list[LignePoste] | None = None
    ligneTva: list[LigneTva] | None = None
    montantTotal: MontantTotal
    pieceJointePrincipale: Annotated[list[PieceJointePrincipale] | None, one_or_many] = None
    """One object in the official description, a list in every working client: both are taken."""
    pieceJointeComplementaire: list[PieceJointeComplementaire] | None = None
    commentaire: str | None = None


class CritereDestinataire(Request):
    idDestinataire: Int | None = None
    listeIdServiceExecutant: list[Int] | None = None
    raisonSocialeStuctDmd: str | None = None


class RechercherFournisseur(UserRequest):
    idFournisseur: Int | None = None
    idServiceFournisseur: Int | None = None
    listeDestinataire: list[CritereDestinataire] | None = None
    rechercheSirenDestinataire: bool | None = None
    numeroFacture: str | None = None
    numeroFactureOrigine: str | None = None
    numeroFluxDepot: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    typeFacture: Literal["FACTURE", "AVOIR", "ACOMPTE"] | None = None
    cadreFacturation: AnyFramework | None = None
    statutCourant: Annotated[list[str] | None, one_or_many] = None
    """A list in the official description, one string in old samples: both are taken."""
    modeDepot: AnyDepositMode | None = None
    periodeDateDepotDu: WireDate | None = None
    periodeDateDepotAu: WireDate | None = None
    periodeDateFactureDu: WireDate | None = None
    periodeDateFactureAu: WireDate | None = None
    periodeDateHeureEtatCourantDu: WireDate | None = None
    periodeDateHeureEtatCourantAu: WireDate | None = None
    montantHTMin: Amount | None = None
    montantHTMax: Amount | None = None
    montantTTCMin: Amount | None = None
    montantTTCMax: Amount | None = None
    montantApayerMin: Amount | None = None
    montantApayerMax: Amount | None = None
    coordonneeBancaire: Int | None = None
    idUtilisateurCreateur: list[Int] | None = None
    idStructureValideur: Int | None = None
    rejetTraite: bool | None = None
    recupererTaille: bool | None = None
    rechercheFactureParFournisseur: Paging | None = None


class RechercherATraiter(UserRequest):
    idStructure: Int | None = None
    masquerRejetee: bool | None = None
    recupererTaille: bool | None = None
    rechercheFactureATraiterParFournisseur: Paging | None = None


class LignesPostePaging(LeakedSorting):
    pageResultatDemandeeLignesPoste: Int | None = None
    nbResultatsParPageLignesPoste: Int | None = None
    triSensListeLignesPoste: Order | None = None
    triColonneListeLignesPoste: LineColumn | None = None


class PiecesJointesPaging(LeakedSorting):
    pageResultatDemandeeListePieceJointe: Int | None = None
    nbResultatsParPageListePieceJointe: Int | None = None
    triSensListePiecesJointes: Order | None = None
    triColonneListePiecesJointes: PieceColumn | None = None


class RecapTvaPaging(LeakedSorting):
    pageResultatDemandeeListeRecapitulatifTVA: Int | None = None
    nbResultatsParPageListeListeRecapitulatifTVA: Int | None = None
    triSensListeRecapitulatifTVA: Order | None = None
    triColonneListeRecapitulatifTVA: VatColumn | None = None


class ConsulterFournisseur(UserRequest):
    """The paging blocks are `getp…` in the official description, `p…` in a client written from it: both are taken."""

    identifiantFactureCPP: Int
    codeLangue: Language | None = None
    lignes: LignesPostePaging | None = Field(None, validation_alias=AliasChoices("getpLignesPoste", "pLignesPoste"))
    pieces: PiecesJointesPaging | None = Field(
        None, validation_alias=AliasChoices("getpListePiecesJointes", "pListePiecesJointes")
    )
    tva: RecapTvaPaging | None = Field(None, validation_alias=AliasChoices("getpLigneRecapTva", "pLigneRecapTva"))


class HistoStatutsPaging(LeakedSorting):
    pageResultatDemandeeListeHistoStatut: Int | None = None
    nbResultatsParPageListeHistoStatut: Int | None = None
    triSensListeHistoStatut: Order | None = None
    triColonneListeHistoStatut: StatusColumn | None = None


class HistoActionsPaging(LeakedSorting):
    pageResultatDemandeeListeHistoAction: Int | None = None
    nbResultatsParPageListeHistoAction: Int | None = None
    triSensListeHistoAction: Order | None = None
    triColonneListeHistoAction: ActionColumn | None = None


class HistoEvenementsPaging(LeakedSorting):
    pageResultatDemandeeListeHistoEvenement: Int | None = None
    nbResultatsParPageListeHistoEvenement: Int | None = None
    triSensListeHistoEvenement: Order | None = None
    triColonneListeHistoEvenement: EventColumn | None = None


class ConsulterHistorique(UserRequest):
    idFacture: Int
    idEspace: Int | None = None
    nbResultatsMaximum: Annotated[int, Field(ge=1)] | None = None
    paramRechercheHistoStatuts: HistoStatutsPaging | None = None
    paramRechercheHistoActionsUtilisateurs: HistoActionsPaging | None = None
    paramRechercheHistoEvenementsComplementaires: HistoEvenementsPaging | None = None


class Completer(UserRequest):
    identifiantFactureCPP: Int
    pieceJointeComplementaire: list[PieceACompleter] | None = None
    commentaire: str | None = None


class RecyclerReference(Request):
    """The `references` object of a recycling request; only its routing part may change."""

    deviseFacture: str | None = None
    typeFacture: Literal["FACTURE", "AVOIR"] | None = None
    typeTva: VatRegime | None = None
    motifExonerationTva: str | None = None
    numeroMarche: str | None = None
    numeroBonCommande: str | None = None
    numeroFactureOrigine: str | None = None
    modePaiement: PaymentMode | None = None


class Recycler(UserRequest):
    identifiantFactureCPP: Int
    destinataire: Destinataire | None = None
    reference: RecyclerReference | None = None
    commentaire: str | None = None


class RejetATraiter(Request):
    idDemandePaiement: Int


class TraiterRejet(Request):
    """The last two fields are in a public client only."""

    listeDemandePaiement: Annotated[list[RejetATraiter], Field(min_length=1)]
    motifRejet: str | None = None
    cpltInfos: str | None = None


class CorrigerValideur(Request):
    idFacture: Int
    idStructure: Int | None = None
    typeIdentifiantStructure: IdentifierType | None = None
    identifiantStructure: str | None = None


class IdFacture(Request):
    idFacture: Int


class TelechargerGroupe(UserRequest):
    """`format` is PDF or PIVOT officially, PDF, XML or ZIP in another summary: all are taken."""

    format: Literal["PDF", "PIVOT", "XML", "ZIP"]
    avecPiecesJointesComplementaires: YesNo | None = None
    listeFacture: Annotated[list[IdFacture], Field(min_length=1)]
    idEspace: Int | None = None


# transverses ---------------------------------------------------------------------------------------------------------


class Nothing(UserRequest):
    """The operations without input: the body `{}` is still needed."""


class Langue(UserRequest):
    codeLangue: Language | None = None


class TypeDemande(UserRequest):
    typeDemandePaiement: RequestType | None = None


class StatutCourant(UserRequest):
    statutCourant: str


class TypesPieceJointe(UserRequest):
    codeLangue: Language | None = None
    typeObjet: ObjectType | None = None


class AjouterFichier(UserRequest):
    pieceJointeFichier: str
    pieceJointeNom: str
    pieceJointeTypeMime: Annotated[str, Field(max_length=255)]
    pieceJointeExtension: str


class IdStructure(UserRequest):
    idStructure: Int


class EspaceFo(UserRequest):
    espaceFo: Int | None = None


class RechercherDestinataire(UserRequest):
    identifiant: str | None = None
    nomVilleCodePostal: str | None = None
    typeStructure: str | None = None
    parametresRecherche: Paging | None = None


class RechercherServiceExecutant(UserRequest):
    """Only the path of this operation is public: its input is a guess."""

    idStructureCPP: Int | None = Field(None, validation_alias=AliasChoices("idStructureCPP", "idStructure"))
    codeServiceExecutant: str | None = None
    nomServiceExecutant: str | None = None
    parametresRecherche: Paging | None = None


class ConsulterCompteRendu(UserRequest):
    numeroFluxDepot: str
    syntaxeFlux: FlowSyntax | None = None
    dateDepot: WireDate | None = None


class ConsulterCompteRenduDetaille(UserRequest):
    numeroFluxDepot: str
    syntaxeFlux: FlowSyntax | None = None


class PieceDemandePaiement(Request):
    avecPiecesJointesComplementaires: YesNo | None = None
    format: Literal["PDF", "PIVOT"]
    listeFacture: Annotated[list[IdFacture], Field(min_length=1)]


class PieceEngagement(Request):
    numeroEngagementJuridique: str


class PieceSollicitation(Request):
    idSollicitation: Int
    pieceJointeSollicitation: YesNo


class PieceStructure(Request):
    idStructure: Int | None = None
    identifiantStructure: str | None = None
    typeIdentifiantStructure: IdentifierType | None = None


class TelechargerPieceJointe(UserRequest):
    objetPieceJointe: Literal[
        "DEMANDE_PAIEMENT", "ENGAGEMENT_JURIDIQUE", "SOLLICITATION", "STRUCTURE_PIECEJOINTE", "STRUCTURE_MANDAT",
        "STRUCTURE_COORDONNEE_BANCAIRE", "UTILISATEUR",
    ]  # fmt: skip
    demandePaiement: PieceDemandePaiement | None = None
    engagementJuridique: PieceEngagement | None = None
    sollicitation: PieceSollicitation | None = None
    structure: PieceStructure | None = None


class RechercherPiecesJointes(UserRequest):
    codeLangue: Language | None = None
    idStructureCPP: Int | None = None
    pieceJointeDesignation: str | None = None
    pieceJointeTypeId: Int | None = None
    parametresRecherche: Paging | None = None


# structures and utilisateurs -----------------------------------------------------------------------------------------


class CritereStructure(Request):
    identifiantStructure: str | None = None
    typeIdentifiantStructure: IdentifierType | None = None
    typeStructure: str | None = None
    statutStructure: str | None = None
    libelleStructure: str | None = None
    raisonSocialeStructure: str | None = None
    nomStructure: str | None = None
    prenomStructure: str | None = None
    adresseCodePays: str | None = None
    adresseCodePostal: str | None = None
    adresseVille: str | None = None
    estMOA: bool | None = None
    estMOAUniquement: bool | None = None


class RechercherStructures(UserRequest):
    structure: CritereStructure | None = None
    restreindreStructuresPrivees: bool | None = None
    parametres: Paging | None = None


class ConsulterStructure(UserRequest):
    """`idStructureCPP` in most clients, `idStructure` in one: both are taken."""

    idStructureCPP: Int = Field(validation_alias=AliasChoices("idStructureCPP", "idStructure"))
    codeLangue: Language | None = None


class RechercherServices(UserRequest):
    idStructure: Int
    parametresRechercherServicesStructure: Paging | None = None


class ConsulterService(UserRequest):
    idStructure: Int
    idService: Int
    codeLangue: Language | None = None


class Rattachements(UserRequest):
    parametresRecherche: Paging | None = None
