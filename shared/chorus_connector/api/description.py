"""The API's description as one installation serves it: with its own address, and where its systems get their tokens."""

import json
from collections.abc import Mapping
from typing import Any


def own_address(event: Mapping[str, Any]) -> str:
    """The address of this installation's API: its domain, or a relative one when the request came by another host."""
    domain = str(event["requestContext"].get("domainName", ""))
    host = next((value for name, value in event["headers"].items() if name.lower() == "host"), "")
    return f"https://{domain}" if domain and host == domain else "."


def installed(document: str, *, address: str, token_url: str) -> str:
    """The description with these addresses; without a ``token_url`` its example stays."""
    described = json.loads(document)
    described.pop("externalDocs", None)  # a page of the sources, which an installation does not serve
    described["servers"] = [{"url": address, "description": "This installation."}]
    if token_url:
        flows = described["components"]["securitySchemes"]["client_credentials"]["flows"]
        flows["clientCredentials"]["tokenUrl"] = token_url
    return json.dumps(described, ensure_ascii=False)
