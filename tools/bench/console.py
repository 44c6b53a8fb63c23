"""The console on the local stack: a page's own time against the API's, its calls, its bytes, and its cold start.

The times are the function's own (`Server-Timing`): from the request's arrival to the finished page, and how long at
least one call of the API was open. Their ratio says what the console costs; both are of the same request.
"""

import re
import statistics
from collections.abc import Iterator, Mapping
from html import unescape
from urllib.parse import urlsplit

import httpx

from tools.bench import cold_start
from tools.bench.figures import Figure
from tools.local_stack.deployed import ADMINISTRATOR, DeployedStack, password

RUNS = 15


def figures(stack: DeployedStack, supplier_id: str) -> list[Figure]:
    """A row per page, the medians of its repetitions, and the function's cold starts beside an API function's."""
    with Visitor(stack) as visitor:
        rows = [_of_page(visitor, name, path) for name, path in _pages(visitor, supplier_id).items()]
        cookie = visitor.cookie
    cold = cold_start.figures(stack, only=("console", "supplier_api"))
    signed_in = cold_start.first_page(stack, f"/console/suppliers/{supplier_id}/documents", cookie)
    return [*rows, *cold, signed_in]


class Visitor:
    """A browser of the console without a page: signed in as the administrator. Its cookies go over plain HTTP too."""

    def __init__(self, stack: DeployedStack) -> None:
        self._stack = stack
        self._host = urlsplit(stack.console_url).netloc  # a name of this machine, which not every resolver knows
        self._http = httpx.Client(trust_env=False, timeout=60)
        self._cookies: dict[str, str] = {}

    def __enter__(self) -> "Visitor":
        self._sign_in()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.close()

    @property
    def cookie(self) -> str:
        """The session's cookie, name and value."""
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def get(self, address: str) -> httpx.Response:
        """The answer to a path of the console, or an address of it. Raises httpx.HTTPStatusError for a refusal."""
        parts = urlsplit(address)
        answer = self._http.get(
            f"{self._stack.endpoint_url}{parts.path}",
            params=parts.query.encode() or None,
            headers={"Host": self._host, "Cookie": self.cookie, "Accept-Language": "fr"},
        )
        for each in answer.headers.get_list("Set-Cookie"):
            name, _, value = each.partition(";")[0].partition("=")
            self._cookies[name] = value
        return answer if answer.is_redirect else answer.raise_for_status()

    def _sign_in(self) -> None:
        self._stack.admin_token()  # makes the person
        page = self._http.get(self.get("/console/sign-in").headers["Location"]).raise_for_status().text
        hidden = re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page)
        form = {name: unescape(value) for name, value in hidden}
        typed = {"username": ADMINISTRATOR, "password": password(ADMINISTRATOR)}
        self.get(self._http.post(f"{self._stack.sign_in_url}/login", data=form | typed).headers["Location"])


def _pages(visitor: Visitor, supplier_id: str) -> Mapping[str, str]:
    root = f"/console/suppliers/{supplier_id}"
    documents = visitor.get(f"{root}/documents").text
    found = re.search(rf'href="({root}/documents/[\w-]+)"', documents)
    return {
        "suppliers": "/console/suppliers",
        "documents to process": f"{root}/documents",
        **({"an invoice beside its form": found[1]} if found else {}),
        "tracking": f"{root}/tracking",
        "notifications": f"{root}/notifications",
        "upload form": f"{root}/upload",
    }


def _of_page(visitor: Visitor, name: str, path: str) -> Figure:
    page = visitor.get(path)
    timings = [_timing(visitor.get(path)) for _ in range(RUNS)]
    ratio = statistics.median(total / waited for _, waited, total in timings)
    calls, waited, total = (statistics.median(each) for each in zip(*timings, strict=True))
    size = (len(page.content) + sum(_files(visitor, page.text))) / 1000
    value = f"{ratio:.2f} × · {calls:.0f} · {size:.0f}"
    how = f"{total:.0f} ms of which {waited:.0f} ms waiting for the API; medians of {RUNS}, warm"
    return Figure(name, value, "the API's time · calls · kB", how)


def _timing(answer: httpx.Response) -> tuple[float, float, float]:
    """Calls, milliseconds in which one was open, milliseconds of the page."""
    header = answer.headers["Server-Timing"]
    found = re.fullmatch(r'api;dur=[\d.]+;desc="(\d+)", waited;dur=([\d.]+), total;dur=([\d.]+)', header)
    if found is None:
        raise RuntimeError(f"an unknown timing: {header}")
    calls, waited, total = map(float, found.groups())
    return calls, waited, total


def _files(visitor: Visitor, page: str) -> Iterator[int]:
    """The bytes of the style and the scripts that the page loads."""
    for address in set(re.findall(r'(?:href|src)="(/console/static/[^"]+\.(?:css|js)[^"]*)"', page)):
        yield len(visitor.get(address).content)
