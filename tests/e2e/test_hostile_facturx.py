"""Factur-X that break the rules as programs do: never the wrong body, never silently an ordinary invoice.

Each either goes exactly where it may, or waits for a person with a problem at one of the named fields.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.e2e.facturx_ends import Ended, a_supplier, ends
from tools.demo import Sample
from tools.invoice_generator import cii
from tools.invoice_generator.cii import PartyIds, Writing
from tools.invoice_generator.reform import FREE, SERVICE, Case, ReformSample, draw, writing

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SUPPLIER = a_supplier("Serrurerie du Bouffay")
NEIGHBOUR = a_supplier("Menuiserie du Bouffay")
CTC = cii.profile("EXTENDED-CTC-FR")
ANOTHER_GUIDELINE = "urn:cen.eu:en16931:2017#conformant#urn:cpro.gouv.fr:1p0:extended-ctc-fr"

Change = Callable[[Writing], Writing]


@dataclass(frozen=True)
class Hostile:
    """A file: an ordinary one, changed; where it may go, or the fields about which a person may be asked."""

    name: str
    change: Change = field(default=lambda usual: usual)
    recipient: str = SERVICE
    service: str | None = "DGS"
    process: str = "B1"
    type_code: str = "380"
    profile: cii.Profile = CTC
    may_go: tuple[str, str | None, str] | None = None  # recipient, service and framework
    asked: frozenset[str] = frozenset()  # fields; none: it must go
    unpaid: bool = False  # an amount is due although the process says paid

    @property
    def case(self) -> Case:
        return Case(
            name=self.name,
            profile=self.profile,
            process=self.process,
            type_code=self.type_code,
            recipient=self.recipient,
            service=self.service,
            engagement=None,
            siren_only=None,
            framework=None,
            asked=None,
            breaks=(),
        )


def buyer(*own: tuple[str, str], legal: tuple[str, str] | None = ("0002", SERVICE[:9])) -> Change:
    """The buyer with these identifiers and no others."""
    return lambda usual: replace(usual, buyer=PartyIds(own, legal, usual.buyer.endpoint))


def seller(*own: tuple[str, str], legal: tuple[str, str]) -> Change:
    return lambda usual: replace(usual, seller=PartyIds(own, legal, usual.seller.endpoint))


def process(text: str) -> Change:
    return lambda usual: replace(usual, process=text)


def guideline(text: str) -> Change:
    return lambda usual: replace(usual, guideline=text)


SPACED = f"{SERVICE[:3]} {SERVICE[3:6]} {SERVICE[6:9]} {SERVICE[9:]}"
SISTER = f"{SERVICE[:9]}00025"
OWN = (("0009", SERVICE), ("0224", "DGS"))
RECIPIENT, SENT_RIGHT = frozenset({"recipient_siret"}), (SERVICE, "DGS", "A1")
A_SERVICE, A_SELLER = frozenset({"service_code"}), frozenset({"supplier_siret"})
VALIDATED = frozenset({"framework", "validator_siret"})
FRAMEWORK, KIND = frozenset({"framework"}), frozenset({"invoice_type"})
FACTORED = frozenset({"invoice_type", "bank_account", "comment"})

FILES = [
    Hostile("0224-of-14-digits-siren-only", buyer(("0224", FREE)), asked=RECIPIENT),
    Hostile("0224-of-14-digits-first", buyer(("0224", FREE), ("0009", SERVICE)), asked=A_SERVICE),
    Hostile("0009-of-another-siren", buyer(("0009", FREE), ("0224", "DGS")), asked=RECIPIENT),
    Hostile("0009-of-another-siren-alone", buyer(("0009", FREE)), asked=RECIPIENT),
    Hostile("no-scheme", buyer(("", FREE), ("0224", "DGS")), asked=RECIPIENT),
    Hostile("another-scheme", buyer(("0088", FREE), ("0224", "DGS")), asked=RECIPIENT),
    Hostile("two-sirets-of-one-siren", buyer(("0009", SERVICE), ("0009", SISTER)), asked=RECIPIENT),
    Hostile("two-sirets", buyer(("0009", FREE), *OWN), may_go=SENT_RIGHT, asked=RECIPIENT),
    Hostile("two-services", buyer(*OWN, ("0224", "VOIRIE")), asked=A_SERVICE),
    Hostile("spaced-siret", buyer(("0009", SPACED), ("0224", "DGS")), may_go=SENT_RIGHT),
    Hostile("spaced-siret-as-legal-id", buyer(("0224", "DGS"), legal=("0002", SPACED)), may_go=SENT_RIGHT),
    Hostile("siret-too-long", buyer(("0009", SERVICE + "1"), ("0224", "DGS")), asked=RECIPIENT),
    Hostile("siret-of-the-seller", buyer(("0009", SUPPLIER.siret or ""), legal=None), asked=RECIPIENT),
    Hostile("service-in-small-letters", buyer(("0009", SERVICE), ("0224", "dgs")), may_go=SENT_RIGHT, asked=A_SERVICE),
    Hostile(
        "free-text-in-bt-10-and-a-service-required",
        lambda usual: replace(buyer(("0009", SERVICE))(usual), buyer_reference="Projet rentrée 2026"),
        asked=A_SERVICE,
    ),
    Hostile(
        "free-text-in-bt-10-and-no-service-required",
        lambda usual: replace(usual, buyer_reference="Projet rentrée 2026"),
        FREE,
        None,
        profile=cii.profile("BASIC"),
        may_go=(FREE, None, "A1"),
        asked=A_SERVICE,
    ),
    Hostile(
        "free-text-in-bt-10-beside-0224",
        lambda usual: replace(usual, buyer_reference="Projet rentrée 2026"),
        may_go=SENT_RIGHT,
    ),
    Hostile("seller-of-another-siren", seller(legal=("0002", NEIGHBOUR.siren or "")), asked=A_SELLER),
    Hostile(
        "seller-of-another-siret",
        seller(("0009", NEIGHBOUR.siret or ""), legal=("0002", NEIGHBOUR.siren or "")),
        asked=A_SELLER,
    ),
    Hostile("process-b1", process("b1"), may_go=SENT_RIGHT, asked=FRAMEWORK),
    Hostile("process-with-blanks", process("  B1 "), may_go=SENT_RIGHT, asked=FRAMEWORK),
    Hostile("process-with-a-blank-inside", process("B 1"), may_go=SENT_RIGHT, asked=FRAMEWORK),
    Hostile("process-s3-in-small-letters", process("s3"), asked=VALIDATED),
    Hostile("process-s5-with-blanks", process(" S5 "), asked=FRAMEWORK),
    Hostile("process-s6-with-blanks", process(" S6\n"), asked=VALIDATED),
    Hostile(
        "process-paid-in-small-letters", process("b2"), process="B2", may_go=(SERVICE, "DGS", "A2"), asked=FRAMEWORK
    ),
    Hostile("process-x3", process("X3"), asked=FRAMEWORK),
    Hostile("process-b3", process("B3"), asked=FRAMEWORK),
    Hostile("process-m8", process("M8"), asked=FRAMEWORK),
    Hostile("process-b9", process("B9"), asked=FRAMEWORK),
    Hostile("process-a9", process("A9"), asked=VALIDATED),
    Hostile("process-a4", process("A4"), asked=FRAMEWORK),
    Hostile(
        "process-peppol", process("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"), may_go=SENT_RIGHT, asked=FRAMEWORK
    ),
    Hostile("paid-but-due", process("S2"), process="S2", unpaid=True, asked=frozenset({"amount_due", "framework"})),
    Hostile("factored-without-a-note", process("B1"), type_code="393", asked=FACTORED),
    Hostile("self-billed-credit-note", process("B1"), type_code="261", asked=KIND),
    Hostile("self-billed-and-factored", process("B1"), type_code="501", asked=FACTORED),
    Hostile("deposit-self-billed", process("B1"), type_code="500", asked=KIND),
    Hostile("self-billed-and-factored-credit-note", process("B1"), type_code="502", asked=FACTORED),
    Hostile("factored-correction", process("B1"), type_code="472", asked=FACTORED),
    Hostile("self-billed-correction", process("B1"), type_code="471", asked=KIND),
    Hostile("factored-credit-note", process("B1"), type_code="396", asked=FACTORED),
    Hostile("credit-note-of-a-subcontractor", process("S3"), type_code="381", asked=VALIDATED),
    Hostile("unknown-type", process("B1"), type_code="999", asked=KIND | RECIPIENT),
    Hostile("guideline-with-a-colon", guideline(ANOTHER_GUIDELINE), may_go=SENT_RIGHT),
    Hostile("guideline-in-capitals", guideline(CTC.urn.upper()), may_go=SENT_RIGHT),
    Hostile("guideline-with-blanks", guideline(f"\n {CTC.urn} "), may_go=SENT_RIGHT),
    Hostile("guideline-unknown", guideline("urn:cen.eu:en16931:2017#conformant#urn:nowhere:1p0"), may_go=SENT_RIGHT),
]


def made(file: Hostile, number: str) -> ReformSample:
    """The file; the page prints neither the recipient's SIRET nor a service: the XML alone says where it goes."""
    day = day_in_paris(datetime.now(UTC)) - timedelta(days=3)
    invoice = draw(file.case, number, day, SUPPLIER, Random(file.name))
    if file.unpaid:
        invoice = replace(invoice, deposit=invoice.total_ttc / 2)
    changed = file.change(writing(file.case, invoice, SUPPLIER))
    xml = cii.cii_xml(invoice, file.profile, changed)
    printed = replace(invoice, recipient=replace(invoice.recipient, siret=None), service_code=None)
    return ReformSample(file.case, printed, xml)


@pytest.fixture(scope="module")
def ended(stack: Running) -> dict[str, Ended]:
    samples = [made(each, f"HF-{place:03d}") for place, each in enumerate(FILES)]
    found = ends(stack, SUPPLIER, [Sample(each.file, each.pdf()) for each in samples])
    return {each.case.name: found[each.file] for each in samples}


@pytest.mark.row("B10", "B05")
@pytest.mark.parametrize("file", FILES, ids=lambda each: each.name)
def test_a_file_that_breaks_the_rules_goes_where_it_may_or_waits_for_a_person(
    ended: dict[str, Ended], file: Hostile
) -> None:
    end = ended[file.name]
    if end.invoice["state"] == "SUBMITTED":
        recipient, service, _, framework = end.sent()
        assert (recipient, service, framework) == file.may_go, str(end)
    else:
        assert end.invoice["state"] == "TO_COMPLETE", str(end)
        assert end.received == []
        assert end.blocking() & file.asked, str(end)
