"""Invoice XML as it is written since the reform, through the reader: nothing of it is swallowed."""

import pytest

from chorus_connector.domain.reading.cii import parse_cii
from chorus_connector.domain.reading.invoice_types import _CREDIT_NOTES, _INVOICES
from chorus_connector.domain.reading.read import read_document
from chorus_connector.domain.reading.result import Reading
from tests.builders import SUPPLIER_SIRET, TOWN_SIRET
from tests.domain.reading.paper import page
from tests.reform_sample import PROFILES, reform_xml

OTHER_SIRET = "21000001400014"
SIREN_ONLY = ((), (("0002", TOWN_SIRET[:9]),))


def codes(xml: bytes) -> list[tuple[str | None, str, bool]]:
    return [(problem.field, problem.code, problem.blocking) for problem in parse_cii(xml).problems]


def values(reading: Reading) -> dict[str, object]:
    return {name: field.value for name, field in reading.fields.items()}


@pytest.mark.parametrize("profile", PROFILES)
def test_every_profile_is_read_and_named(profile: str) -> None:
    parsed = parse_cii(reform_xml(profile=profile))
    assert parsed.problems == ()
    assert parsed.facts is not None
    assert parsed.facts.guideline == PROFILES[profile]
    assert parsed.fields["recipient_siret"].value == TOWN_SIRET
    assert parsed.fields["total_ttc"].value == "600.00"


def test_an_invoice_of_the_reform_is_read_whole() -> None:
    buyer = ((("0009", TOWN_SIRET), ("0224", "STECH")), (("0002", TOWN_SIRET[:9]),))
    parsed = parse_cii(reform_xml(process="S3", buyer=buyer))
    assert (parsed.fields["recipient_siret"].value, parsed.fields["service_code"].value) == (TOWN_SIRET, "STECH")
    assert parsed.facts is not None
    assert parsed.facts.model_dump(exclude_none=True, exclude={"guideline"}) == {
        "business_process": "S3",
        "type_code": "380",
        "routing_code": "STECH",
        "supplier_siren": SUPPLIER_SIRET[:9],
        "recipient_siren": TOWN_SIRET[:9],
    }


def test_a_routing_code_is_never_a_siret() -> None:
    parsed = parse_cii(reform_xml(buyer=((("0224", OTHER_SIRET),), SIREN_ONLY[1])))
    assert "recipient_siret" not in parsed.fields
    assert parsed.fields["service_code"].value == OTHER_SIRET


@pytest.mark.parametrize("place", [0, 1])
def test_a_siret_of_another_siren_is_neither_partys(place: int) -> None:
    wrong = ((("0009", OTHER_SIRET),), (("0002", "552100554"),))
    parsed = parse_cii(reform_xml(seller=wrong) if place == 0 else reform_xml(buyer=wrong))
    name = "supplier_siret" if place == 0 else "recipient_siret"
    assert name not in parsed.fields
    assert [(problem.field, problem.code) for problem in parsed.problems] == [(name, "siret_not_of_siren")]
    assert OTHER_SIRET in parsed.problems[0].fr


def test_a_siret_with_spaces_is_cleaned_and_the_reader_says_so() -> None:
    spaced = f"{TOWN_SIRET[:3]} {TOWN_SIRET[3:9]}\u00a0{TOWN_SIRET[9:]}"
    parsed = parse_cii(reform_xml(buyer=((("0009", spaced),), SIREN_ONLY[1])))
    assert parsed.fields["recipient_siret"].value == TOWN_SIRET
    assert parsed.cleaned == {"recipient_siret"}
    assert parse_cii(reform_xml()).cleaned == frozenset()


def test_a_free_reference_beside_the_service_is_shown_and_not_the_service() -> None:
    xml = reform_xml(buyer=((("0009", TOWN_SIRET), ("0224", "STECH")), SIREN_ONLY[1]), reference="Projet rentrée")
    assert parse_cii(xml).fields["service_code"].value == "STECH"
    (problem,) = parse_cii(xml).problems
    assert (problem.code, problem.blocking) == ("service_codes_differ", False)
    assert "Projet rentrée" in problem.fr
    same = reform_xml(buyer=((("0009", TOWN_SIRET), ("0224", "STECH")), SIREN_ONLY[1]), reference="STECH")
    assert parse_cii(same).problems == ()


def test_of_two_sirets_of_one_siren_a_person_chooses() -> None:
    other = f"{TOWN_SIRET[:9]}00051"
    parsed = parse_cii(reform_xml(buyer=((("0009", TOWN_SIRET), ("0009", other)), SIREN_ONLY[1])))
    assert "recipient_siret" not in parsed.fields
    (problem,) = parsed.problems
    assert (problem.field, problem.code, problem.blocking) == ("recipient_siret", "siret_ambiguous", True)
    assert all(siret in problem.fr for siret in (TOWN_SIRET, other))


def test_one_siret_given_twice_is_one() -> None:
    parsed = parse_cii(reform_xml(buyer=((("0009", TOWN_SIRET), ("0009", TOWN_SIRET)), (("0009", TOWN_SIRET),))))
    assert (parsed.fields["recipient_siret"].value, parsed.problems) == (TOWN_SIRET, ())


def test_of_two_routing_codes_a_person_chooses() -> None:
    xml = reform_xml(
        buyer=((("0224", "DGS"), ("0224", "VOIRIE"), ("0009", TOWN_SIRET)), SIREN_ONLY[1]), reference="DGS"
    )
    parsed = parse_cii(xml)
    assert "service_code" not in parsed.fields
    assert [(problem.code, problem.blocking) for problem in parsed.problems] == [("service_ambiguous", True)]
    assert parsed.facts is not None
    assert parsed.facts.routing_code == "DGS, VOIRIE"


