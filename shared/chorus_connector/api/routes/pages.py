"""The route of a page's picture."""

from base64 import b64encode
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.parameters import DocumentId
from chorus_connector.domain.reading.page_picture import kind_of_picture
from chorus_connector.wiring import invoices as wiring

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
PageNumberInPath = Annotated[int, Path(ge=1, le=100_000)]


@router.get(
    "/suppliers/<supplier_id>/invoices/<document_id>/pages/<number>",
    operation_id="pages.get",
    summary="See a page of a document",
    description="A picture of the page as it is displayed, 110 dots to the inch or fewer, of 250 kB at most: PNG, or "
    "JPEG for scans and photographs. The boxes of the form (`…/form`) are fractions of it. The first request draws the "
    "page and takes a second or two longer. 409, `file_not_examined`: the file is not there yet. 422, "
    "`page_not_drawable`: `problems` say why.",
    tags=["Invoices"],
)
def show(tenant: TenantToUse, document_id: DocumentId, number: PageNumberInPath) -> Response[str]:
    invoice = tenant.visible_invoices.get(document_id)
    picture = wiring.draw_pages(tenant).picture(invoice, number)
    # as every answer: a client may keep it, and asks each time whether it is still so (ETag)
    headers: dict[str, str | list[str]] = {"Cache-Control": "private, no-cache", "X-Content-Type-Options": "nosniff"}
    shown = Response(
        status_code=HTTPStatus.OK,
        content_type=kind_of_picture(picture),
        body=b64encode(picture).decode(),  # not bytes: the validation of answers takes these for a text in UTF-8
        headers=headers,
    )
    shown.base64_encoded = True
    return shown
