"""A supplier's keys to Chorus Pro: two secrets, both needed on every call. Never printed, never logged."""

from pydantic import BaseModel, ConfigDict, SecretStr


class Credentials(BaseModel):
    """OAuth-PISTE mode (S17): the PISTE application's id and secret, and the technical account (S09)."""

    model_config = ConfigDict(frozen=True)

    client_id: SecretStr
    client_secret: SecretStr
    technical_login: SecretStr
    technical_password: SecretStr

    def reveal(self) -> dict[str, str]:
        """The plain values, for the secret store and the portal's client only."""
        return {name: getattr(self, name).get_secret_value() for name in type(self).model_fields}
