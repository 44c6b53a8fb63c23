"""Reform-made Factur-X through the HTTP API: to the right recipient, service and framework, or a form with a reason."""

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tests.facturx_sample import facturx_pdf
from tests.reform_sample import Ids, reform_xml
from tools.demo import Sample, seed

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

SUPPLIER = "90123457500016"
ASKS, LISTS_NONE, OTHER = "21009990900017", "21008880300015", "21000001400014"
VALIDATOR = ASKS
STRUCTURES = (
    {
        "siret": ASKS,
        "name": "Commune qui exige un service",
        "service_required": True,
        "services": [
            {"code": "STECH", "name": "Services techniques"},
            {"code": "ECOLES", "name": "Écoles"},
            {"code": OTHER, "name": "Crèche"},
        ],
    },
    {"siret": LISTS_NONE, "name": "Commune sans service"},
)
FRAMEWORKS = {
    "A1": "A1_FACTURE_FOURNISSEUR",
    "A2": "A2_FACTURE_FOURNISSEUR_DEJA_PAYEE",
    "A9": "A9_FACTURE_SOUSTRAITANT",
    "A12": "A12_FACTURE_COTRAITANT",
}
_NUMBERS = itertools.count(1)


def to(siret: str, *more: tuple[str, str]) -> tuple[Ids, Ids]:
    """A buyer as the two extended profiles give it: the SIRET, perhaps the service, and the SIREN."""
    return (("0009", siret), *more), (("0002", siret[:9]),)


@dataclass(frozen=True)
class Case:
    """One file, and what must become of it: the problems of its form, and what a person answers."""

    xml: dict[str, Any]
    recipient: str | None
    service: str | None = None
    framework: str = "A1"
    blocking: frozenset[str] = frozenset()
    shown: frozenset[str] = frozenset()
    answer: dict[str, str] | None = None


def asks(*codes: str) -> frozenset[str]:
    return frozenset(codes)


STECH = ("0224", "STECH")
CASES = {
    "ordinary, routing code": Case({"process": "S1", "buyer": to(ASKS, STECH)}, ASKS, "STECH"),
    "ordinary, service in the reference": Case(
        {"process": "B1", "buyer": to(ASKS), "reference": "ECOLES", "profile": "EN16931"}, ASKS, "ECOLES"
    ),
    "routing code and a free reference": Case(
        {"process": "M4", "buyer": to(ASKS, STECH), "reference": "Projet rentrée"},
        ASKS, "STECH", shown=asks("service_codes_differ"),
    ),
    "a free reference alone, service required": Case(
        {"buyer": to(ASKS), "reference": "Projet rentrée"},
        ASKS, "STECH", blocking=asks("service_required"), answer={"service_code": "STECH"},
    ),
    "a free reference alone, no service listed": Case(
        {"buyer": to(LISTS_NONE), "reference": "Projet rentrée"}, LISTS_NONE,
        shown=asks("buyer_reference_not_a_service"),
    ),
    "a routing code of fourteen digits beside the SIRET": Case(
        {"buyer": to(ASKS, ("0224", OTHER))}, ASKS, OTHER,
    ),
    "a routing code of fourteen digits and no SIRET": Case(
        {"buyer": ((("0224", OTHER),), (("0002", ASKS[:9]),))}, ASKS, OTHER,
        blocking=asks("missing"), shown=asks("siren_only"), answer={"recipient_siret": ASKS},
    ),
    "a SIREN alone": Case(
        {"buyer": ((), (("0002", LISTS_NONE[:9]),))}, LISTS_NONE,
        blocking=asks("missing"), shown=asks("siren_only"), answer={"recipient_siret": LISTS_NONE},
    ),
    "a SIRET with spaces": Case({"buyer": to(f"{LISTS_NONE[:3]} {LISTS_NONE[3:9]} {LISTS_NONE[9:]}")}, LISTS_NONE),
    "already paid": Case({"process": "B2", "due": "0.00", "buyer": to(LISTS_NONE)}, LISTS_NONE, framework="A2"),
    "already paid, something due": Case(
        {"process": "S2", "buyer": to(LISTS_NONE)}, LISTS_NONE, framework="A2",
        blocking=asks("already_paid"), answer={"amount_due": "0.00"},
    ),
    "sub-contractor": Case(
        {"process": "S3", "buyer": to(LISTS_NONE)}, LISTS_NONE, framework="A9",
        blocking=asks("validator_required"), answer={"validator_siret": VALIDATOR},
    ),
    "sub-contractor of the main contractor": Case(
        {"process": "S5", "buyer": to(LISTS_NONE)}, LISTS_NONE, framework="A9",
        blocking=asks("framework_to_confirm", "validator_required"),
        answer={"framework": "A9", "validator_siret": VALIDATOR},
    ),
    "co-contractor": Case(
        {"process": "S6", "buyer": to(LISTS_NONE)}, LISTS_NONE, framework="A12",
        blocking=asks("validator_required"), answer={"validator_siret": VALIDATOR},
    ),
    "a process without a framework": Case(
        {"process": "B8", "buyer": to(LISTS_NONE)}, LISTS_NONE,
        blocking=asks("framework_without_match"), answer={"framework": "A1"},
    ),
    "deposit": Case({"kind": "386", "buyer": to(LISTS_NONE)}, LISTS_NONE, shown=asks("xml_type_sent_as")),
    "self-billed": Case(
        {"kind": "389", "buyer": to(LISTS_NONE)}, LISTS_NONE,
        blocking=asks("self_billed_invoice"), answer={"invoice_type": "invoice"},
    ),
    "corrective": Case(
        {"kind": "384", "preceding": "FA-1", "buyer": to(LISTS_NONE)}, LISTS_NONE,
        blocking=asks("corrective_invoice"), answer={"invoice_type": "invoice"},
    ),
    "factored": Case(
        {"kind": "393", "buyer": to(LISTS_NONE)}, LISTS_NONE,
        blocking=asks("factor_bank_account", "subrogation_missing"),
        answer={"bank_account": "", "comment": "Règlement à l'ordre de Factor SA"},
    ),
    "another seller's SIREN": Case(
        {"seller": ((), (("0002", "552100554"),)), "buyer": to(LISTS_NONE)}, None,
        blocking=asks("supplier_siret_differs"),
    ),
}  # fmt: skip
Ends = dict[str, tuple[str, dict[str, Any], dict[str, Any]]]
"""By case: the number, the form as it was first, and the document at its end."""


