"""Paths as an HTTP API passes them on, decoded: a principal is the same in a path and in a body."""

import pytest

from tests.api.functions import Functions

ACCESS = "/suppliers/s1/configuration/access"


@pytest.mark.parametrize("name", ["compta", "Compta-2_b"])
def test_a_decoded_path_names_the_same_principal(functions: Functions, name: str) -> None:
    functions.directory.groups.add(name)
    given = functions.send("PUT", f"{ACCESS}/group:{name}", by="root", groups=(name,), body={"roles": ["use"]})
    assert given.status == 200, given.body
    assert f"group:{name}" in [each["principal"] for each in given.body["members"]]


@pytest.mark.parametrize("name", ["a?b", "a#b", "a b", "a%b", "a&b", "à"])
def test_a_name_that_a_path_could_change_is_refused_and_no_other_group_has_the_right(
    functions: Functions, name: str
) -> None:
    """The gateway decodes a path and cuts it at a question mark: no such name may have rights by its path."""
    functions.directory.groups |= {name, "a"}
    given = functions.send("PUT", f"{ACCESS}/group:{name}", by="root", groups=(name,), body={"roles": ["use"]})
    assert given.status in (404, 422)
    assert "group:a" not in [each["principal"] for each in functions.send("GET", ACCESS).body["members"]]
