"""« Mes messages » · recipients of a message or members of a list: those chosen, and the search for others.

A form carries each chosen recipient as a checked box whose value has all that the page shows of it. So what is found
is chosen by checking it and taken away by unchecking it, with or without a script.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from console.api_client import ApiProblem
from console.catalogue import text
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

CRITERIA = ("designation", "service", "postal_code", "town")
NAMED = 100
"""Chosen recipients that a page shows one by one; the API gives so many names at once."""

_FOUND = 20
_SEPARATOR = "\t"  # no name and no code contains a control character


@dataclass(frozen=True)
class ChosenRecipient:
    """A structure or one of its services, with the names that the page shows."""

    siret: str
    service: str = ""
    name: str = ""
    service_label: str = ""
    reach: str = ""

    @property
    def value(self) -> str:
        """What its box sends."""
        return _SEPARATOR.join((self.siret, self.service, self.name, self.service_label))

    @property
    def address(self) -> dict[str, str]:
        """What the API takes."""
        return {"siret": self.siret, "service": self.service}

    @property
    def key(self) -> tuple[str, str]:
        """What tells two recipients apart."""
        return self.siret, self.service


@dataclass(frozen=True)
class Finding:
    """A search for recipients: `identifier` takes digits of a SIRET or words of a name, from four characters."""

    identifier: str = ""
    designation: str = ""
    service: str = ""
    postal_code: str = ""
    town: str = ""
    cursor: str = ""

    @property
    def empty(self) -> bool:
        """Whether nothing is looked for."""
        return not (self.identifier or any(getattr(self, each) for each in CRITERIA))


@dataclass(frozen=True)
class Found:
    """What a search found: a page of it, and why there is none."""

    recipients: tuple[ChosenRecipient, ...] = ()
    cursor: str = ""
    complete: bool = True
    problem: Mapping[str, Any] | None = None
    asked: bool = False


def chosen(incoming: Incoming) -> tuple[ChosenRecipient, ...]:
    """The checked recipients of a posted form, each once; those that the page kept together are among them."""
    values = [value for field in ("recipient", "kept") for each in incoming.many(field) for value in each.split("\n")]
    return once(_recipient(each) for each in values if each.strip())


def once(recipients: Iterable[ChosenRecipient]) -> tuple[ChosenRecipient, ...]:
    """The recipients in their order, without repetitions."""
    return tuple({each.key: each for each in recipients}.values())


def recipient_of(body: Mapping[str, Any]) -> ChosenRecipient:
    """A recipient as the API describes it."""
    names = ("siret", "service", "name", "service_label", "reach")
    return ChosenRecipient(**{name: str(body.get(name) or "") for name in names})


def finding(incoming: Incoming) -> Finding:
    """The search that a form asks for."""
    fields = ("identifier", *CRITERIA, "cursor")
    return Finding(**{each: incoming.one(f"find_{each}") for each in fields})


def found(screen: Screen, *, sender: str, kind: str, wanted: Finding) -> Found:
    """The recipients that match, as far as the sender may write to them."""
    if wanted.empty:
        return Found()
    path, query = _search(wanted)
    try:
        page = screen.api.get(path, sender=sender, kind=kind, limit=_FOUND, cursor=wanted.cursor, **query)
    except ApiProblem as error:
        if error.status != 422:
            raise
        return Found(problem=error.problem, asked=True)
    recipients = tuple(map(recipient_of, page["recipients"]))
    return Found(recipients, page["cursor"] or "", page["complete"], asked=True)


@screens.page("/messages/recipients")
def completion(screen: Screen) -> Answer:
    """What completes the typed text, as JSON for the page's script: values, labels, and a sentence that counts them."""
    typed = screen.incoming.one("text")
    wanted = Finding(identifier=typed)
    answer = found(screen, sender=screen.incoming.one("sender"), kind=screen.incoming.one("kind"), wanted=wanted)
    sentence = _sentence(screen.language, answer)
    options = [{"value": each.value, "label": labelled(each)} for each in answer.recipients]
    return Answer(200, json.dumps({"options": options, "sentence": sentence}), "application/json")


def labelled(recipient: ChosenRecipient) -> str:
    """The recipient in one line."""
    parts = (recipient.name, recipient.service_label or recipient.service, recipient.siret)
    return " · ".join(each for each in parts if each)


def _sentence(language: str, answer: Found) -> str:
    if answer.problem:
        return str(answer.problem.get(language, ""))
    return text("messages.found", language, n=len(answer.recipients))


def _search(wanted: Finding) -> tuple[str, dict[str, str]]:
    """Digits alone are completed, services included; everything else is searched."""
    digits = "".join(wanted.identifier.split())
    criteria = {name: getattr(wanted, name) for name in CRITERIA}
    if digits.isdigit() and not any(criteria.values()):
        return "/messages/recipients/completion", {"prefix": digits}
    if digits.isdigit():
        return "/messages/recipients/search", {**criteria, "identifier": digits}
    words = f"{wanted.identifier} {criteria['designation']}".strip()
    return "/messages/recipients/search", {**criteria, "designation": words}


def _recipient(value: str) -> ChosenRecipient:
    siret, service, name, label = (*value.split(_SEPARATOR), "", "", "", "")[:4]
    return ChosenRecipient(siret.strip(), service, name, label)
