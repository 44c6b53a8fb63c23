"""The portal's operations for suppliers in one table, with everything that differs between two calls.

Pure data. Paths and block names come from the official description of the API. The client may repeat idempotent
operations and never the others. A test compares `docs/portal_operations.md` with this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from chorus_connector.chorus_pro.errors import RefusalKind

READ_SECONDS: Final = 30.0
FILE_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Paging:
    """How a search is paged: the block's name, the field that identifies a row, the sort column that keeps pages
    stable. `page_size` replaces the client's own where so many rows a page were seen to work.
    """

    block: str
    identity: str
    sort_column: str | None = None
    can_lift_cap: bool = True
    page_size: int | None = None


@dataclass(frozen=True, slots=True)
class Operation:
    """One route of the portal.

    `rows` names the list in a search's answer; `proof` names the field whose presence means success when the portal
    omits codeRetour; `refusals` maps this operation's own codes to their meaning.
    """

    method: str
    family: str
    path: str
    idempotent: bool = True
    verb: str = "POST"
    rows: str | None = None
    paging: Paging | None = None
    proof: str | None = None
    refusals: Mapping[int, RefusalKind] = field(default_factory=dict, hash=False)
    seconds: float = READ_SECONDS

    @property
    def label(self) -> str:
        """The portal's name for it, as errors and logs show it."""
        return f"{self.family}/{self.path}"


# Catalogue codes mean the same wherever they appear, unlike codeRetour.
CATALOGUE: Final[Mapping[str, RefusalKind]] = {
    "GDP_MSG_11.001": RefusalKind.WRONG_STATE,
    "GDP_MSG_11.005": RefusalKind.NO_RIGHTS,
    "GDP_MSG_11.008": RefusalKind.NOT_FOUND,
    "GDP_MSG_11.022": RefusalKind.TOO_LARGE,
    "GDP_MSG_11.033": RefusalKind.WRONG_STATE,
    "POQ_MSG_01.003": RefusalKind.NOT_FOUND,
}

# "No result" instead of an empty list. A search says it with 20000 under any message code that is not known to mean
# something else: the codes of each search are published nowhere.
EMPTY_SEARCH: Final = frozenset({(20000, "TRA_MSG_00.015"), (20007, "GFT_MSG_01.075")})
NOTHING_FOUND: Final = 20000

DEPOSIT_PDF = Operation(
    "deposit_pdf", "factures", "deposer/pdf", idempotent=False, proof="pieceJointeId", seconds=FILE_SECONDS
)
SUBMIT = Operation("submit", "factures", "soumettre", idempotent=False, seconds=FILE_SECONDS)
DEPOSIT_FLOW = Operation(
    "deposit_flow",
    "factures",
    "deposer/flux",
    idempotent=False,
    refusals={20001: RefusalKind.TOO_LARGE},
    seconds=FILE_SECONDS,
)
FLOW_REPORT = Operation("flow_report", "transverses", "consulterCRDetaille", refusals={20001: RefusalKind.NOT_FOUND})
SEARCH_INVOICES = Operation(
    "search_invoices",
    "factures",
    "rechercher/fournisseur",
    rows="listeFactures",
    paging=Paging("rechercheFactureParFournisseur", "identifiantFactureCPP", sort_column="DateDepot"),
)
INVOICES_TO_PROCESS = Operation(
    "invoices_to_process",
    "factures",
    "rechercher/atraiter/fournisseur",
    rows="listeFactures",
    paging=Paging("rechercheFactureATraiterParFournisseur", "identifiantFactureCPP", sort_column="DateDepot"),
)
READ_INVOICE = Operation("read_invoice", "factures", "consulter/fournisseur")
READ_HISTORY = Operation("read_history", "factures", "consulter/historique")
COMPLETE = Operation(
    "complete",
    "factures",
    "completer",
    idempotent=False,
    refusals={
        20000: RefusalKind.NOT_FOUND,
        20001: RefusalKind.NO_RIGHTS,
        20002: RefusalKind.WRONG_STATE,
    },
)
RECYCLE = Operation("recycle", "factures", "recycler", idempotent=False)
ACKNOWLEDGE_REJECTIONS = Operation("acknowledge_rejections", "factures", "traiterRejet", idempotent=False)
CORRECT_VALIDATOR = Operation("correct_validator", "factures", "corriger/valideur/facture", idempotent=False)
DOWNLOAD_INVOICES = Operation("download_invoices", "factures", "telecharger/groupe", seconds=FILE_SECONDS)

