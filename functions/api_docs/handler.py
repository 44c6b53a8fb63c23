"""Function api_docs. HTTP: the API's own description, for machines and for people; the only routes without a token."""

from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Query
from aws_lambda_powertools.event_handler.openapi.swagger_ui import generate_swagger_html
from aws_lambda_powertools.utilities.typing import LambdaContext

from chorus_connector.api.description import installed, own_address
from chorus_connector.api.http import resolver
from chorus_connector.runtime.settings import settings

app = resolver()

_DOCUMENT = files("chorus_connector") / "openapi.json"  # laid there when the layer is built: docs/openapi.json
_ASSETS = files("aws_lambda_powertools.event_handler.openapi") / "swagger_ui"
_KEEP = {"Cache-Control": "public, max-age=300"}
# the page contains all it needs and calls only this API
_NOTHING_FROM_ELSEWHERE = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; connect-src 'self'"
)


@app.get("/openapi.json", include_in_schema=False, compress=True)
def document() -> Response[str]:
    body = _document(own_address(app.current_event.raw_event))
    return Response(status_code=200, content_type="application/json", body=body, headers=dict(_KEEP))


@app.get("/docs", include_in_schema=False, compress=True)
def page(format: Annotated[Literal["html", "json"], Query()] = "html") -> Response[str]:  # noqa: A002 (the page's own word)
    if format == "json":
        return document()
    headers = {**_KEEP, "Content-Security-Policy": _NOTHING_FROM_ELSEWHERE}
    body = _page(own_address(app.current_event.raw_event))
    return Response(status_code=200, content_type="text/html; charset=utf-8", body=body, headers=headers)


@cache
def _document(address: str) -> str:
    return installed(_DOCUMENT.read_text(encoding="utf-8"), address=address, token_url=settings().systems_sign_in_url)


@cache
def _page(address: str) -> str:
    script = (_ASSETS / "swagger-ui-bundle.min.js").read_text(encoding="utf-8")
    style = (_ASSETS / "swagger-ui.min.css").read_text(encoding="utf-8")
    # "</" would end the script that contains the document
    return generate_swagger_html(_document(address).replace("</", "<\\/"), script, style, "", None)


def lambda_handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    return app.resolve(event, context)
