"""What a deployment asks beyond a synthesis: the right account and region, and the runtime's Python."""

import sys

from infra_cdk.bundle import PYTHON_VERSION, is_the_runtimes_python
from infra_cdk.environment import Environment

_OTHER_PYTHON = (
    f"this is Python {sys.version_info.major}.{sys.version_info.minor}, the functions run on {PYTHON_VERSION}: they "
    f"would be built without compiled modules, and every function would be replaced. Install Python {PYTHON_VERSION}, "
    "then: rm -rf .venv && make synth"
)


def refusals(environment: Environment, *, account: str | None, region: str | None) -> list[str]:
    """Why this environment must not be deployed from here, one line each.

    `account` and `region` are those that the credentials of the terminal lead to.
    """
    found = []
    if environment.keeps_data and not environment.account:
        found.append(
            f"{environment.name} keeps data: name its account and region in config/{environment.name}.toml before it "
            "is deployed"
        )
    found += wrong_target(environment, account=account, region=region)
    if environment.ships_dependencies and not is_the_runtimes_python():
        found.append(_OTHER_PYTHON)
    return found


def wrong_target(environment: Environment, *, account: str | None, region: str | None) -> list[str]:
    """What differs from the account and region that the environment's configuration names, one line each."""
    pairs = (("account", environment.account, account), ("region", environment.region, region))
    return [
        f"the {what} of {environment.name} is {wanted}, these credentials lead to {actual or 'none'}"
        for what, wanted, actual in pairs
        if wanted and wanted != actual
    ]


def warnings(environment: Environment) -> list[str]:
    """What works, but not as most people expect, one line each."""
    found = []
    if environment.ships_dependencies and not is_the_runtimes_python():
        found.append(_OTHER_PYTHON)
    if environment.kind == "production" and not environment.email_sender:
        found.append(f"{environment.name} has no email_sender: no e-mail will be sent to anyone")
    return found
