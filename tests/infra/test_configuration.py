"""The configuration file of an installation: what it may set, and that nothing in it is ignored."""

import re
import tomllib
from dataclasses import fields
from decimal import Decimal
from pathlib import Path

import pytest

from infra_cdk.configuration import FIXED, FOLDER, ConfigurationError, configured, settable
from infra_cdk.environment import ENVIRONMENTS, Environment

EXAMPLE = (FOLDER / "example.toml").read_text(encoding="utf-8")


@pytest.fixture
def written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of configuration files instead of the machine's own."""
    monkeypatch.setattr("infra_cdk.configuration.FOLDER", tmp_path)
    return tmp_path


def refused(folder: Path, text: str, name: str = "production") -> str:
    (folder / f"{name}.toml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as error:
        configured(name)
    assert str(folder / f"{name}.toml") in str(error.value)
    return str(error.value)


def test_a_shipped_environment_needs_no_file(written: Path) -> None:
    assert all(configured(name) == environment for name, environment in ENVIRONMENTS.items())


def test_a_file_sets_values_and_leaves_the_others(written: Path) -> None:
    (written / "production.toml").write_text(
        'account = "123456789012"\nregion = "eu-west-3"\nsystems = ["erp", "erp-2"]\nalarm_emails = ["a@example.org"]\n'
        "textract_dollars_a_page = 0.002\nquota_factor = 2\nsubmission_concurrency = 20\nreserves_concurrency = false\n"
    )
    got = configured("production")
    assert (got.account, got.region, got.systems) == ("123456789012", "eu-west-3", ("erp", "erp-2"))
    assert (got.textract_dollars_a_page, got.quota_factor) == (Decimal("0.002"), 2.0)
    assert (got.submission_concurrency, got.reserves_concurrency) == (20, False)
    assert (got.keeps_data, got.log_retention_days, got.kind) == (True, 365, "production")


def test_an_environment_of_its_own_name_takes_the_rules_of_the_one_it_is_based_on(written: Path) -> None:
    (written / "acme.toml").write_text('based_on = "production"\n')
    (written / "trial.toml").write_text('based_on = "dev"\n')
    acme, trial = configured("acme"), configured("trial")
    assert (acme.name, acme.kind, acme.keeps_data, acme.portal) == (
        "acme",
        "production",
        True,
        ENVIRONMENTS["production"].portal,
    )
    assert (trial.name, trial.kind, trial.keeps_data, trial.password_sign_in) == ("trial", "dev", False, True)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("emailsender = 'a@b.cd'", "emailsender is no key: email_sender is meant?"),
        ("colour = 1", "colour is no key; keys are account, region"),
        ("keeps_data = false", "keeps_data cannot be set"),
        ("password_sign_in = true", "password_sign_in cannot be set"),
        ("[portal]\ntoken_url = 'x'", "portal cannot be set"),
        ("account = 123456789012", "valid string"),
        ("account = '1234'\nregion = 'eu-west-3'", "12 digits"),
        ("account = '123456789012'", "set both, or neither"),
        ("account = '123456789012'\nregion = 'eu-north-1'", "eu-west-3"),
        ("account = '123456789012'\nregion = 'paris'", "eu-west-3"),
        ("email_sender = 'invoices'", "e-mail address is expected"),
        ("email_sender = 'Invoices <a@example.org>'", "e-mail address is expected"),
        ("alarm_emails = 'a@example.org'", "a list in brackets"),
        ("alarm_emails = ['a@example.org', 'b']", "alarm_emails.1"),
        ("alarm_topic_arn = 'alarms'", "ARN of an SNS topic"),
        ("alarm_topic_arn = 'arn:aws:sns:eu-west-3:123456789012:a'\nalarm_emails = ['a@b.cd']", "has no effect"),
        (
            "account = '123456789012'\nregion = 'eu-west-3'\nalarm_topic_arn = 'arn:aws:sns:eu-west-1:123456789012:a'",
            "must be in the region eu-west-3",
        ),
        ("worker_concurrency = 1", "greater than or equal to 2"),
        ("submission_concurrency = '4'", "valid integer"),
        ("worker_concurrency = 10.5", "valid integer"),
        ("reserves_concurrency = 1", "valid boolean"),
        ("quota_factor = nan", "finite"),
        ("quota_factor = 0", "greater than 0"),
        ("textract_dollars_a_page = -1", "greater than or equal to 0"),
        ("systems = ['a b']", "letters, digits"),
        ("systems = ['erp-2', 'erp2']", "there twice"),
        ("upload_origins = ['*']", "scheme and host"),
        ("upload_origins = ['https://a.example/path']", "scheme and host"),
        ("log_level = 'LOUD'", "'DEBUG', 'INFO'"),
        ("log_retention_days = 31", "1, 7, 30, 90, 180, 365"),
        ("nightly_hour = 5", "two hours or more after nightly_hour"),
        ("digest_minutes = 5", "no effect without email_sender"),
        ("second_copy_vault = 'arn:aws:backup:eu-west-1:123456789012:backup-vault:copies'", "needs all three"),
        ("second_copy_bucket = 'our-copies'", "ARN of a bucket"),
        ("second_copy_key = 'alias/copies'", "no alias"),
        ("second_copy_days = 3", "no effect without second_copy_vault"),
        ("fixed_addresses = ['52.1.2.3']", "allocation id"),
        ("fixed_addresses = ['eipalloc-0a', 'eipalloc-0b', 'eipalloc-0c']", "at most two"),
        ("sync_minutes = 0", "greater than or equal to 2"),
        ("based_on = 'dev'", "is an environment itself"),
        ("email_sender = a@b.cd", "no TOML"),
        ("nightly_hour = 2026-01-01", "valid integer"),
    ],
)
def test_a_wrong_value_is_an_error_that_names_file_key_and_what_is_right(written: Path, text: str, says: str) -> None:
    assert says in refused(written, text)


