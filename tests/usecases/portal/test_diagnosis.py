"""The doctor against the simulator: each fault it can produce is one red line that says who must do what, where."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from chorus_connector.domain.notifications.webhooks import Endpoint, EndpointHealth
from chorus_connector.domain.portal.answers import PortalAccount
from chorus_connector.domain.portal.credentials import Credentials
from chorus_connector.domain.portal.diagnosis import RESPONSIBLE_PARTIES, TITLES, CheckResult, Observations, diagnose
from chorus_connector.domain.suppliers.identifier import SupplierIdentifier
from chorus_connector.domain.suppliers.supplier import BankAccount
from chorus_connector.usecases.portal.diagnosis import DiagnoseSupplier, SecretUnreadable
from tests.builders import NOW, a_supplier
from tests.fakes_tables import FakeTables
from tests.notifications.fakes import FakeBoard, FakeEndpoints
from tests.real_portal import gateway, keys_of, the_supplier
from tools.operations import doctor
from tools.operations.doctor import as_json, clock_ahead, healthy, lines
from tools.simulator.server import SimulatorServer
from tools.simulator.settings import Settings
from tools.simulator.suppliers import FAMILIES, default_supplier

STOPPED = Settings(start=NOW, clock_runs=False, default_supplier=False)


@pytest.fixture(scope="module")
def server() -> Iterator[SimulatorServer]:
    with SimulatorServer(STOPPED) as running:
        yield running


def visit(
    server: SimulatorServer,
    *,
    keys: Credentials | None = None,
    missing: bool = False,
    unreadable: bool = False,
    environment: str = "local",
    supplier: dict[str, Any] | None = None,
    seed: dict[str, Any] | None = None,
    elsewhere: bool = False,
    endpoints: tuple[Endpoint, ...] = (),
    tables: FakeTables | None = None,
) -> tuple[CheckResult, ...]:
    """The doctor's findings on the simulator's ready supplier, with something wrong."""
    server.portal.reset()
    server.portal.suppliers.put(default_supplier().model_copy(update=seed or {}), server.portal.clock.now())
    board = FakeBoard()
    board.endpoints |= {("s1", each.endpoint_id): each for each in endpoints}
    given = keys or keys_of()

    def credentials() -> Credentials | None:
        if unreadable:
            raise SecretUnreadable
        return None if missing else given

    examined = the_supplier(**(supplier or {}))
    with httpx.Client() as http:
        return DiagnoseSupplier(
            supplier=examined,
            environment=environment,
            token_platform="other",
            api_platform="other",
            credentials=credentials,
            portal=gateway(server, http, supplier=examined, credentials=given),
            endpoints=FakeEndpoints(board, "s1"),
            tables=tables or FakeTables(),
            users=lambda: frozenset({"anna"}),
            accepted_elsewhere=lambda _: elsewhere,
            clock_ahead=lambda: timedelta(0),
        ).run(now=NOW)


def bad(findings: tuple[CheckResult, ...]) -> list[tuple[str, str, str]]:
    """Every line that is not green: the check, its code, who must act; unknown ones apart."""
    return [(each.check, each.code, each.actor) for each in findings if each.verdict in {"wrong", "warning"}]


def test_a_healthy_supplier_is_green_all_over(server: SimulatorServer) -> None:
    findings = visit(server)
    assert {each.verdict for each in findings} == {"ok"}
    assert healthy(findings)


@pytest.mark.row("S01")
@pytest.mark.parametrize(
    ("facts", "wrong"),
    [
        ({"missing": True}, ("secret", "credentials_missing", "administrator")),
        ({"unreadable": True}, ("secret", "secret_unreadable", "operator")),
        ({"keys": keys_of(client_secret="x")}, ("token", "credentials_piste_application", "integrator")),
        (
            {"keys": keys_of(client_id="x"), "elsewhere": True},
            ("token", "credentials_of_another_environment", "integrator"),
        ),
        ({"seed": {"linked": False}}, ("consent", "credentials_raccordement", "manager")),
        ({"seed": {"password_age_days": 425}}, ("consent", "credentials_raccordement", "manager")),
        (
            {"keys": keys_of(technical_password="x")},
            ("technical_account", "credentials_technical_account", "manager"),
        ),
        ({"seed": {"attached": False}}, ("structure", "credentials_structure", "manager")),
        ({"seed": {"active": False}}, ("rights", "credentials_rights", "manager")),
        ({"supplier": {"siret": "90123456700021"}}, ("structure", "credentials_structure", "manager")),
        ({"supplier": {"status": "suspended"}}, ("supplier", "supplier_suspended", "installation")),
        ({"supplier": {"status": "deleting"}}, ("supplier", "supplier_deleting", "nobody")),
        ({"supplier": {"defaults": {"bank_account": "9"}}}, ("bank_details", "bank_account_unknown", "manager")),
    ],
)
def test_each_fault_is_one_red_line_and_who_must_act(
    server: SimulatorServer, facts: dict[str, Any], wrong: tuple[str, str, str]
) -> None:
    findings = visit(server, **facts)
    assert bad(findings) == [wrong]
    assert not healthy(findings)
    (red,) = (each for each in findings if each.verdict == "wrong")
    assert red.fr
    assert red.en
    assert red.where_fr
    assert red.where_en


@pytest.mark.row("S01")
@pytest.mark.parametrize("family", ["factures", "structures", "transverses"])
def test_a_family_without_consent_is_the_integrators(server: SimulatorServer, family: str) -> None:
    findings = visit(server, seed={"families": [each for each in FAMILIES if each != family]})
    assert bad(findings) == [("consent", "credentials_api_consent", "integrator")]


def test_what_comes_after_a_refusal_could_not_be_seen_and_what_came_before_is_green(server: SimulatorServer) -> None:
    verdicts = {each.check: each.verdict for each in visit(server, keys=keys_of(technical_password="x"))}
    assert (verdicts["token"], verdicts["consent"]) == ("ok", "ok")
    assert {verdicts[each] for each in ("structure", "rights", "bank_details", "password")} == {"unknown"}


def test_a_warning_is_no_red_line(server: SimulatorServer) -> None:
    off = Endpoint(endpoint_id="e", url="https://x.example", types=("document.waiting",), enabled=False, created_at=NOW)
    paused = off.model_copy(update={"enabled": True, "health": EndpointHealth(failures=5, paused_since=NOW)})
    assert not paused.is_served
    findings = visit(server, seed={"bank_accounts": [], "password_age_days": 415}, endpoints=(off, paused))
    assert [each for each, _, _ in bad(findings)] == ["bank_details", "password", "webhooks"]
    assert healthy(findings)


def test_a_portal_that_is_down_is_reported_without_blaming_the_supplier(server: SimulatorServer) -> None:
    server.stop()
    try:
        findings = diagnose(seen(portal_answer=None))
        assert clock_ahead(server.token_url, now=NOW) is None
    finally:
        server.start()
    assert bad(findings) == [("portal", "portal_unavailable", "operator")]


def seen(**facts: Any) -> Observations:
    """A healthy supplier in production, with something else."""
    account = PortalAccount(structure_id=1, bank_accounts=(BankAccount(portal_id=1440),))
    values: dict[str, Any] = {
        "supplier": a_supplier(),
        "environment": "production",
        "token_platform": "production",
        "api_platform": "production",
        "now": NOW,
        "saved": True,
        "portal_answer": account,
        "clock_ahead": timedelta(seconds=1),
    }
    return Observations(**{**values, **facts})


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"token_platform": "qualification", "api_platform": "qualification"}, "portal_of_another_environment"),
        ({"environment": "qualification"}, "portal_of_another_environment"),
        ({"api_platform": "qualification"}, "portal_mixed"),
        ({"supplier": a_supplier(siret="73282932000075")}, "siret_of_qualification"),
        ({"supplier": a_supplier(siret="")}, "siret_missing"),
        ({"clock_ahead": timedelta(minutes=-6)}, "clock_skew"),
        ({"mode": "certificate", "portal_answer": "certificate"}, "credentials_certificate"),
    ],
)
def test_environments_mixed_up_and_clocks_apart_are_seen(facts: dict[str, Any], code: str) -> None:
    assert [code for _, code, _ in bad(diagnose(seen(**facts)))] == [code]


def test_a_supplier_that_is_not_configured_yet_is_not_ill() -> None:
    findings = diagnose(seen(supplier=a_supplier(siret=""), saved=False, portal_answer=None))
    assert [code for _, code, _ in bad(findings)] == ["siret_missing"]
    assert healthy(findings)


def test_the_clock_is_compared_with_the_portals_own(server: SimulatorServer) -> None:
    from datetime import UTC, datetime

    ahead = clock_ahead(server.token_url, now=datetime.now(UTC) + timedelta(minutes=10))
    assert ahead is not None
    assert timedelta(minutes=9) < ahead < timedelta(minutes=11)


def test_mixed_up_keys_are_tried_at_the_other_platform_only(server: SimulatorServer) -> None:
    server.portal.reset()
    server.portal.suppliers.put(default_supplier(), server.portal.clock.now())
    assert doctor._accepts(server.token_url, keys_of())
    assert not doctor._accepts(server.token_url, keys_of(client_secret="x"))
    there = doctor._the_other("https://sandbox-oauth.piste.gouv.fr/api/oauth/token")
    assert there == "https://oauth.piste.gouv.fr/api/oauth/token"
    assert doctor._the_other(server.token_url) is None
    assert [doctor._platform(each) for each in (there, "https://sandbox-api.piste.gouv.fr/cpro", server.api_base)] == [
        "production",
        "qualification",
        "other",
    ]


def test_the_lines_are_in_both_languages_and_the_json_says_who(server: SimulatorServer) -> None:
    findings = visit(server, seed={"attached": False})
    french, english = "\n".join(lines(findings, "fr")), "\n".join(lines(findings, "en"))
    assert "gestionnaire principal" in french
    assert "principal manager" in english
    told = as_json("s1", findings)
    assert not told["healthy"]
    red = next(each for each in told["findings"] if each["verdict"] == "wrong")
    assert (red["check"], red["who_en"]) == ("structure", "the structure's principal manager")


def test_no_secret_is_in_what_the_doctor_says(server: SimulatorServer) -> None:
    keys = keys_of(technical_password="un secret bien à moi")
    said = str(as_json("s1", visit(server, keys=keys)))
    for name in type(keys).model_fields:
        value = getattr(keys, name)
        if isinstance(value, SecretStr):
            assert value.get_secret_value() not in said


def test_every_check_and_actor_has_its_words() -> None:
    assert {each.check for each in diagnose(seen())} <= set(TITLES)
    assert all(fr and en for fr, en in (*TITLES.values(), *RESPONSIBLE_PARTIES.values()))


@pytest.mark.parametrize(
    ("mode", "asked"),
    [
        ("oauth_piste", ["token", "consent", "technical_account", "structure", "rights", "bank_details", "password"]),
        (
            "certificate",
            ["certificate", "consent", "technical_account", "structure", "rights", "bank_details", "password"],
        ),
    ],
)
def test_the_checks_are_those_of_the_suppliers_mode_in_the_order_of_the_portal(mode: str, asked: list[str]) -> None:
    before = ["supplier", "siret", "environment", "secret", "clock", "portal"]
    for facts in ({}, {"portal_answer": None}, {"saved": False, "portal_answer": None}):
        results = diagnose(seen(mode=mode, **facts))
        assert [each.check for each in results] == [*before, *asked, "webhooks"]


@pytest.mark.parametrize(
    ("fault", "check"),
    [
        ("piste_application", "token"),
        ("api_consent", "consent"),
        ("raccordement", "consent"),
        ("technical_account", "technical_account"),
        ("structure", "structure"),
        ("rights", "rights"),
    ],
)
def test_a_refusal_is_shown_at_its_check_and_what_comes_after_it_is_unknown(fault: str, check: str) -> None:
    results = {each.check: each for each in diagnose(seen(portal_answer=fault))}
    assert results[check].verdict == "wrong"  # type: ignore[index]
    assert results[check].code == f"credentials_{fault}"  # type: ignore[index]
    asked = ["token", "consent", "technical_account", "structure", "rights", "bank_details", "password"]
    at = asked.index(check)
    verdicts = [results[each].verdict for each in asked]  # type: ignore[index]
    assert verdicts == ["ok"] * at + ["wrong"] + ["unknown"] * (len(asked) - at - 1)
    assert results["portal"].verdict == "ok"


def test_only_a_refused_application_can_be_of_the_other_platform() -> None:
    def code(fault: str, *, elsewhere: bool) -> list[str]:
        return [code for _, code, _ in bad(diagnose(seen(portal_answer=fault, accepted_elsewhere=elsewhere)))]

    assert code("piste_application", elsewhere=True) == ["credentials_of_another_environment"]
    assert code("piste_application", elsewhere=False) == ["credentials_piste_application"]
    assert code("technical_account", elsewhere=True) == ["credentials_technical_account"]


@pytest.mark.row("S05")
def test_a_siret_with_a_wrong_check_digit_is_a_warning_outside_production() -> None:
    qualification = {
        "environment": "qualification",
        "token_platform": "qualification",
        "api_platform": "qualification",
    }
    results = diagnose(seen(supplier=a_supplier(siret="73282932000075"), **qualification))
    assert bad(results) == [("siret", "siret_check_digit", "administrator")]
    assert [each.verdict for each in results if each.check == "siret"] == ["warning"]
    assert bad(diagnose(seen(**qualification))) == []
    assert bad(diagnose(seen())) == []


@pytest.mark.parametrize("saved", [True, False])
def test_a_supplier_without_siret_is_judged_like_one_with_a_siret(saved: bool) -> None:
    supplier = a_supplier(identifier=SupplierIdentifier(scheme="RIDET", value="0123456001"))
    found = [code for _, code, _ in bad(diagnose(seen(supplier=supplier, saved=saved)))]
    assert found == ([] if saved else ["credentials_missing"])


def test_a_portal_that_does_not_answer_leaves_its_checks_unknown() -> None:
    results = diagnose(seen(portal_answer=None))
    (red,) = (each for each in results if each.verdict == "wrong")
    assert (red.check, red.code) == ("portal", "portal_unavailable")


def test_disabled_webhooks_are_a_warning_that_names_them() -> None:
    (warning,) = (each for each in diagnose(seen(webhooks_off=("https://a.test/x",))) if each.verdict == "warning")
    assert (warning.check, warning.code) == ("webhooks", "webhook_disabled")
    assert "https://a.test/x" in warning.fr
    assert "https://a.test/x" in warning.en


class _NotAsked:
    """A portal that must not be asked."""

    def account(self) -> PortalAccount:
        raise AssertionError


@pytest.mark.parametrize(
    ("secret", "verdict", "codes"),
    [("unreadable", "wrong", ["secret_unreadable"]), ("absent", "wrong", ["credentials_missing"])],
)
def test_without_credentials_the_portal_is_not_asked(secret: str, verdict: str, codes: list[str]) -> None:
    def credentials() -> Credentials | None:
        if secret == "unreadable":
            raise SecretUnreadable
        return None

    results = DiagnoseSupplier(
        supplier=a_supplier(),
        environment="local",
        token_platform="other",
        api_platform="other",
        credentials=credentials,
        portal=_NotAsked(),  # type: ignore[arg-type]
        endpoints=FakeEndpoints(FakeBoard(), "s1"),
        tables=FakeTables(),
        users=frozenset,
        accepted_elsewhere=lambda _: True,
        clock_ahead=lambda: None,
    ).run(now=NOW)
    found = {each.check: each.verdict for each in results}
    assert (found["secret"], found["portal"], found["clock"]) == (verdict, "unknown", "unknown")
    assert [code for _, code, _ in bad(results)] == codes
