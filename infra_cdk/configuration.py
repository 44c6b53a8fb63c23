"""The configuration file of an installation, `config/<environment>.toml`: its own values, without a change of source.

`config/example.toml` explains every key. Nothing is ignored: an unknown key, a wrong type, an impossible value and a
value without effect are errors that name the file, the key and what would be right.
"""

import difflib
import json
import re
import tomllib
from collections import Counter
from dataclasses import fields, replace
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from infra_cdk.environment import ENVIRONMENTS, Environment

FOLDER = Path(__file__).resolve().parents[1] / "config"
LOCAL = "local"

FIXED = {
    "name": "the environment's name is the file's name",
    "portal": "each environment has its portal: base one on production or qualification with based_on",
    "portal_at_deployment": "only the local stack's portal has another address every time",
    "keeps_data": "production and qualification keep data, dev does not: choose with based_on",
    "tls_only": "only the local stack works without TLS",
    "is_checked": "only the local stack is exempt from the security rules",
    "ships_dependencies": "only the local stack uses the libraries of the machine",
    "password_sign_in": "only dev allows a password without a second factor: choose with based_on",
}
"""The fields of an environment that no file may set, and why."""

_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
_LONGEST_NAME = 20  # function names have at most 64 characters
_OTHER_STACKS = {"-data": "data stack", "-console": "console"}  # their names: the application stack's and this
_NOT_IN_A_NAME = ("aws", "amazon", "cognito")  # Cognito refuses them in the address of its sign-in


class ConfigurationError(ValueError):
    """The configuration is wrong; the message has one line for each problem."""


def configured(name: str, file: Path | None = None) -> Environment:
    """The environment with that name and the values of its file, by default `config/<name>.toml`.

    A shipped environment needs no file until it is deployed. Raises ConfigurationError.
    """
    path = file or FOLDER / f"{name}.toml"
    if name == LOCAL:
        if path.exists() or file is not None:
            raise ConfigurationError(f"{path}: the local stack takes no configuration file: remove it")
        return ENVIRONMENTS[LOCAL]
    if not path.exists():
        if file is None and name in ENVIRONMENTS:
            return ENVIRONMENTS[name]
        raise ConfigurationError(
            f"{path}: there is no such file. The environments without one are {', '.join(ENVIRONMENTS)}; one with a "
            'name of its own says based_on = "production" (or dev, qualification) in its file'
        )
    return _of_file(name, path)


def _of_file(name: str, path: Path) -> Environment:
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: this is no TOML: {error}") from None
    problems: list[str] = []
    base = _base(name, given.pop("based_on", None), problems)
    values: dict[str, Any] = {}
    try:
        # Through JSON, because its strict rules take an array for a tuple and a number for a decimal.
        read = _model().model_validate_json(json.dumps(given, default=str))
        values = {key: getattr(read, key) for key in read.model_fields_set}
    except ValidationError as error:
        problems += [_explained(dict(each)) for each in error.errors()]
    problems += _contradictions(values)
    if problems:
        raise ConfigurationError("\n".join(f"{path}: {each}" for each in problems))
    try:
        return replace(base, name=name, based_on="" if name == base.name else base.name, **values)
    except ValueError as error:
        raise ConfigurationError(f"{path}: {error}") from None


def _base(name: str, based_on: Any, problems: list[str]) -> Environment:
    """The shipped environment that this one takes its other values from."""
    bases = {each: environment for each, environment in ENVIRONMENTS.items() if each != LOCAL}
    if name in bases:
        if based_on not in (None, name):
            problems.append(f"based_on: {name} is an environment itself; give the file another name, or remove the key")
        return bases[name]
    known = isinstance(based_on, str) and based_on in bases
    if not known:
        given = "is missing" if based_on is None else f"= {based_on!r}"
        problems.append(f"based_on {given}: one of {', '.join(bases)}")
    problems += [
        f"the environment's name {name!r}: without {ending} at its end, because its application stack would be the "
        f"{stack} of {name.removesuffix(ending)}"
        for ending, stack in _OTHER_STACKS.items()
        if name.endswith(ending)
    ]
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME or any(each in name for each in _NOT_IN_A_NAME):
        problems.append(
            f'the environment\'s name {name!r}: small letters, digits and single "-", a letter first, at most '
            f"{_LONGEST_NAME} characters, without {', '.join(_NOT_IN_A_NAME)}"
        )
    return bases[based_on if known else "production"]


@cache
def settable() -> dict[str, Any]:
    """The keys that a file may have besides `based_on`, with their types."""
    types = get_type_hints(Environment, include_extras=True)
    left_out = {*FIXED, "based_on"}
    return {each.name: types[each.name] for each in fields(Environment) if each.name not in left_out}


@cache
def _model() -> type[BaseModel]:
    keys: dict[str, Any] = {name: (kind, None) for name, kind in settable().items()}
    return create_model("Configuration", __config__=ConfigDict(extra="forbid", strict=True), **keys)


def _explained(error: dict[str, Any]) -> str:
    key = ".".join(map(str, error["loc"]))
    if error["type"] == "tuple_type":
        return f'{key} = {error["input"]!r}: a list in brackets is expected, such as ["one", "two"]'
    if error["type"] != "extra_forbidden":
        return f"{key} = {error['input']!r}: {error['msg'].removeprefix('Value error, ')}"
    if key in FIXED:
        return f"{key} cannot be set: {FIXED[key]}"
    similar = difflib.get_close_matches(key, settable(), n=1)
    return f"{key} is no key" + (f": {similar[0]} is meant?" if similar else f"; keys are {', '.join(settable())}")


def _contradictions(values: dict[str, Any]) -> list[str]:
    """What each value alone does not show: a value without effect, or one that another excludes."""
    found = []
    if bool(values.get("account")) != bool(values.get("region")):
        found.append("account and region: set both, or neither")
    topic = values.get("alarm_topic_arn")
    if topic and values.get("alarm_emails"):
        found.append("alarm_emails has no effect with alarm_topic_arn: subscribe the addresses to that topic instead")
    if topic and values.get("region") and topic.split(":")[3] != values["region"]:
        found.append(f"alarm_topic_arn: the topic must be in the region {values['region']}")
    if "digest_minutes" in values and not values.get("email_sender"):
        found.append("digest_minutes has no effect without email_sender")
    if "second_copy_days" in values and not values.get("second_copy_vault"):
        found.append("second_copy_days has no effect without second_copy_vault")
    names = Counter("".join(word.capitalize() for word in each.split("-")) for each in values.get("systems", ()))
    found += [
        f'systems: {name} is there twice (small letters and "-" make no difference)'
        for name, times in names.items()
        if times > 1
    ]
    return found
