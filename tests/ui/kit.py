"""A page of the shell in a real browser without a server: every request is answered from here, under the real CSP."""

import mimetypes
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

from csp.constants import NONCE
from django.contrib.staticfiles import finders
from django.http import HttpRequest
from django.template import engines
from django.utils import translation

from clinic.access import Role
from clinic.models import Clinic, User
from clinic.security import CONTENT_SECURITY_POLICY

HOST = "http://clinic.test"
# What the browser and htmx write to the console when an answer is a 4xx or 5xx on purpose.
EXPECTED = ("Failed to load resource", "Response Status Error Code")


def user_of(*roles, **fields):
    """A signed-in person who is in no database."""
    clinic = Clinic(name="Al Noor Clinic", name_other_script="عيادة النور", time_zone="Asia/Riyadh", currency="SAR")
    user = User(pk=1, username="sara", name="Sara Mansour", name_other_script="سارة منصور", clinic=clinic, **fields)
    user.__dict__["roles"] = frozenset(roles)
    return user


def render(body, *, language="en", user=None, base="base.html", **context):
    """The template text `body` (blocks) inside `base`, as `user` sees it."""
    request = HttpRequest()
    request.META.update({"HTTP_HOST": "clinic.test", "SERVER_NAME": "clinic.test", "SERVER_PORT": "80"})
    request.path = request.path_info = "/page/"
    request.user = user or user_of(Role.RECEPTION)
    request.csp_nonce = "test"
    request._messages = []
    source = f'{{% extends "{base}" %}}{{% load i18n clinic %}}{body}'
    with translation.override(language):
        return engines["django"].from_string(source).render(context, request)


def policy():
    """The site's Content-Security-Policy as a header."""
    words = {NONCE: "'nonce-test'"}
    parts = CONTENT_SECURITY_POLICY["DIRECTIVES"].items()
    return "; ".join(f"{name} {' '.join(words.get(value, value) for value in values)}" for name, values in parts)


# A context of its own for each page would start a process for each: pages of one size follow each other in one.
contexts: dict = {}


def context_of(browser, size, clock, options):
    """The browser's context for pages of `size`, empty of what the page before it has kept."""
    key = (browser, size, clock, tuple(sorted(options.items())))
    if key not in contexts:
        contexts[key] = browser.new_context(viewport={"width": size[0], "height": size[1]}, base_url=HOST, **options)
        if clock:
            contexts[key].clock.install()
    return contexts[key]


class Kit:
    """One open page and the requests it made; `answers` maps a path to (status, headers, body) or a function.

    With `clock` its time passes by hand too: `page.clock.run_for(ms)`.
    """

    def __init__(self, browser, html, *, answers=None, size=(1366, 768), clock=False, **options):
        self.html, self.answers, self.requests, self.problems = html, answers or {}, [], []
        self.page = context_of(browser, size, clock, options).new_page()
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("console", self._note)
        self.page.route("**/*", self._answer)
        self.page.route_web_socket("**/ws/live/", lambda socket: None)
        self.page.goto("/page/")
        self.page.wait_for_load_state("load")

    def _note(self, message):
        if message.type == "error" and not message.text.startswith(EXPECTED):
            self.problems.append(message.text)

    def _answer(self, route):
        url = urlsplit(route.request.url)
        if url.path.startswith("/static/"):
            found = finders.find(url.path.removeprefix("/static/"))
            if not found:
                return route.fulfill(status=404)
            return route.fulfill(path=found, content_type=mimetypes.guess_type(found)[0] or "font/woff2")
        if url.path == "/page/" and route.request.method == "GET":
            return route.fulfill(
                body=self.html, content_type="text/html; charset=utf-8", headers={"Content-Security-Policy": policy()}
            )
        self.requests.append(
            SimpleNamespace(
                path=url.path,
                query=parse_qs(url.query),
                method=route.request.method,
                headers=route.request.headers,
                body=route.request.post_data or "",
            )
        )
        answer = self.answers.get(url.path, (404, {}, ""))
        if callable(answer):
            answer = answer(self.requests[-1])
        status, headers, body = answer
        return route.fulfill(status=status, headers={"content-type": "text/html; charset=utf-8", **headers}, body=body)

    def asked(self, path):
        """How often `path` was asked for."""
        return sum(request.path == path for request in self.requests)

    def comes_to(self, path, times):
        """How often `path` was asked for, once it was `times` and whatever the page asks beside that has arrived too."""
        for _turn in range(500):
            if self.asked(path) >= times:
                break
            self.page.wait_for_timeout(20)
        self.page.evaluate("fetch('/nothing/')")
        return self.asked(path)

    def focus(self):
        """The id of the focused element, "body" when there is none."""
        return self.page.evaluate("document.activeElement === document.body ? 'body' : document.activeElement.id")

    def press(self, keys):
        """Press a key, as Playwright names it."""
        self.page.keyboard.press(keys)

    def physical(self, code, key):
        """Press the key at `code` on a layout on which it types `key` (Arabic)."""
        self.page.evaluate(
            """([code, key]) => document.activeElement.dispatchEvent(
                new KeyboardEvent("keydown", {code, key, bubbles: true, cancelable: true}))""",
            [code, key],
        )

    def close(self):
        """Close the page; anything the browser complained about fails the test."""
        self.page.evaluate("localStorage.clear(); sessionStorage.clear()")
        self.page.context.clear_cookies()
        self.page.close()
        assert self.problems == []
