"""The rules of invoices to public bodies (BR-FR-CPRO of XP Z12-012, annex A), as assertions of our own.

FNFE-MPE publishes no Schematron of them: the portal applies them itself and answers REJ_CONT_B2G. Their text is known
from what others wrote down of annex A 1.3, so each rule says how sure it is: H, two independent sources agree; M, one
good source; L, inferred. Rules whose text is not public (45 to 50), that no file can show (16, 22, 23) or that concern
parts which our invoices do not have (01, 18, 21, 28, 29, 40) are left out.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element  # nosec B405  # a name only, defusedxml parses

from defusedxml.ElementTree import fromstring

from tools.simulator.seeds import StructureSeed

_NAMESPACES = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
_GOBL = "invopop/gobl.fr.ctc, b2g.go (annex A 1.3)"
_DOLIBARR = "Dolibarr/dolibarr-community-modules issues 678, 691 and 962"
_FNFE = "FNFE-MPE, BR-FR-Flux2 1.4.0"
_OFFICIAL = "Chorus Pro, structures/consulter, parametres"

PROCESSES = {f"{family}{kind}" for family in "BSM" for kind in "12489"} | {"S3", "S5", "S6", "B7", "S7"}
"""The values of BT-23 (BR-FR-08)."""

SELLER_SCHEMES = {
    "0009": r"\d{14}",
    "0223": r".{1,17}",
    "0226": r"\d{10}.{0,70}",
    "0227": r".{1,17}",
    "0228": r".{9,10}",
    "0229": r".{9,10}",
}
"""What a seller may be known by, with the form of each: SIRET, EU VAT, person, outside the EU, RIDET, TAHITI."""


@dataclass(frozen=True)
class Cii:
    """An invoice as the rules read it."""

    root: Element

    def all(self, path: str) -> list[str]:
        """The texts of the elements at a path below the root, in the order of the document."""
        return [(each.text or "").strip() for each in self.root.findall(path, _NAMESPACES)]

    def one(self, path: str) -> str:
        """The first text at a path, or nothing."""
        return next(iter(self.all(path)), "")

    def ids(self, party: str) -> list[tuple[str, str]]:
        """Scheme and value of a party's own identifiers (BT-29, BT-46, BT-60)."""
        found = self.root.findall(f"{party}/ram:GlobalID", _NAMESPACES)
        return [(each.get("schemeID", ""), (each.text or "").strip()) for each in found]

    def id(self, party: str, scheme: str) -> str:
        return next((value for found, value in self.ids(party) if found == scheme), "")

    @property
    def extended(self) -> bool:
        """Whether the profile has room for a SIRET and a routing code."""
        return "extended" in self.one(f"{_CONTEXT}/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID")

    @property
    def service(self) -> str:
        """The service: scheme 0224 in the extended profiles, else the buyer reference."""
        return self.id(_BUYER, "0224") if self.extended else self.one(f"{_AGREEMENT}/ram:BuyerReference")

    @property
    def engagement(self) -> str:
        return self.one(f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID")


_CONTEXT = "rsm:ExchangedDocumentContext"
_DOCUMENT = "rsm:ExchangedDocument"
_TRADE = "rsm:SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ram:ApplicableHeaderTradeAgreement"
_SETTLEMENT = f"{_TRADE}/ram:ApplicableHeaderTradeSettlement"
_SELLER, _BUYER = f"{_AGREEMENT}/ram:SellerTradeParty", f"{_AGREEMENT}/ram:BuyerTradeParty"
_PAYEE = f"{_SETTLEMENT}/ram:PayeeTradeParty"
_EARLIER = f"{_SETTLEMENT}/ram:InvoiceReferencedDocument/ram:IssuerAssignedID"
_LEGAL = "ram:SpecifiedLegalOrganization/ram:ID"

Kept = Callable[[Cii, StructureSeed], bool]


@dataclass(frozen=True)
class Rule:
    """A rule of B2G: its name in annex A, how sure its text is, where it was read, and whether an invoice keeps it."""

    name: str
    confidence: str
    source: str
    text: str
    kept: Kept


def broken(xml: bytes, recipient: StructureSeed) -> list[Rule]:
    """The rules that this invoice to this recipient breaks."""
    invoice = Cii(fromstring(xml))
    return [rule for rule in RULES if not rule.kept(invoice, recipient)]


def _at_most(longest: int, *paths: str) -> Kept:
    return lambda invoice, _: all(len(text) <= longest for path in paths for text in invoice.all(path))


def _seller_forms(invoice: Cii) -> Iterator[bool]:
    for scheme, value in invoice.ids(_SELLER):
        if scheme in SELLER_SCHEMES:
            yield re.fullmatch(SELLER_SCHEMES[scheme], value) is not None


def _siren_has_siret(invoice: Cii, party: str) -> bool:
    """Whether a party that is known by a SIREN also gives its SIRET, and one of that SIREN."""
    siren, siret = invoice.one(f"{party}/{_LEGAL}"), invoice.id(party, "0009")
    return re.fullmatch(r"\d{9}", siren) is None or (len(siret) == 14 and siret.startswith(siren))


def _service_given(invoice: Cii, recipient: StructureSeed) -> bool:
    return bool(invoice.service) or not recipient.service_required


def _engagement_given(invoice: Cii, recipient: StructureSeed) -> bool:
    wanted = recipient.engagement_required or any(
        each.engagement_required for each in recipient.services if each.code == invoice.service
    )
    return bool(invoice.engagement) or not wanted


def _either_given(invoice: Cii, recipient: StructureSeed) -> bool:
    return bool(invoice.service or invoice.engagement) or not recipient.service_or_engagement


def _buyer_siret(invoice: Cii) -> bool:
    siret, siren = invoice.id(_BUYER, "0009"), invoice.one(f"{_BUYER}/{_LEGAL}")
    return re.fullmatch(r"\d{14}", siret) is not None and siret.startswith(siren[:9])


def _process(invoice: Cii) -> str:
    return invoice.one(f"{_CONTEXT}/ram:BusinessProcessSpecifiedDocumentContextParameter/ram:ID")


RULES = (
    Rule("BR-FR-08", "H", _FNFE, "BT-23 is a code of the families B, S and M", lambda i, _: _process(i) in PROCESSES),
    Rule(
        "BR-FR-CPRO-02",
        "H",
        _GOBL,
        "the numbers of the invoice and of the earlier one have 20 characters at most",
        _at_most(20, f"{_DOCUMENT}/ram:ID", _EARLIER),
    ),
    Rule(
        "BR-FR-CPRO-03",
        "M",
        _GOBL,
        "the seller has an identifier of its own (BT-29) of an admitted scheme",
        lambda i, _: any(scheme in SELLER_SCHEMES for scheme, _value in i.ids(_SELLER)),
    ),
    Rule(
        "BR-FR-CPRO-04..08",
        "M",
        _GOBL,
        "the seller's identifier has the form of its scheme",
        lambda i, _: all(_seller_forms(i)),
    ),
    Rule(
        "BR-FR-CPRO-09",
        "M",
        _GOBL,
        "a seller with a SIREN gives its SIRET too",
        lambda i, _: _siren_has_siret(i, _SELLER),
    ),
    Rule(
        "BR-FR-CPRO-10",
        "H",
        f"{_GOBL}; {_DOLIBARR}",
        "the buyer's SIRET is in BT-46 with the scheme 0009, and begins with the SIREN of BT-47 (BR-FR-09)",
        lambda i, _: _buyer_siret(i),
    ),
    Rule(
        "BR-FR-CPRO-11",
        "M",
        f"{_DOLIBARR}; {_OFFICIAL}",
        "a recipient that requires a service finds it in BT-46 with the scheme 0224 (BT-10 in the smaller profiles)",
        _service_given,
    ),
    Rule(
        "BR-FR-CPRO-12",
        "L",
        f"{_OFFICIAL}; the number of the rule is inferred",
        "a recipient or a service that requires an engagement finds it in BT-13",
        _engagement_given,
    ),
    Rule(
        "BR-FR-CPRO-13",
        "L",
        f"{_OFFICIAL}; the number of the rule is inferred",
        "a recipient that requires one of the two finds a service or an engagement",
        _either_given,
    ),
    Rule(
        "BR-FR-CPRO-14",
        "H",
        _GOBL,
        "a contract has 50 characters at most",
        _at_most(50, f"{_AGREEMENT}/ram:ContractReferencedDocument/ram:IssuerAssignedID"),
    ),
    Rule(
        "BR-FR-CPRO-15",
        "H",
        _GOBL,
        "an engagement has 50 characters at most",
        _at_most(50, f"{_AGREEMENT}/ram:BuyerOrderReferencedDocument/ram:IssuerAssignedID"),
    ),
    Rule(
        "BR-FR-CPRO-17",
        "M",
        _GOBL,
        "a payee with a SIREN gives its SIRET too",
        lambda i, _: _siren_has_siret(i, _PAYEE),
    ),
    Rule("BR-FR-CPRO-20", "M", _GOBL, "one earlier invoice at most", lambda i, _: len(i.all(_EARLIER)) <= 1),
    Rule(
        "BR-FR-CPRO-24",
        "M",
        _GOBL,
        "S5 is not for public bodies: a subcontractor that is paid directly uses S3",
        lambda i, _: _process(i) != "S5",
    ),
    Rule(
        "BR-FR-CPRO-26, 27",
        "M",
        _GOBL,
        "one contact of each side",
        lambda i, _: all(len(i.all(f"{party}/ram:DefinedTradeContact")) <= 1 for party in (_SELLER, _BUYER)),
    ),
    Rule(
        "BR-FR-CPRO-32, 33",
        "M",
        _GOBL,
        "a line of the seller's address has 400 characters at most",
        _at_most(400, f"{_SELLER}/ram:PostalTradeAddress/*"),
    ),
    Rule(
        "BR-FR-CPRO-35, 42",
        "M",
        _GOBL,
        "payment terms and notes have 1,024 characters at most",
        _at_most(
            1024, f"{_SETTLEMENT}/ram:SpecifiedTradePaymentTerms/ram:Description", f"{_DOCUMENT}/ram:IncludedNote/*"
        ),
    ),
    Rule(
        "BR-FR-CPRO-37, 43, 44",
        "M",
        _GOBL,
        "a name has 99 characters at most",
        _at_most(99, *(f"{party}/ram:Name" for party in (_SELLER, _BUYER, _PAYEE))),
    ),
    Rule(
        "BR-FR-CPRO-39",
        "M",
        _GOBL,
        "an account has 27 characters at most",
        _at_most(
            27,
            f"{_SETTLEMENT}/ram:SpecifiedTradeSettlementPaymentMeans/ram:PayeePartyCreditorFinancialAccount/ram:IBANID",
        ),
    ),
)
