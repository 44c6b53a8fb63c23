"""Links given to clients work where they are given: signed as an encrypted bucket wants it, to its own region."""

import os
from collections.abc import Callable, Iterator
from unittest.mock import patch
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chorus_connector.adapters.s3 import S3Documents, _saved_as
from chorus_connector.ports.values import SupplierWork
from chorus_connector.runtime.settings import settings
from chorus_connector.wiring import clients
from chorus_connector.wiring.tenant import Tenant

REGIONS = ["eu-west-1", "eu-west-3", "eu-central-1"]
"""The oldest of them still takes signatures of version 2, which is what the SDK makes there unless told otherwise."""


@pytest.fixture
def documents_in() -> Iterator[Callable[..., S3Documents]]:
    with patch.dict(os.environ):
        for name in [each for each in os.environ if each.startswith("AWS_")]:
            del os.environ[name]

        def documents(region: str, **more: str) -> S3Documents:
            keys = {"AWS_ACCESS_KEY_ID": "k", "AWS_SECRET_ACCESS_KEY": "s", "AWS_DEFAULT_REGION": region}
            os.environ.update(keys, ENVIRONMENT="production", TABLE_NAME="t", DOCUMENTS_BUCKET="papers", **more)
            for cached in (settings, clients.function_client, clients.session):
                cached.cache_clear()
            return Tenant(SupplierWork("s1")).documents

        yield documents
    for cached in (settings, clients.function_client, clients.session):
        cached.cache_clear()


@pytest.mark.parametrize("region", REGIONS)
def test_a_link_to_a_file_is_signed_with_version_4_which_an_encrypted_one_demands(
    documents_in: Callable[..., S3Documents], region: str
) -> None:
    link = urlsplit(documents_in(region).presign_download("d1", "v1", "f.pdf"))
    assert parse_qs(link.query)["X-Amz-Algorithm"] == ["AWS4-HMAC-SHA256"]


@pytest.mark.parametrize("region", REGIONS)
def test_an_upload_is_signed_with_version_4_too(documents_in: Callable[..., S3Documents], region: str) -> None:
    assert documents_in(region).uploads.presign_upload("d1", at_most=9).fields["x-amz-algorithm"] == "AWS4-HMAC-SHA256"


@pytest.mark.parametrize("region", REGIONS)
def test_links_lead_to_the_buckets_own_region(documents_in: Callable[..., S3Documents], region: str) -> None:
    """For a day a new bucket is known nowhere else: a redirected upload is refused, its signature names the host."""
    documents = documents_in(region)
    host = f"papers.s3.{region}.amazonaws.com"
    assert urlsplit(documents.presign_download("d1", "v1", "f.pdf")).netloc == host
    assert urlsplit(documents.uploads.presign_upload("d1", at_most=9).url).netloc == host


def test_links_of_the_local_stack_lead_to_it(documents_in: Callable[..., S3Documents]) -> None:
    documents = documents_in("eu-west-3", AWS_ENDPOINT_URL="http://127.0.0.1:4566")
    assert documents.uploads.presign_upload("d1", at_most=9).url == "http://127.0.0.1:4566/papers"


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("facture.pdf", "attachment; filename=\"facture.pdf\"; filename*=UTF-8''facture.pdf"),
        ("mise-en-œuvre.pdf", "attachment; filename=\"mise-en-_uvre.pdf\"; filename*=UTF-8''mise-en-%C5%93uvre.pdf"),
        ("e\u0301te\u0301 2.pdf", "attachment; filename=\"ete_2.pdf\"; filename*=UTF-8''%C3%A9t%C3%A9%202.pdf"),
        ('x".html', "attachment; filename=\"x_.html\"; filename*=UTF-8''x_.html"),
        ("a\r\n\0\u202e/b.pdf", "attachment; filename=\"a_____b.pdf\"; filename*=UTF-8''a_____b.pdf"),
    ],
)
def test_a_downloads_name_fits_into_a_header_and_is_the_files_own(
    documents_in: Callable[..., S3Documents], name: str, kept: str
) -> None:
    link = urlsplit(documents_in("eu-west-3").presign_download("d1", "v1", name))
    (header,) = parse_qs(link.query)["response-content-disposition"]
    assert header == kept


@given(st.text(max_size=200))
def test_whatever_a_file_is_called_its_header_is_ascii_and_one_line(name: str) -> None:
    header = _saved_as(name)
    assert header.isascii()
    assert header.isprintable()
    assert header.count('"') == 2
