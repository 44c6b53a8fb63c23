"""Sixty Factur-X as programs write them since September 2026, each with what must become of it.

The table below was written from the rules, before any of these invoices was given to the product. Its sources:

* XP Z12-012 as FNFE-MPE's Schematron BR-FR-Flux2 has it: the codes of BT-23, what x2 and x4 say about amounts, the
  invoice that 381 and 384 refer to.
* the rules of B2G (`tools.facturx_rules.b2g`): SIRET in BT-46 scheme 0009, service in BT-46 scheme 0224, which only the
  two extended profiles have room for; in the others the service is in BT-10.
* what the codes of BT-23 are at Chorus Pro: x1 and x4 are A1, x2 is A2, S3 is A9, S6 is A12. A9 and A12 need a
  validator, whom the XML does not name. S5 (A9, if a person agrees) and x7 (already reported) are for a person to
  decide.
* AIFE's advice on factored invoices (393): the factor's bank details and the sentence of subrogation are for a person.
  389 is issued by the buyer, so a person says whether it is to be submitted at all.
"""

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from random import Random

from tools.invoice_generator import cii, world
from tools.invoice_generator.corpus import layouts
from tools.invoice_generator.document import print_invoice
from tools.invoice_generator.model import Invoice, Item, Party, cents
from tools.simulator.tables import table

FREE = "21000001400014"
SERVICE = "22000001200017"
ENGAGEMENT = "23000001000010"
BOTH = "24000001800012"
EITHER = "24000002600015"
HOSPITAL = "26000001300011"
SCHOOL = "19000001800019"
STATE = "11990001700011"
UNIVERSITY = "19000002600012"
"""Recipients of the simulator's directory, by what they require; one service of the hospital requires an engagement."""

TYPE_ALONE = frozenset({"384", "386"})
"""No source says whether the portal takes these types as ordinary invoices: they are submitted and the form names their
type, or a person is asked about it."""

_NAMES = {
    "free": FREE,
    "service": SERVICE,
    "engagement": ENGAGEMENT,
    "both": BOTH,
    "either": EITHER,
    "hospital": HOSPITAL,
    "school": SCHOOL,
    "state": STATE,
    "university": UNIVERSITY,
}

