"""The local environment's CloudFormation templates, synthesised once for each state of the sources.

CDK takes seconds, and its output changes only with the sources. The output is cached inside the virtual environment,
so it is deleted together with it, under a hash of everything it was made from.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
KEPT_SYNTHESES = 5


def local_templates(functions: Path = ROOT / "functions") -> Path:
    """The folder with templates and assets of the local environment, synthesised now or cached.

    Raises subprocess.CalledProcessError, with CDK's message in `stderr`, when the sources do not synthesise.
    """
    cache = Path(sys.prefix) / "var" / "chorus-connector-synth"
    kept = cache / _fingerprint(functions)
    if not kept.exists():
        cache.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix="making-", dir=cache))
        try:
            _synthesise(functions, made)
            _put_in_place(made, kept)
        finally:
            shutil.rmtree(made, ignore_errors=True)
        _forget_all_but_the_latest(cache)
    else:
        os.utime(kept)
    return kept


def main() -> None:
    """Synthesise now, so that the first start is quick; the installation calls it."""
    print(local_templates())


def _synthesise(functions: Path, out: Path) -> None:
    command = [sys.executable, "-m", "infra_cdk.app", "-c", "environment=local"]
    command += ["--out", str(out), "--functions", str(functions.resolve())]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True)


def _put_in_place(made: Path, kept: Path) -> None:
    try:
        made.rename(kept)
    except OSError:
        if not kept.exists():  # unless another start has just written the same folder
            raise


def _forget_all_but_the_latest(cache: Path) -> None:
    by_age = sorted(cache.iterdir(), key=lambda folder: folder.stat().st_mtime, reverse=True)
    for old in by_age[KEPT_SYNTHESES:]:
        shutil.rmtree(old, ignore_errors=True)


def _fingerprint(functions: Path) -> str:
    digest = hashlib.sha256(f"{sys.version} cdk {version('aws-cdk-lib')}".encode())
    for root in (ROOT / "infra_cdk", ROOT / "shared" / "chorus_connector", ROOT / "console", functions):
        for path in _sources(root):
            digest.update(f"\0{path.relative_to(root)}\0".encode())
            digest.update(path.read_bytes())
    digest.update((ROOT / "docs" / "openapi.json").read_bytes())
    return digest.hexdigest()[:32]


def _sources(root: Path) -> Iterator[Path]:
    for path in sorted(root.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path


if __name__ == "__main__":
    main()
