"""cdk-nag's rules (AwsSolutions) for every synthesis, and the exceptions with their reasons.

Call `excepted(construct, rule, because=…)` where the construct is made. A broken rule without an exception fails the
synthesis.
"""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def check_rules(app: App) -> None:
    """Make the synthesis fail on every broken rule."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def excepted(construct: IConstruct, rule: str, *, because: str) -> None:
    """Allow the construct and its children to break that rule (``IAM5[Resource::…]`` names one finding)."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=because))