# BT-23, BT-3, recipient, service, engagement, who is known by its SIREN only, end, broken rules of B2G.
# The end is the framework with which it is submitted, or ? and the field about which a person is asked.
_TABLE = {
    "BASIC WL": """
        B1 380 free       -          -           -      A1
        S1 380 service    DGS        -           -      A1
        M1 380 engagement -          BC-2026-117 -      A1
        S1 380 both       FINANCES   BC-2026-118 -      A1
        B2 380 free       -          -           -      A2
        S4 380 service    VOIRIE     -           -      A1
        B1 381 free       -          -           -      A1
        S1 386 free       CANTINE    -           -      A1
        S1 389 engagement -          BC-2026-119 -      ?invoice_type
        S3 380 service    DGS        -           -      ?validator_siret
        B1 380 free       -          -           buyer  ?recipient_siret BR-FR-CPRO-10
        M1 380 school     -          -           seller A1 BR-FR-CPRO-03 BR-FR-CPRO-09
        """,
    "BASIC": """
        S1 380 university SCIENCES   -           -      A1
        B1 380 either     -          BC-2026-120 -      A1
        M1 380 either     EAU        -           -      A1
        B1 380 hospital   PHARMACIE  BC-2026-121 -      A1
        M2 380 engagement -          BC-2026-122 -      A2
        B4 380 both       DSI        BC-2026-123 -      A1
        M1 381 service    VOIRIE     -           -      A1
        B1 384 school     -          -           -      A1
        S1 393 free       -          -           -      ?bank_account
        S5 380 free       -          -           -      ?framework BR-FR-CPRO-24
        B1 380 service    -          -           -      ?service_code BR-FR-CPRO-11
        S7 380 free       -          -           -      ?framework
        """,
    "EN 16931": """
        M1 380 free       -          -           -      A1
        B1 380 both       FINANCES   BC-2026-124 -      A1
        S1 380 state      D990000075 1500000001  -      A1
        S1 380 hospital   TRAVAUX    -           -      A1
        S2 380 service    DGS        -           -      A2
        M4 380 engagement -          BC-2026-125 -      A1
        S1 381 both       DSI        BC-2026-126 -      A1
        M1 386 service    DGS        -           -      A1
        B1 389 free       -          -           -      ?invoice_type
        S6 380 free       -          -           -      ?validator_siret
        S1 380 engagement -          -           -      ?engagement_number BR-FR-CPRO-12
        S1 380 both       FINANCES   BC-2026-127 seller A1 BR-FR-CPRO-03 BR-FR-CPRO-09
        """,
    "EXTENDED": """
        B1 380 service    DGS        -           -      A1
        S1 380 both       FINANCES   BC-2026-128 -      A1
        M1 380 free       CANTINE    -           -      A1
        B1 380 university LETTRES    -           -      A1
        B2 380 service    VOIRIE     -           -      A2
        S4 380 free       -          -           -      A1
        S1 381 university SCIENCES   -           -      A1
        B1 386 both       DSI        BC-2026-129 -      A1
        M1 389 service    DGS        -           -      ?invoice_type
        S3 380 both       FINANCES   BC-2026-130 -      ?validator_siret
        S1 380 service    VOIRIE     -           buyer  ?recipient_siret BR-FR-CPRO-10
        B7 380 free       -          -           -      ?framework
        """,
    "EXTENDED-CTC-FR": """
        S1 380 service    VOIRIE     -           -      A1
        B1 380 either     EAU        -           -      A1
        M1 380 state      D990000075 1500000002  -      A1
        S1 380 hospital   PHARMACIE  BC-2026-131 -      A1
        M2 380 free       -          -           -      A2
        M4 380 service    DGS        -           -      A1
        B1 381 both       FINANCES   BC-2026-132 -      A1
        S1 384 service    DGS        -           -      A1
        B1 393 university SCIENCES   -           -      ?bank_account
        S5 380 service    DGS        -           -      ?framework BR-FR-CPRO-24
        S6 380 both       DSI        BC-2026-133 -      ?validator_siret
        M1 380 service    DGS        -           seller A1 BR-FR-CPRO-03 BR-FR-CPRO-09
        """,
}

NOTES = (
    ("PMT", "Indemnité forfaitaire pour frais de recouvrement : 40 euros."),
    ("PMD", "Pénalités de retard : taux de la BCE majoré de huit points."),
    ("AAB", "Pas d'escompte pour paiement anticipé."),
)
"""What the reform makes mandatory on every invoice (BR-FR-05)."""


@dataclass(frozen=True)
class Case:
    """A row of the table."""

    name: str
    profile: cii.Profile
    process: str
    type_code: str
    recipient: str
    service: str | None
    engagement: str | None
    siren_only: str | None  # buyer or seller
    framework: str | None  # with which it is submitted; None: a person is asked
    asked: str | None  # the field about which a person is asked
    breaks: tuple[str, ...]  # rules of B2G


@dataclass(frozen=True)
class ReformSample:
    """A Factur-X of the table: its XML, the invoice in it, and how to draw its page."""

    case: Case
    invoice: Invoice
    xml: bytes

    @property
    def file(self) -> str:
        return f"{self.case.name}.pdf"

    def pdf(self) -> bytes:
        """The page with the XML inside, drawn anew at each call."""
        page = print_invoice(self.invoice, layouts("dev")["classique"], Random(self.invoice.number), self.case.name)
        return cii.embed(page.pdf, self.xml, self.case.profile, self.invoice.issued)


def reform_cases() -> list[Case]:
    """All rows, twelve of each profile."""
    return [
        _case(profile, place, row.split())
        for profile, rows in _TABLE.items()
        for place, row in enumerate(rows.strip().splitlines(), 1)
    ]


def _case(profile: str, place: int, cells: list[str]) -> Case:
    process, type_code, recipient, service, engagement, siren_only, end, *breaks = cells
    return Case(
        name=f"{profile.replace(' ', '').lower()}-{place:02d}",
        profile=cii.profile(profile),
        process=process,
        type_code=type_code,
        recipient=_NAMES[recipient],
        service=None if service == "-" else service,
        engagement=None if engagement == "-" else engagement,
        siren_only=None if siren_only == "-" else siren_only,
        framework=None if end.startswith("?") else end,
        asked=end[1:] if end.startswith("?") else None,
        breaks=tuple(breaks),
    )


