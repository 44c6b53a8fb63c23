"""Chromium for the screens, and people who sign in at the sign-in page of the local stack."""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.e2e.conftest import Running
from tests.e2e.console.hand import HANDS, Hand

PASSWORD = "Aa1!Console-tests-2026"
DESKTOP = {"width": 1280, "height": 900}

Visit = Callable[..., Hand]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """The machine's Chromium: Debian's, or the one that CHROMIUM names."""
    found = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    assert found, "no Chromium: apt-get install chromium, or name one in CHROMIUM"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(params=list(HANDS))
def way(request: pytest.FixtureRequest) -> str:
    """Each way to use a page: mouse, keyboard only, without JavaScript. The test runs once for each."""
    return str(request.param)


@pytest.fixture
def visit(stack: Running, chromium: Browser) -> Iterator[Visit]:
    """Sign a person in and give the hand that uses the console for them."""
    opened = []

    def as_person(
        name: str, way: str = "mouse", *, language: str = "fr", width: int = 1280, dark: bool = False
    ) -> Hand:
        give_password(stack, name)
        context = chromium.new_context(
            viewport={**DESKTOP, "width": width},
            locale={"fr": "fr-FR", "en": "en-GB"}[language],
            color_scheme="dark" if dark else "light",
            java_script_enabled=way != "no_script",
        )
        opened.append(context)
        page = context.new_page()
        page.set_default_timeout(20_000)
        sign_in(page, stack.stack.console_url, name)
        return HANDS[way](page, stack.stack.console_url)

    yield as_person
    for context in opened:
        context.close()


def give_password(stack: Running, name: str) -> None:
    """Make sure that the person exists and signs in with the tests' password."""
    stack.stack.user_token(name)
    stack.stack.boto_client("cognito-idp").admin_set_user_password(
        UserPoolId=stack.stack.outputs["UserPoolId"], Username=name, Password=PASSWORD, Permanent=True
    )


def sign_in(page: Page, console_url: str, name: str) -> None:
    """Sign in by the pool's own page, which is the emulator's here."""
    page.goto(f"{console_url}/suppliers")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.press("input[name=password]", "Enter")
    page.wait_for_url(f"{console_url}/**")


@contextmanager
def no_fault(page: Page) -> Iterator[None]:
    """Within this context no answer is a 5xx, and the browser refuses nothing (CSP) and reports no error."""
    faults: list[str] = []
    page.on("response", lambda answer: faults.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda line: faults.append(line.text) if "Content Security Policy" in line.text else None)
    yield
    assert not faults
