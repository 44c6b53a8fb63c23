"""The connection of a supplier to Chorus Pro: what to do where, in steps, and a trial that says which step fails."""

import base64
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from console.api_client import ApiProblem, Json
from console.formats import PARIS
from console.forms import correctable, show_form, to_page_above
from console.requests import Answer, Incoming
from console.screens import Screen, Screens

screens = Screens()

_PAGE = "/suppliers/<supplier_id>/connection"
_UNAVAILABLE = 503
_SOON = 30

_KEYS = {
    "oauth_piste": ("client_id", "client_secret", "technical_login", "technical_password"),
    "certificate": ("technical_login", "technical_password", "certificate_password"),
}


_NO_SECRETS = ("client_id", "technical_login")
"""The keys that a refused form still shows."""


@dataclass(frozen=True)
class Step:
    """A step of the guide. `codes` are the faults of its trial; `warns` are those that keep nothing from being sent."""

    name: str
    actor: str
    codes: tuple[str, ...] = ()
    warns: tuple[str, ...] = ()

    def fails_by(self, code: str) -> bool:
        """Whether the problem with that code is a fault of this step. A certificate's file has many faults."""
        of_the_file = self.name == "certificate" and code.startswith("certificate_") and code not in self.warns
        return of_the_file or code in self.codes


@dataclass(frozen=True)
class TriedStep:
    """A step with what the last trial says of it: `ok`, `wrong`, `warning` or `unknown`, and why."""

    step: Step
    verdict: str
    problems: tuple[Json, ...] = ()


_ACCOUNT = (
    Step(
        "account", "manager", ("credentials_raccordement", "credentials_technical_account"), ("password_expires_soon",)
    ),
    Step("structure", "manager", ("credentials_structure",)),
    Step("rights", "manager", ("credentials_rights",)),
    Step("bank", "manager", (), ("bank_details_missing",)),
)
_PISTE = ("credentials_piste_application", "credentials_of_another_environment", "piste_refuses_for_now")

STEPS = {
    "oauth_piste": (
        Step("application", "integrator", _PISTE),
        Step("consent", "integrator", ("credentials_api_consent",)),
        *_ACCOUNT,
    ),
    "certificate": (
        Step(
            "certificate",
            "administrator",
            ("credentials_certificate",),
            ("certificate_expires_soon", "certificate_mode_closed"),
        ),
        *_ACCOUNT,
    ),
}
"""The steps of each mode in the order in which Chorus Pro would refuse a call (docs/onboarding.md)."""


@screens.page(_PAGE)
def connection_page(screen: Screen, supplier_id: str) -> Answer:
    """The state of the connection and the guide."""
    return _connection(screen, supplier_id)


@screens.action(_PAGE)
def try_and_save(screen: Screen, supplier_id: str) -> Answer:
    """Try the keys at Chorus Pro and keep them if they work. A secret is not shown again, not even after a refusal."""
    given = given_credentials(screen.incoming)
    try:
        screen.api.put(f"/suppliers/{supplier_id}/credentials", given)
    except ApiProblem as error:
        refused = error if error.status == _UNAVAILABLE else correctable(error)
        return _connection(screen, supplier_id, refused, mode=given["mode"])
    return screen.go(screen.incoming.path, done="connected")


@screens.action(f"{_PAGE}/trial")
def try_saved(screen: Screen, supplier_id: str) -> Answer:
    """Try the saved keys at Chorus Pro; the page then shows what the trial gave."""
    try:
        known = screen.api.post(f"/suppliers/{supplier_id}/credentials").body
    except ApiProblem as error:
        refused = error if error.status == _UNAVAILABLE else correctable(error)
        return _connection(screen, supplier_id, refused, of_saved_keys=True)
    page = f"/console/suppliers/{supplier_id}/connection"
    return screen.go(page, done="connection_tried") if is_working(known) else screen.go(f"{page}?tried=yes")


screens.page(f"{_PAGE}/trial")(to_page_above)


def is_working(known: Mapping[str, Json]) -> bool:
    """Whether keys are saved that Chorus Pro accepts, as far as it is known."""
    problems = known["credentials_status"]["problems"] if known["credentials_status"] else []
    return (
        bool(known["credentials_saved_at"]) and not known["refused"] and not any(each["blocking"] for each in problems)
    )