ADD_FILE = Operation(
    "add_file",
    "transverses",
    "ajouter/fichier",
    idempotent=False,
    refusals={20003: RefusalKind.TOO_LARGE},
    seconds=FILE_SECONDS,
)
DOWNLOAD_ATTACHMENT = Operation(
    "download_attachment",
    "transverses",
    "telecharger/pieceJointe",
    proof="pieceJointe",
    seconds=FILE_SECONDS,
)
DOWNLOAD_DIRECTORY = Operation(
    "download_directory", "transverses", "telecharger/annuaire/destinataire", seconds=FILE_SECONDS
)
SEARCH_RECIPIENTS = Operation(
    "search_recipients",
    "transverses",
    "rechercher/destinataire",
    rows="listeDestinataires",
    paging=Paging("parametresRecherche", "idStructureCPP"),
)
ACTIVE_SUPPLIER_STRUCTURES = Operation(
    "active_supplier_structures",
    "transverses",
    "recuperer/structures/actives/fournisseur",
    rows="listeStructures",
)
VALID_BANK_ACCOUNTS = Operation(
    "valid_bank_accounts", "transverses", "recuperer/coordbanc/valides", rows="listeCoordonneeBancaire"
)
VAT_RATES = Operation("vat_rates", "transverses", "recuperer/tauxtva", rows="listeTauxTva")
VAT_EXEMPTION_REASONS = Operation(
    "vat_exemption_reasons",
    "transverses",
    "recuperer/motifs/exonerationtva",
    rows="listeMotifsExonerationTva",
)
CURRENCIES = Operation("currencies", "transverses", "recuperer/devises", rows="listeDevises")
COUNTRIES = Operation("countries", "transverses", "recuperer/pays", rows="listePays")
PAYMENT_MODES = Operation("payment_modes", "transverses", "recuperer/modereglements", rows="listeModePaiement")
DEPOSIT_MODES = Operation("deposit_modes", "transverses", "recuperer/modedepot", rows="listeModeDepot")
INVOICING_FRAMES = Operation(
    "invoicing_frames", "transverses", "recuperer/cadrefacturation", rows="listeCadreFacturation"
)
PAYMENT_REQUEST_TYPES = Operation(
    "payment_request_types", "transverses", "recuperer/typedp", rows="listeTypeDemandePaiement"
)
PAYMENT_REQUEST_STATES = Operation(
    "payment_request_states", "transverses", "recuperer/etat/typedp", rows="listeEtatDemandePaiement"
)
NEXT_STATUSES = Operation(
    "next_statuses",
    "transverses",
    "recuperer/etats/traitement",
    rows="listeStatutsPossiblesPourTraitement",
)
ATTACHMENT_TYPES = Operation("attachment_types", "transverses", "recuperer/typespj", rows="listeTypePieceJointe")
STRUCTURE_IDENTIFIER_TYPES = Operation(
    "structure_identifier_types",
    "transverses",
    "recuperer/typeidentifiant/structure",
    rows="listeTypeIdentifiant",
)
FLOW_FORMATS = Operation("flow_formats", "transverses", "recuperer/formatflux", rows="listeFormatFlux")
HEALTH_CHECK = Operation("health_check", "transverses", "health-check", verb="GET", proof="statusCode")

SEARCH_STRUCTURES = Operation(
    "search_structures",
    "structures",
    "rechercher",
    rows="listeStructures",
    paging=Paging("parametres", "idStructureCPP"),
)
READ_STRUCTURE = Operation("read_structure", "structures", "consulter")
SEARCH_SERVICES = Operation(
    "search_services",
    "structures",
    "rechercher/services",
    rows="listeServices",
    # The State has thousands: by a hundred they would take longer than a request may.
    paging=Paging("parametresRechercherServicesStructure", "idService", sort_column="CodeService", page_size=1_000),
)
READ_SERVICE = Operation("read_service", "structures", "consulter/service")
MEMBERSHIPS = Operation(
    "memberships",
    "utilisateurs",
    "monCompte/recuperer/rattachements",
    rows="listeStructureRattachement",
    paging=Paging("parametresRecherche", "idStructure", can_lift_cap=False),
)

OPERATIONS: Final = tuple(thing for thing in tuple(globals().values()) if isinstance(thing, Operation))
