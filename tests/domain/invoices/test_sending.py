"""How a document goes to the portal: every combination of what its file carries and what was chosen ends in one way."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.domain.invoices.file_facts import FileFacts
from chorus_connector.domain.invoices.form import Form, FormField
from chorus_connector.domain.invoices.sending import Wishes, decide, sending_problems
from tests.builders import READ_VALUES, SUPPLIER_SIRET
from tests.facturx_sample import facturx_xml, file_of

FORM = Form(fields={n: FormField(value=v, source="xml") for n, v in {**READ_VALUES, "framework": "A1"}.items()})  # type: ignore[misc]
GOOD, REFORM = file_of(facturx_xml()), file_of(facturx_xml(framework="B1"))


def way(file: FileFacts, **wishes: Any) -> tuple[str, str]:
    decision = decide(FORM, file, Wishes(SUPPLIER_SIRET, **wishes))
    return decision.way, decision.reason


def signed(file: FileFacts) -> FileFacts:
    return file.model_copy(update={"signed": True})


@pytest.mark.parametrize(
    ("file", "wishes", "expected"),
    [
        (GOOD, {"as_flow": True}, ("flow", "flow_accepted")),
        (GOOD, {}, ("plain_pdf_without_xml", "flow_off")),
        (GOOD, {"as_flow": True, "plain_pdf": True}, ("plain_pdf_without_xml", "asked_for")),
        (GOOD, {"as_flow": True, "rejected": True}, ("plain_pdf_without_xml", "flow_rejected")),
        (GOOD, {"as_flow": True, "attachments": True}, ("plain_pdf_without_xml", "attachments")),
        (GOOD, {"as_flow": True, "keep_xml": True}, ("flow", "flow_accepted")),
        (GOOD, {"keep_xml": True}, ("plain_pdf", "xml_kept")),
        (REFORM, {"as_flow": True}, ("plain_pdf_without_xml", "process_of_reform")),
        (REFORM, {"as_flow": True, "keep_xml": True}, ("plain_pdf", "xml_kept")),
        (FileFacts(), {"as_flow": True}, ("plain_pdf", "no_xml")),
        (signed(FileFacts()), {"as_flow": True}, ("plain_pdf", "no_xml")),
        (signed(GOOD), {"as_flow": True}, ("flow", "flow_accepted")),
        (signed(GOOD), {}, ("undecided", "signed")),
        (signed(REFORM), {"as_flow": True}, ("undecided", "signed")),
        (signed(REFORM), {"as_flow": True, "keep_xml": True}, ("plain_pdf", "xml_kept")),
    ],
)
def test_one_decision_says_how_it_goes(file: FileFacts, wishes: dict[str, bool], expected: tuple[str, str]) -> None:
    assert way(file, **wishes) == expected


_FILES = st.sampled_from([GOOD, REFORM, FileFacts(), signed(GOOD), signed(REFORM), signed(FileFacts())])
_CHOICES = st.fixed_dictionaries(
    {name: st.booleans() for name in ("as_flow", "keep_xml", "plain_pdf", "rejected", "attachments")}
)


@given(file=_FILES, wishes=_CHOICES)
def test_whatever_was_chosen_nothing_goes_that_must_not(file: FileFacts, wishes: dict[str, bool]) -> None:
    decision = decide(FORM, file, Wishes(SUPPLIER_SIRET, **wishes))
    blocked = any(problem.blocking for problem in sending_problems(decision, file))
    assert blocked == (decision.way == "undecided")
    if decision.way == "flow":
        assert file.xml
        assert wishes["as_flow"]
        assert file.fault is None
        assert not any(wishes[name] for name in ("plain_pdf", "rejected", "attachments"))
    if file.signed:
        assert decision.way != "plain_pdf_without_xml"
    if decision.way == "plain_pdf" and file.xml:
        assert wishes["keep_xml"]


def test_other_files_inside_stay_with_a_warning() -> None:
    file = FileFacts(other_files=2)
    decision = decide(FORM, file, Wishes(SUPPLIER_SIRET))
    (problem,) = sending_problems(decision, file)
    assert (problem.code, problem.blocking) == ("pdf_has_files", False)
