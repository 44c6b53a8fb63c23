"""The lists of words that are in ``lists.toml``."""

from chorus_connector.domain.reading.rule_tables import rule_table


def word_list(name: str) -> tuple[str, ...]:
    """The words of a list, folded, in their order."""
    return tuple(rule_table("words/lists.toml")[name])
