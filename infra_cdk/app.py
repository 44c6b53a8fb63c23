"""Write the CloudFormation templates of one environment: `python -m infra_cdk.app -c environment=dev`.

Needs no CDK command line, no Docker and no AWS account. The CDK command line runs the same module (see cdk.json); it
may deploy, so under it everything that `deployment` refuses is refused. The layer's libraries come from the package
index with their pinned hashes.
"""

import argparse
import hashlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from aws_cdk import App, DefaultStackSynthesizer, FileSystem

from infra_cdk.bundle import build_console_layer, build_functions, build_layer
from infra_cdk.configuration import ConfigurationError, configured
from infra_cdk.connector_stack import ConnectorStack
from infra_cdk.console import ConsoleStack
from infra_cdk.data_stack import DataStack
from infra_cdk.deployment import refusals, warnings
from infra_cdk.environment import ENVIRONMENTS, Environment
from infra_cdk.function_builder import Sources
from infra_cdk.rules import check_rules

ROOT = Path(__file__).resolve().parents[1]


def synthesise(
    environment: Environment,
    out: Path,
    *,
    functions: Path = ROOT / "functions",
    package: Path = ROOT / "shared" / "chorus_connector",
    description: Path = ROOT / "docs" / "openapi.json",
    requirements: Path = ROOT / "requirements" / "layer.txt",
    console: Path = ROOT / "console",
    console_requirements: Path = ROOT / "requirements" / "console.txt",
) -> Path:
    """Write templates and assets of one environment into `out` and return it.

    Raises RuntimeError when an environment other than the local stack breaks a rule of `rules`.
    """
    with _temporary_folder(out) as folder:
        built = build_functions(
            folder / "functions", functions=functions, for_this_machine=not environment.ships_dependencies
        )
        layer = build_layer(
            folder / "layer",
            package=package,
            description=description,
            requirements=requirements if environment.ships_dependencies else None,
        )
        screens = build_console_layer(
            folder / "console",
            package=console,
            requirements=console_requirements if environment.ships_dependencies else None,
        )
        app = App(
            outdir=str(out),
            analytics_reporting=False,
            tree_metadata=False,
            # Traces name temporary folders: with them no two syntheses would be the same bytes.
            stack_traces=False,
            context={
                "aws:cdk:disable-creation-stack-traces": True,
                # CloudFormation then refuses to remove from the data stack what the application stack still uses.
                "@aws-cdk/core:defaultCrossStackReferences": "strong",
                # The bucket policy, not an ACL, allows S3 to deliver access logs.
                "@aws-cdk/aws-s3:serverAccessLogsUseBucketPolicy": True,
                # A function's version depends on the content of its layer, and on its own properties only.
                "@aws-cdk/aws-lambda:recognizeLayerVersion": True,
                "@aws-cdk/aws-lambda:recognizeVersionProps": True,
            },
        )
        if environment.is_checked:
            check_rules(app)
        name = f"chorus-connector-{environment.name}"
        data = DataStack(app, f"{name}-data", environment, synthesizer=_synthesizer())
        sources = Sources(functions=built, layer=layer, release=name_of_release(environment, built, layer, screens))
        connector = ConnectorStack(app, name, environment, data=data, sources=sources, synthesizer=_synthesizer())
        if connector.for_the_console:
            ConsoleStack(
                app,
                f"{name}-console",
                environment,
                access=connector.for_the_console,
                sources=sources,
                console_layer=screens,
                synthesizer=_synthesizer(),
            )
        app.synth()
    return out


@contextmanager
def _temporary_folder(out: Path) -> Iterator[Path]:
    """A folder that is deleted at the end. It is inside `out`, so that the next synthesis removes a leftover one."""
    place = out / "making"
    shutil.rmtree(place, ignore_errors=True)
    try:
        yield place
    finally:
        shutil.rmtree(place, ignore_errors=True)


def name_of_release(environment: Environment, *folders: Path) -> str:
    """The same for the same code, layer, stacks and configuration. `rollback` moves all functions to another one.

    And for the same CDK: another one may hash functions differently, and Lambda publishes no version without a change.
    """
    stacks = FileSystem.fingerprint(str(ROOT / "infra_cdk"), exclude=["**/__pycache__/**"])
    built = [FileSystem.fingerprint(str(each)) for each in folders]
    return hashlib.sha256("\0".join([version("aws-cdk-lib"), repr(environment), stacks, *built]).encode()).hexdigest()[
        :12
    ]


def _synthesizer() -> DefaultStackSynthesizer:
    # The rule would read a parameter of the account at deployment; the CDK command line checks the same.
    return DefaultStackSynthesizer(generate_bootstrap_version_rule=False)


def main(arguments: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-c", "--context", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--out", type=Path, default=Path(os.environ.get("CDK_OUTDIR", ROOT / "cdk.out")))
    parser.add_argument("--functions", type=Path, default=ROOT / "functions")
    options = parser.parse_args(arguments)
    context = dict(pair.split("=", 1) for pair in options.context)
    name, file = (context.get(key) or App().node.try_get_context(key) for key in ("environment", "config"))
    if not name:  # no default: a wrong one would create a second installation
        parser.error(f"say which: -c environment={'|'.join(ENVIRONMENTS)}, or the name of a file in config/")
    try:
        environment = configured(name, Path(file) if file else None)
    except ConfigurationError as error:
        parser.error(str(error))
    if problems := _refused_by_the_command_line(environment):
        parser.error("\n".join(problems))
    for warning in warnings(environment):
        print(f"warning: {warning}", file=sys.stderr)  # noqa: T201 (to the terminal)
    print(synthesise(environment, options.out, functions=options.functions))  # noqa: T201 (its answer)
    return 0


def _refused_by_the_command_line(environment: Environment) -> list[str]:
    """Nothing without the CDK command line, which names its output folder and the account of its credentials."""
    if "CDK_OUTDIR" not in os.environ:
        return []
    account, region = (os.environ.get(f"CDK_DEFAULT_{each}") for each in ("ACCOUNT", "REGION"))
    return refusals(environment, account=account, region=region)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
