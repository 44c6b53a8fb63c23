"""``chorus-connector layouts``: what an operator sees of taught layouts, and how one is forgotten."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from chorus_connector.adapters.table.administration import DynamoAuditTrail
from chorus_connector.adapters.table.layouts import DynamoLayouts
from chorus_connector.adapters.table.suppliers import DynamoInstallation
from chorus_connector.domain.reading.layouts.layout import Layout, TaughtDocument
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from tests.builders import NOW, a_supplier
from tests.dynamodb_table import empty_table
from tools.cli import app
from tools.operations import commands


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A table with one supplier and its layout, which the commands are attached to."""
    for name, value in {"ENVIRONMENT": "dev", "TABLE_NAME": "t", "AWS_DEFAULT_REGION": "eu-west-3"}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(commands, "_attach", lambda _: {})
    with empty_table() as client:
        for cached in (settings, clients.session, clients.function_client):
            cached.cache_clear()
        DynamoInstallation(client, "t").create_supplier(a_supplier(), administrator="root")
        document = TaughtDocument(document_id="d1", at=NOW, values={"iban": "FR76"})
        DynamoLayouts(client, "t", "s1").save(0, put=Layout(layout_id="l1", confirmed=1, documents=(document,)))
        yield client
    for cached in (settings, clients.session, clients.function_client):
        cached.cache_clear()


def run(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["layouts", *arguments, "--environment", "dev"])
    return done.exit_code, done.stdout


@pytest.mark.usefixtures("table")
def test_layouts_are_listed_and_shown_without_values() -> None:
    code, listed = run("list", "s1")
    assert (code, json.loads(listed)["layout_id"], json.loads(listed)["asks"]) == (0, "l1", True)
    code, shown = run("show", "s1", "l1")
    assert (code, [each["document_id"] for each in json.loads(shown)["documents"]]) == (0, ["d1"])
    assert "FR76" not in shown


def test_a_layout_is_forgotten_with_yes_only_and_the_trail_names_the_operator(table: Any) -> None:
    assert run("forget", "s1", "l1")[0] == 0
    assert len(DynamoLayouts(table, "t", "s1").all().layouts) == 1
    assert run("forget", "s1", "l1", "--yes")[0] == 0
    assert DynamoLayouts(table, "t", "s1").all().layouts == ()
    (line, *_) = DynamoAuditTrail(table, "t", "s1").page(limit=1, cursor=None).changes
    assert line.by.startswith("operator:")
    assert line.item == "layouts/l1"


@pytest.mark.usefixtures("table")
@pytest.mark.parametrize("arguments", [("list", "s2"), ("show", "s1", "l2"), ("forget", "s1", "l2", "--yes")])
def test_what_does_not_exist_ends_the_command_with_2(arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2
