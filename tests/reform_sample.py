"""An invoice XML as accounting software writes it since the reform: a business process, and several identifiers."""

from collections.abc import Sequence

from tests.builders import SUPPLIER_SIRET, TOWN_SIRET
from tests.facturx_sample import facturx_xml

PROFILES = {
    "MINIMUM": "urn:factur-x.eu:1p0:minimum",
    "BASIC WL": "urn:factur-x.eu:1p0:basicwl",
    "BASIC": "urn:cen.eu:en16931:2017#compliant#urn:factur-x.eu:1p0:basic",
    "EN16931": "urn:cen.eu:en16931:2017",
    "EXTENDED": "urn:cen.eu:en16931:2017#conformant#urn:factur-x.eu:1p0:extended",
    "EXTENDED-CTC-FR": "urn:cen.eu:en16931:2017#conformant#urn.cpro.gouv.fr:1p0:extended-ctc-fr",
}
Ids = Sequence[tuple[str, str]]
"""Identifiers of a party, each with its scheme; without a scheme it is an ``ID``, else a ``GlobalID``."""


def reform_xml(
    *,
    number: str = "FA-2026-17",
    process: str = "S1",
    kind: str = "380",
    seller: tuple[Ids, Ids] = ((("0009", SUPPLIER_SIRET),), (("0002", SUPPLIER_SIRET[:9]),)),
    buyer: tuple[Ids, Ids] = ((("0009", TOWN_SIRET),), (("0002", TOWN_SIRET[:9]),)),
    reference: str = "",
    preceding: str = "",
    due: str = "600.00",
    profile: str = "EXTENDED-CTC-FR",
    text: str = "",
) -> bytes:
    """The sample invoice with the identifiers of its parties: those of BT-29 or BT-46, then those of BT-30 or BT-47.

    ``reference`` is BT-10, ``preceding`` BT-25, ``text`` more XML of the settlement.
    """
    xml = facturx_xml(number=number, framework=process, profile=PROFILES[profile], supplier="-", recipient="-").decode()
    for name, label, ids in (("Seller", "Menuiserie Durand", seller), ("Buyer", "Mairie", buyer)):
        old = (
            f"<ram:{name}TradeParty><ram:Name>{label}</ram:Name><ram:SpecifiedLegalOrganization>\n"
            '    <ram:ID schemeID="0009">-</ram:ID></ram:SpecifiedLegalOrganization>'
        )
        assert old in xml
        xml = xml.replace(old, f"<ram:{name}TradeParty>{_party(label, *ids)}")
    if reference:
        start = "<ram:ApplicableHeaderTradeAgreement>"
        xml = xml.replace(start, f"{start}<ram:BuyerReference>{reference}</ram:BuyerReference>")
    if preceding:
        text += (
            f"<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>{preceding}</ram:IssuerAssignedID>"
            "</ram:InvoiceReferencedDocument>"
        )
    end = "</ram:ApplicableHeaderTradeSettlement>"
    xml = xml.replace(">380<", f">{kind}<").replace(end, text + end)
    return xml.replace("<ram:DuePayableAmount>600.00<", f"<ram:DuePayableAmount>{due}<").encode()


def _party(label: str, ids: Ids, legal: Ids) -> str:
    plain = "".join(_identifier("ID", *each) for each in ids if not each[0])
    schemed = "".join(_identifier("GlobalID", *each) for each in ids if each[0])
    organisation = "".join(_identifier("ID", *each) for each in legal)
    return (
        f"{plain}{schemed}<ram:Name>{label}</ram:Name>"
        f"<ram:SpecifiedLegalOrganization>{organisation}</ram:SpecifiedLegalOrganization>"
    )


def _identifier(name: str, scheme: str, value: str) -> str:
    attribute = f' schemeID="{scheme}"' if scheme else ""
    return f"<ram:{name}{attribute}>{value}</ram:{name}>"
