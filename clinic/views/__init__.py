"""The ground's pages: the door, the first run, the manager's window."""

from clinic.views.door import locked_out
from clinic.views.wrong import bad_request, csrf_failure, not_found, server_error

__all__ = ["bad_request", "csrf_failure", "locked_out", "not_found", "server_error"]
