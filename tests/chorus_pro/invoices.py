"""Invoices the tests send, all to invented structures."""

from datetime import date
from decimal import Decimal

from chorus_connector.chorus_pro import models as m


def invoice(number: str = "FA-2026-17", *, attachment: int = 7000001, supplier: int = 26000001) -> m.FactureASoumettre:
    return m.FactureASoumettre(
        modeDepot="DEPOT_PDF_API",
        numeroFactureSaisi=number,
        dateFacture=date(2026, 10, 9),
        destinataire=m.Destinataire(codeDestinataire="12345678200051", codeServiceExecutant="STECH"),
        fournisseur=m.Fournisseur(idFournisseur=supplier, codeCoordonneesBancairesFournisseur=1440),
        cadreDeFacturation=m.CadreDeFacturation(codeCadreFacturation="A1_FACTURE_FOURNISSEUR"),
        references=m.References(typeTva="TVA_SUR_DEBIT", modePaiement="VIREMENT", numeroBonCommande="EJ-42"),
        ligneTva=(
            m.LigneTva(
                ligneTvaTauxManuel=Decimal("5.5"),
                ligneTvaMontantBaseHtParTaux=Decimal("1234.56"),
                ligneTvaMontantTvaParTaux=Decimal("67.90"),
            ),
        ),
        montantTotal=m.MontantTotal(
            montantHtTotal=Decimal("1234.56"),
            montantTVA=Decimal("67.90"),
            montantTtcTotal=Decimal("1302.46"),
            montantAPayer=Decimal("1302.46"),
        ),
        pieceJointePrincipale=(
            m.PieceJointePrincipale(
                pieceJointePrincipaleDesignation="FA-2026-17.pdf", pieceJointePrincipaleId=attachment
            ),
        ),
    )
