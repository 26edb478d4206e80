"""A program that uses the API over real HTTP, with nothing but what the contract tells it."""

import json
import uuid
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen


class Answer:
    """Status, headers and JSON of one answer."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.content = status, headers, body
        kind = headers.get("Content-Type", "")
        self.json = json.loads(body) if body and "json" in kind else None

    def __getitem__(self, name):
        return self.json[name]


class Program:
    """One signed-in program; every call says which status it expects."""

    def __init__(self, base):
        self.base, self.token, self.refresh_token = base, None, None

    def call(self, method, path, body=None, *, status=200, form=False, headers=None):
        """One request below /api/v1/. Fails with the answer's own words when the status is another."""
        given = {"Accept-Language": "en", **(headers or {})}
        if self.token:
            given["Authorization"] = f"Bearer {self.token}"
        data = None
        if body is not None:
            data = urlencode(body).encode() if form else json.dumps(body).encode()
            given["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
        request = Request(f"{self.base}/api/v1/{path}", data=data, headers=given, method=method)
        try:
            with urlopen(request, timeout=20) as got:
                answer = Answer(got.status, got.headers, got.read())
        except HTTPError as got:
            answer = Answer(got.code, got.headers, got.read())
        assert answer.status == status, f"{method} {path}: {answer.status} {answer.content[:600]!r}"
        return answer

    def get(self, path, status=200, **query):
        return self.call("GET", f"{path}?{urlencode(query)}" if query else path, status=status)

    def post(self, path, body=None, status=201, *, key=None):
        headers = {"Idempotency-Key": key or str(uuid.uuid4())}
        return self.call("POST", path, {} if body is None else body, status=status, headers=headers)

    def patch(self, path, body, status=200, headers=None):
        return self.call("PATCH", path, body, status=status, headers=headers)

    def delete(self, path, body=None, status=200):
        return self.call("DELETE", path, body, status=status)

    def sign_in(self, username, password):
        """By the form of the OAuth2 password flow."""
        body = {"grant_type": "password", "username": username, "password": password}
        got = self.call("POST", "auth/login", body, form=True)
        self.token, self.refresh_token = got["access_token"], got["refresh_token"]
        return got
