"""What an error looks like: a problem of ours (RFC 9457), or the short message of the gateway in front of us."""

from typing import Annotated, Any

from pydantic import BaseModel, Field

from chorus_connector.domain.problem import Problem

ProblemCode = Annotated[str, Field(json_schema_extra={"x-named": "ProblemCode"})]
"""One of the codes that the code base can answer with; `make openapi` collects them."""


def sometimes(says: str, **more: Any) -> Any:
    """A property that some answers leave out."""
    return Field(default=None, description=says, json_schema_extra={"x-sometimes": True, **more})


class ProblemView(BaseModel):
    """Why a request was refused (RFC 9457). Branch on `code`: it is stable; show `detail`, or `fr` and `en`."""

    type: str = Field(description="`urn:chorus-connector:problem:` and the code.")
    title: str = Field(description="What kind of refusal it is, in the caller's language.")
    detail: str = Field(description="What is wrong and what to do, in the caller's language (`Accept-Language`).")
    status: int = Field(description="The HTTP status.")
    code: ProblemCode = Field(description="Stable: clients may branch on it. All codes: docs/errors.md.")
    fr: str = Field(description="The detail in French.")
    en: str = Field(description="The detail in English.")
    problems: list[Problem] = Field(description="What is wrong field by field; may be empty.")


class GatewayMessage(BaseModel):
    """What the gateway answers itself: only `message`. The rest is declared so that one handler reads every error."""

    message: str = Field(description="The gateway's own words, in English.")
    type: str = sometimes("Not sent by the gateway.")
    title: str = sometimes("Not sent by the gateway.")
    detail: str = sometimes("Not sent by the gateway.")
    status: int = sometimes("Not sent by the gateway.")
    code: ProblemCode = sometimes("Not sent by the gateway.", **{"x-named": "ProblemCode"})
    fr: str = sometimes("Not sent by the gateway.")
    en: str = sometimes("Not sent by the gateway.")
    problems: list[Problem] = sometimes("Not sent by the gateway.")


class TwoLanguages(BaseModel):
    """One text in French and in English."""

    fr: str
    en: str


class FileLink(BaseModel):
    """A link to a file that works for a few minutes, without a token."""

    url: str = Field(description="Where to GET the file.")
    expires_in: int = Field(description="How long the link works, in seconds.")


class OriginalFileLink(FileLink):
    """A link to the file that was uploaded."""

    sha256: str | None = Field(description="Of its content, in hexadecimal; null: it was not examined yet.")
    size: int | None = Field(description="Bytes; null: it was not examined yet.")


class SentFileLink(FileLink):
    """A link to the file that was sent to the portal."""

    sha256: str = Field(description="Of its content, in hexadecimal; empty in records of older releases.")
    size: int = Field(description="Bytes.")
    same_as_original: bool = Field(description="true: it is the uploaded file itself, byte for byte.")


class PortalFileLink(FileLink):
    """A link to an invoice as the portal holds it."""

    attachments_left_out: bool = Field(
        description="true: the caller may not see each attachment that the portal has, so this is the invoice alone."
    )
