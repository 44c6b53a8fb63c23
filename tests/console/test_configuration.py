"""What the configuration's and the connection's screens decide themselves, with a fake API behind them."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, get_args, get_type_hints
from urllib.parse import urlencode

import httpx
import pytest

from chorus_connector.domain.suppliers.removal import Removal
from console import screens as screens_module
from console.api_client import Api, ApiProblem
from console.forms import in_path, rows
from console.requests import Answer, Incoming
from console.routes import configuration_people
from console.routes.configuration_criteria import add_criterion, criterion_wish, given_criterion, try_criteria
from console.routes.configuration_identity import given_identifier
from console.routes.configuration_people import give_rights, principal_of, set_subscriber
from console.routes.configuration_settings import associations_of, save_settings
from console.routes.configuration_tables import EDITABLE, import_table, save_row, table_page
from console.routes.configuration_webhooks import in_utc
from console.routes.connection import (
    connection_page,
    days_left,
    given_credentials,
    tried_steps,
    try_and_save,
    try_saved,
)
from console.routes.installation import removal_page
from console.screens import Screen
from console.sealing import Sealer
from console.sessions import Session, Tokens
from tests.console.browsing import HERE, Browser, undeclared_in

NOW = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)
LINE: dict[str, Any] = {"supplier_id": "s1", "name": "Atelier", "siret": "90123450000014", "status": "active"}
LINE |= {"roles": ["administer", "use"], "version": 3, "identifier": None}
SETTINGS: dict[str, Any] = {
    "name": "Atelier",
    "automatic_submission": False,
    "facturx_as_flow": False,
    "keep_xml": False,
    "version": 3,
    "new_layouts": "ask",
    "ocr": "when_needed",
    "loading_mode": "remote",
    "user_label_metadata": "user_label",
    "confidence_threshold": 0.9,
    "defaults": {},
    "associations": {},
    "bank_accounts": [],
    "warnings": [],
    "criteria": [{"criterion_id": "c1", "folder": "factures", "classification_rule": None, "include_subfolders": True}],
}
KNOWN: dict[str, Any] = {
    "credentials_saved_at": None,
    "platform": "other",
    "credentials_mode": None,
    "credentials_status": None,
    "refused": None,
    "certificate_expires_at": None,
    "bank_accounts": [],
    "announcements": [],
}


class FakeApi:
    """Answers by method and path; keeps what was asked."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], tuple[int, Any]] = {
            ("GET", "/me/suppliers/s1"): (200, LINE),
            ("GET", "/me"): (200, {"principal": "p-1"}),
        }
        self.asked: list[httpx.Request] = []

    def on(self, method: str, path: str, body: Any, status: int = 200) -> None:
        self.answers[method, path] = (status, body)

    def refuse(self, method: str, path: str, *problems: dict[str, Any], status: int = 422) -> None:
        body = {"title": "Refusé", "detail": "Refusé.", "code": "invalid", "problems": list(problems)}
        self.on(method, path, body, status)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        assert undeclared_in(request) == []
        status, body = self.answers.get((request.method, request.url.path), (404, {"code": "not_found"}))
        return httpx.Response(status, json=body)

    def sent(self, method: str) -> list[Any]:
        return [json.loads(each.content) for each in self.asked if each.method == method and each.content]


