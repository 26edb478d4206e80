"""Message catalogues: what is visible text, what is translated, and whether the two are in step.

Each app has one catalogue per language, `<app>/locale/<language>/LC_MESSAGES/django.po`: the strings of its Python
files and of `templates/<app>/`; every other template belongs to `clinic`. No gettext tool is needed.
"""

import ast
import io
import os
import re
from dataclasses import dataclass
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

BASE = Path(__file__).resolve().parent.parent
APPS = ("clinic", "patients", "queues", "billing", "scheduling", "visits", "pharmacy")
LANGUAGES = ("ar",)
# none, one, two, 3-10, 11-99, 100 and more: the order of Django's own catalogue. Babel's own formula swaps the last two.
PLURALS = {
    "ar": "n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 && n%100<=99 ? 4 : 5",
}
PYTHON_CALLS = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
TEMPLATE_CALL = re.compile(r"(?<![\w.])(npgettext|ngettext|pgettext|gettext|_)\(")
TEMPLATE_ENDINGS = {".html", ".txt", ".xml", ".svg", ".typ"}
PLACEHOLDER = re.compile(r"%\(\w+\)[sdf]|%[sd](?!\w)|\{\w*\}")
ARABIC_LETTER = re.compile(r"[\u0621-\u064A]")
ARABIC_DIGIT = re.compile(r"[\u0660-\u0669\u06F0-\u06F9]")
CHANGING_HEADERS = re.compile(
    rb'^"(Project-Id-Version|Report-Msgid-Bugs-To|POT-Creation-Date|PO-Revision-Date|Last-Translator|Language-Team|Generated-By): .*\n',
    re.M,
)


@dataclass(frozen=True)
class Found:
    """One visible string: `ids` is a text, or (singular, plural); `places` are the files that show it."""

    ids: str | tuple[str, str]
    context: str | None
    place: str


def po_path(app: str, language: str) -> Path:
    return BASE / app / "locale" / language / "LC_MESSAGES" / "django.po"


def extract_app(app: str) -> list[Found]:
    """Every translatable string of `app`, in the order of its files."""
    found = []
    for path in sorted((BASE / app).rglob("*.py")):
        if "migrations" not in path.parts:
            found += _from_python(path)
    for path in _templates(app):
        found += _from_template(path)
    return found


def _templates(app: str) -> list[Path]:
    root = BASE / "templates"
    paths = [path for path in sorted(root.rglob("*")) if path.suffix in TEMPLATE_ENDINGS]
    return [path for path in paths if _owner(path.relative_to(root)) == app]


def _owner(relative: Path) -> str:
    first = relative.parts[0]
    return first if first in APPS and len(relative.parts) > 1 else "clinic"


def _from_python(path: Path) -> list[Found]:
    place = str(path.relative_to(BASE))
    with path.open("rb") as file:
        return [
            Found(_ids(message), context, place)
            for _line, message, _comments, context in extract("python", file, keywords=PYTHON_CALLS)
            if message and message != ("", "")
        ]


def _ids(message):
    return tuple(message[:2]) if isinstance(message, tuple | list) else message


def _from_template(path: Path) -> list[Found]:
    place = str(path.relative_to(BASE))
    calls = templatize(path.read_text(), origin=place)
    return [_found(name, arguments, place) for name, arguments in _calls(calls)]


def _found(name: str, arguments: list, place: str) -> Found:
    context = arguments.pop(0) if name in ("pgettext", "npgettext") else None
    ids = tuple(arguments[:2]) if name in ("ngettext", "npgettext") else arguments[0]
    return Found(ids, context, place)


def _calls(text: str):
    """(name, string arguments) of each gettext call in what Django's templatize made of a template."""
    for match in TEMPLATE_CALL.finditer(text):
        end = _closing(text, match.end())
        call = ast.parse(text[match.start() : end].strip(), mode="eval").body
        yield (
            match[1],
            [part.value for part in call.args if isinstance(part, ast.Constant) and isinstance(part.value, str)],
        )


def _closing(text: str, start: int) -> int:
    """The position after the parenthesis that closes a call whose arguments begin at `start`."""
    quote = None
    position = start
    while position < len(text):
        character = text[position]
        if quote and character == "\\":
            position += 1
        elif quote:
            quote = None if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == ")":
            return position + 1
        position += 1
    raise ValueError("a gettext call in a template does not end")


def template_of(found: list[Found], language: str) -> Catalog:
    """A catalogue with every found string and no translation yet."""
    catalog = _empty(language)
    for one in found:
        catalog.add(one.ids, context=one.context, locations=[(one.place, 1)])
    return catalog


def _empty(language: str) -> Catalog:
    return _with_plurals(Catalog(locale=language, charset="utf-8", fuzzy=False), language)


def _with_plurals(catalog: Catalog, language: str) -> Catalog:
    catalog._num_plurals, catalog._plural_expr = 6, PLURALS[language]
    return catalog


def load(app: str, language: str) -> Catalog:
    """The catalogue on disk; an empty one when there is none yet."""
    path = po_path(app, language)
    if not path.exists():
        return _empty(language)
    with path.open("rb") as file:
        return _with_plurals(read_po(file, locale=language, charset="utf-8"), language)


