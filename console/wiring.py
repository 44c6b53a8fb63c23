"""What the console's requests share in a container, made when it is first used."""

from functools import cache

from console.api_client import shared_http
from console.sealing import Sealer
from console.sessions import Sessions
from console.settings import aws_client, console_secrets, settings
from console.sign_in import SignIn


@cache
def sealer() -> Sealer:
    """The sealer with this installation's key."""
    return Sealer(console_secrets().session_key)


@cache
def sessions() -> Sessions:
    """The sessions of this installation."""
    return Sessions(aws_client("dynamodb"), settings().sessions_table, sealer())


@cache
def sign_in() -> SignIn:
    """The sign-in page of this installation."""
    return SignIn(settings(), console_secrets().client_secret, sealer(), shared_http())
