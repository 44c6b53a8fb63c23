"""The business process of an XML (BT-23) becomes a framework of Chorus Pro, or a question; never silence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.reading.business_process import business_process

CERTAIN = {
    **{letter + case: framework for letter in "BSM" for case, framework in (("1", "A1"), ("2", "A2"), ("4", "A1"))},
    **{framework: framework for framework in ("A1", "A2", "A9", "A12")},
    "S3": "A9",
    "S6": "A12",
}


@pytest.mark.parametrize("code", [letter + str(case) for letter in "BSM" for case in range(10)])
def test_every_code_of_the_reform_has_its_framework_or_asks(code: str) -> None:
    meant = business_process(code)
    if code in CERTAIN:
        assert (meant.framework, meant.problem) == (CERTAIN[code], None)
    else:
        assert meant.problem is not None
        assert (meant.problem.field, meant.problem.blocking) == ("framework", True)
        assert code in meant.problem.fr
        assert code in meant.problem.en
        assert meant.framework == ("A9" if code == "S5" else None)


@pytest.mark.parametrize("code", [f"A{number}" for number in range(1, 26)])
def test_of_chorus_pros_own_frameworks_the_four_of_ordinary_invoices_are_taken(code: str) -> None:
    meant = business_process(code)
    assert meant.framework == (code if code in CERTAIN else None)
    assert (meant.problem is None) == (code in CERTAIN)


@given(st.text(max_size=300))
def test_no_text_is_an_ordinary_invoice_without_a_word(text: str) -> None:
    meant = business_process(text)
    code = "".join(text.split()).upper()
    if code and code not in CERTAIN:
        assert meant.problem is not None
        assert meant.problem.blocking
        assert meant.confidence < 0.9
        assert " ".join(text.split())[:60] in meant.problem.fr or code == "S5"
    else:
        assert (meant.framework, meant.problem) == (CERTAIN.get(code), None)


@pytest.mark.parametrize("absent", [None, "", "  \n "])
def test_an_xml_that_says_nothing_leaves_the_form_its_default(absent: str | None) -> None:
    meant = business_process(absent)
    assert (meant.framework, meant.problem) == (None, None)


@pytest.mark.parametrize("spelt", [" S3", "s3", "S 3", "S\u00a03"])
def test_spaces_and_case_do_not_count(spelt: str) -> None:
    assert business_process(spelt).framework == "A9"


@pytest.mark.parametrize(
    ("code", "reason"),
    [("B7", "déjà été déclarée"), ("M8", "plusieurs vendeurs"), ("S9", "plusieurs vendeurs"), ("A4", "travaux"),
     ("urn:fdc:peppol.eu:2017:poacc:billing:01:1.0", "inconnue")],
)  # fmt: skip
def test_the_question_gives_its_reason(code: str, reason: str) -> None:
    problem = business_process(code).problem
    assert problem is not None
    assert problem.code == "framework_without_match"
    assert reason in problem.fr
