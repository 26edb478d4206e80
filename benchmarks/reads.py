"""What each reading of the API costs beside the plain SQL of the same question, in the same run.

    DATABASE_URL=postgres://.../clinic_big python benchmarks/reads.py [--rounds 40] [--only patients] [--write]

Wants a database made by `benchmarks/big.py`. Each endpoint is called in this process through the API client (with
authentication, serializing, the audit row: everything but the network), in turn with its plain SQL: the statement a
person would write for the same page, or, marked "its own", the endpoint's own SELECTs without the layers above them.
With --write the table and the plans go to benchmarks/results/reads.md.

Three ratios, each of p95. "through the door": the endpoint beside the plain SQL asked through the same door, that is,
the SQL's time and the time of an endpoint that finds nothing (request, middleware, token, JSON), both of the same
round. "question": the endpoint's statements but for the two that are no part of the question (whose token is it; the
row in the audit trail) beside the SQL. "bare": the whole endpoint beside the bare SQL, which says little where the SQL
takes a fraction of a millisecond.
"""

import argparse
import os
import statistics
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import tests.environment  # noqa: E402, F401, I001

import django  # noqa: E402

django.setup()

from django.db import connection  # noqa: E402

from benchmarks.reads_asked import CASES, samples  # noqa: E402
from clinic.models import User  # noqa: E402
from clinic.wsgi import settle  # noqa: E402
from tests.api import client_of  # noqa: E402

V1 = "/api/v1/"
FLOOR = "departments/?q=nothing-is-called-so"
AUDIT = 'INSERT INTO "clinic_auditevent"'
WANTED = 3.0
SLOW = 50.0  # milliseconds that somebody notices
RESULTS = Path(__file__).parent / "results" / "reads.md"
IGNORED = ("SAVEPOINT", "RELEASE", "ROLLBACK", "BEGIN", "COMMIT", "SET ")


@dataclass
class Measured:
    """Milliseconds of one endpoint and of its plain SQL."""

    path: str
    role: str
    own: bool
    statements: int
    whole: list = field(default_factory=list)
    question: list = field(default_factory=list)
    plain: list = field(default_factory=list)
    door: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    rows: int | None = None

    def ratios(self):
        """(whole beside SQL through the door, question beside SQL, whole beside bare SQL), of p95."""
        return p95(self.whole) / p95(self.door), p95(self.question) / p95(self.plain), p95(self.whole) / p95(self.plain)


def p95(times):
    return sorted(times)[min(len(times) - 1, int(len(times) * 0.95))]


@contextmanager
def watched(seen):
    """Note every statement of the block as (SQL, parameters, milliseconds)."""

    def note(execute, sql, params, many, context):
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            seen.append((sql, params, (time.perf_counter() - began) * 1000))

    with connection.execute_wrapper(note):
        yield


def ask(client, path):
    seen = []
    with watched(seen):
        began = time.perf_counter()
        answer = client.get(V1 + path)
        took = (time.perf_counter() - began) * 1000
    return answer, took, [row for row in seen if not row[0].startswith(IGNORED)]


def run_plain(statements):
    """Milliseconds of bare statements over the same connection, rows fetched."""
    began = time.perf_counter()
    with connection.connection.cursor() as cursor:
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
    return (time.perf_counter() - began) * 1000


def measure(case, values, rounds):
    """A Measured of the case; None, with a word, when the endpoint is not there or does not answer 200."""
    path = case.path.format(**values)
    client = client_of(User.objects.get(username=values["users"][case.role]))
    client.raise_request_exception = False
    answer, _took, seen = ask(client, path)
    if answer.status_code != 200:
        print(f"{path:60} {case.role}: {answer.status_code}, not measured", flush=True)
        return None
    own = case.sql is None
    selects = [(sql, params) for sql, params, _ms in seen if sql.lstrip().upper().startswith(("SELECT", "WITH"))]
    plain = selects[1:] if own else [(sql, values) for sql in case.sql]  # the first one asks who the token is
    if not plain:
        return None
    found = Measured(path, case.role, own, len(seen))
    body = answer.json()
    found.rows = body.get("count") if isinstance(body, dict) else None
    settle()  # as the server does
    for turn in range(rounds + 3):
        _answer, whole, seen = ask(client, path)
        bare = run_plain(plain)
        _nothing, floor, _seen = ask(client, FLOOR)
        if turn >= 3:
            found.whole.append(whole)
            found.question.append(sum(ms for sql, _params, ms in seen[1:] if not sql.startswith(AUDIT)))
            found.plain.append(bare)
            found.door.append(floor + bare)
    found.plans = [(sql, plan_of(sql, params)) for sql, params in plain]
    if not own:
        slowest = max((row for row in seen if (row[0], row[1]) in selects or True), key=lambda row: row[2])
        if slowest[0].lstrip().upper().startswith(("SELECT", "WITH")):
            found.plans.append(("-- the endpoint's slowest\n" + slowest[0], plan_of(slowest[0], slowest[1])))
    return found