def test_every_problem_of_a_file_is_named_at_once(written: Path) -> None:
    assert len(refused(written, "worker_concurrency = 1\nnightly_hour = 99\nnope = 1\nlog_level = 3").splitlines()) == 4


@pytest.mark.parametrize("name", ["Acme", "a_b", "9to5", "my-aws", "a-name-that-is-too-long-x", "-a"])
def test_a_name_that_aws_would_refuse_is_refused(written: Path, name: str) -> None:
    assert "the environment's name" in refused(written, 'based_on = "production"', name)


@pytest.mark.parametrize("name", ["production-data", "acme-data", "acme-data-data", "dev-console"])
def test_no_name_makes_the_application_of_one_installation_another_stack_of_another(written: Path, name: str) -> None:
    """A deployment or a `destroy` of dev-data would otherwise act on the data of dev."""
    stack = "console of" if name.endswith("-console") else "data stack of"
    assert stack in refused(written, 'based_on = "dev"', name)


def test_a_name_of_its_own_without_based_on_is_refused_because_the_key_is_missing(written: Path) -> None:
    assert "based_on is missing: one of dev" in refused(written, "", "acme")


@pytest.mark.parametrize("text", ["", 'based_on = "local"', 'based_on = "acme"', "based_on = 3", "based_on = []"])
def test_a_name_of_its_own_needs_a_base_that_is_deployed(written: Path, text: str) -> None:
    assert "based_on" in refused(written, text, "acme")


def test_an_unknown_environment_and_a_file_that_is_missing_are_errors(written: Path) -> None:
    for arguments in (("prod",), ("production", written / "elsewhere.toml")):
        with pytest.raises(ConfigurationError, match="no such file"):
            configured(*arguments)


def test_the_local_stack_takes_no_file(written: Path) -> None:
    assert "takes no configuration" in refused(written, "", "local")


def test_the_example_explains_every_key_and_only_keys() -> None:
    named = set(re.findall(r"^# ([a-z_]+) = ", EXAMPLE, re.MULTILINE))
    assert named == {*settable(), "based_on"}
    assert named | FIXED.keys() == {each.name for each in fields(Environment)}
    assert not any(line and not line.startswith("#") for line in EXAMPLE.splitlines())


def test_the_examples_values_are_valid(written: Path) -> None:
    lines = re.sub(r"^# ([a-z_]+ = )", r"\1", EXAMPLE, flags=re.MULTILINE)
    without_topic = re.sub(r"^alarm_topic_arn.*$", "", lines, flags=re.MULTILINE)
    (written / "acme.toml").write_text(without_topic, encoding="utf-8")
    assert configured("acme").kind == tomllib.loads(lines)["based_on"]
