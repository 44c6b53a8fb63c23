"""The portal's addresses: production, qualification, the older certificate gateway, or any base URL (a simulator).

Pure data. `operations` has the paths below each base.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PortalHosts:
    """The two addresses of one portal: its token service and the base of its operations.

    `token_url` is None for the certificate gateway, whose paths also carry no version.
    """

    token_url: str | None
    api_base: str

    def url(self, family: str, path: str) -> str:
        """The full address of an operation, such as `factures` and `soumettre`."""
        version = "/v1" if self.token_url is not None else ""
        return f"{self.api_base}/{family}{version}/{path}"


PRODUCTION = PortalHosts("https://oauth.piste.gouv.fr/api/oauth/token", "https://api.piste.gouv.fr/cpro")
QUALIFICATION = PortalHosts(
    "https://sandbox-oauth.piste.gouv.fr/api/oauth/token", "https://sandbox-api.piste.gouv.fr/cpro"
)
CERTIFICATE_PRODUCTION = PortalHosts(None, "https://chorus-pro.gouv.fr:5443/service")
CERTIFICATE_QUALIFICATION = PortalHosts(None, "https://chorus-pro.gouv.fr:5443/service-qualif")


def portal_at(base_url: str) -> PortalHosts:
    """A portal and its token service served from one base URL with PISTE's paths."""
    base = base_url.rstrip("/")
    return PortalHosts(f"{base}/api/oauth/token", f"{base}/cpro")


def certificate_portal_at(base_url: str) -> PortalHosts:
    """A certificate gateway served from one base URL."""
    return PortalHosts(None, f"{base_url.rstrip('/')}/service")
