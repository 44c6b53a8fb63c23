"""What the answers about people's work on documents look like: who works on which, and batches."""

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from chorus_connector.domain.invoices.states import State
from chorus_connector.domain.problem import Problem


class ClaimView(BaseModel):
    """A person's word that they work on the document. It forbids nothing."""

    by: str = Field(description="The principal: a person's or a system's id.")
    person: str | None = Field(
        description="The name that the person signs in with, or whom a system names; null: it is not known."
    )
    since: datetime = Field(description="When it began; renewing it keeps this.")
    until: datetime = Field(description="It ends by itself then.")
    minutes: int = Field(description="Whole minutes since it began.", ge=0)
    yours: bool = Field(description="Whether it is the caller's own.")


class ClaimList(BaseModel):
    """Who works on a document now; the one who began first comes first."""

    claims: list[ClaimView] = Field(description="Empty: no one has said so.")


class RefusalInBatch(BaseModel):
    """What the document's own route would have answered."""

    status: int = Field(description="The status of that answer.")
    code: str = Field(description="The code of that answer (docs/errors.md).")
    fr: str
    en: str
    problems: list[Problem]


class BatchResultView(BaseModel):
    """What became of one document of a batch."""

    document_id: str
    outcome: Literal["done", "refused", "not_attempted"] = Field(
        description="`not_attempted`: the time of the request was over; send it again."
    )
    state: State | None = Field(description="The document's state afterwards; null: it was not read, or is deleted.")
    version: int | None = Field(description="The document's version afterwards; null: it was not read, or is deleted.")
    problems: list[Problem] = Field(description="What still prevents the document's submission afterwards.")
    problem: RefusalInBatch | None = Field(description="Why it was refused; null otherwise.")


class BatchResults(BaseModel):
    """One result for each document, in the order of the request."""

    results: list[BatchResultView] = Field(description="One for each document of the request.")


class TakenDocuments(BaseModel):
    """The documents that are being read now, and the cursor for the next ones to look at."""

    taken: list[str]
    cursor: str | None