def test_the_quotations_of_a_hostile_file_are_short() -> None:
    ids = [("0009", f"{n:014}") for n in range(500)] + [("0224", f"{n}" * 200) for n in range(9)]
    xml = reform_xml(
        kind="384", process="Z" * 250, preceding="9" * 250, reference="R" * 250, buyer=(ids, SIREN_ONLY[1])
    )
    reading = read_document([], xml)
    assert len(reading.model_dump_json()) < 8_000
    assert "…" in next(problem.fr for problem in reading.problems if problem.code == "siret_not_of_siren")


def test_the_page_names_the_service_where_the_xml_has_only_a_reference() -> None:
    printed = page((50, 100, "Code service : STECH"))
    reading = read_document([printed], reform_xml(reference="Projet rentrée"))
    assert values(reading)["service_code"] == "STECH"
    assert reading.xml is not None
    assert reading.xml.buyer_reference == "Projet rentrée"


def test_of_a_siren_alone_the_form_says_so() -> None:
    reading = read_document([], reform_xml(buyer=SIREN_ONLY))
    assert "recipient_siret" not in reading.fields
    (problem,) = reading.problems
    assert (problem.field, problem.code) == ("recipient_siret", "siren_only")
    assert TOWN_SIRET[:9] in problem.fr


def test_the_electronic_address_is_a_hint_and_no_siret() -> None:
    address = f'<ram:URIUniversalCommunication><ram:URIID schemeID="0225">{TOWN_SIRET}</ram:URIID>'
    end = b"</ram:BuyerTradeParty>"
    xml = reform_xml(buyer=SIREN_ONLY).replace(end, f"{address}</ram:URIUniversalCommunication>".encode() + end)
    reading = read_document([], xml)
    assert "recipient_siret" not in reading.fields
    assert TOWN_SIRET in reading.problems[0].fr


@pytest.mark.parametrize(("number", "read"), [("1", True), ("2", False), ("6", False)])
def test_chorus_pros_own_number_of_the_siret_counts_as_its_scheme(number: str, read: bool) -> None:
    xml = reform_xml(buyer=((), (("0009", "12345678901234"),)))
    parsed = parse_cii(xml.replace(b'schemeID="0009">1234', f'schemeName="{number}">1234'.encode()))
    assert ("recipient_siret" in parsed.fields) == read


def test_the_page_gives_the_siret_of_the_xmls_siren_and_no_other() -> None:
    ours = read_document([page((50, 100, f"SIRET client : {TOWN_SIRET}"))], reform_xml(buyer=SIREN_ONLY))
    assert (values(ours)["recipient_siret"], ours.problems) == (TOWN_SIRET, ())
    other = read_document([page((50, 100, f"SIRET client : {OTHER_SIRET}"))], reform_xml(buyer=SIREN_ONLY))
    assert "recipient_siret" not in other.fields
    assert {problem.code for problem in other.problems} == {"siret_not_of_siren"}


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("380", []),
        ("381", []),
        ("386", [("invoice_type", "xml_type_sent_as", False)]),
        ("503", [("invoice_type", "xml_type_sent_as", False)]),
        ("262", [("invoice_type", "xml_type_sent_as", False)]),
        ("389", [("invoice_type", "self_billed_invoice", True)]),
        ("261", [("invoice_type", "self_billed_invoice", True)]),
        ("384", [("invoice_type", "corrective_invoice", True)]),
        ("393", [("bank_account", "factor_bank_account", True), ("comment", "subrogation_missing", True)]),
        ("396", [("comment", "subrogation_missing", True)]),
        ("502", [("invoice_type", "self_billed_invoice", True), ("comment", "subrogation_missing", True)]),
        ("875", [("invoice_type", "works_invoice", True)]),
    ],
)
def test_a_type_that_the_portal_has_no_word_for_is_shown_or_asked(
    kind: str, expected: list[tuple[str, str, bool]]
) -> None:
    assert codes(reform_xml(kind=kind)) == expected


@pytest.mark.parametrize("kind", sorted((_INVOICES | _CREDIT_NOTES) - {"380", "381"}))
def test_no_type_but_the_two_ordinary_ones_is_sent_without_a_word(kind: str) -> None:
    problems = parse_cii(reform_xml(kind=kind)).problems
    assert problems
    assert all(f"type {kind}" in problem.fr for problem in problems)
    assert all(f"type {kind}" in problem.en for problem in problems)


def test_a_corrective_invoice_names_what_it_corrects() -> None:
    parsed = parse_cii(reform_xml(kind="384", preceding="FA-2026-09"))
    assert "FA-2026-09" in parsed.problems[0].fr
    assert parsed.facts is not None
    assert parsed.facts.preceding_invoice == "FA-2026-09"


def test_of_several_business_processes_none_is_preferred() -> None:
    start = b"<ram:BusinessProcessSpecifiedDocumentContextParameter>"
    second = start + b"<ram:ID>S5</ram:ID></ram:BusinessProcessSpecifiedDocumentContextParameter>"
    parsed = parse_cii(reform_xml(process="A1").replace(start, second + start, 1))
    assert [problem.code for problem in parsed.problems] == ["framework_without_match"]
    assert "S5, A1" in parsed.problems[0].fr


def test_a_stored_reading_of_an_older_release_has_no_xml_facts_and_still_reads() -> None:
    assert Reading.model_validate({"fields": {}, "pages": 1}).xml is None
