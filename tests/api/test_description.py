"""The description an installation serves has the installation's own addresses."""

import json
from typing import Any

from chorus_connector.api.description import installed, own_address
from tools.openapi import DOCUMENT


def event(host: str, domain: str) -> dict[str, Any]:
    return {"headers": {"Host": host}, "requestContext": {"domainName": domain}}


def test_the_server_is_the_domain_the_request_came_to() -> None:
    assert own_address(event("api.example.org", "api.example.org")) == "https://api.example.org"


def test_behind_another_address_the_server_is_wherever_the_description_was_read() -> None:
    """The local stack serves the API under a path: a relative address is right for its page and for clients."""
    assert own_address(event("127.0.0.1:4566", "abc.execute-api.localhost")) == "."


def test_the_addresses_take_the_place_of_the_examples() -> None:
    document = DOCUMENT.read_text(encoding="utf-8")
    served = json.loads(installed(document, address="https://api.town.fr", token_url="https://sign-in.town.fr/token"))
    assert [each["url"] for each in served["servers"]] == ["https://api.town.fr"]
    scheme = served["components"]["securitySchemes"]["client_credentials"]
    assert scheme["flows"]["clientCredentials"]["tokenUrl"] == "https://sign-in.town.fr/token"
    assert served["paths"] == json.loads(document)["paths"]
