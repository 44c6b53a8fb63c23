"""What is shipped to Lambda, laid out without Docker: the layer (wheels, our package) and each box's own folder.

Missing compiled files double a cold start, and neither place can be written to, so they are shipped. None says when its
source was changed, which is what a plain .pyc is checked by: zip and unzip change that, and two builds would differ.
The layer's say "do not check me"; a box's are checked by content, for somebody may change a handler in the console.
"""

import compileall
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

PYTHON_VERSION = "3.13"
# Amazon Linux 2023 has glibc 2.34; pip takes the first of these that a wheel was built for.
PLATFORMS = tuple(f"manylinux{tag}_aarch64" for tag in ("2014", "_2_17", "_2_28", "_2_34"))
LAYER_IN_LAMBDA, BOX_IN_LAMBDA = "/opt/python", "/var/task"
_COMPILED = shutil.ignore_patterns("__pycache__", "*.pyc")


def build_layer(target: Path, *, package: Path, description: Path, requirements: Path | None) -> Path:
    """Lay out `target` as a layer: our package, and beside it the pinned libraries when `requirements` is given.

    `description` is the API's OpenAPI document, which the package serves.

    Without them (the local stack) the functions find the libraries in the interpreter that runs them.
    Raises subprocess.CalledProcessError when a wheel cannot be had or does not have its pinned hash.
    """
    python = target / "python"
    python.mkdir(parents=True)
    if requirements is not None:
        _install(python, requirements)
    shutil.copytree(package, python / package.name, ignore=_COMPILED)
    shutil.copyfile(description, python / package.name / description.name)
    if requirements is None or _runs_the_runtimes_python():
        _compile(python, LAYER_IN_LAMBDA, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return target


def build_boxes(target: Path, *, functions: Path, for_this_machine: bool) -> Path:
    """Lay out `target` as the boxes' folders, one for each of `functions`.

    Compiled where that is of use: by the interpreter that will run them, Lambda's or (the local stack) this one.
    """
    shutil.copytree(functions, target, ignore=_COMPILED)
    if for_this_machine or _runs_the_runtimes_python():
        for box in target.iterdir():
            _compile(box, BOX_IN_LAMBDA, py_compile.PycInvalidationMode.CHECKED_HASH)
    return target


def _install(target: Path, requirements: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    pinned = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(requirements)]
    platforms = [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    runtime = ["--implementation", "cp", "--python-version", PYTHON_VERSION, *platforms]
    command = [*pip, *pinned, *runtime, "--target", str(target)]
    subprocess.run(command, check=True)  # noqa: S603 (every word of it is ours)
    shutil.rmtree(target / "bin", ignore_errors=True)
    for record in target.glob("*.dist-info/RECORD"):  # lists files that are not there any more
        record.unlink()


def _runs_the_runtimes_python() -> bool:
    return f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON_VERSION


def _compile(folder: Path, where: str, mode: py_compile.PycInvalidationMode) -> None:
    """Compile what the folder holds, as lying at `where`: that is what a traceback names."""
    compileall.compile_dir(
        folder,
        quiet=2,  # some libraries ship templates that are not Python
        stripdir=str(folder),
        prependdir=where,
        invalidation_mode=mode,
    )
