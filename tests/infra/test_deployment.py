"""What a deployment asks beyond a synthesis, and how the make targets call the CDK's command line."""

import json
import re
import sys
from collections import namedtuple
from dataclasses import replace
from importlib.metadata import requires
from pathlib import Path

import pytest

from infra_cdk.app import ROOT, main
from infra_cdk.deployment import refusals, warnings
from infra_cdk.environment import ENVIRONMENTS, Environment

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PRODUCTION = replace(ENVIRONMENTS["production"], account="123456789012", region="eu-west-3", email_sender="a@b.cd")
Version = namedtuple("Version", "major minor")


@pytest.fixture
def python(monkeypatch: pytest.MonkeyPatch) -> None:
    """The runtime's Python, whichever runs the tests."""
    monkeypatch.setattr(sys, "version_info", Version(3, 13))


def refused(environment: Environment, account: str | None = "123456789012", region: str | None = "eu-west-3") -> str:
    return "\n".join(refusals(environment, account=account, region=region))


@pytest.mark.usefixtures("python")
def test_the_configured_account_and_region_are_deployed_to_and_no_others() -> None:
    assert refused(PRODUCTION) == ""
    assert "is 123456789012, these credentials lead to 999999999999" in refused(PRODUCTION, account="999999999999")
    assert "the region of production is eu-west-3" in refused(PRODUCTION, region="eu-west-1")
    assert refused(PRODUCTION, account=None, region=None).count("lead to none") == 2


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("name", ["qualification", "production"])
def test_where_data_is_kept_a_deployment_needs_an_account(name: str) -> None:
    assert f"config/{name}.toml" in refused(ENVIRONMENTS[name])
    assert refused(ENVIRONMENTS["dev"]) == ""


def test_another_python_is_a_warning_for_a_synthesis_and_an_error_for_a_deployment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for version, wrong in (((3, 11), True), ((3, 14), True), ((3, 13), False)):
        monkeypatch.setattr(sys, "version_info", Version(*version))
        assert ("compiled modules" in refused(PRODUCTION)) == wrong
        assert ("compiled modules" in "".join(warnings(PRODUCTION))) == wrong
        assert not warnings(ENVIRONMENTS["local"])


@pytest.mark.usefixtures("python")
def test_production_without_a_sender_of_e_mail_says_so() -> None:
    assert "no e-mail" in warnings(replace(PRODUCTION, email_sender=""))[0]
    assert "no e-mail" in warnings(replace(PRODUCTION, email_sender="", name="acme", based_on="production"))[0]
    assert not warnings(PRODUCTION)


@pytest.mark.usefixtures("python")
@pytest.mark.parametrize("account", [{}, {"CDK_DEFAULT_ACCOUNT": "1" * 12, "CDK_DEFAULT_REGION": "eu-west-3"}])
def test_under_the_cdks_command_line_what_may_not_be_deployed_is_not_synthesised(
    account: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "production.toml").write_text('account = "123456789012"\nregion = "eu-west-3"\n')
    monkeypatch.setattr("infra_cdk.configuration.FOLDER", tmp_path)
    for name, value in {"CDK_OUTDIR": str(tmp_path / "out"), **account}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["-c", "environment=production"])
    assert ended.value.code == 2
    assert "the account of production is 123456789012" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_the_command_line_needs_no_activated_environment() -> None:
    assert json.loads((ROOT / "cdk.json").read_text())["app"].split()[0] == ".venv/bin/python"
    assert re.search(r"^VENV := \.venv$", MAKEFILE, re.MULTILINE)


def test_the_command_lines_version_is_exact_and_reads_what_the_library_writes(tmp_path: Path) -> None:
    from aws_cdk import App  # here: infra_cdk chooses the node it runs on

    (pinned,) = re.findall(r"aws-cdk@(\S+)", MAKEFILE)
    assert re.fullmatch(r"\d+\.\d+\.\d+", pinned)
    App(outdir=str(tmp_path), analytics_reporting=False).synth()
    needed = json.loads((tmp_path / "manifest.json").read_text())["minimumCliVersion"]
    assert [int(each) for each in pinned.split(".")] >= [int(each) for each in needed.split(".")]
    assert any("cloud-assembly-schema" in each for each in requires("aws-cdk-lib") or ())


@pytest.mark.parametrize("target", ["bootstrap", "diff", "deploy"])
def test_every_target_names_its_environment_and_passes_arguments_on(target: str) -> None:
    (recipe,) = re.findall(rf"^{target}: \$\(INSTALLED\).*\n\t(.+)$", MAKEFILE, re.MULTILINE)
    assert recipe.startswith(f"$(CDK) {target} ")
    assert "$(CONTEXT)" in recipe
    assert recipe.endswith("$(ARGS)")
    assert ("$(STACKS)" in recipe) == (target == "deploy")  # diff shows all stacks, and warns of the option
    assert "\nSTACKS ?= --all\n" in MAKEFILE
