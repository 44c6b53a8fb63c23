"""Sign-in, sign-out and the first page, in a browser."""

import pytest

from tests.e2e.conftest import Running
from tests.e2e.console.conftest import Visit, no_fault
from tests.e2e.console.seen import violations

pytestmark = pytest.mark.acceptance


@pytest.mark.row("C01")
def test_a_person_signs_in_sees_their_suppliers_and_signs_out(stack: Running, visit: Visit, way: str) -> None:
    supplier_id = stack.new_supplier(name="Menuiserie Console")
    name = f"console-{way}"
    principal = stack.stack.subject(stack.stack.user_token(name))
    stack.api.call(
        "PUT",
        f"/suppliers/{supplier_id}/configuration/access/{principal}",
        json={"roles": ["administer", "use"], "kind": "person"},
    )
    hand = visit(name, way)
    with no_fault(hand.page):
        hand.sees("Menuiserie Console")
        hand.press("Se déconnecter")
        hand.page.wait_for_url("**/console")
        hand.sees("Vos factures vers Chorus Pro")
        hand.go("/suppliers")
        assert "oauth2" in hand.page.url  # the session is over: the sign-in page asks again


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("language", ["fr", "en"])
def test_axe_finds_nothing_on_the_first_pages(visit: Visit, language: str, *, dark: bool) -> None:
    hand = visit("console-axe", language=language, dark=dark)
    assert violations(hand.page) == []
    hand.page.context.clear_cookies()
    hand.go("")
    assert violations(hand.page) == []
