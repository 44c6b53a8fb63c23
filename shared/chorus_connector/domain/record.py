"""What the domain's values are made of: records that cannot be changed, kept as JSON and read back by pydantic."""

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen value. Its validator is built at its first use: a box starts without those it never needs."""

    model_config = ConfigDict(frozen=True, defer_build=True)
