"""The rules of invoices to public bodies, each with an error that it finds."""

from datetime import date

import pytest

from tools.facturx_rules.b2g import RULES, broken
from tools.invoice_generator import demo, world
from tools.invoice_generator.model import Party
from tools.invoice_generator.reform import ReformSample, reform_cases, reform_samples
from tools.simulator.seeds import StructureSeed
from tools.simulator.tables import table

SUPPLIER = Party(**demo.DEMO_SUPPLIER, vat=world.vat_number(demo.DEMO_SUPPLIER["siret"][:9]))
RECIPIENTS = {each["siret"]: StructureSeed(**each) for each in table("directory")["structure"]}
SAMPLES = {each.case.name: each for each in reform_samples(date(2026, 11, 30), SUPPLIER)}


def breaks(sample: ReformSample, xml: bytes | None = None) -> tuple[str, ...]:
    return tuple(rule.name for rule in broken(xml or sample.xml, RECIPIENTS[sample.case.recipient]))


def test_there_are_twelve_of_each_profile_and_every_kind_is_among_them() -> None:
    cases = reform_cases()
    profiles = [each.profile.name for each in cases]
    assert {name: profiles.count(name) for name in profiles} == dict.fromkeys(
        ("BASIC WL", "BASIC", "EN 16931", "EXTENDED", "EXTENDED-CTC-FR"), 12
    )
    assert {each.type_code for each in cases} == {"380", "381", "384", "386", "389", "393"}
    assert {each.process[0] for each in cases} == {"B", "S", "M"}
    usual = {f"{family}{kind}" for family in "BSM" for kind in "124"}
    assert {each.process for each in cases} == usual | {"S3", "S5", "S6", "B7", "S7"}
    assert {each.siren_only for each in cases} == {None, "buyer", "seller"}


@pytest.mark.parametrize("name", SAMPLES)
def test_each_of_the_sixty_breaks_the_rules_of_b2g_that_its_row_names_and_no_other(name: str) -> None:
    sample = SAMPLES[name]
    assert breaks(sample) == sample.case.breaks


def test_the_service_is_beside_the_siret_where_the_profile_has_room_for_both() -> None:
    for sample in SAMPLES.values():
        if sample.case.service:
            xml = sample.xml.decode()
            assert (f'schemeID="0224">{sample.case.service}<' in xml) is sample.case.profile.extended
            assert (f"<ram:BuyerReference>{sample.case.service}<" in xml) is not sample.case.profile.extended


LONG = "x" * 1025
CONTACT = "<ram:DefinedTradeContact/>"
PAYEE = "<ram:PayeeTradeParty><ram:GlobalID schemeID="

PLANTED = [
    ("basicwl-01", ">B1</ram:ID>", ">b1</ram:ID>", "BR-FR-08"),
    ("basicwl-01", ">B1</ram:ID>", ">A1</ram:ID>", "BR-FR-08"),
    ("basicwl-01", "<ram:ID>RF2026-001<", f"<ram:ID>{LONG[:21]}<", "BR-FR-CPRO-02"),
    ("basicwl-07", "<ram:IssuerAssignedID>RO-", f"<ram:IssuerAssignedID>{LONG[:20]}", "BR-FR-CPRO-02"),
    ("basicwl-01", '<ram:GlobalID schemeID="0009">8', '<ram:GlobalID schemeID="0088">8', "BR-FR-CPRO-03"),
    ("basicwl-01", '<ram:GlobalID schemeID="0009">8', '<ram:GlobalID schemeID="0009">88', "BR-FR-CPRO-04..08"),
    ("basicwl-01", '<ram:GlobalID schemeID="0009">8', '<ram:GlobalID schemeID="0009">9', "BR-FR-CPRO-09"),
    ("basicwl-01", '<ram:GlobalID schemeID="0009">2', '<ram:GlobalID schemeID="0224">2', "BR-FR-CPRO-10"),
    ("basicwl-01", '<ram:GlobalID schemeID="0009">2', '<ram:GlobalID schemeID="0009">1', "BR-FR-CPRO-10"),
    ("extended-01", '<ram:GlobalID schemeID="0224">', '<ram:GlobalID schemeID="0088">', "BR-FR-CPRO-11"),
    ("basicwl-02", "<ram:BuyerReference>DGS</ram:BuyerReference>", "", "BR-FR-CPRO-11"),
    ("basicwl-03", "<ram:IssuerAssignedID>BC-2026-117<", "<ram:IssuerAssignedID><", "BR-FR-CPRO-12"),
    ("basic-04", "<ram:IssuerAssignedID>BC-2026-121<", "<ram:IssuerAssignedID><", "BR-FR-CPRO-12"),
    ("basic-02", "<ram:IssuerAssignedID>BC-2026-120<", "<ram:IssuerAssignedID><", "BR-FR-CPRO-13"),
    (
        "basicwl-01",
        "</ram:ApplicableHeaderTradeAgreement>",
        f"<ram:ContractReferencedDocument><ram:IssuerAssignedID>{LONG[:51]}</ram:IssuerAssignedID>"
        "</ram:ContractReferencedDocument></ram:ApplicableHeaderTradeAgreement>",
        "BR-FR-CPRO-14",
    ),
    ("basicwl-03", "<ram:IssuerAssignedID>BC-", f"<ram:IssuerAssignedID>{LONG[:50]}", "BR-FR-CPRO-15"),
    (
        "basic-09",
        '<ram:PayeeTradeParty><ram:GlobalID schemeID="0009">',
        '<ram:PayeeTradeParty><ram:GlobalID schemeID="0088">',
        "BR-FR-CPRO-17",
    ),
    (
        "basicwl-07",
        "</ram:ApplicableHeaderTradeSettlement>",
        "<ram:InvoiceReferencedDocument><ram:IssuerAssignedID>2</ram:IssuerAssignedID></ram:InvoiceReferencedDocument>"
        "</ram:ApplicableHeaderTradeSettlement>",
        "BR-FR-CPRO-20",
    ),
    ("basicwl-10", ">S3</ram:ID>", ">S5</ram:ID>", "BR-FR-CPRO-24"),
    (
        "basicwl-01",
        "</ram:BuyerTradeParty>",
        "<ram:DefinedTradeContact/>" * 2 + "</ram:BuyerTradeParty>",
        "BR-FR-CPRO-26, 27",
    ),
    ("basicwl-01", "<ram:LineOne>", f"<ram:LineOne>{LONG[:400]}", "BR-FR-CPRO-32, 33"),
    ("basicwl-01", "<ram:Content>", f"<ram:Content>{LONG}", "BR-FR-CPRO-35, 42"),
    ("basicwl-01", "<ram:Name>Commune", f"<ram:Name>{LONG[:99]}", "BR-FR-CPRO-37, 43, 44"),
    ("basicwl-01", "<ram:IBANID>", "<ram:IBANID>9", "BR-FR-CPRO-39"),
]


@pytest.mark.parametrize(("name", "right", "wrong", "rule"), PLANTED)
def test_an_error_against_b2g_is_found(name: str, right: str, wrong: str, rule: str) -> None:
    sample = SAMPLES[name]
    text = sample.xml.decode()
    assert right in text
    assert rule not in sample.case.breaks
    assert rule in breaks(sample, text.replace(right, wrong, 1).encode())


def test_every_rule_has_a_planted_error_and_says_where_it_was_read_and_how_sure_it_is() -> None:
    assert {rule.name for rule in RULES} == {rule for *_, rule in PLANTED}
    assert all(rule.confidence in ("H", "M", "L") and rule.source and rule.text for rule in RULES)
