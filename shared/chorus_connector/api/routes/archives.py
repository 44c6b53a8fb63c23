"""The routes of ZIPs of documents: announce one, and see what became of each of its files."""

import uuid
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from aws_lambda_powertools.event_handler import Response
from aws_lambda_powertools.event_handler.openapi.params import Path
from aws_lambda_powertools.event_handler.router import APIGatewayHttpRouter
from pydantic import Field

from chorus_connector.api.authorisation import TenantToUse
from chorus_connector.api.described import RequestBody, example, shows
from chorus_connector.api.http import answer
from chorus_connector.api.uploads import RELEASE, checked_metadata
from chorus_connector.api.views.archives import archive_view
from chorus_connector.domain.errors import NotFound
from chorus_connector.usecases.invoices.archives import NewArchive, seen_lines
from chorus_connector.wiring import archives as wiring
from chorus_connector.wiring.invoices import plan_documents, uploader

router = APIGatewayHttpRouter()  # type: ignore[no-untyped-call]
ArchiveId = Annotated[str, Path(max_length=64)]
_MAX_METADATA = 50


class ArchiveRequest(RequestBody):
    """A ZIP to come: its name, and what criteria and associations will look at for each of its files."""

    model_config = example(file_name="novembre.zip", folder="factures", metadata={"PJ": "oui"}, append_folders=False)

    file_name: str = Field(min_length=1, max_length=200)
    classification_rule: str | None = Field(default=None, max_length=200)
    folder: str | None = Field(default=None, max_length=200)
    metadata: dict[str, str] = Field(default_factory=dict, max_length=50)
    append_folders: bool = Field(
        default=False,
        description="true: the folder of each file inside the ZIP is appended to `folder` (`factures/2026/11`). false: "
        "every file has `folder`.",
    )
    release: bool = Field(default=False, description=RELEASE)


@router.post(
    "/suppliers/<supplier_id>/archives",
    operation_id="archives.announce",
    summary="Announce a ZIP of documents, to send it straight to the bucket",
    description="100 MB and 200 files at most. Send the ZIP to `upload.url` with `upload.fields`, the file last. Each "
    "file then goes the way of an uploaded document, with the filing and the metadata of this request.",
    tags=["Documents"],
    responses=shows("AnnouncedArchive", HTTPStatus.ACCEPTED),
)
def announce(tenant: TenantToUse, request: ArchiveRequest) -> Response[str]:
    metadata = checked_metadata(request.metadata, at_most=_MAX_METADATA)
    new = NewArchive(
        request.file_name,
        request.classification_rule,
        request.folder,
        metadata,
        append_folders=request.append_folders,
        release=request.release,
    )
    by = uploader(tenant)
    archive, presigned = wiring.expect_archives(tenant).expect(
        new, tenant.supplier, archive_id=uuid.uuid4().hex, by=by, now=datetime.now(UTC)
    )
    form = {"url": presigned.url, "fields": presigned.fields, "expires_in": presigned.expires_in}
    return answer({**archive_view(archive, ()), "upload": form}, status=HTTPStatus.ACCEPTED)


@router.get(
    "/suppliers/<supplier_id>/archives/<archive_id>",
    operation_id="archives.get",
    summary="See what became of each file of a ZIP",
    description="For 30 days. `lines` are the entries of the ZIP in its order. `DONE`: every line has its outcome; the "
    "documents continue by themselves, and `document_state` is their state now. A document that the caller may not see "
    "is not named.",
    tags=["Documents"],
    responses=shows("ArchiveView"),
)
def read(tenant: TenantToUse, archive_id: ArchiveId) -> Response[str]:
    archive = wiring.archives(tenant).get(archive_id)
    if not tenant.visibility.sees_labelled(archive.metadata):
        raise NotFound
    plan_documents(tenant, filter(None, (line.document_id for line in archive.lines)))
    return answer(archive_view(archive, seen_lines(archive, tenant.visible_invoices)))
