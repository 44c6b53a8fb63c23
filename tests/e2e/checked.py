"""Every answer of the API in these tests is checked against its description, whatever client received it."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import unquote

import httpx
import pytest

from tests.answers import Answers
from tools.openapi import DOCUMENT
from tools.openapi.examples import RECORDED, recorded

RECORDS = bool(os.environ.get("RECORD_EXAMPLES"))


@contextmanager
def every_answer_checked(api_url: str) -> Iterator[Answers]:
    """Within, an answer that comes from this address and that the description does not allow is an AssertionError."""
    answers = Answers(json.loads(DOCUMENT.read_text(encoding="utf-8")))
    send = httpx.Client.send

    def checked(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
        answer = send(client, request, **more)
        url = str(request.url.copy_with(query=None))
        if url.startswith(api_url):
            answers.check(request.method, unquote(url.removeprefix(api_url)), answer)
        return answer

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(httpx.Client, "send", checked)
        yield answers
    if RECORDS:
        RECORDED.write_text(recorded(answers.seen), encoding="utf-8")
