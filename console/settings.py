"""What the console's function knows of its installation, from its environment variables and its secret."""

import json
import os
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

from botocore.session import Session


@dataclass(frozen=True)
class Settings:
    """Addresses without a final slash, the console's client at the sign-in page, and the table of sessions."""

    api_url: str
    sign_in_url: str
    client_id: str
    secret_id: str
    sessions_table: str
    upload_origin: str

    @property
    def callback_url(self) -> str:
        """Where the sign-in page sends the browser back to."""
        return f"{self.api_url}/console/callback"

    @property
    def signed_out_url(self) -> str:
        """Where the sign-in page sends the browser after a sign-out."""
        return f"{self.api_url}/console"

    @property
    def sign_in_origin(self) -> str:
        """The origin of the sign-in page, for the content security policy."""
        parts = urlsplit(self.sign_in_url)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True)
class Secrets:
    """The key that seals sessions and forms, and the password of the console's client at the token endpoint."""

    session_key: str
    client_secret: str


@cache
def settings() -> Settings:
    """The settings of this function. Raises KeyError without one of its variables."""
    return Settings(
        api_url=os.environ["API_URL"].rstrip("/"),
        sign_in_url=os.environ["SIGN_IN_URL"].rstrip("/"),
        client_id=os.environ["CONSOLE_CLIENT_ID"],
        secret_id=os.environ["CONSOLE_SECRET_ID"],
        sessions_table=os.environ["SESSIONS_TABLE"],
        upload_origin=os.environ["UPLOAD_ORIGIN"].rstrip("/"),
    )


def aws_client(service: str) -> Any:
    """A client by botocore's session. boto3's would load its resources and its S3 transfer manager at a cold start."""
    return _aws().create_client(service)


@cache
def _aws() -> Session:
    return Session()


@cache
def console_secrets() -> Secrets:
    """The console's secrets, read once per container."""
    client = aws_client("secretsmanager")
    answer = json.loads(client.get_secret_value(SecretId=settings().secret_id)["SecretString"])
    return Secrets(session_key=answer["session_key"], client_secret=answer["client_secret"])
