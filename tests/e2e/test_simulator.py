"""The simulator of the local stack says no as the portal does: over HTTP, with the credentials of the demonstration."""

import httpx
import pytest

from tests.e2e.conftest import Running
from tools.demo import CREDENTIALS

pytestmark = [pytest.mark.stack, pytest.mark.acceptance]


@pytest.mark.row("B03")
def test_the_gateway_refuses_what_piste_does_not_declare_and_has_its_moods(stack: Running) -> None:
    base = stack.simulator.base_url
    form = {"grant_type": "client_credentials", "scope": "openid"}
    keys = {name: CREDENTIALS[name] for name in ("client_id", "client_secret")}
    with httpx.Client(base_url=base, trust_env=False) as http:
        bare = http.post("/cpro/factures/v1/nothing/here", json={})
        assert (bare.status_code, "DefaultRealm" in bare.headers["www-authenticate"]) == (400, True)
        assert http.post("/cpro/factures/v1/soumettre", json={}).headers["www-authenticate"] == 'Bearer realm="PISTE"'
        token = http.post("/api/oauth/token", data={**form, **keys}).json()["access_token"]
        undeclared = http.post("/cpro/factures/v1/nothing/here", json={}, headers={"authorization": f"Bearer {token}"})
        assert (undeclared.status_code, undeclared.content) == (403, b"")
        http.post("/_admin/mood", json={"invalid_client_share": 1, "calls": None}).raise_for_status()
        try:
            refused = http.post("/api/oauth/token", data={**form, **keys})
        finally:
            http.delete("/_admin/mood").raise_for_status()
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_client")
        assert http.post("/api/oauth/token", data={**form, **keys}).status_code == 200
