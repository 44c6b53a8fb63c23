"""Create a person in an installation's user pool, so that the invitation arrives and the password can be recovered."""

from dataclasses import dataclass
from typing import Any

from chorus_connector.domain.suppliers.access import ADMINISTRATORS


class NotCreated(RuntimeError):
    """The person was not created; the text says why in one line."""


@dataclass(frozen=True)
class Created:
    """A person of the pool. ``principal`` is the id that rights are given to."""

    principal: str
    invited: bool
    administrator: bool


class CreatePerson:
    """Creates people in one pool; ``cognito`` is a boto3 client with the operator's permissions."""

    def __init__(self, cognito: Any, pool_id: str) -> None:
        self._cognito = cognito
        self._pool = {"UserPoolId": pool_id}

    def run(self, user: str, email: str, *, administrator: bool) -> Created:
        """Create and invite the person, or continue with the one that an interrupted run created.

        Raises NotCreated; then nothing was changed.
        """
        if any(map(str.isspace, user)):  # Cognito's pattern of user names
            raise NotCreated(f"{user!r}: a user name has no spaces")
        if "@" in user:
            raise NotCreated(f"{user}: a user name is for good and is no e-mail address, which may change")
        if "@" not in email:
            raise NotCreated(f"{email}: --email takes an e-mail address")
        # Without EMAIL Cognito invites by text message, which this pool does not send. A verified address is what
        # recovers a password and gets notifications.
        attributes = [{"Name": "email", "Value": email}, {"Name": "email_verified", "Value": "true"}]
        invited = True
        try:
            person = self._cognito.admin_create_user(
                Username=user, UserAttributes=attributes, DesiredDeliveryMediums=["EMAIL"], **self._pool
            )["User"]
            found = _named(person["Attributes"])
        except self._cognito.exceptions.UsernameExistsException:
            invited = False
            found = _named(self._cognito.admin_get_user(Username=user, **self._pool)["UserAttributes"])
            if found.get("email", "").casefold() != email.casefold():
                raise NotCreated(f"{user} exists with another e-mail address: nothing was changed") from None
        if administrator:
            self._cognito.admin_add_user_to_group(Username=user, GroupName=ADMINISTRATORS, **self._pool)
        return Created(found["sub"], invited, administrator)


def _named(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in attributes}
