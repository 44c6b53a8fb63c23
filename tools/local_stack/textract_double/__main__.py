"""`python -m tools.local_stack.textract_double --port N`: the double on this machine's own address."""

import argparse

import uvicorn

from tools.local_stack.ports import LOCALHOST
from tools.local_stack.textract_double.app import create_app, s3_objects, sns_messages


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    options = parser.parse_args()
    uvicorn.run(create_app(s3_objects(), sns_messages()), host=LOCALHOST, port=options.port, log_level="warning")


if __name__ == "__main__":
    main()
