"""The token cache: one request per application, renewed in time, never mixed up."""

import threading
from itertools import count

import pytest

from chorus_connector.chorus_pro.auth import Application, TokenCache
from chorus_connector.chorus_pro.credentials import PisteCredentials
from chorus_connector.chorus_pro.errors import AccessDenied
from chorus_connector.chorus_pro.wire import AccessToken


class Service:
    """A token service that numbers its tokens."""

    def __init__(self, life: float = 3600) -> None:
        self.given = 0
        self.life = life

    def __call__(self) -> AccessToken:
        self.given += 1
        return AccessToken(f"t{self.given}", self.life)


def application(secret: str = "s", client: str = "c", url: str = "https://token.test") -> Application:
    return Application.of(url, PisteCredentials(client, secret, "login", "password"))


def test_a_token_is_asked_for_once_and_used_until_shortly_before_it_expires() -> None:
    now = [0.0]
    cache, service = TokenCache(lambda: now[0]), Service()
    assert cache.get(application(), service) == "t1"
    now[0] = 3479
    assert cache.get(application(), service) == "t1"
    now[0] = 3481
    assert cache.get(application(), service) == "t2"


def test_a_short_lived_token_is_still_used_for_most_of_its_life() -> None:
    now = [0.0]
    cache, service = TokenCache(lambda: now[0]), Service(life=60)
    cache.get(application(), service)
    now[0] = 47
    assert cache.get(application(), service) == "t1"
    now[0] = 49
    assert cache.get(application(), service) == "t2"


def test_suppliers_of_one_application_share_its_token() -> None:
    cache, service = TokenCache(), Service()
    one = PisteCredentials("c", "s", "login one", "x")
    two = PisteCredentials("c", "s", "login two", "y")
    cache.get(Application.of("https://token.test", one), service)
    cache.get(Application.of("https://token.test", two), service)
    assert service.given == 1


def test_another_portal_client_or_secret_is_another_token() -> None:
    cache, service = TokenCache(), Service()
    for one in (application(), application(secret="wrong"), application(client="d"), application(url="https://b.test")):
        cache.get(one, service)
    assert service.given == 4


def test_a_refused_token_is_renewed_once_for_all_who_hold_it() -> None:
    cache, service = TokenCache(), Service()
    stale = cache.get(application(), service)
    assert cache.renew(application(), stale, service) == "t2"
    assert cache.renew(application(), stale, service) == "t2"
    assert cache.get(application(), service) == "t2"
    assert service.given == 2


def test_ten_threads_ask_once() -> None:
    cache, service = TokenCache(), Service()
    ready = threading.Barrier(10)
    values: list[str] = []

    def ask() -> None:
        ready.wait()
        values.append(cache.get(application(), service))

    threads = [threading.Thread(target=ask) for _ in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert values == ["t1"] * 10
    assert service.given == 1


def test_a_caller_that_waited_for_a_refused_request_shares_its_refusal_and_a_later_one_asks_anew() -> None:
    came, ticks, asked = threading.Event(), count(), []

    def clock() -> float:
        tick = float(next(ticks))
        if threading.current_thread() is not threading.main_thread():
            came.set()
        return tick

    cache = TokenCache(clock)

    def refuse() -> AccessToken:
        asked.append(threading.current_thread().name)
        if len(asked) == 1:
            waiting.start()
            came.wait()
        raise AccessDenied("token", "piste_application", passing=True)

    def ask() -> None:
        with pytest.raises(AccessDenied):
            cache.get(application(), refuse)

    waiting = threading.Thread(target=ask)
    ask()
    waiting.join()
    assert asked == [threading.main_thread().name]
    ask()
    assert len(asked) == 2


def test_nothing_secret_is_in_a_repr() -> None:
    cache = TokenCache()
    cache.get(application("very-secret", "client-id"), Service())
    shown = repr([cache, application("very-secret", "client-id"), cache.__dict__])
    assert "very-secret" not in shown
    assert "client-id" not in shown
    assert "t1" not in shown
