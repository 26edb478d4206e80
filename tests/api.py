"""A program that talks to the JSON door in somebody's name."""

from rest_framework.test import APIClient

from clinic import tokens


def client_of(user=None):
    """An API client with a real access token of `user`, without one for None. JSON is its usual body."""
    client = APIClient(raise_request_exception=True)
    client.default_format = "json"
    if user is not None:
        user.refresh_from_db(fields=["token_version"])  # factories hand out what they made, not what came of it
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token(user)}")
    return client
