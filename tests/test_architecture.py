"""The house's rules that a machine can hold: floors, rooms, and a few things that must never appear."""

import ast
import importlib.metadata
import re
import tomllib
from pathlib import Path

from importlinter import cli

BASE = Path(__file__).resolve().parent.parent
APPS = ("clinic", "patients", "queues", "billing", "scheduling", "visits", "pharmacy")
FLOOR_APPS = APPS[1:]
TEMPLATES = sorted((BASE / "templates").rglob("*.html"))
STYLES = sorted((BASE / "static" / "css").rglob("*.css"))
SCRIPTS = sorted((BASE / "static" / "js").rglob("*.js"))
# Files whose subject is publishing itself.
PUBLISHERS = {"clinic/live.py", "clinic/operation.py"}
# Places where text is known to be ours and already escaped; everything else is escaped by the template engine.
SAFE_ALLOWED = {"clinic/templatetags/clinic.py", "queues/slips.py"}
# How rows are written, a trail is laid and screens are told.
WRITES = {"save", "create", "bulk_create", "update", "delete", "get_or_create", "update_or_create", "record", "publish"}
# Nobody acts on these but the user who signs in or out, or the hour.
ACTOR_IS_THE_USER = {"note_sign_in", "note_sign_out", "note_lock", "note_gone", "refuse_sign_in"}
LONGEST_FILE = 400
LONGEST_FUNCTION = 40
DEEPEST = 3
PHYSICAL_CSS = re.compile(
    r"(?<![\w-])(?:(?:margin|padding|border|scroll-margin|scroll-padding)-(?:left|right)(?:-\w+)?|left|right)\s*:"
    r"|(?:text-align|float|clear)\s*:\s*(?:left|right)\b"
    r"|border-(?:top|bottom)-(?:left|right)-radius\s*:"
)


def sources(*apps):
    """(relative path, syntax tree, text) of each Python file of `apps` that people wrote."""
    for app in apps:
        for path in sorted((BASE / app).rglob("*.py")):
            if "migrations" not in path.parts:
                text = path.read_text()
                yield str(path.relative_to(BASE)), ast.parse(text), text


def calls(tree):
    return [node for node in ast.walk(tree) if isinstance(node, ast.Call)]


def name_of(node):
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def room(path):
    """`operations` for app/operations.py and for app/operations/anything.py."""
    return Path(path).parts[1].removesuffix(".py")


# --- floors and rooms ------------------------------------------------------------------------------------------------


def test_imports_go_down_only():
    assert cli.lint_imports(config_filename=str(BASE / "pyproject.toml"), cache_dir=None) == 0