def reform_samples(today: date, supplier: Party, seed: int = 2026) -> list[ReformSample]:
    """The sixty files from this supplier, dated before ``today``; the same seed gives the same files."""
    return [_sample(case, place, today, supplier, seed) for place, case in enumerate(reform_cases(), 1)]


def _sample(case: Case, place: int, today: date, supplier: Party, seed: int) -> ReformSample:
    rng = Random(f"reform/{seed}/{place}")
    invoice = draw(case, f"RF{seed}-{place:03d}", today - timedelta(days=rng.randint(1, 20)), supplier, rng)
    return ReformSample(case, invoice, cii.cii_xml(invoice, case.profile, writing(case, invoice, supplier)))


def draw(case: Case, number: str, issued: date, supplier: Party, rng: Random) -> Invoice:
    """The invoice of a row: who is known by its SIREN only has no SIRET on the page either."""
    seller, buyer = supplier, _recipient(case.recipient)
    invoice = Invoice(
        number=number,
        issued=issued,
        supplier=replace(seller, siret=None) if case.siren_only == "seller" else seller,
        recipient=replace(buyer, siret=None) if case.siren_only == "buyer" else buyer,
        items=_items(rng),
        due=issued + timedelta(days=30),
        service_code=case.service,
        engagement=case.engagement,
        bank=world.bank_account(rng),
        credit_note=case.type_code == "381",
    )
    if case.type_code in ("381", "384"):
        invoice = replace(invoice, original_number=f"RO-{number[-8:]}", original_date=issued - timedelta(days=25))
    if case.type_code == "393":
        invoice = replace(invoice, factor=_factor(rng))
    if case.process[1] == "2":
        return replace(invoice, deposit=invoice.total_ttc, due=issued, bank=None)
    if case.process[1] == "4":
        return replace(invoice, deposit=cents(invoice.total_ttc * 30 / 100))
    return invoice


def writing(case: Case, invoice: Invoice, supplier: Party) -> cii.Writing:
    """How the row's program writes the invoice."""
    buyer_siren = case.recipient[:9]
    routed = case.profile.extended and case.service is not None
    own: list[tuple[str, str]] = [] if case.siren_only == "buyer" else [("0009", case.recipient)]
    if routed and case.service:
        own.append(("0224", case.service))
    seller_own = (("0009", supplier.siret),) if supplier.siret and case.siren_only != "seller" else ()
    seller_siren = supplier.siren or ""
    return cii.Writing(
        seller=cii.PartyIds(own=seller_own, legal=("0002", seller_siren), endpoint=("0225", seller_siren)),
        buyer=cii.PartyIds(own=tuple(own), legal=("0002", buyer_siren), endpoint=("0225", buyer_siren)),
        buyer_reference=None if routed else case.service,
        process=case.process,
        type_code=case.type_code,
        notes=NOTES + ((("ACC", "Créance cédée : règlement à l'affactureur."),) if invoice.factor else ()),
        means="48" if case.process[1] == "2" else "30",
        payee=invoice.factor,
    )


def _recipient(siret: str) -> Party:
    body = next(each for each in table("directory")["structure"] if each["siret"] == siret)
    return Party(body["name"], siret, street="1 place de la Mairie", postcode=body["postcode"], town=body["city"])


def _factor(rng: Random) -> Party:
    return Party("Affacturage de l'Estuaire SA", world.siret(rng, "3"))


def _items(rng: Random) -> tuple[Item, ...]:
    goods = world.TRADES["services"][1]
    rates = rng.choice(((Decimal(20),), (Decimal(20), Decimal(10)), (Decimal("5.5"), Decimal(20), Decimal(10))))
    return tuple(
        Item(f"P{place:02d}", text, unit, Decimal(rng.randint(1, 12)), Decimal(price), rates[place % len(rates)])
        for place, (text, unit, price) in enumerate(rng.sample(goods, 3))
    )
