"""``python -m tools.invoice_generator --out DIR --seed N --count K``: a folder of invoices with their truth."""

import argparse
from pathlib import Path

from tools.invoice_generator import corpus


def main() -> None:
    """Read the arguments, write the folder, print how many documents it has."""
    parser = argparse.ArgumentParser(prog="python -m tools.invoice_generator", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, help="folder to write pdf/ and truth/ into")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=100, help="documents before scans are added")
    parser.add_argument("--layouts", default="dev", help="dev, heldout, all, or names with commas between")
    parser.add_argument("--scans", type=float, default=0.0, help="share of documents that also get a scanned copy")
    parser.add_argument("--facturx", type=float, default=0.0, help="share of documents that carry XML instead")
    arguments = parser.parse_args()
    docs = corpus.documents(
        arguments.seed, arguments.count, arguments.layouts, scans=arguments.scans, facturx=arguments.facturx
    )
    written = corpus.write(arguments.out, docs)
    print(f"{written} documents in {arguments.out}")


if __name__ == "__main__":
    main()
