"""Pages of the documentation that a test walks through: what they show to a reader cannot go stale.

A page's requests are sent in their order, once; each test reads what became of its section. docs/tour.md says how a
block is read. Only the API, and the simulator's where the page says so, is spoken to.
"""

import json
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.e2e.conftest import Running

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


def sections_of(page: str) -> Iterator[tuple[str, list[Step]]]:
    """The first word of each heading and the steps under it, in the page's order."""
    for section in re.split(r"^## ", page, flags=re.MULTILINE)[1:]:
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
