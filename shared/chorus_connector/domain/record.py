"""The base class of the domain's values: immutable records, stored as JSON and read back by pydantic."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """An immutable value. Its validator is built at first use, so a function starts without those it never needs.

    Validation errors do not quote the input: Lambda logs the text of an uncaught error. Fields that this release does
    not know are kept: during a deployment and after a rollback, an older function reads what a newer one wrote, changes
    it and writes it back.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True, extra="allow")
