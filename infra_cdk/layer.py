"""The Lambda layer, built without Docker: wheels for the runtime's platform, our package, compiled files.

Missing compiled files double a cold start, and a layer is read-only, so they are shipped. They say "do not check
me against the source" (unchecked hash): zip and unzip change the times that a plain .pyc is checked by, and no
time in the file means that two builds give the same bytes.
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
IN_LAMBDA = "/opt/python"


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
    shutil.copytree(package, python / package.name, ignore=shutil.ignore_patterns("__pycache__", "*.pyc"))
    shutil.copyfile(description, python / package.name / description.name)
    if requirements is None or _runs_the_runtimes_python():
        _compile(python)
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


def _compile(python: Path) -> None:
    compileall.compile_dir(
        python,
        quiet=2,  # some libraries ship templates that are not Python
        stripdir=str(python),
        prependdir=IN_LAMBDA,
        invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
    )
