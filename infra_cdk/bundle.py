"""What Lambda gets, built without Docker: the layer (wheels, our package) and a folder per function.

Compiled files are included, because without them a cold start takes twice as long and Lambda's folders are read-only. A
plain .pyc is checked by its source's modification time, which zip changes, and two builds would differ. So the layer's
are unchecked, and a function's are checked by content, because a handler can be edited in the console.
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
LAYER_IN_LAMBDA, FUNCTION_IN_LAMBDA = "/opt/python", "/var/task"
_COMPILED = shutil.ignore_patterns("__pycache__", "*.pyc")


def build_layer(target: Path, *, package: Path, description: Path, requirements: Path | None) -> Path:
    """Build a layer in `target`: our package, and the pinned libraries when `requirements` is given.

    Without `requirements` (the local stack) the functions use the libraries of the interpreter that runs them.
    `description` is the API's OpenAPI document, which the package serves.
    Raises subprocess.CalledProcessError when a wheel is missing or its hash differs.
    """
    python = target / "python"
    python.mkdir(parents=True)
    if requirements is not None:
        _install(python, requirements)
    shutil.copytree(package, python / package.name, ignore=_COMPILED)
    shutil.copyfile(description, python / package.name / description.name)
    if requirements is None or is_the_runtimes_python():
        _compile(python, LAYER_IN_LAMBDA, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return target


def build_console_layer(target: Path, *, package: Path, requirements: Path | None) -> Path:
    """Build the console's layer in `target`: its package with compiled templates, and its libraries.

    Without `requirements` (the local stack) the libraries are the interpreter's. A package without `templating` has no
    templates. Raises subprocess.CalledProcessError when a wheel is missing or a template is wrong.
    """
    python = target / "python"
    python.mkdir(parents=True)
    if requirements is not None:
        _install(python, requirements)
    shutil.copytree(package, python / package.name, ignore=_COMPILED)
    if (package / "templating.py").exists():
        # The package compiles them itself, because they need its filters.
        command = [sys.executable, "-m", f"{package.name}.templating", str(python / package.name / "compiled")]
        subprocess.run(command, cwd=package.parent, check=True, capture_output=True, text=True)  # noqa: S603
    if requirements is None or is_the_runtimes_python():
        _compile(python, LAYER_IN_LAMBDA, py_compile.PycInvalidationMode.UNCHECKED_HASH)
    return target


def build_functions(target: Path, *, functions: Path, for_this_machine: bool) -> Path:
    """Copy the folders of `functions` to `target`, compiled when this interpreter is also the one that runs them."""
    shutil.copytree(functions, target, ignore=_COMPILED)
    if for_this_machine or is_the_runtimes_python():
        for function in target.iterdir():
            _compile(function, FUNCTION_IN_LAMBDA, py_compile.PycInvalidationMode.CHECKED_HASH)
    return target


def _install(target: Path, requirements: Path) -> None:
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
    pinned = ["--no-deps", "--require-hashes", "--only-binary=:all:", "--requirement", str(requirements)]
    platforms = [argument for platform in PLATFORMS for argument in ("--platform", platform)]
    runtime = ["--implementation", "cp", "--python-version", PYTHON_VERSION, *platforms]
    command = [*pip, *pinned, *runtime, "--target", str(target)]
    subprocess.run(command, check=True)  # noqa: S603 (no outside input)
    shutil.rmtree(target / "bin", ignore_errors=True)
    for record in target.glob("*.dist-info/RECORD"):  # lists files that are not there any more
        record.unlink()


def is_the_runtimes_python() -> bool:
    """Whether this interpreter compiles modules for the one that runs them in AWS."""
    return f"{sys.version_info.major}.{sys.version_info.minor}" == PYTHON_VERSION


def _compile(folder: Path, where: str, mode: py_compile.PycInvalidationMode) -> None:
    """Compile the folder's modules; tracebacks show them under `where`."""
    compileall.compile_dir(
        folder,
        quiet=2,  # some libraries ship templates that are not Python
        stripdir=str(folder),
        prependdir=where,
        invalidation_mode=mode,
    )
