"""The green light: each rule refuses what it must, names the field, and lets the rest through."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.form import Candidate, Form, FormField
from chorus_connector.domain.invoices.green_light import GreenLightFacts, check
from chorus_connector.domain.portal.recipient import Recipient
from tests.builders import READ_VALUES, SUPPLIER_SIRET, a_recipient, a_service

pytestmark = pytest.mark.row("B02")

TODAY = date(2026, 11, 20)


def a_form(**changes: str | None) -> Form:
    values = {**READ_VALUES, "framework": "A1", "vat_regime": "on_debits", **changes}
    fields = {name: FormField(value=v, source="person") for name, v in values.items() if v is not None}
    return Form(fields=fields)  # type: ignore[arg-type]


def problems(form: Form, recipient: Recipient | None = None, **evidence: object) -> list[tuple[str | None, str]]:
    known = {"supplier_siret": SUPPLIER_SIRET, "today": TODAY, "recipient": recipient or a_recipient(), **evidence}
    return [(problem.field, problem.code) for problem in check(form, GreenLightFacts(**known))]  # type: ignore[arg-type]


def test_a_right_invoice_is_green() -> None:
    assert problems(a_form()) == []


@pytest.mark.parametrize(
    "name", ["invoice_number", "invoice_date", "recipient_siret", "total_ht", "total_tva", "total_ttc", "amount_due"]
)
def test_what_the_portal_needs_must_be_there(name: str) -> None:
    assert (name, "missing") in problems(a_form(**{name: None}))


@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("A" * 21, "number_too_long"),
        ("FA 17", "number_characters"),
        ("FA.17", "number_characters"),
        ("FA°17", "number_characters"),
        ("ﬁ17", "number_characters"),
    ],
)
def test_a_number_the_portal_refuses_is_stopped(number: str, code: str) -> None:
    assert problems(a_form(invoice_number=number)) == [("invoice_number", code)]


@pytest.mark.parametrize("number", ["A" * 20, "FA-2026_17/3+1", "0"])
def test_a_number_the_portal_takes_goes_through(number: str) -> None:
    assert problems(a_form(invoice_number=number)) == []


def test_a_number_of_another_document_is_stopped() -> None:
    assert problems(a_form(), number_taken_by="d2") == [("invoice_number", "number_taken")]


def a_typed_number(typed: str, read: str, source: str) -> Form:
    form = a_form()
    beaten = (Candidate(value=read, source=source),)  # type: ignore[arg-type]  # the sources are the parameters
    number = FormField(value=typed, source="person", beaten=beaten)
    return form.model_copy(update={"fields": {**form.fields, "invoice_number": number}})


@pytest.mark.parametrize(
    ("source", "said"),
    [("text", "La page porte"), ("ocr", "La page porte"), ("xml", "Le XML"), ("metadata", "La métadonnée")],
)
@pytest.mark.parametrize("requested", [False, True])
def test_a_typed_number_that_is_not_the_documents_leaves_only_when_a_person_submits_it(
    source: str, said: str, requested: bool
) -> None:
    facts = GreenLightFacts(
        supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=a_recipient(), submission_requested=requested
    )
    (problem,) = check(a_typed_number("2402-119", "2402-118", source), facts)
    assert (problem.field, problem.code, problem.blocking) == ("invoice_number", "number_differs", not requested)
    assert said in problem.fr
    assert "2402-118" in problem.fr


def test_a_number_that_is_written_in_another_way_or_replaces_a_rejected_one_leaves_by_itself() -> None:
    assert problems(a_typed_number("FA-2402-118", "fa 2402/118", "text")) == []
    assert problems(a_typed_number("2402-119", "2402-118", "text"), reissued=True) == []


def test_an_invoice_of_tomorrow_is_stopped_and_one_of_today_is_not() -> None:
    assert problems(a_form(invoice_date="2026-11-21")) == [("invoice_date", "date_in_future")]
    assert problems(a_form(invoice_date="2026-11-20")) == []


def test_a_due_date_before_the_invoices_date_is_reported_and_does_not_stop_it() -> None:
    form = a_form(invoice_date="2026-11-02", due_date="2026-11-01")
    evidence = GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=a_recipient())
    (problem,) = check(form, evidence)
    assert (problem.field, problem.code, problem.blocking) == ("due_date", "due_before_invoice", False)
    assert problems(a_form(invoice_date="2026-11-02", due_date="2026-11-02")) == []
    assert problems(a_form(invoice_date="2026-11-02", due_date="2026-11-03")) == []


def test_another_suppliers_invoice_is_stopped() -> None:
    assert problems(a_form(supplier_siret="35600000000048")) == [("supplier_siret", "supplier_siret_differs")]


def test_a_supplier_that_is_not_printed_is_no_problem() -> None:
    assert problems(a_form(supplier_siret=None)) == []


@pytest.mark.row("S05")
def test_an_invoice_of_a_supplier_without_siret_is_not_compared_and_one_with_anothers_siret_is_stopped() -> None:
    known = GreenLightFacts(supplier_siret=None, today=TODAY, recipient=a_recipient())
    (problem,) = check(a_form(supplier_siret=None), known)
    assert (problem.field, problem.code, problem.blocking) == ("supplier_siret", "supplier_not_compared", False)
    (problem,) = check(a_form(supplier_siret="35600000000048"), known)
    assert (problem.code, problem.blocking) == ("supplier_siret_differs", True)


@pytest.mark.parametrize("code", ["0123456001", "123456001", "A12345001"])
def test_a_recipient_may_have_a_ridet_or_tahiti_number(code: str) -> None:
    body = a_recipient(siret=code)
    assert problems(a_form(recipient_siret=code), body) == []
    unknown = GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=None, recipient_unknown=True)
    assert [each.code for each in check(a_form(recipient_siret=code), unknown)] == ["recipient_unknown"]


def test_an_invoice_to_oneself_is_stopped() -> None:
    assert problems(a_form(recipient_siret=SUPPLIER_SIRET)) == [("recipient_siret", "recipient_is_supplier")]


@pytest.mark.parametrize(
    ("recipient", "code"),
    [
        (a_recipient(active=False), "recipient_inactive"),
        (a_recipient(works_invoices_only=True), "recipient_works_only"),
    ],
)
def test_a_recipient_that_takes_no_invoice_is_refused(recipient: Recipient, code: str) -> None:
    assert problems(a_form(), recipient) == [("recipient_siret", code)]


@pytest.mark.parametrize("requested", [False, True])
def test_a_siret_of_several_equal_structures_is_confirmed_by_a_request_to_submit(*, requested: bool) -> None:
    facts = GreenLightFacts(
        supplier_siret=SUPPLIER_SIRET,
        today=TODAY,
        recipient=a_recipient(ambiguous=True),
        submission_requested=requested,
    )
    (problem,) = check(a_form(), facts)
    assert (problem.field, problem.code, problem.blocking) == ("recipient_siret", "recipient_ambiguous", not requested)


def test_an_unknown_recipient_is_refused() -> None:
    known = GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=None, recipient_unknown=True)
    assert [problem.code for problem in check(a_form(), known)] == ["recipient_unknown"]


SERVICES = (
    a_service("STECH"),
    a_service("OLD", active=False),
    a_service("DSI", engagement_required=True),
    a_service("FACTURES_PUBLIQUES"),
)


@given(
    service_required=st.booleans(),
    engagement_required=st.booleans(),
    either=st.booleans(),
    service=st.sampled_from([None, "STECH", "DSI"]),
    engagement=st.sampled_from([None, "EJ-42"]),
)
def test_the_obligations_of_a_recipient_are_independent_rules(
    service_required: bool, engagement_required: bool, either: bool, service: str | None, engagement: str | None
) -> None:
    recipient = a_recipient(
        service_required=service_required,
        engagement_required=engagement_required,
        service_or_engagement_required=either,
        services=SERVICES,
    )
    found = problems(a_form(service_code=service, engagement_number=engagement), recipient)
    assert (("service_code", "service_required") in found) == (service_required and service is None)
    needs_engagement = engagement is None and (engagement_required or service == "DSI")
    assert any(field == "engagement_number" for field, _ in found) == needs_engagement
    assert (("service_code", "service_or_engagement_required") in found) == (
        either and service is None and engagement is None
    )


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("OLD", "service_inactive"),
        ("NOPE", "service_unknown"),
        ("stech", "service_unknown"),
        ("FACTURES_PUBLIQUES", "service_reserved"),
    ],
)
def test_a_service_must_exist_be_active_and_be_for_suppliers(code: str, problem: str) -> None:
    assert problems(a_form(service_code=code), a_recipient(services=SERVICES)) == [("service_code", problem)]


def test_a_service_code_in_other_letters_is_answered_with_the_recipients_own() -> None:
    recipient = a_recipient(services=(a_service("VOIRIE"),))
    found = check(
        a_form(service_code="voirie"), GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=recipient)
    )
    assert ["« VOIRIE »" in each.fr for each in found if each.code == "service_unknown"] == [True]


def test_a_service_of_a_structure_that_lists_none_is_left_to_the_portal() -> None:
    assert problems(a_form(service_code="STECH"), a_recipient(services=())) == []


def test_an_engagement_of_fifty_characters_goes_and_one_more_does_not() -> None:
    assert problems(a_form(engagement_number="E" * 50)) == []
    assert problems(a_form(engagement_number="E" * 51)) == [("engagement_number", "too_long")]


@pytest.mark.parametrize(
    ("field", "longest"),
    [("service_code", 100), ("engagement_number", 50), ("contract_number", 50), ("original_invoice_number", 20)],
)
def test_a_code_as_long_as_the_portal_takes_goes_and_one_more_character_does_not(field: str, longest: int) -> None:
    assert problems(a_form(**{field: "A" * longest})) == []
    assert problems(a_form(**{field: "A" * (longest + 1)})) == [(field, "too_long")]


@pytest.mark.parametrize("code", ["SVC-1", "Voirie et réseaux", "A_B", "7"])
def test_a_service_code_may_hold_letters_digits_space_dash_and_underscore(code: str) -> None:
    assert problems(a_form(service_code=code)) == []


@pytest.mark.parametrize("code", ["A/B", "A.B", "A+B", "A\nB"])
def test_a_service_code_with_any_other_character_is_stopped(code: str) -> None:
    assert problems(a_form(service_code=code)) == [("service_code", "service_characters")]


@pytest.mark.parametrize("currency", ["eur", "EURO", "EU", "E R"])
def test_a_currency_is_three_capital_letters(currency: str) -> None:
    assert problems(a_form(currency=currency)) == [("currency", "currency")]
    assert problems(a_form(currency="USD")) == []
    assert problems(a_form(currency=None)) == []


@given(
    ht=st.decimals(min_value=-(10**6), max_value=10**6, places=2, allow_nan=False),
    tva=st.decimals(min_value=-(10**5), max_value=10**5, places=2, allow_nan=False),
    error=st.integers(-500, 500),
)
def test_totals_agree_to_the_cent_or_stop_the_invoice(ht: Decimal, tva: Decimal, error: int) -> None:
    ttc = ht + tva + Decimal(error) / 100
    form = a_form(total_ht=f"{ht:.2f}", total_tva=f"{tva:.2f}", total_ttc=f"{ttc:.2f}", amount_due=f"{ttc:.2f}")
    assert problems(form) == ([] if error == 0 else [("total_ttc", "totals_disagree")])


def test_more_may_not_be_due_than_the_total() -> None:
    assert problems(a_form(amount_due="600.01")) == [("amount_due", "due_above_total")]
    assert problems(a_form(amount_due="570.00")) == []
    assert problems(a_form(amount_due="600.00")) == []


@pytest.mark.parametrize(("due", "stopped"), [("-600.00", False), ("-570.00", False), ("-600.01", True)])
def test_the_amounts_of_a_credit_note_are_compared_without_their_sign(due: str, stopped: bool) -> None:
    credit = {"total_ht": "-500.00", "total_tva": "-100.00", "total_ttc": "-600.00", "amount_due": due}
    assert problems(a_form(**credit)) == ([("amount_due", "due_above_total")] if stopped else [])


@pytest.mark.parametrize("name", ["total_ht", "total_tva", "total_ttc"])
def test_totals_with_one_missing_do_not_disagree(name: str) -> None:
    assert problems(a_form(**{name: None})) == [(name, "missing")]


def test_a_subcontractors_invoice_names_its_validator() -> None:
    assert problems(a_form(framework="A9")) == [("validator_siret", "validator_required")]
    assert problems(a_form(framework="A9", validator_siret="35600000000048")) == []


@pytest.mark.parametrize(("framework", "required"), [("A1", False), ("A2", False), ("A9", True), ("A12", True)])
def test_a_validator_is_required_by_the_frameworks_that_have_one(framework: str, required: bool) -> None:
    form = a_form(framework=framework, amount_due="0.00" if framework == "A2" else "600.00")
    assert problems(form) == ([("validator_siret", "validator_required")] if required else [])


def test_an_invoice_already_paid_has_nothing_due() -> None:
    assert problems(a_form(framework="A2")) == [("amount_due", "already_paid")]
    assert problems(a_form(framework="A2", amount_due="0.00")) == []


def test_an_exemption_gives_its_reason() -> None:
    assert problems(a_form(vat_regime="exempt")) == [("vat_exemption_reason", "exemption_reason_required")]


def test_a_bank_account_must_be_one_the_portal_knows() -> None:
    form = a_form(bank_account="1440")
    assert problems(form, bank_accounts=frozenset({"1440", "1441"})) == []
    assert problems(form, bank_accounts=frozenset({"1441"})) == [("bank_account", "bank_account_unknown")]


def test_vat_without_a_regime_is_stopped() -> None:
    assert [code for _, code in problems(a_form(vat_regime="none"))] == ["vat_without_regime"]
    assert problems(a_form(vat_regime="none", total_tva="0.00", total_ht="600.00")) == []


@pytest.mark.parametrize("confidence", [0.0, 0.5, 0.89])
def test_a_value_that_was_not_read_surely_asks_for_a_person(confidence: float) -> None:
    form = a_form()
    form.fields["service_code"] = FormField(value="STECH", source="ocr", confidence=confidence)
    assert problems(form, confidence_threshold=0.9) == [("service_code", "low_confidence")]


@pytest.mark.parametrize("source", ["xml", "text", "ocr"])
@pytest.mark.parametrize(
    "name",
    [
        "invoice_number",
        "invoice_type",
        "invoice_date",
        "recipient_siret",
        "service_code",
        "engagement_number",
        "contract_number",
        "currency",
        "total_ht",
        "total_tva",
        "total_ttc",
        "amount_due",
    ],
)
def test_every_value_that_is_sent_must_have_been_read_surely_enough(name: str, source: Any) -> None:
    value = READ_VALUES.get(name, "STECH")
    for confidence, unsure in ((0.89, True), (0.9, False), (0.91, False)):
        form = a_form()
        form.fields[name] = FormField(value=value, source=source, confidence=confidence)  # type: ignore[index]
        assert problems(form, confidence_threshold=0.9) == ([(name, "low_confidence")] if unsure else [])


@pytest.mark.parametrize("name", ["supplier_siret", "due_date", "recipient_name"])
def test_what_is_not_sent_need_not_have_been_read_surely(name: str) -> None:
    form = a_form(due_date="2026-12-02", recipient_name="Mairie")
    form.fields[name] = form.fields[name].model_copy(update={"source": "ocr", "confidence": 0.1})  # type: ignore[index]
    assert problems(form, confidence_threshold=0.9) == []


def test_a_number_in_the_form_of_a_service_code_needs_the_confidence_too() -> None:
    form = a_form(service_code="STECH")
    form.fields["engagement_number"] = FormField(value="STECH", source="ocr", confidence=0.5)
    found = problems(form, a_recipient(services=SERVICES), confidence_threshold=0.9)
    assert found == [("engagement_number", "low_confidence")]


def test_a_code_the_directory_knows_needs_no_person_however_it_was_read() -> None:
    form = a_form()
    form.fields["service_code"] = FormField(value="STECH", source="ocr", confidence=0.5)
    assert problems(form, a_recipient(services=SERVICES), confidence_threshold=0.9) == []
    form.fields["service_code"] = FormField(value="OLD", source="ocr", confidence=0.5)
    found = problems(form, a_recipient(services=SERVICES), confidence_threshold=0.9)
    assert ("service_code", "low_confidence") in found


def test_a_code_that_no_directory_was_asked_about_needs_a_person() -> None:
    form = a_form()
    form.fields["service_code"] = FormField(value="STECH", source="ocr", confidence=0.5)
    evidence = GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=None, confidence_threshold=0.9)
    assert [problem.code for problem in check(form, evidence)] == ["low_confidence"]


def test_a_persons_value_is_sure() -> None:
    form = a_form()
    form.fields["service_code"] = FormField(value="STECH", source="person", confidence=0.1)
    assert problems(form, confidence_threshold=0.9) == []


def test_every_problem_speaks_french_and_english() -> None:
    recipient = a_recipient(active=False, service_required=True, engagement_required=True)
    known = GreenLightFacts(supplier_siret=SUPPLIER_SIRET, today=TODAY, recipient=recipient, number_taken_by="d2")
    form = a_form(total_ttc="1.00", invoice_date="2030-01-01", framework="A9", vat_regime="exempt")
    for problem in check(form, known):
        assert problem.fr
        assert problem.en
        assert problem.fr != problem.en


@pytest.mark.parametrize(
    ("total_tva", "codes"),
    [("0.00", []), ("100.00", ["vat_without_regime"]), (None, [])],
)
def test_a_regime_without_vat_is_contradicted_by_an_amount_of_vat_only(total_tva: str | None, codes: list[str]) -> None:
    found = problems(a_form(vat_regime="none", total_tva=total_tva, total_ttc=None, total_ht=None, amount_due=None))
    assert [code for field, code in found if field == "vat_regime"] == codes
