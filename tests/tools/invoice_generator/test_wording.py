"""The label lists are fair: what an accountant could take two ways would teach a reader to guess."""

from tools.invoice_generator.wording import WORDS


def test_no_label_is_used_for_two_fields() -> None:
    meanings: dict[str, set[str]] = {}
    for key, words in WORDS.items():
        for word in words:
            meanings.setdefault(word.casefold(), set()).add(key)
    assert {word: keys for word, keys in meanings.items() if len(keys) > 1} == {}


def test_no_list_names_the_same_label_twice() -> None:
    for key, words in WORDS.items():
        assert len(set(words)) == len(words), key
