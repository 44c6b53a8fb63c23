"""`python -m tools.simulator --port N [--scenario FILE] [--open-directory]`: the simulator alone."""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from tools.simulator.scenario import ScenarioError, load_scenario
from tools.simulator.server import HOST, Tls, serve
from tools.simulator.settings import Settings


def run(
    port: int,
    *,
    scenario: Path | None = None,
    open_directory: bool = False,
    host: str = HOST,
    tls: Tls | None = None,
) -> None:
    """Serve a simulator until interrupted; raises ScenarioError when the file cannot be used."""
    settings = load_scenario(scenario) if scenario else Settings()
    if open_directory:
        settings = replace(settings, open_directory=True)
    serve(port, settings, host=host, tls=tls, ready=_announce)


def _announce(base_url: str) -> None:
    print(f"Chorus Pro (simulateur) : {base_url}", file=sys.stderr, flush=True)


def main(arguments: list[str] | None = None) -> int:
    """Run from a command line; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.simulator", description="A simulated Chorus Pro and PISTE")
    parser.add_argument("--port", type=int, default=8700, help="0 takes a free one")
    parser.add_argument("--host", default=HOST)
    parser.add_argument("--scenario", type=Path, help="TOML or JSON file")
    parser.add_argument("--open-directory", action="store_true", help="any well-formed SIRET can receive")
    parser.add_argument("--certificate", type=Path, help="PEM: serve over TLS")
    parser.add_argument("--key", type=Path, help="PEM: the certificate's key")
    parser.add_argument("--client-authority", type=Path, help="PEM: require client certificates signed by it")
    given = parser.parse_args(arguments)
    tls = Tls(given.certificate, given.key, given.client_authority) if given.certificate and given.key else None
    try:
        run(given.port, scenario=given.scenario, open_directory=given.open_directory, host=given.host, tls=tls)
    except ScenarioError as problem:
        print(problem, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
