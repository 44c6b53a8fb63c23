"""Runs schemas and Schematrons over XML files, in a process of its own: SaxonC is native code and may crash or leak.

Standard input is a JSON array of checks, ``{"file": path, "schema": path, "rules": [paths]}``. Standard output is an
array with the findings of each, in the same order.
"""

import json
import sys
from collections.abc import Iterator
from functools import cache
from typing import Any

from lxml import etree
from saxonche import PySaxonProcessor

SVRL = "{http://purl.oclc.org/dsdl/svrl}"


class Rules:
    """Compiled schemas and Schematrons, each compiled once."""

    def __init__(self, saxon: PySaxonProcessor) -> None:
        self._saxon = saxon.new_xslt30_processor()
        self._schema = cache(lambda path: etree.XMLSchema(etree.parse(path)))
        self._rules = cache(lambda path: self._saxon.compile_stylesheet(stylesheet_file=path))

    def findings(self, check: dict[str, Any]) -> list[dict[str, str]]:
        """What the schema and the rules say against one file."""
        found: list[dict[str, str]] = []
        schema = self._schema(check["schema"])
        if not schema.validate(etree.parse(check["file"])):
            found += [_finding("XSD", f"line {each.line}", each.message) for each in schema.error_log]
        for path in check["rules"]:
            report = self._rules(path).transform_to_string(source_file=check["file"])
            if report is None:
                raise RuntimeError(f"{path} gave no report of {check['file']}")
            found += _failed(etree.fromstring(report.encode()))
        return found


def _failed(report: Any) -> Iterator[dict[str, str]]:
    """The failed assertions and the reports of an SVRL document. Raises where no rule was applied at all."""
    if report.tag != f"{SVRL}schematron-output" or report.find(f"{SVRL}fired-rule") is None:
        raise RuntimeError("the Schematron applied no rule")
    for kind in ("failed-assert", "successful-report"):
        for each in report.iter(f"{SVRL}{kind}"):
            text = " ".join("".join(each.itertext()).split())
            flag = each.get("flag") or each.get("role") or "fatal"
            yield _finding(each.get("id") or text.partition("]")[0].lstrip("["), each.get("location", ""), text, flag)


def _finding(rule: str, where: str, text: str, flag: str = "fatal") -> dict[str, str]:
    return {"rule": rule, "where": where, "text": text, "flag": flag}


def main() -> None:
    """Check what standard input names."""
    with PySaxonProcessor(license=False) as saxon:
        rules = Rules(saxon)
        print(json.dumps([rules.findings(check) for check in json.load(sys.stdin)]))


if __name__ == "__main__":
    main()
