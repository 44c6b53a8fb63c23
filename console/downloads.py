"""Files that the API gives a link to: they come through the console, so the browser needs no other host.

A file above `LARGEST` does not fit into a function's answer. The browser is sent to the API's link then.
"""

from urllib.parse import quote

import httpx

from console import wiring
from console.api_client import ApiUnavailable
from console.requests import Answer, redirect
from console.screens import Screen
from console.sealing import NotSealedHere

LARGEST = 4 * 1024 * 1024
"""Bytes of a file in one answer: Lambda takes 6 MB, and base64 makes a third more of a file."""

_KINDS = {"application/pdf": ".pdf", "application/zip": ".zip", "text/csv": ".csv"}
_SEPARATOR = "\n"


def downloaded(screen: Screen, url: str, name: str) -> Answer:
    """The file of the API's link, to save under that name; one without an extension gets that of its kind.

    A page says it when the link has ended. Raises ApiUnavailable when the bucket gives no answer.
    """
    try:
        with screen.api.http.stream("GET", url) as answer:
            if answer.status_code >= 500:
                raise ApiUnavailable
            if not answer.is_success:
                return screen.show("problem.html", status=410, reason="link_over")
            if int(answer.headers.get("Content-Length", "0")) > LARGEST:
                return redirect(url)
            content = answer.read()
    except httpx.HTTPError as error:
        raise ApiUnavailable from error
    kind = answer.headers.get("Content-Type", "").partition(";")[0]
    name += "" if "." in name else _KINDS.get(kind, "")
    return Answer(
        body=content,
        content_type=kind if kind in _KINDS else "application/octet-stream",
        headers={"Content-Disposition": f"attachment; filename*=UTF-8''{quote(name, safe='')}"},
    )


def sealed_link(screen: Screen, url: str, name: str) -> str:
    """The link and the file's name, sealed for this session: a page may show it, and only the console makes one."""
    return wiring.sealer().seal(f"{name}{_SEPARATOR}{url}", about=_about(screen))


def by_sealed_link(screen: Screen, sealed: str) -> Answer:
    """The file of a `sealed_link`; a page says it when it is not one of this session."""
    try:
        name, _, url = wiring.sealer().open(sealed, about=_about(screen)).rpartition(_SEPARATOR)
    except NotSealedHere:
        return screen.show("problem.html", status=410, reason="link_over")
    return downloaded(screen, url, name)


def _about(screen: Screen) -> str:
    return f"download/{screen.session.cookie}"