QUICK = (
    "ordinary, routing code",
    "ordinary, service in the reference",
    "a free reference alone, service required",
    "a routing code of fourteen digits and no SIRET",
    "already paid",
    "sub-contractor of the main contractor",
    "factored",
)
"""These show each kind of end; the others take as long again."""


@pytest.fixture(scope="module")
def supplier(stack: Running) -> str:
    return stack.new_supplier(siret=SUPPLIER)


@pytest.fixture(scope="module")
def ends(stack: Running, supplier: str) -> Ends:
    return _ends(stack, supplier, QUICK)


@pytest.fixture(scope="module")
def other_ends(stack: Running, supplier: str) -> Ends:
    return _ends(stack, supplier, [name for name in CASES if name not in QUICK])


def _ends(stack: Running, supplier: str, names: Iterable[str]) -> Ends:
    """These cases uploaded at once, then answered as a person does, and submitted."""
    seed(stack.simulator.base_url, siret=SUPPLIER, name="Fournisseur d'essai", structures=STRUCTURES)
    issued = f"{day_in_paris(datetime.now(UTC) - timedelta(days=3)):%Y%m%d}".encode()
    uploaded, ended = {}, {}
    for name in names:
        case, number = CASES[name], f"RE-{next(_NUMBERS)}"
        xml = reform_xml(number=number, **{"seller": to(SUPPLIER), **case.xml}).replace(b"20261102", issued)
        uploaded[name] = number, stack.api.upload(supplier, Sample(f"{number}.pdf", facturx_pdf(xml)))
    for name, (number, document) in uploaded.items():
        path = f"/suppliers/{supplier}/invoices/{document}"
        read = stack.wait_for(supplier, document, "READY", "SUBMITTED", "TO_COMPLETE")
        form = stack.api.call("GET", f"{path}/form")
        if (answer := CASES[name].answer) is not None:
            etag = {"If-Match": f'"{read["version"]}"'}
            changed = stack.api.call("PATCH", f"{path}/form", json={"fields": answer}, headers=etag)
            stack.api.call("POST", f"{path}/submit", headers={"If-Match": f'"{changed["version"]}"'})
        ended[name] = number, form, document
    stack.stack.run_schedule_now()
    return {
        name: (number, form, stack.wait_for(supplier, document, "SUBMITTED", "TO_COMPLETE", "REFUSED"))
        for name, (number, form, document) in ended.items()
    }


@pytest.mark.row("B10")
@pytest.mark.parametrize("name", QUICK)
def test_a_reform_made_invoice_reaches_the_portal_right_or_waits_with_the_reason(
    stack: Running, ends: Ends, name: str
) -> None:
    _is_right(stack, CASES[name], ends[name])


@pytest.mark.acceptance
@pytest.mark.row("B10")
@pytest.mark.parametrize("name", [name for name in CASES if name not in QUICK])
def test_every_other_kind_of_reform_made_invoice_ends_as_right(stack: Running, other_ends: Ends, name: str) -> None:
    _is_right(stack, CASES[name], other_ends[name])


def _is_right(stack: Running, case: Case, end: tuple[str, dict[str, Any], dict[str, Any]]) -> None:
    number, form, document = end
    problems = {problem["code"]: problem for problem in form["problems"]}
    assert {code for code, problem in problems.items() if problem["blocking"]} == case.blocking
    assert case.shown <= set(problems)
    received = stack.received(number)
    if case.recipient is None:
        assert (document["state"], received) == ("TO_COMPLETE", [])
        return
    assert document["state"] == "SUBMITTED", document["problems"]
    (at_portal,) = received
    assert (at_portal["codeDestinataire"], at_portal["codeServiceExecutant"]) == (case.recipient, case.service)
    assert at_portal["received"]["cadreDeFacturation"]["codeCadreFacturation"] == FRAMEWORKS[case.framework]


@pytest.mark.row("B10")
def test_the_form_shows_what_the_xml_says(ends: Ends) -> None:
    said = ends["ordinary, routing code"][1]["xml"]
    assert (said["business_process"], said["type_code"], said["routing_code"]) == ("S1", "380", "STECH")
    assert (said["buyer_reference"], said["recipient_siren"]) == (None, ASKS[:9])
    assert said["guideline"].endswith("extended-ctc-fr")
