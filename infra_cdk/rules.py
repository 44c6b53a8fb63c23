"""AWS's own rules (cdk-nag, AwsSolutions) held against every synthesis, and the exceptions with their reasons.

An exception stands beside what it excepts: `excepted(construct, rule, because=…)` is called where the construct is
made. A rule that is broken without one ends the synthesis.
"""

from aws_cdk import Acknowledgment, App, Validations
from cdk_nag import AwsSolutionsChecks
from constructs import IConstruct


def hold_to_the_rules(app: App) -> None:
    """Have the synthesis of the application fail on every broken rule."""
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))


def excepted(construct: IConstruct, rule: str, *, because: str) -> None:
    """The construct, and what it is made of, may break that rule (``IAM5[Resource::…]`` names one finding)."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{rule}", reason=because))