def given_credentials(incoming: Incoming) -> dict[str, str]:
    """The keys of the form for its mode, without those that are empty; a certificate's file in base64."""
    mode = "certificate" if incoming.one("mode") == "certificate" else "oauth_piste"
    given = {name: value for name in _KEYS[mode] if (value := incoming.one(name))}
    if mode == "certificate" and incoming.files:
        file = incoming.files[0]
        given["certificate"] = base64.b64encode(file.content).decode()
        given["certificate_format"] = "pem" if file.content.lstrip().startswith(b"-----") else "p12"
    return {"mode": mode, **given}


def tried_steps(mode: str, problems: Collection[Mapping[str, Json]], *, tried: bool) -> list[TriedStep]:
    """What a trial with these problems says of each step: those before the fault passed, those after it were not tried.

    `tried` is False when there was no trial, or one that Chorus Pro did not answer. A fault that no step knows leaves
    all steps open.
    """
    steps = STEPS[mode]
    codes = [each["code"] for each in problems]
    failed = next((index for index, step in enumerate(steps) if any(map(step.fails_by, codes))), None)
    blocked = any(each["blocking"] for each in problems)
    reached = failed if failed is not None else 0 if blocked or not tried else len(steps)
    return [_tried(step, index, reached, failed, problems) for index, step in enumerate(steps)]


def _tried(
    step: Step, index: int, reached: int, failed: int | None, problems: Collection[Mapping[str, Json]]
) -> TriedStep:
    own = tuple(each for each in problems if step.fails_by(each["code"]) or each["code"] in step.warns)
    if index == failed:
        return TriedStep(step, "wrong", own)
    if index >= reached:
        return TriedStep(step, "unknown", own)
    return TriedStep(step, "warning" if own else "ok", own)


def days_left(until: str | None, now: datetime) -> int | None:
    """Days until a time of the API, counted by the calendar in Paris as the API counts them; None without one."""
    if not until:
        return None
    end, today = (each.astimezone(PARIS).date() for each in (datetime.fromisoformat(until), now))
    return max((end - today).days, 0)


def beside_no_field(mode: str, refused: ApiProblem | None) -> list[Json]:
    """What the refusal says of no field of the form: the page says it once, above the form."""
    problems = refused.problem.get("problems", []) if refused else []
    return [each for each in problems if each["field"] not in _KEYS[mode]]


def _connection(
    screen: Screen,
    supplier_id: str,
    refused: ApiProblem | None = None,
    mode: str = "",
    *,
    of_saved_keys: bool = False,
) -> Answer:
    supplier, known = screen.of_supplier(supplier_id, f"/suppliers/{supplier_id}/credentials")
    mode = mode or screen.incoming.one("mode") or known["credentials_mode"] or "oauth_piste"
    mode = mode if mode in STEPS else "oauth_piste"
    steps = _steps(mode, known, None if of_saved_keys else refused)
    of_typed_keys = refused is not None and any(each.verdict == "wrong" for each in steps) and not of_saved_keys
    return show_form(
        screen,
        "connection/connection.html",
        refused,
        supplier=supplier,
        known=known,
        mode=mode,
        steps=steps,
        of_typed_keys=of_typed_keys,
        working=is_working(known),
        of_saved_keys=of_saved_keys,
        just_tried=bool(screen.incoming.one("tried")),
        typed={name: screen.incoming.one(name) if refused else "" for name in _NO_SECRETS},
        beside_no_field=beside_no_field(mode, refused),
        password_days=_password_days(screen, known),
        certificate_days=days_left(known["certificate_expires_at"], screen.now),
        soon=_SOON,
        retry_after=refused.retry_after if refused else None,
    )


def _steps(mode: str, known: Json, refused: ApiProblem | None) -> list[TriedStep]:
    """After a refusal its own trial; else the last one of the saved keys, if they are of this mode."""
    if refused is not None:
        return tried_steps(mode, refused.problem.get("problems", []), tried=False)
    status = known["credentials_status"]
    if status is None or mode != known["credentials_mode"]:
        return tried_steps(mode, [], tried=False)
    problems: list[Any] = list(status["problems"])
    if known["refused"] and known["refused"]["code"] not in {each["code"] for each in problems}:
        problems.append({**known["refused"], "blocking": True})
    return tried_steps(mode, problems, tried=True)


def _password_days(screen: Screen, known: Json) -> int | None:
    status = known["credentials_status"]
    return days_left(status["password_expires_at"], screen.now) if status else None
