"""`docs/tour.md`, run word by word against the local stack: what it shows to an integrator cannot go stale.

The page's requests are sent in their order, once; each row's test reads what became of its section. The page's own
invoices are drawn from its table. Only the API, and the simulator's where the page says so, is spoken to.
"""

import json
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from chorus_connector.domain.paris import day_in_paris
from tests.e2e.conftest import Running
from tools.invoice_generator.tour import TOUR, tour_invoices

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]

PAGE = TOUR.read_text(encoding="utf-8")
PATIENCE = 60.0
Outcomes = dict[str, str | None]
"""By the first word of each heading: what failed in its section, None when everything the page promises came true."""


# --- the page --------------------------------------------------------------------------------------------------------


@dataclass
class Step:
    """One fenced block: a request, and what the page says of its answer."""

    request: str
    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""
    captures: dict[str, str] = field(default_factory=dict)
    expectations: list[tuple[str, str, str, str]] = field(default_factory=list)


def _sections() -> Iterator[tuple[str, list[Step]]]:
    """The first word of each heading and the steps under it, in the page's order."""
    for section in re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]:
        blocks = re.findall(r"^```http\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
        yield section.split()[0], [_step(block) for block in blocks]


def _step(block: str) -> Step:
    asked, _, promised = block.partition("\n→ ")
    head, _, body = asked.partition("\n\n")
    request, *headers = head.splitlines()
    status, *lines = promised.splitlines()
    step = Step(request, int(status), dict(line.split(": ", 1) for line in headers), body.strip())
    for line in lines:
        if capture := re.fullmatch(r"\$(\w+) = (\S+)", line):
            step.captures[capture[1]] = capture[2]
        elif expectation := re.fullmatch(r"(\?|wait) (\S+) (=|has|lacks) (.+)", line):
            step.expectations.append((expectation[1], expectation[2], expectation[3], expectation[4]))
        else:
            raise ValueError(f"what does the page mean by {line!r}?")
    return step


def _at(answer: Any, path: str) -> Any:
    """The value under a path such as ``problems[0].code``; ``[*]`` gives that of every element, absent is None."""
    name, _, rest = path.partition(".") if not path.startswith("[") else ("", "", path)
    if name.endswith("]"):
        name, _, index = name[:-1].partition("[")
        elements = _at(answer, name)
        if elements is None:
            return None
        if index == "*":
            return [_at(element, rest) if rest else element for element in elements]
        value = elements[int(index)] if int(index) < len(elements) else None
    else:
        value = answer.get(name) if isinstance(answer, dict) else None
    return _at(value, rest) if rest else value


# --- who walks through it --------------------------------------------------------------------------------------------


@dataclass
class Visitor:
    """Sends the page's requests, remembers values that the page names, and compares."""

    stack: Running
    invoices: dict[str, bytes]
    known: dict[str, str]

    def walk(self, steps: list[Step]) -> str | None:
        """What went otherwise than the page says; None when nothing did."""
        if not steps:
            return "the section shows nothing"
        for step in steps:
            try:
                self._take(step)
            except (AssertionError, KeyError) as wrong:
                return f"{step.request}\n{wrong}"
        return None

    def _take(self, step: Step) -> None:
        deadline = time.monotonic() + PATIENCE
        waits = any(kind == "wait" for kind, *_ in step.expectations)
        while True:
            answer = self._send(step)
            assert answer.status_code == step.status, f"→ {step.status} expected, → {answer.status_code} {answer.text}"
            told = answer.json() if "json" in answer.headers.get("content-type", "") else {}
            if not waits or time.monotonic() > deadline or not self._differs(step, told, only="wait"):
                break
            if told.get("state") == "READY":
                self.stack.stack.run_schedule_now()  # the page waits for the ten-minute round; the test has no time
            time.sleep(0.1)
        self.known |= {name: str(_at(told, path)) for name, path in step.captures.items()}
        assert not (differences := self._differs(step, told)), "\n".join(differences) + f"\nanswer: {answer.text}"

    def _send(self, step: Step) -> httpx.Response:
        method, path = self._filled(step.request).split(" ", 1)
        base = self.stack.stack.api_url
        if path.startswith("simulator:"):
            base, path = self.stack.simulator.base_url, path.removeprefix("simulator:")
        headers = {"Authorization": "Bearer $administrator", "Content-Type": "application/json"} | step.headers
        file = re.fullmatch(r"<file: (.+)>", step.body)
        return httpx.request(
            method,
            base + path,
            content=self.invoices[file[1]] if file else self._filled(step.body).encode(),
            headers={name: self._filled(value) for name, value in headers.items()},
            timeout=60,
            trust_env=False,
        )

    def _differs(self, step: Step, told: Any, only: str = "") -> list[str]:
        found = []
        for kind, path, relation, wanted in step.expectations:
            value, expected = _at(told, path), json.loads(self._filled(wanted))
            if relation == "=":
                holds = value == expected
            else:  # what is not there lacks nothing: a misspelt path must not pass
                holds = isinstance(value, list) and (expected in value) == (relation == "has")
            if not holds and only in ("", kind):
                found.append(f"{path} {relation} {wanted} expected, it is {json.dumps(value, ensure_ascii=False)}")
        return found

    def _filled(self, text: str) -> str:
        return re.sub(r"\$(\w+)", lambda name: self.known[name[1]], text)


# --- one test per row ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def outcomes(stack: Running) -> Outcomes:
    north = stack.stack.user_token("tour-north")
    known = {"administrator": stack.stack.admin_token(), "north": north, "north_id": stack.stack.subject(north)}
    known["today"] = day_in_paris(datetime.now(UTC)).isoformat()
    visitor = Visitor(stack, tour_invoices(), known)
    return {row: visitor.walk(steps) for row, steps in _sections()}


@pytest.fixture
def assert_section(request: pytest.FixtureRequest, outcomes: Outcomes) -> Callable[[], None]:
    """Fails with the step, what the page says and the answer. The section is the one of the test's row."""
    row = request.node.get_closest_marker("row")
    section = row.args[0] if row else "Start"

    def check() -> None:
        failure = outcomes[section]
        if failure is not None:
            pytest.fail(f"docs/tour.md, {section}: {failure}", pytrace=False)

    return check


def test_the_two_suppliers_of_the_tour_are_provisioned(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S26")
def test_a_criterion_on_a_classification_rule_takes_an_invoice(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S27")
def test_a_criterion_on_a_folder_takes_an_invoice(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S28")
def test_any_criterion_that_matches_is_enough(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S29")
def test_what_matches_none_is_kept_and_left_alone(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S30")
def test_what_is_no_pdf_is_refused_clearly(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S31")
def test_a_metadata_beats_what_was_read_and_both_are_shown(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S32")
def test_associations_belong_to_a_classification_rule(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S33")
def test_any_submission_field_may_come_from_a_metadata(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S34")
def test_the_form_is_completed_validated_submitted_and_the_next_one_offered(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S35")
def test_a_label_identifies_a_recipient_of_the_directory(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S36")
def test_a_label_in_the_table_is_replaced_and_the_invoice_leaves_by_itself(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S37")
def test_a_label_identifies_a_service_of_its_recipient(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S38")
def test_what_the_directory_does_not_know_is_no_value(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S39")
def test_a_user_label_identifies_a_principal(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S40")
def test_a_person_in_the_users_table_sees_only_their_invoices(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S41")
def test_they_see_the_same_in_both_loading_modes(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S42")
def test_a_metadata_identifies_registered_bank_details(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S43")
def test_without_one_the_default_bank_details_go(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S44")
def test_files_that_share_a_metadata_go_along(assert_section: Callable[[], None]) -> None:
    assert_section()


@pytest.mark.row("S45")
def test_an_invoice_can_say_that_nothing_goes_along(assert_section: Callable[[], None]) -> None:
    assert_section()
