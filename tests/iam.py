"""IAM's decision on one request, by the rules of its reference, for the few operators our policies use.

Small on purpose, and strict: what it does not know is an error, never an allowance. The emulator's own evaluator is
held against it (tests/adapters/test_tenant_policy.py).
"""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

Document = Mapping[str, Any]


def allows(
    document: str | Document, action: str, resource: str, context: Mapping[str, str | Sequence[str]] | None = None
) -> bool:
    """Whether the document by itself allows the action on the resource in that context of condition keys."""
    policy = json.loads(document) if isinstance(document, str) else document
    held = {
        each["Effect"]
        for each in policy["Statement"]
        if _is_about(each, action, resource) and _holds(each, context or {})
    }
    assert held <= {"Allow", "Deny"}
    return held == {"Allow"}


def _is_about(statement: Document, action: str, resource: str) -> bool:
    assert not {"NotAction", "NotResource", "Principal"} & set(statement), "an element this evaluator does not know"
    actions = any(_like(action.lower(), each.lower()) for each in _list(statement["Action"]))
    return actions and any(_like(resource, each) for each in _list(statement["Resource"]))


def _holds(statement: Document, context: Mapping[str, str | Sequence[str]]) -> bool:
    lowered = {key.lower(): value for key, value in context.items()}
    return all(
        _condition(operator, _values(lowered.get(key.lower())), _list(wanted))
        for operator, conditions in statement.get("Condition", {}).items()
        for key, wanted in conditions.items()
    )


def _condition(operator: str, there: list[str] | None, wanted: list[str]) -> bool:
    match operator:
        case "Null":
            return [str(there is None).lower()] == [each.lower() for each in wanted]
        case "ForAllValues:StringEquals":  # true when the key is absent
            return all(each in wanted for each in there or [])
        case "ForAllValues:StringLike":
            return all(any(_like(each, pattern) for pattern in wanted) for each in there or [])
        case "StringLike":
            return there is not None and all(any(_like(each, pattern) for pattern in wanted) for each in there)
    raise AssertionError(f"an operator this evaluator does not know: {operator}")


def _like(text: str, pattern: str) -> bool:
    parts = {"*": ".*", "?": "."}
    return re.fullmatch("".join(parts.get(each, re.escape(each)) for each in pattern), text, re.DOTALL) is not None


def _values(given: str | Sequence[str] | None) -> list[str] | None:
    return None if given is None else [given] if isinstance(given, str) else list(given)


def _list(given: str | list[str]) -> list[str]:
    return [given] if isinstance(given, str) else given
