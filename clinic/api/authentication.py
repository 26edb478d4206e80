"""Who is asking: a bearer token, nothing else. A cookie of the pages opens nothing here, so no page can misuse it."""

from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed

from clinic import tokens


class Bearer(BaseAuthentication):
    """`Authorization: Bearer <access token>`; a dead token is a 401, also where nobody needs one."""

    def authenticate(self, request):
        kind, _space, token = get_authorization_header(request).decode("latin1").partition(" ")
        if kind.lower() != "bearer" or not token:
            return None
        try:
            return tokens.user_of(token.strip())
        except tokens.Dead as error:
            raise AuthenticationFailed from error

    def authenticate_header(self, request):
        return "Bearer"