Ask = Callable[..., Screen]


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
def ask(api: FakeApi, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    monkeypatch.setattr(screens_module, "sealer", lambda: Sealer("k" * 32))
    monkeypatch.setattr(configuration_people, "settings", lambda: HERE)
    with httpx.Client(transport=httpx.MockTransport(api)) as http:

        def screen(query: str = "", **form: Any) -> Screen:
            incoming = asked(query, **form)
            session = Session("cookie", "claire", Tokens("token", NOW, "r"), NOW + timedelta(hours=1))
            return Screen(incoming, session, Api("http://api", "token", "fr", http), "fr", NOW)

        yield screen


def asked(query: str = "", **form: Any) -> Incoming:
    """A request: a POST with that form, else a GET."""
    path = "/console/suppliers/s1/configuration"
    event: dict[str, Any] = {
        "requestContext": {"http": {"method": "POST" if form else "GET"}},
        "rawPath": path,
        "headers": {},
    }
    return Incoming({**event, "rawQueryString": query, "body": urlencode(form, doseq=True)})


def problem(code: str, *, field: str | None = None, blocking: bool = True) -> dict[str, Any]:
    return {"code": code, "field": field, "fr": f"fr {code}", "en": f"en {code}", "blocking": blocking}


def text_of(answer: Answer) -> str:
    assert isinstance(answer.body, str)
    return answer.body


def test_rows_of_a_form_are_those_that_are_not_empty() -> None:
    form = {"a.x": ["1", " ", "", "3"], "a.y": ["2", "", "", ""]}
    assert rows(asked("", **form), "a", ("x", "y")) == [{"x": "1", "y": "2"}, {"x": "3", "y": ""}]


def test_associations_are_grouped_by_their_rule() -> None:
    lines = [
        {"rule": "", "field": "service_code", "metadata": "Service"},
        {"rule": "Factures", "field": "service_code", "metadata": "SC"},
        {"rule": "", "field": "comment", "metadata": "Note"},
    ]
    expected = {"": {"service_code": "Service", "comment": "Note"}, "Factures": {"service_code": "SC"}}
    assert associations_of(lines) == expected


@pytest.mark.parametrize("typed", ["", "a/b", "..", ".", "a\u202eb", "a\nb"])
def test_what_is_no_segment_of_a_path_is_refused(ask: Ask, typed: str) -> None:
    with pytest.raises(ApiProblem) as refused:
        in_path(ask(), typed)
    assert refused.value.status == 422


def test_a_groups_name_gets_its_prefix_once() -> None:
    assert principal_of("group", "compta") == "group:compta"
    assert principal_of("group", "group:compta") == "group:compta"
    assert principal_of("person", "0b27") == "0b27"


def test_a_typed_time_is_one_of_paris() -> None:
    assert in_utc("2026-11-30T09:15") == "2026-11-30T09:15:00+01:00"
    assert in_utc("2026-07-01T09:15") == "2026-07-01T09:15:00+02:00"
    assert in_utc("demain") == "demain"


def test_a_siret_is_given_by_its_own_name_and_other_identifiers_with_their_scheme() -> None:
    assert given_identifier(asked(scheme="SIRET", identifier="901 234 500 00014")) == {"siret": "901 234 500 00014"}
    ridet = {"identifier": {"scheme": "RIDET", "value": "0 123 456.001"}}
    assert given_identifier(asked(scheme="RIDET", identifier="0 123 456.001")) == ridet


def test_a_criterion_goes_to_the_api_as_it_was_typed() -> None:
    assert given_criterion(asked("kind=folder&criterion=devis")) == {"folder": "devis"}
    both = {"folder": "devis", "include_subfolders": True}
    assert given_criterion(asked("kind=folder&criterion=devis&subfolders=yes")) == both
    rule = asked("kind=classification_rule&criterion=F&subfolders=yes")
    assert given_criterion(rule) == {"classification_rule": "F"}
    assert criterion_wish(SETTINGS["criteria"][0]) == {"folder": "factures", "include_subfolders": True}


def test_a_new_criterion_is_tried_together_with_those_that_are_there(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1", SETTINGS)
    result = {"documents": [], "newly_taken": 0, "no_longer_taken": 0, "cursor": None}
    api.on("POST", "/suppliers/s1/configuration/criteria/dry-run", result)
    page = text_of(try_criteria(ask("kind=folder&criterion=devis"), "s1"))
    assert "Ajouter ce critère" in page
    there = {"folder": "factures", "include_subfolders": True}
    assert api.sent("POST") == [{"criteria": [there, {"folder": "devis"}]}]


def test_the_removal_of_a_criterion_is_tried_without_it(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1", SETTINGS)
    result = {"documents": [], "newly_taken": 0, "no_longer_taken": 0, "cursor": None}
    api.on("POST", "/suppliers/s1/configuration/criteria/dry-run", result)
    assert "Retirer ce critère" in text_of(try_criteria(ask("remove=c1"), "s1"))
    assert api.sent("POST") == [{"criteria": []}]
    assert try_criteria(ask("remove=c9"), "s1").status == 303  # another person removed it


def test_refused_settings_are_shown_again_with_what_was_typed(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1", SETTINGS)
    api.refuse("PATCH", "/suppliers/s1", problem("too_long", field="name"))
    typed = {"name": "<b>Très long", "confidence_threshold": "beaucoup", "ocr": "always", "keep_xml": "yes"}
    answer = save_settings(ask(version='"2"', **typed), "s1")
    assert answer.status == 422
    page = text_of(answer)
    assert "fr too_long" in page
    assert "&lt;b&gt;Très long" in page
    assert 'value="beaucoup"' in page
    assert 'value="&#34;3&#34;"' in page  # the version as it is now: the person saw the message
    sent = api.sent("PATCH")[0]
    assert sent["keep_xml"] is True
    assert sent["automatic_submission"] is False


def test_a_refusal_names_the_fields_as_the_form_does(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1", SETTINGS)
    wrong = [problem("too_long", field=each) for each in ("body.name", "defaults.iban", "body.unknown_one")]
    api.refuse("PATCH", "/suppliers/s1", *wrong)
    page = text_of(save_settings(ask(name="A", confidence_threshold="90"), "s1"))
    assert "<strong>Nom</strong> : fr too_long" in page
    assert "<strong>IBAN</strong>" in page
    assert "<strong>unknown_one</strong>" in page
    assert 'aria-invalid="true"' in page  # at its field, too
    assert "body." not in page


MEMBERS = [
    {"principal": each, "kind": "person", "roles": ["use"], "accepted": True, "through": {}} for each in ("p-0", "p-1")
]


def test_rights_need_one_that_is_checked(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/configuration/access", {"members": MEMBERS})
    answer = give_rights(ask(kind="person", principal="p-9"), "s1")
    assert answer.status == 422
    assert "Cochez au moins un droit." in text_of(answer)
    assert api.sent("PUT") == []


def test_a_subscription_needs_a_kind_and_the_person_at_the_screen_comes_first(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/configuration/access", {"members": MEMBERS})
    api.on("GET", "/suppliers/s1/configuration/notifications", {"subscribers": []})
    answer = set_subscriber(ask(principal="p-0"), "s1")
    page = text_of(answer)
    assert answer.status == 422
    assert "Cochez au moins une notification." in page
    assert page.index("p-1 · personne · vous") < page.index("p-0 · personne")


@pytest.mark.parametrize(("newly", "offered"), [(0, False), (2, True)])
def test_documents_set_aside_are_offered_only_to_a_criterion_that_takes_some(
    ask: Ask, api: FakeApi, newly: int, offered: bool
) -> None:
    document = {"document_id": "d1", "file_name": "a.pdf", "folder": None, "classification_rule": None}
    document |= {"taken_now": False, "would_be_taken": bool(newly)}
    tried = {"newly_taken": newly, "no_longer_taken": 0, "documents": [document], "cursor": None}
    api.on("GET", "/suppliers/s1", SETTINGS)
    api.on("POST", "/suppliers/s1/configuration/criteria/dry-run", tried)
    api.on("POST", "/suppliers/s1/configuration/criteria", {}, 201)
    page = text_of(try_criteria(ask("kind=folder&criterion=x"), "s1"))
    assert ("ne prendrait rien" in page) is not offered
    assert ('name="takes"' in page) is offered
    added = add_criterion(ask(kind="folder", criterion="x", **({"takes": "yes"} if offered else {})), "s1")
    assert ("take=yes" in added.headers["Location"]) is offered


def test_confidence_is_typed_in_percent(ask: Ask, api: FakeApi) -> None:
    api.on("PATCH", "/suppliers/s1", SETTINGS)
    save_settings(ask(version='"3"', confidence_threshold="92,5"), "s1")
    assert api.sent("PATCH")[0]["confidence_threshold"] == 0.925


def test_an_unknown_table_is_a_page_that_does_not_exist(ask: Ask) -> None:
    with pytest.raises(ApiProblem) as unknown:
        table_page(ask(), "s1", "customers")
    assert unknown.value.status == 404


def test_a_row_with_another_label_leaves_its_old_place(ask: Ask, api: FakeApi) -> None:
    table = "/suppliers/s1/configuration/tables/recipients/rows"
    api.on("PUT", table, {"row_id": "new", "verified": True, "warning": None})
    api.on("DELETE", f"{table}/old", {"deleted": "old"})
    assert save_row(ask(row_id="old", label="Ville", value="21000031100014"), "s1", "recipients").status == 303
    assert [each.method for each in api.asked] == ["PUT", "DELETE"]
    api.asked.clear()
    save_row(ask(row_id="new", label="Ville", value="21000031100014"), "s1", "recipients")
    assert [each.method for each in api.asked] == ["PUT"]


def test_a_row_with_an_odd_siret_is_neither_called_checked_nor_saved_in_green(browser: Browser) -> None:
    odd = {"field": "value", "code": "siret_check_digit", "fr": "La clé est fausse.", "en": "Wrong digit."}
    row = browser.api.example("rows.get") | {"kind": "recipients", "verified": True, "warning": odd}
    browser.api.plan("tables.get", {"rows": [row], "cursor": None})
    browser.api.plan("rows.save", row)
    saved = browser.post("/suppliers/s1/configuration/tables/recipients", {"label": "Ville", "value": row["value"]})
    assert saved["headers"]["Location"].endswith("done=row_doubtful")
    page = browser.get("/suppliers/s1/configuration/tables/recipients", done="row_doubtful")["body"]
    assert "La clé est fausse." in page
    assert ">oui</td>" not in page
    assert 'class="note warn" role="status"' in page


REPORT: dict[str, Any] = {
    "dry_run": True,
    "accepted": 1,
    "refused_count": 1,
    "unverified_count": 0,
    "unverified_lines": [],
    "doubtful_count": 0,
    "doubtful_lines": [],
}
REPORT |= {"refused": [{"line": 3, "problems": [problem("not_a_siret")], "suggestions": []}]}


def test_a_short_file_is_shown_with_its_preview_to_be_corrected(ask: Ask, api: FakeApi) -> None:
    table = "/suppliers/s1/configuration/tables/recipients"
    api.on("GET", table, {"rows": [], "cursor": None})
    api.on("POST", f"{table}/imports", REPORT)
    page = text_of(import_table(ask(csv="label;siret\nA;1", what="look"), "s1", "recipients"))
    assert "label;siret\nA;1</textarea>" in page
    assert "fr not_a_siret" in page
    assert api.asked[0].url.params["dry_run"] == "true"


def test_a_long_file_is_chosen_again(ask: Ask, api: FakeApi) -> None:
    table = "/suppliers/s1/configuration/tables/recipients"
    api.on("GET", table, {"rows": [], "cursor": None})
    api.on("POST", f"{table}/imports", {**REPORT, "refused": [], "refused_count": 0})
    long = "label;siret\n" + "A;21000031100014\n" * (EDITABLE // 16)
    page = text_of(import_table(ask(csv=long, what="look"), "s1", "recipients"))
    assert 'id="file-again"' in page
    assert len(page) < 20_000


def test_without_a_file_the_import_says_so(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/configuration/tables/bank", {"rows": [], "cursor": None})
    api.on("GET", "/suppliers/s1", SETTINGS)
    answer = import_table(ask(what="look"), "s1", "bank")
    assert answer.status == 422
    assert "Choisissez un fichier" in text_of(answer)


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        (["credentials_piste_application"], ["wrong", *["unknown"] * 5]),
        (["credentials_raccordement"], ["ok", "ok", "wrong", *["unknown"] * 3]),
        (["credentials_rights"], ["ok", "ok", "ok", "ok", "wrong", "unknown"]),
        (["credentials_missing"], ["unknown"] * 6),
    ],
)
def test_a_refusal_says_which_steps_passed(codes: list[str], expected: list[str]) -> None:
    steps = tried_steps("oauth_piste", [problem(each) for each in codes], tried=False)
    assert [each.verdict for each in steps] == expected


def test_a_warning_leaves_its_step_accepted() -> None:
    steps = tried_steps("oauth_piste", [problem("bank_details_missing", blocking=False)], tried=True)
    assert [each.verdict for each in steps] == ["ok"] * 5 + ["warning"]
    assert [each.verdict for each in tried_steps("oauth_piste", [], tried=True)] == ["ok"] * 6
    assert [each.verdict for each in tried_steps("oauth_piste", [], tried=False)] == ["unknown"] * 6


def test_every_fault_of_a_certificates_file_is_one_of_its_step() -> None:
    steps = tried_steps("certificate", [problem("certificate_password_wrong", field="certificate")], tried=False)
    assert steps[0].verdict == "wrong"
    ending = tried_steps("certificate", [problem("certificate_expires_soon", blocking=False)], tried=True)
    assert ending[0].verdict == "warning"


def test_a_form_gives_the_keys_of_its_mode_only() -> None:
    typed = {"client_id": "id", "client_secret": "s", "technical_login": "l", "technical_password": "p"}
    assert given_credentials(asked(mode="oauth_piste", **typed)) == {"mode": "oauth_piste", **typed}
    certificate = given_credentials(asked(mode="certificate", certificate_password="c", **typed))
    assert set(certificate) == {"mode", "technical_login", "technical_password", "certificate_password"}


def test_a_refused_form_keeps_what_is_no_secret(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/credentials", KNOWN)
    api.refuse("PUT", "/suppliers/s1/credentials", problem("credentials_technical_account"))
    typed = {"client_id": "id-1", "client_secret": "secret-1", "technical_login": "T", "technical_password": "pass-1"}
    answer = try_and_save(ask(**typed), "s1")
    page = text_of(answer)
    assert answer.status == 422
    assert page.count("fr credentials_technical_account") == 1  # the sentence once, whatever the step
    assert 'value="id-1"' in page
    assert 'value="T"' in page
    assert not any(each in page for each in ("secret-1", "pass-1"))


def test_a_refusal_about_a_field_is_shown_at_the_field_only(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/credentials", KNOWN)
    api.refuse("PUT", "/suppliers/s1/credentials", problem("too_long", field="client_id"))
    page = text_of(try_and_save(ask(client_id="id-1"), "s1"))
    assert page.count("fr too_long") == 1
    assert "Les champs marqués" in page


@pytest.mark.parametrize("saved", [False, True])
def test_the_page_speaks_no_programmers_language(ask: Ask, api: FakeApi, saved: bool) -> None:
    refused = {"code": "credentials_technical_account", "fr": "Refusé.", "suspected": False, "since": NOW.isoformat()}
    refused |= {"where_fr": "PUT /suppliers/{id}/credentials", "actor_fr": "vous", "tried_again_at": NOW.isoformat()}
    told = [{"at": NOW.isoformat(), "state": "refused", "codes": [code]} for code in ("credentials_missing", "new_one")]
    status = {"probed_at": NOW.isoformat(), "problems": [], "password_expires_at": None}
    keys = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste", "credentials_status": status}
    now = {"refused": refused, "announcements": told}
    api.on("GET", "/suppliers/s1/credentials", {**KNOWN, **(keys if saved else {}), **now})
    page = text_of(connection_page(ask(), "s1"))
    shown = page[: page.index("<footer")]
    assert "PUT /" not in shown
    assert "credentials_" not in shown.replace("/suppliers/s1/credentials", "")
    assert "<code>new_one</code>" in shown  # a code that the console does not know yet is not hidden
    assert ("faites vérifier le compte technique" in shown) is saved
    assert ("nouvel essai" in shown) is saved  # nothing is tried while there is nothing to try


def test_the_form_comes_before_the_steps_and_a_working_connection_leads_to_the_upload(ask: Ask, api: FakeApi) -> None:
    status = {"probed_at": NOW.isoformat(), "problems": [], "password_expires_at": NOW.isoformat()}
    saved = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste", "credentials_status": status}
    api.on("GET", "/suppliers/s1/credentials", {**KNOWN, **saved})
    page = text_of(connection_page(ask(), "s1"))
    assert page.index('id="keys"') < page.index('id="steps"')
    assert 'class="button primary" href="/console/suppliers/s1/upload"' in page
    assert "comptent de l'enregistrement" in page.replace("&#39;", "'")


def test_a_refused_trial_leaves_the_saved_connection_shown_as_working(ask: Ask, api: FakeApi) -> None:
    status = {"probed_at": NOW.isoformat(), "problems": [], "password_expires_at": None}
    saved = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste", "credentials_status": status}
    api.on("GET", "/suppliers/s1/credentials", {**KNOWN, **saved})
    api.refuse("PUT", "/suppliers/s1/credentials", problem("credentials_technical_account"))
    page = text_of(try_and_save(ask(client_id="id-1"), "s1"))
    assert "La connexion enregistrée</h2>" in page
    assert page.count("fonctionne toujours") == 2
    assert page.count("accepté avec ces clés") == 2
    assert page.count("pas essayé avec ces clés") == 3
    assert "pas encore essayé" not in page


@pytest.mark.parametrize("refused", [None, {"code": "credentials_rights", "fr": "Refusé.", "suspected": False}])
def test_the_saved_connection_is_tried_without_the_keys(ask: Ask, api: FakeApi, refused: dict[str, Any] | None) -> None:
    who = {"actor_fr": "vous", "where_fr": "ici", "since": None, "tried_again_at": None}
    status = {"probed_at": NOW.isoformat(), "problems": [], "password_expires_at": None}
    saved = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste", "credentials_status": status}
    known = {**KNOWN, **saved, "refused": {**refused, **who} if refused else None}
    api.on("GET", "/suppliers/s1/credentials", known)
    api.on("POST", "/suppliers/s1/credentials", known)
    assert 'action="/console/suppliers/s1/connection/trial"' in text_of(connection_page(ask(), "s1"))
    answer = try_saved(ask(), "s1")
    expected = "tried=yes" if refused else "done=connection_tried"
    assert answer.headers["Location"] == f"/console/suppliers/s1/connection?{expected}"
    api.refuse("POST", "/suppliers/s1/credentials", status=503)
    unanswered = text_of(try_saved(ask(), "s1"))
    assert "pas pu être essayée" in unanswered.replace("&#39;", "'")


def test_the_page_names_the_platform_the_portals_number_of_an_account_and_hides_the_closed_way(
    ask: Ask, api: FakeApi
) -> None:
    saved = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste"}
    accounts = [{"name": "Compte principal", "portal_id": 2005}]
    for platform, words in (("qualification", "un espace d'essai"), ("production", "arrive chez le destinataire")):
        api.on("GET", "/suppliers/s1/credentials", {**KNOWN, **saved, "platform": platform, "bank_accounts": accounts})
        page = text_of(connection_page(ask(), "s1")).replace("&#39;", "'")
        assert words in page
        assert "n° 2005 dans Chorus Pro" in page
        assert "Chorus Pro ne montre pas l'IBAN" in page
        assert '<nav class="modes"' not in page
        assert page.index("Certificat (ancien)") > page.index('id="steps"')


def test_a_portal_that_does_not_answer_leaves_every_step_open(ask: Ask, api: FakeApi) -> None:
    api.on("GET", "/suppliers/s1/credentials", KNOWN)
    api.refuse("PUT", "/suppliers/s1/credentials", status=503)
    answer = try_and_save(ask(technical_login="T"), "s1")
    assert answer.status == 503
    assert text_of(answer).count("pas encore essayé") == 6


def test_the_state_of_the_connection_says_how_long_the_password_lasts(ask: Ask, api: FakeApi) -> None:
    status = {"probed_at": NOW.isoformat(), "problems": [], "password_expires_at": "2026-12-05T10:00:00+01:00"}
    saved = {"credentials_saved_at": NOW.isoformat(), "credentials_mode": "oauth_piste", "credentials_status": status}
    api.on("GET", "/suppliers/s1/credentials", {**KNOWN, **saved})
    assert "5 jours restants" in text_of(connection_page(ask(), "s1"))
    assert days_left(None, NOW) is None
    assert days_left("2026-11-01T00:00:00+01:00", NOW) == 0


def test_each_step_of_a_suppliers_deletion_has_its_own_words(ask: Ask, api: FakeApi) -> None:
    stages = get_args(get_type_hints(Removal.stage.fget)["return"])
    said = set()
    for stage in stages:
        underway = {"status": "deleting", "doing": stage, "exported": 0, "removed": 0, "export": None}
        api.on("GET", "/suppliers/s1/removal", underway)
        said.add(text_of(removal_page(ask(), "s1")).partition('role="status">')[2].partition("<")[0])
    assert len(said) == len(stages) == 4


def test_members_are_shown_with_their_names_wherever_they_are_listed(browser: Browser) -> None:
    access = browser.api.example("access.list")
    principal, name = access["members"][0]["principal"], access["members"][0]["name"]
    subscriber = browser.api.example("subscribers.list")["subscribers"][0] | {"principal": principal}
    browser.api.plan("subscribers.list", {"subscribers": [subscriber]})
    trail = browser.api.example("audit.list")
    browser.api.plan("audit.list", trail | {"changes": [trail["changes"][0] | {"by": principal}]})
    for page in ("access", "notifications", "audit", "tables/users"):
        assert name in browser.get(f"/suppliers/s1/configuration/{page}")["body"], page


def test_an_invitation_says_which_company_it_is_what_it_gives_and_who_gives_it(browser: Browser) -> None:
    invitation = browser.api.example("me.invitation")
    page = browser.get("/invitations/s1")["body"]
    assert invitation["name"] in page
    assert invitation["invited_by"] in page
    assert "travailler sur les factures" in page
    browser.api.plan("me.invitation", {"code": "not_found", "title": ""}, status=404)
    stranger = browser.get("/invitations/s1")["body"]
    assert "Aucune invitation ne vous attend" in stranger
    assert browser.api.example("me.get")["principal"] in stranger


def test_a_person_without_a_company_pastes_the_address_of_the_invitation(browser: Browser) -> None:
    browser.api.plan("me.summary", {"suppliers": [], "cursor": None})
    assert 'action="/console/invitations"' in browser.get("/suppliers")["body"]
    opened = browser.get("/invitations", link=" https://x.example/console/invitations/s1/ ")
    assert opened["headers"]["Location"] == "/console/invitations/s1"


def test_who_accepts_a_suppliers_invitation_is_not_sent_to_messages(browser: Browser) -> None:
    accepted = browser.post("/invitations/s1")["headers"]["Location"]
    assert accepted.endswith("done=supplier_joined")
    page = browser.get("/suppliers/s1/documents", done="supplier_joined")["body"]
    assert "vous travaillez maintenant" in page


def test_one_subscription_of_four_kinds_is_one_line_that_asks_and_ends_once(browser: Browser) -> None:
    (one, *_) = browser.api.example("subscribers.list")["subscribers"]
    one |= {"email": "compta@example.org", "email_state": "asked"}
    kinds = ("waiting", "held", "status", "portal")
    browser.api.plan("subscribers.list", {"subscribers": [one | {"kind": each} for each in kinds]})
    page = browser.get("/suppliers/s1/configuration/notifications")["body"]
    assert page.count("Demander à nouveau") == 1
    address = "/suppliers/s1/configuration/notifications/change"
    browser.post(address, {"principal": one["principal"], "kind": list(kinds)})
    assert len(browser.api.asked("subscribers.remove")) == 4
    browser.post(address, {"principal": one["principal"], "kind": list(kinds), "what": "ask"})
    assert len(browser.api.asked("subscribers.ask_again")) == 1


@pytest.mark.parametrize(("state", "done"), [("asked", "subscribed_asked"), (None, "subscribed")])
def test_a_new_subscription_says_whether_a_mail_must_be_opened(browser: Browser, state: str | None, done: str) -> None:
    browser.api.plan("subscribers.set", browser.api.example("subscribers.set") | {"email_state": state})
    form = {"principal": "p1", "kind": ["waiting", "held"], "email": "compta@example.org"}
    saved = browser.post("/suppliers/s1/configuration/notifications", form)
    assert saved["headers"]["Location"].endswith(f"done={done}")


def test_a_layout_whose_count_began_again_says_why(browser: Browser) -> None:
    (one, *_) = browser.api.example("layouts.list")["layouts"]
    corrected = {"asks": True, "confirmed": 0, "confirmations_missing": 2, "corrected_at": "2026-11-30T17:00:00Z"}
    browser.api.plan("layouts.list", {"layouts": [one | corrected]})
    page = browser.get("/suppliers/s1/configuration/layouts")["body"]
    assert "encore 2 confirmations demandées" in page
    assert "le compte a recommencé" in page


def test_the_trail_names_what_a_right_depends_on_and_leaves_out_what_is_empty(browser: Browser) -> None:
    trail = browser.api.example("audit.list")
    change = trail["changes"][0] | {"before": {"through": {}}, "after": {"through": {"use": "group:paie"}}}
    browser.api.plan("audit.list", trail | {"changes": [change]})
    page = browser.get("/suppliers/s1/configuration/audit")["body"]
    assert "{group}" not in page
    assert page.count("Droits qui dépendent d&#39;un groupe") == 1
