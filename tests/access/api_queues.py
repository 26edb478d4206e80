"""The JSON door of the lines: (name, method) -> (who may, the sample its address names).

`pk` is the sample's; `queue-my-place` takes the sample's `code` as its `token`.
"""

from tests.access.table import PUBLIC, D, M, N, P, R, T

STAFF = M | D | N | P | R
CALLERS = D | N | P | R

TABLE = {
    ("queue-today", "get"): (STAFF, ""),
    ("queue-mine", "get"): (T, ""),
    ("queue-next", "post"): (CALLERS, ""),
    ("queue-summary", "get"): (STAFF, ""),
    ("queue-my-place", "get"): (PUBLIC, "place"),
    ("queue-entries-detail", "get"): (STAFF | T, "entry"),
    ("queue-entries-detail", "patch"): (CALLERS, "entry"),
    ("queue-entries-recall", "post"): (CALLERS, "entry"),
    ("queue-entries-skip", "post"): (CALLERS, "entry"),
    ("queue-entries-transfer", "post"): (CALLERS, "entry"),
    ("queue-entries-undo", "post"): (CALLERS, "entry"),
    # clinic.api_counter
    ("queue-check-in", "post"): (M | R | D, ""),
    ("queue-walk-in", "post"): (STAFF, ""),
}
