"""What each reading of the API costs beside the plain SQL of the same question, in the same run.

    DATABASE_URL=postgres://.../clinic_big python benchmarks/reads.py [--rounds 40] [--only patients] [--write]

Wants a database made by `benchmarks/big.py`. Each endpoint is called in this process through the API client (with
authentication, serializing, the audit row: everything but the network), in turn with its plain SQL: the statement a
person would write for the same page, or, marked "its own", the endpoint's own SELECTs without the layers above them.
With --write the table and the plans go to benchmarks/results/reads.md.

Two ratios: the endpoint as a whole, and its time in the database alone. The first says little where the SQL takes a
fraction of a millisecond: signing in, sorting out the request and writing JSON cost a few milliseconds by themselves,
whatever is asked. That floor is measured too.
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
    inside: list = field(default_factory=list)
    plain: list = field(default_factory=list)
    plans: list = field(default_factory=list)
    rows: int | None = None

    def ratio(self, part):
        """p95 of `part` beside p95 of the plain SQL."""
        return p95(part) / p95(self.plain)


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
        if turn >= 3:
            found.whole.append(whole)
            found.inside.append(sum(ms for _sql, _params, ms in seen))
            found.plain.append(bare)
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
    return (
        f"| `{found.path}` | {found.role} | {'' if found.rows is None else f'{found.rows:,}'} | {found.statements} "
        f"| {statistics.median(found.whole):.1f} / {p95(found.whole):.1f} "
        f"| {statistics.median(found.inside):.1f} / {p95(found.inside):.1f} "
        f"| {statistics.median(found.plain):.1f} / {p95(found.plain):.1f}{' own' if found.own else ''} "
        f"| {found.ratio(found.whole):.1f} | {found.ratio(found.inside):.1f} |"
    )


HEAD = """| endpoint | as | rows | queries | whole p50 / p95 ms | in the database | plain SQL | whole : SQL | database : SQL |
|---|---|---:|---:|---:|---:|---:|---:|---:|"""


def report(all_found, floor, values):
    """The Markdown of a run."""
    over = [found for found in all_found if found.ratio(found.whole) > WANTED]
    own = sum(found.own for found in all_found)
    usual = statistics.median  # what is above the floor is said of the usual turn: others' work blurs the p95 of both
    beyond = [found for found in over if usual(found.whole) - usual(found.plain) * WANTED > usual(floor)]
    slow = [found for found in over if p95(found.whole) > SLOW]
    parts = [
        "# Readings of the API beside plain SQL\n",
        f"{values['patients']:,} patients, {values['appointments']:,} appointments, {values['visits']:,} visits, "
        f"{values['invoices']:,} bills, {values['events']:,} audit entries; PostgreSQL {values['postgres']}, "
        f"{os.cpu_count()} processors shared with other work. In one process, without the network; p50 / p95 of "
        f"{len(all_found[0].whole)} rounds, endpoint and SQL in turn; `synchronous_commit` off, so that the disk is not measured.\n",
        f"An endpoint that finds nothing costs {statistics.median(floor):.1f} / {p95(floor):.1f} ms: the floor of every row below. "
        '"own": the endpoint\'s own SELECTs without the layers above them, where no other SQL was written.\n',
        f"Within {WANTED:g} times as a whole: {len(all_found) - len(over)} of {len(all_found)}; in the database alone: "
        f"{sum(found.ratio(found.inside) <= WANTED for found in all_found)} of {len(all_found)}. "
        f'{own} of the rows are measured against the endpoint\'s own SELECTs ("own"), the others against SQL of another hand. '
        f"Where the SQL takes a millisecond or two, reading the token, the audit row and writing JSON are more than three "
        f"times it whatever is asked: in their median, "
        f"{len(all_found) - len(beyond)} of {len(all_found)} are within {WANTED:g} times the SQL or over it by less than the floor; not so: {', '.join(f'`{found.path}`' for found in beyond) or 'none'}. "
        f"Over it and slower than {SLOW:.0f} ms: {', '.join(f'`{found.path}`' for found in slow) or 'none'}.\n",
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
