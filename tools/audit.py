"""Audit the libraries that ship: ``python -m tools.audit requirements/layer.txt``, part of ``make check``.

A known vulnerability fails. A library that could not be audited (the advisory service does not know it or cannot be
reached) is a warning of one line, and a failure with ``STRICT_AUDIT=1``.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Audit:
    """What pip-audit found. ``vulnerable`` has one line per advisory."""

    libraries: int
    audited: int
    vulnerable: tuple[str, ...]

    @classmethod
    def of(cls, report: str, requirements: str) -> Audit:
        """Read pip-audit's JSON. Without a report, none of the pinned libraries counts as audited."""
        pinned = len(re.findall(r"^[\w.-]+==", requirements, re.MULTILINE))
        if not report.strip():
            return cls(pinned, 0, ())
        known = [each for each in json.loads(report)["dependencies"] if "skip_reason" not in each]
        vulnerable = tuple(
            f"{library['name']} {library['version']}: {advisory['id']},"
            f" fixed in {', '.join(advisory['fix_versions']) or 'no release'}"
            for library in known
            for advisory in library["vulns"]
        )
        return cls(pinned, len(known), vulnerable)

    def verdict(self, *, strict: bool) -> tuple[int, str]:
        """The exit code and the text to print."""
        lines = [f"VULNERABLE: {each}" for each in self.vulnerable]
        missing = self.libraries - self.audited
        if missing:
            lines.append(
                f"pip-audit: NOT AUDITED: {missing} of {self.libraries} libraries that ship (STRICT_AUDIT=1 fails)"
            )
        elif not lines:
            lines.append(f"pip-audit: {self.libraries} libraries audited, no known vulnerability")
        return int(bool(self.vulnerable or (missing and strict))), "\n".join(lines)


def main(requirements: Path) -> int:
    """Run pip-audit on pinned requirements and print its verdict."""
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--disable-pip", "--require-hashes"]
    command += ["--format", "json", "--requirement", str(requirements)]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    audit = Audit.of(ran.stdout, requirements.read_text(encoding="utf-8"))
    code, text = audit.verdict(strict=os.environ.get("STRICT_AUDIT") == "1")
    if not ran.stdout.strip():
        text += f": {ran.stderr.strip().splitlines()[-1]}"
    print(text, file=sys.stderr if code else sys.stdout)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