def test_every_shared_module_stands_on_the_roof_or_on_the_ground():
    contracts = tomllib.loads((BASE / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    floors = next(contract for contract in contracts if contract["id"] == "floors")["layers"]
    declared = set(re.findall(r"clinic\.(\w+)", " ".join(floors)))
    folders = {path.parent.name for path in (BASE / "clinic").glob("*/__init__.py")} - {"migrations"}
    modules = {path.stem for path in (BASE / "clinic").glob("*.py")} - {"__init__"}
    assert sorted((modules | folders) - declared) == []


def test_no_app_looks_into_the_door_of_another():
    seen = []
    for path, tree, _text in sources(*FLOOR_APPS):
        for node in ast.walk(tree):
            module = node.module if isinstance(node, ast.ImportFrom) and node.module else ""
            parts = [*module.split("."), *(alias.name for alias in getattr(node, "names", []) if module)]
            other = parts[0] in FLOOR_APPS and parts[0] != Path(path).parts[0]
            if other and {"views", "urls", "admin", "api"} & set(parts[1:3]):
                seen.append(f"{path}:{node.lineno} imports {module}")
    assert seen == []


def test_operations_know_nothing_of_requests_and_forms():
    forbidden = (
        "django.http",
        "django.shortcuts",
        "django.forms",
        "django.contrib.messages",
        "clinic.pages",
        "clinic.forms",
    )
    seen = []
    for path, tree, _text in sources(*APPS):
        if room(path) == "operations":
            modules = [node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
            seen += [f"{path} imports {module}" for module in modules if module.startswith(forbidden)]
    assert seen == []


def test_every_public_verb_is_an_operation_with_its_actor_by_keyword():
    rooms = {}
    for path, tree, _text in sources(*APPS):
        if room(path) in ("operations", "staffing"):
            rooms.setdefault(str(Path(path).parts[:2]), []).append((path, tree))
    seen = []
    for files in rooms.values():
        for path, node in _verbs(files):
            if not _is_operation(node):
                seen.append(f"{path}: {node.name} writes and is no operation")
            keywords = [argument.arg for argument in node.args.kwonlyargs]
            if node.args.args or ("by" not in keywords and node.name not in ACTOR_IS_THE_USER):
                seen.append(f"{path}: {node.name} takes keyword arguments only, among them `by`")
            if not ast.get_docstring(node):
                seen.append(f"{path}: {node.name} has no docstring")
    assert seen == []


def _is_operation(node):
    return any(name_of(part) == "operation" for part in node.decorator_list)


def _verbs(files):
    """(path, function) of what the others may call of a room and what writes, itself or through another of the room.

    A room of several files names in its `__init__` what the others may call.
    """
    functions = [(path, node) for path, tree in files for node in tree.body if isinstance(node, ast.FunctionDef)]
    inits = [tree for path, tree in files if path.endswith("__init__.py")]
    given = {alias.name for tree in inits for node in ast.walk(tree) for alias in getattr(node, "names", [])}
    writers, found = set(WRITES), {node.name for _path, node in functions if _is_operation(node)}
    while found - writers:
        writers |= found
        found = {node.name for _path, node in functions if {name_of(call.func) for call in calls(node)} & writers}
    for path, node in functions:
        if not node.name.startswith("_") and node.name in writers and (node.name in given or not inits):
            yield path, node


def test_live_topics_are_published_by_operations_only():
    seen = []
    for path, tree, _text in sources(*APPS):
        if path not in PUBLISHERS and room(path) != "operations":
            seen += [f"{path}:{node.lineno}" for node in calls(tree) if name_of(node.func) == "publish"]
    assert seen == []


def test_no_signals_and_no_save_overrides():
    seen = []
    for path, tree, text in sources(*APPS):
        if "django.db.models.signals" in text or "django.dispatch" in text:
            seen.append(f"{path} uses signals")
        if room(path) == "models":
            seen += [
                f"{path}:{node.lineno} overrides {node.name}"
                for node in ast.walk(tree)
                if isinstance(node, ast.FunctionDef) and node.name in ("save", "delete")
            ]
    assert seen == []


# --- what must never appear ------------------------------------------------------------------------------------------


def test_money_and_stock_know_no_float():
    seen = []
    for path, tree, _text in sources("billing", "pharmacy"):
        seen += _floats(path, tree)
    for path in ("clinic/money.py", "clinic/numbers.py"):
        seen += _floats(path, ast.parse((BASE / path).read_text()))
    assert seen == []


def _floats(path, tree):
    found = []
    for node in ast.walk(tree):
        literal = isinstance(node, ast.Constant) and isinstance(node.value, float)
        if literal or (isinstance(node, ast.Call) and name_of(node.func) in ("float", "FloatField")):
            found.append(f"{path}:{node.lineno}")
    return found


def test_text_is_marked_safe_only_where_it_is_known_to_be():
    seen = [
        str(path.relative_to(BASE))
        for path in TEMPLATES
        if re.search(r"\|\s*safe\b|autoescape\s+off", path.read_text())
    ]
    for path, tree, _text in sources(*APPS):
        if path not in SAFE_ALLOWED:
            seen += [
                f"{path}:{node.lineno}" for node in calls(tree) if name_of(node.func) in ("mark_safe", "SafeString")
            ]
    assert seen == []


def test_templates_hold_no_inline_code():
    forbidden = re.compile(r"\son\w+\s*=\s*[\"']|\sstyle\s*=|\shx-on|hx-vals=[\"']js:|<style\b|javascript:", re.I)
    inline_script = re.compile(r"<script(?![^>]*\b(?:src=|type=\"application/json\"))", re.I)
    seen = []
    for path in TEMPLATES:
        for number, line in enumerate(path.read_text().splitlines(), 1):
            if forbidden.search(line) or inline_script.search(line):
                seen.append(f"{path.relative_to(BASE)}:{number}: {line.strip()[:80]}")
    assert seen == []


def test_lists_of_people_who_wait_are_renewed_every_minute():
    lists = ("scheduling/_desk_today", "queues/_station", "pharmacy/_worklist", "visits/_home", "visits/_queue")
    texts = {name: (BASE / "templates" / f"{name}.html").read_text() for name in lists}
    assert [name for name, text in texts.items() if not re.search(r"\{% live [^%]+%\} data-minutes\b", text)] == []


def test_nothing_is_loaded_from_another_host():
    outside = re.compile(r"(?:src|href|action|url\()\s*=?\s*[\"']?(?:https?:)?//", re.I)
    seen = []
    for path in [*TEMPLATES, *STYLES, *SCRIPTS]:
        if outside.search(path.read_text()):
            seen.append(str(path.relative_to(BASE)))
    assert seen == []


def test_styles_use_logical_directions():
    seen = []
    for path in STYLES:
        text = re.sub(r"/\*.*?\*/", lambda match: "\n" * match[0].count("\n"), path.read_text(), flags=re.S)
        for number, line in enumerate(text.splitlines(), 1):
            if PHYSICAL_CSS.search(line):
                seen.append(f"{path.relative_to(BASE)}:{number}: {line.strip()[:80]}")
    assert seen == []


def test_every_post_form_carries_its_token():
    seen = []
    for path in TEMPLATES:
        for form in re.findall(r"<form\b.*?</form>", path.read_text(), re.S | re.I):
            if re.search(r"method=[\"']post", form, re.I) and "csrf_token" not in form and "{% crispy" not in form:
                seen.append(f"{path.relative_to(BASE)}: {form[:60]!r}")
    assert seen == []


# --- size ------------------------------------------------------------------------------------------------------------


def test_files_stay_short():
    seen = [
        f"{path}: {text.count(chr(10))} lines"
        for path, _tree, text in sources(*APPS)
        if text.count("\n") > LONGEST_FILE
    ]
    assert seen == []


def test_functions_stay_short_and_shallow():
    seen = []
    for path, tree, _text in sources(*APPS):
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = node.end_lineno - node.lineno + 1 - _docstring_lines(node)
                if length > LONGEST_FUNCTION:
                    seen.append(f"{path}: {node.name} has {length} lines")
                if _depth(node) > DEEPEST + 1:
                    seen.append(f"{path}: {node.name} is {_depth(node)} levels deep")
    assert seen == []


def _docstring_lines(node):
    if not ast.get_docstring(node):
        return 0
    return node.body[0].end_lineno - node.body[0].lineno + 1


def _depth(node):
    blocks = (ast.If, ast.For, ast.While, ast.With, ast.Try, ast.AsyncFor, ast.AsyncWith)
    deepest = 0
    for child in ast.iter_child_nodes(node):
        # `elif` is written as an `if` inside the `else` of another: the same level to a reader.
        chained = isinstance(node, ast.If) and isinstance(child, ast.If) and [child] == node.orelse
        deepest = max(deepest, _depth(child) + (isinstance(child, blocks) and not chained))
    return deepest


# --- translations and requirements -----------------------------------------------------------------------------------


def test_translations_are_in_step():
    from clinic import catalogues

    assert catalogues.problems() == []


def test_every_pin_is_exact():
    lines = []
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-embedded.txt", "constraints.txt"):
        lines += (BASE / name).read_text().splitlines()
    packages = [line.split("#")[0].strip() for line in lines if line.strip() and not line.startswith(("#", "-"))]
    assert [package for package in packages if not re.fullmatch(r"[\w.-]+(\[[\w,]+\])?==[\w.]+", package)] == []


def test_every_package_that_is_imported_is_a_direct_requirement():
    text = (BASE / "requirements.txt").read_text() + (BASE / "requirements-embedded.txt").read_text()
    direct = {_plain(name) for name in re.findall(r"^([\w.-]+)(?:\[[\w,]+\])?==", text, re.M)}
    known = importlib.metadata.packages_distributions()
    seen = set()
    for path, tree, _text in sources(*APPS):
        for module in _imported(tree):
            packages = {_plain(name) for name in known.get(module, [])}
            if packages and not packages & direct:
                seen.add(f"{path} imports {module}")
    assert sorted(seen) == []


def _imported(tree):
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def _plain(name):
    return re.sub(r"[-_.]+", "-", name).lower()