def merge(app: str, language: str, *, prune: bool = False) -> Catalog:
    """Bring the catalogue of `app` in step with its strings, keep every translation, write it when it changed.

    A translation whose string is gone is kept as a `#~` entry until `prune`.
    """
    fresh, old = template_of(extract_app(app), language), load(app, language)
    for message in fresh:
        if message.id:
            _take_over(message, old.get(_key(message), message.context), fresh.num_plurals)
    if not prune:
        fresh.obsolete.update(old.obsolete)
        for message in old:
            if message.id and fresh.get(_key(message), message.context) is None and _translated(message):
                fresh.obsolete[_catalog_key(message)] = message
    _write_po(fresh, po_path(app, language))
    return fresh


def _take_over(message, known, forms: int) -> None:
    if known is None:
        return
    message.user_comments = known.user_comments
    message.flags |= known.flags & {"fuzzy"}
    plural, known_plural = isinstance(message.id, tuple), isinstance(known.string, tuple | list)
    if plural and known_plural:
        message.string = tuple((list(known.string) + [""] * forms)[:forms])
    elif not plural and not known_plural:
        message.string = known.string


def _key(message):
    return message.id[0] if isinstance(message.id, tuple | list) else message.id


def _catalog_key(message):
    return (_key(message), message.context) if message.context else _key(message)


def _translated(message) -> bool:
    return any(message.string) if isinstance(message.string, tuple | list) else bool(message.string)


def _write_po(catalog: Catalog, path: Path) -> None:
    if not any(message.id for message in catalog) and not path.exists():
        return
    buffer = io.BytesIO()
    catalog.header_comment = "# Translations of the clinic's screens."
    write_po(buffer, catalog, width=120, include_lineno=False)
    _replace(path, CHANGING_HEADERS.sub(b"", buffer.getvalue()))


def _replace(path: Path, content: bytes) -> None:
    """Write in one step, and only when something changed, so that readers never see half a file."""
    if path.exists() and path.read_bytes() == content:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    draft.write_bytes(content)
    draft.replace(path)


def compile_stale() -> int:
    """Compile every catalogue newer than its compiled file; returns how many were compiled."""
    count = 0
    for app in APPS:
        for language in LANGUAGES:
            source = po_path(app, language)
            target = source.with_suffix(".mo")
            if source.exists() and (not target.exists() or target.stat().st_mtime_ns <= source.stat().st_mtime_ns):
                buffer = io.BytesIO()
                write_mo(buffer, load(app, language))
                target.unlink(missing_ok=True)
                _replace(target, buffer.getvalue())
                count += 1
    return count


def problems(apps=APPS) -> list[str]:
    """One line for each string that is missing, empty, fuzzy, obsolete, wrongly filled or translated in two ways."""
    lines, said = [], {}
    for app in apps:
        for language in LANGUAGES:
            lines += [f"{app}/{language}: {line}" for line in _catalogue_problems(app, language, said)]
    return lines


def _catalogue_problems(app: str, language: str, said: dict) -> list[str]:
    wanted, have = template_of(extract_app(app), language), load(app, language)
    lines = []
    for message in wanted:
        if message.id:
            lines += _message_problems(message, have.get(_key(message), message.context), wanted.num_plurals)
    for message in have:
        if message.id and wanted.get(_key(message), message.context) is None:
            lines.append(f"obsolete: {_key(message)!r}")
        elif message.id:
            lines += _said_otherwise(app, message, said)
    lines += [f"obsolete: {_key(message)!r}" for message in have.obsolete.values()]
    return lines


def _said_otherwise(app: str, message, said: dict) -> list[str]:
    first_app, first = said.setdefault((_key(message), message.context), (app, message.string))
    both_singular = isinstance(first, str) and isinstance(message.string, str)
    if both_singular and first != message.string:
        return [f"translated otherwise in {first_app}: {_key(message)!r} ({message.string} / {first})"]
    return []


def _message_problems(message, known, forms: int) -> list[str]:
    name = _key(message)
    if known is None:
        return [f"missing: {name!r}"]
    if "fuzzy" in known.flags:
        return [f"fuzzy: {name!r}"]
    strings = list(known.string) if isinstance(known.string, tuple | list) else [known.string]
    if not all(strings):
        return [f"empty: {name!r}"]
    if isinstance(message.id, tuple) and len(strings) != forms:
        return [f"{len(strings)} plural forms instead of {forms}: {name!r}"]
    return [line for number, string in enumerate(strings) for line in _string_problems(message, string, number)]


def _string_problems(message, string: str, number: int) -> list[str]:
    name, plural = _key(message), isinstance(message.id, tuple)
    wanted = sorted(set(PLACEHOLDER.findall(message.id[1] if plural else message.id)))
    got = sorted(set(PLACEHOLDER.findall(string)))
    # In Arabic "none", "one" and "two" are words: those three forms may leave the number out.
    number_left_out = plural and number < 3 and set(got) <= set(wanted) and len(wanted) - len(got) == 1
    lines = []
    if got != wanted and not number_left_out:
        lines.append(f"placeholders {wanted} became {got}: {name!r}")
    if ARABIC_DIGIT.search(string):
        lines.append(f"digits are 0-9 on every screen: {name!r}")
    if " " in name and not ARABIC_LETTER.search(string) and re.search(r"[a-z]{3}", name):
        lines.append(f"still English: {name!r}")
    return lines
