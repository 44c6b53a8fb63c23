"""The pinned requirements: hashes everywhere, one version of each library, no package index."""

import re

import pytest

from infra_cdk.app import ROOT

REQUIREMENTS = ROOT / "requirements"
IN_THE_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "python-dateutil", "urllib3", "six"}


def _pins(name: str) -> dict[str, set[str]]:
    """Library → its versions (one for each Python it is pinned for)."""
    pins: dict[str, set[str]] = {}
    for library, version in re.findall(r"^([a-z0-9.-]+)==(\S+)", (REQUIREMENTS / name).read_text(), re.MULTILINE):
        pins.setdefault(library, set()).add(version)
    return pins


@pytest.mark.parametrize("name", ["layer.txt", "console.txt", "dev.txt"])
def test_every_pin_has_hashes_and_no_file_names_an_index(name: str) -> None:
    text = (REQUIREMENTS / name).read_text()
    entries = [entry for entry in re.split(r"\n(?=\S)", text) if "==" in entry]
    assert entries
    assert all("--hash=sha256:" in entry for entry in entries)
    assert "://" not in text
    assert "index" not in text


@pytest.mark.parametrize("layer", ["layer.txt", "console.txt"])
def test_tests_run_on_the_versions_the_layers_ship(layer: str) -> None:
    development = _pins("dev.txt")
    assert {library: development[library] for library in _pins(layer)} == _pins(layer)


def test_the_layers_leave_out_what_the_runtime_has_and_do_not_overlap() -> None:
    assert not IN_THE_RUNTIME & (_pins("layer.txt").keys() | _pins("console.txt").keys())
    assert not _pins("layer.txt").keys() & _pins("console.txt").keys()


def test_boto3_goes_with_the_botocore_that_ministack_pins() -> None:
    development = _pins("dev.txt")
    assert development["boto3"] == development["botocore"]