def plan_of(sql, params):
    """EXPLAIN ANALYZE of one statement."""
    with connection.connection.cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, SUMMARY ON) " + sql, params)
        return "\n".join(row[0] for row in cursor.fetchall())


# --- the answer ------------------------------------------------------------------------------------------------------


def line(found):
    """One row of the table."""
    rows = "" if found.rows is None else f"{found.rows:,}"
    times = [
        f"{statistics.median(part):.1f} / {p95(part):.1f}"
        for part in (found.whole, found.door, found.question, found.plain)
    ]
    ratios = [f"{ratio:.1f}" for ratio in found.ratios()]
    own = " own" if found.own else ""
    return f"| `{found.path}` | {found.role} | {rows} | {found.statements} | {' | '.join(times)}{own} | {' | '.join(ratios)} |"


HEAD = """| endpoint | as | rows | queries | whole p50 / p95 ms | SQL through the door | question | plain SQL | door | question | bare |
|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|"""


def report(all_found, floor, values):
    """The Markdown of a run."""
    names = ("through the door", "question", "bare")
    within = [sum(found.ratios()[part] <= WANTED for found in all_found) for part in range(3)]
    over = [
        f"`{found.path}` ({name} {ratio:.1f})"
        for found in all_found
        for name, ratio in zip(names[:2], found.ratios(), strict=False)
        if ratio > WANTED
    ]
    slow = [f"`{found.path}`" for found in all_found if p95(found.whole) > SLOW]
    parts = [
        "# Readings of the API beside plain SQL\n",
        f"{values['patients']:,} patients, {values['appointments']:,} appointments, {values['visits']:,} visits, "
        f"{values['invoices']:,} bills, {values['events']:,} audit entries; PostgreSQL {values['postgres']}, "
        f"{os.cpu_count()} processors. In one process, without the network; p50 / p95 of {len(all_found[0].whole)} rounds, "
        "endpoint, SQL and an endpoint that finds nothing in turn; `synchronous_commit` off, so that the disk is not measured.\n",
        f"An endpoint that finds nothing costs {statistics.median(floor):.1f} / {p95(floor):.1f} ms. What the ratios mean "
        'stands in `benchmarks/reads.py`. "own": beside the endpoint\'s own SELECTs, where no other SQL was written '
        f"({sum(found.own for found in all_found)} rows).\n",
        f"p95 within {WANTED:g} times the plain SQL: "
        + ", ".join(f"{name} {count} of {len(all_found)}" for name, count in zip(names, within, strict=True))
        + f". Over it: {', '.join(over) or 'none'}. Slower than {SLOW:.0f} ms: {', '.join(slow) or 'none'}.\n",
        HEAD,
        *[line(found) for found in sorted(all_found, key=lambda found: -p95(found.whole))],
        "\n## Plans\n",
    ]
    for found in all_found:
        parts.append(f"<details><summary><code>{found.path}</code> as {found.role}</summary>\n")
        for sql, plan in found.plans:
            parts.append(f"```sql\n{' '.join(sql.split())}\n```\n```\n{plan}\n```\n")
        parts.append("</details>\n")
    return "\n".join(parts)


def main():
    options = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--only", default="")
    options.add_argument("--write", action="store_true")
    asked = options.parse_args()
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = off")
    values = samples()
    client = client_of(User.objects.get(username=values["users"]["manager"]))
    floor = [ask(client, FLOOR)[1] for _turn in range(asked.rounds + 3)][3:]
    print(f"floor {statistics.median(floor):.1f} / {p95(floor):.1f} ms\n{HEAD}", flush=True)
    found = []
    for case in CASES:
        if asked.only in case.path:
            one = measure(case, values, asked.rounds)
            if one is not None:
                found.append(one)
                print(line(one), flush=True)
                if asked.write:  # after each, so that a run that is broken off has its results
                    RESULTS.parent.mkdir(exist_ok=True)
                    RESULTS.write_text(report(found, floor, values))


if __name__ == "__main__":
    main()
