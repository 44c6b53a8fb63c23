"""What the domain's values are made of: records that cannot be changed, kept as JSON and read back by pydantic."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value. Its validator is built at its first use: a box starts without those it never needs.

    An error about one does not quote what it was given: Lambda writes the text of an error nobody caught into the log.
    """

    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)
