"""What a request that carries a file may say of it."""

import base64
from types import SimpleNamespace
from typing import Any

import pytest
from aws_lambda_powertools.event_handler import Response

from chorus_connector.api.requests import UnsupportedMediaType
from chorus_connector.api.uploads import LARGEST_BODY, TooLarge, checked_metadata, metadata_in_query, takes_upload
from chorus_connector.domain.errors import Invalid


def test_metadata_that_fill_their_limits_one_by_one_are_refused_together() -> None:
    """Fifty values of 2,000 characters of four bytes each would not fit into a record of the table."""
    with pytest.raises(Invalid):
        checked_metadata({f"name {index}": "🧾" * 2000 for index in range(50)}, at_most=50)


def test_an_ordinary_set_of_metadata_is_taken() -> None:
    metadata = {f"name {index}": "Élection municipale" * 20 for index in range(50)}
    assert checked_metadata(metadata, at_most=50) == metadata


def check(data: bytes, content_type: str | None) -> None:
    """Send the file through the middleware of the routes for uploads."""
    headers = {"Content-Type": content_type} if content_type is not None else {}
    event = {"headers": headers, "body": base64.b64encode(data).decode(), "isBase64Encoded": True}
    app: Any = SimpleNamespace(current_event=SimpleNamespace(raw_event=event))
    takes_upload(app, lambda _: Response(200))


def test_a_file_too_large_for_a_request_is_refused_with_the_way_that_takes_it_before_the_platform_says_nothing() -> (
    None
):
    """AWS gives a function 6 MB, in base64: above 4.5 the caller would read « Internal Server Error » and no more."""
    check(b"x" * LARGEST_BODY, None)
    assert LARGEST_BODY * 4 / 3 < 6 * 1024 * 1024
    with pytest.raises(TooLarge) as refused:
        check(b"x" * (LARGEST_BODY + 1), None)
    assert [each.code for each in refused.value.problems] == ["too_large_for_a_request"]
    assert "/uploads" in refused.value.en


@pytest.mark.parametrize(
    "content_type", [None, "", "application/pdf", "Application/PDF; name=x", "application/octet-stream"]
)
def test_an_upload_is_a_pdf_or_bytes_of_no_stated_kind(content_type: str | None) -> None:
    check(b"%PDF", content_type)


@pytest.mark.parametrize("content_type", ["text/xml", "application/json", "image/png", "é", "application/pdfx"])
def test_an_upload_of_another_content_type_is_refused_with_those_taken(content_type: str) -> None:
    with pytest.raises(UnsupportedMediaType, match="application/pdf, application/octet-stream"):
        check(b"%PDF", content_type)


def upload(query: str, **parameters: str) -> dict[str, Any]:
    return {"rawQueryString": query, "queryStringParameters": parameters}


def test_metadata_are_read_in_either_spelling() -> None:
    event = upload("metadata.PJ=oui&metadata=site=Nantes", **{"metadata.PJ": "oui", "metadata": "site=Nantes"})
    assert metadata_in_query(event, at_most=50) == {"PJ": "oui", "site": "Nantes"}


def test_a_repeated_metadata_parameter_gives_each_and_a_value_may_have_a_comma_and_an_equals_sign() -> None:
    """API Gateway joins repeated parameters with a comma: only the query as it was sent tells them apart."""
    event = upload(
        "metadata=site=Nantes%2C+Loire&metadata=formule=a%3Db", metadata="site=Nantes, Loire,formule=a=b", file_name="x"
    )
    assert metadata_in_query(event, at_most=50) == {"site": "Nantes, Loire", "formule": "a=b"}


def test_a_metadata_without_a_value_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        metadata_in_query(upload("metadata=PJ"), at_most=50)
    assert [each.code for each in refused.value.problems] == ["metadata_malformed"]


@pytest.mark.parametrize("query", ["metadata.Agence=%E9t%E9", "metadata.%E9t%E9=x"])
def test_bytes_that_are_no_utf_8_are_refused_and_never_kept_as_another_character(query: str) -> None:
    with pytest.raises(Invalid):
        metadata_in_query(upload(query), at_most=50)


@pytest.mark.parametrize("name", ["", "--", " – "])
def test_a_metadata_without_a_name_is_refused_with_its_reason(name: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_metadata({name: "x"}, at_most=50)
    assert [each.code for each in refused.value.problems] == ["metadata_name_blank"]


@pytest.mark.parametrize(
    "query",
    [
        "metadata=PJ=oui&metadata=PJ=non",
        "metadata.Montant=1&metadata.Montant=2",
        "metadata.Montant=1&metadata=Montant=2",
        "metadata.Bon-de-commande=1&metadata.bon%20de%20commande=2",
    ],
)
def test_a_metadata_given_twice_is_refused_and_never_joined(query: str) -> None:
    with pytest.raises(Invalid) as refused:
        metadata_in_query(upload(query), at_most=50)
    assert [each.code for each in refused.value.problems] == ["metadata_repeated"]
