"""One test, three ways to use the page: a mouse, the keyboard only, and a mouse in a browser without JavaScript.

A `Hand` finds things as a person does, by their role and name, and fails when there is none or more than one. With
the keyboard it moves by Tab and the keys of the control alone, so what cannot be reached or operated fails.
"""

import re
from collections.abc import Callable, Mapping

from playwright.sync_api import FilePayload, Locator, Page, expect

_MOST_TABS = 250
_FETCH = """async ([url, form]) => {
    const sent = form === null ? {} : {method: "POST", body: new URLSearchParams(form)};
    const answer = await fetch(url, sent);
    return [answer.status, await answer.text()];
}"""


class Hand:
    """The mouse. `keys` counts the keys that were pressed, without those of the values typed."""

    def __init__(self, page: Page, console_url: str) -> None:
        self.page, self.console_url = page, console_url
        self.keys = 0

    def go(self, path: str) -> None:
        """Open a page of the console by its path below /console, as a bookmark does."""
        self.page.goto(f"{self.console_url}{path}")

    def follow(self, name: str, *, within: Locator | None = None) -> None:
        """Follow the first link with that name: links with one name lead to one place."""
        self.use((within or self.page).get_by_role("link", name=name, exact=True).first)

    def follow_like(self, start: str) -> None:
        """Follow the link of the page's content whose name begins so, as a counter's with its number."""
        self.use(self.page.locator("main").get_by_role("link", name=re.compile(f"^{re.escape(start)}")))

    def press(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button with that name."""
        self.use((within or self.page).get_by_role("button", name=name, exact=True))

    def fill(self, label: str, value: str, *, within: Locator | None = None) -> None:
        """Replace what the field with that label contains."""
        self.field(label, within).fill(value)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        """Choose an option of a list by its text."""
        self.field(label, within).select_option(label=option)

    def check(self, label: str, *, within: Locator | None = None) -> None:
        """Check a box or choose a radio button."""
        self.use_box(self.field(label, within))

    def use_box(self, box: Locator) -> None:
        """Check that box."""
        box.check()

    def attach(self, label: str, *files: FilePayload) -> None:
        """Choose files for an upload: a file dialog is the browser's own, whatever operates it."""
        self.field(label, None).set_input_files(list(files))

    def use(self, target: Locator) -> None:
        """Click it."""
        target.click()

    def answer(self, path: str, form: Mapping[str, str] | None = None) -> tuple[int, str]:
        """The status and text of what the console answers to this person; with a form it is sent there.

        The page itself asks: the browser resolves the local stack's host names, Playwright's own client does not.
        Redirects are followed, as a browser does after a form.
        """
        status, text = self.page.evaluate(_FETCH, [f"{self.console_url}{path}", form])
        return int(status), str(text)

    def sees(self, text: str) -> None:
        """Fail unless the page shows the text within a few seconds."""
        expect(self.page.locator("main")).to_contain_text(text)

    def field(self, label: str, within: Locator | None) -> Locator:
        """The control with that label. The mark « (obligatoire) » is no part of it."""
        return (within or self.page).get_by_label(label).first


class Keyboard(Hand):
    """The keyboard only."""

    def use(self, target: Locator) -> None:
        self.reach(target)
        self.key("Enter")

    def fill(self, label: str, value: str, *, within: Locator | None = None) -> None:
        self.reach(self.field(label, within))
        self.key("ControlOrMeta+a")
        self.page.keyboard.press("Delete")
        self.page.keyboard.type(value)

    def choose(self, label: str, option: str, *, within: Locator | None = None) -> None:
        target = self.field(label, within)
        self.reach(target)
        shown: Callable[[], str] = lambda: target.evaluate("list => list.selectedOptions[0]?.text ?? ''")  # noqa: E731
        self.key("Home")
        for _ in range(target.locator("option").count()):
            if shown().strip() == option:
                return
            self.key("ArrowDown")
        assert shown().strip() == option, f"no option {option}"

    def use_box(self, box: Locator) -> None:
        self.reach(box)
        if not box.is_checked():
            self.key("Space")

    def key(self, name: str) -> None:
        """Press one key."""
        self.page.keyboard.press(name)
        self.keys += 1

    def reach(self, target: Locator) -> None:
        """Move the focus there with Tab, and with arrows inside a group of radio buttons."""
        target.wait_for()
        for _ in range(_MOST_TABS):
            if target.evaluate("one => one === document.activeElement"):
                return
            if target.evaluate("one => one.type === 'radio' && one.name === document.activeElement?.name"):
                self.key("ArrowDown")
                continue
            self.key("Tab")
        raise AssertionError(f"the keyboard does not reach {target}")


HANDS: dict[str, type[Hand]] = {"mouse": Hand, "keyboard": Keyboard, "no_script": Hand}
