"""The table of access of signing in and of the own account."""

from tests.access.table import EVERYBODY, PUBLIC, STAFF, T

TABLE = {
    ("auth-login", "post"): (PUBLIC, ""),
    ("auth-refresh", "post"): (PUBLIC, ""),
    ("auth-register", "post"): (PUBLIC, ""),
    ("auth-forgot-password", "post"): (PUBLIC, ""),
    ("auth-reset-password", "post"): (PUBLIC, ""),
    ("auth-me", "get"): (EVERYBODY, ""),
    ("auth-logout", "post"): (EVERYBODY, ""),
    ("auth-change-password", "post"): (STAFF | T, ""),
    ("auth-socket-ticket", "post"): (STAFF | T, ""),
}
