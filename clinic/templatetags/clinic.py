"""Template tags of the house: isolated runs, names, days, money, icons and the words of states.

Every number with a unit, date, phone or identifier leaves here as one left-to-right run, so that an Arabic line
cannot turn it round.
"""

from functools import lru_cache

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext, gettext_lazy, ngettext
from lucide.templatetags.lucide import lucide

from clinic import display

register = template.Library()

# state: (icon, word); the form of each stands in data.css.
STATES = {
    "asked": ("circle-question-mark", gettext_lazy("To confirm")),
    "booked": ("circle", gettext_lazy("Booked")),
    "waiting": ("clock", gettext_lazy("Waiting")),
    "called": ("megaphone", gettext_lazy("Called")),
    "with_doctor": ("user-check", gettext_lazy("With doctor")),
    "pharmacy": ("pill", gettext_lazy("Pharmacy")),
    "to_pay": ("coins", gettext_lazy("To pay")),
    "done": ("check", gettext_lazy("Done")),
    "no_show": ("slash", gettext_lazy("No-show")),
    "cancelled": ("slash", gettext_lazy("Cancelled")),
    "left": ("log-out", gettext_lazy("Left")),
}
CHIP_KINDS = {"ok", "warn", "danger", "info", "violet", "quiet"}
KEY_NAMES = {"Enter": "↵", "Esc": "Esc", "Space": "Space"}


@lru_cache(maxsize=512)
def _icon(name: str, size: int, flip: bool) -> SafeString:
    css = "icon icon-flip" if flip else "icon"
    svg = lucide(name, size=size, **{"aria-hidden": "true", "focusable": "false", "class": css, "stroke-width": "2"})
    # The package's own drawing, no outside text in it.
    return mark_safe(svg)  # noqa: S308


@register.simple_tag
def icon(name, size=16, flip=False):
    """An inline drawing, hidden from screen readers; `flip` mirrors it in right-to-left pages."""
    return _icon(str(name), int(size), bool(flip))


@register.simple_tag
def ltr(value, **attributes):
    """`value` as one left-to-right run; `class="code"` for identifiers."""
    if value is None or value == "":
        return ""
    css = attributes.get("class")
    if css:
        return format_html('<bdi dir="ltr" class="{}">{}</bdi>', css, value)
    return format_html('<bdi dir="ltr">{}</bdi>', value)


@register.simple_tag
def day(value, long=False):
    """`20-Nov-2026`; with `long` the day of the week before it."""
    if not value:
        return ""
    run = ltr(display.day_text(value))
    return format_html("{} {}", display.weekday_text(value), run) if long else run


@register.simple_tag
def clock(value):
    """`09:05`."""
    return ltr(display.clock_text(value)) if value else ""


@register.simple_tag
def moment(value):
    """`20-Nov-2026 09:05` as one run."""
    return ltr(f"{display.day_text(value)} {display.clock_text(value)}") if value else ""


@register.simple_tag
def amount(value, currency=None, bare=False):
    """`150.00 SAR`; `bare` leaves the currency out (columns)."""
    if value is None or value == "":
        return ""
    return ltr(display.amount_text(value, currency, bare=bare))


def _named(text):
    return format_html('<bdi dir="auto" class="person">{}</bdi>', text) if text else ""


@register.simple_tag
def person_name(person, other=False):
    """A patient's name: `AL-HASSAN, Layla` in Latin, natural order in Arabic; `other` gives the other script."""
    return _named(display.patient_name(person, other=other)) if person else ""


@register.simple_tag
def staff_name(person, other=False):
    """The name of someone on the staff, in natural order."""
    return _named(display.staff_name(person, other=other)) if person else ""


@register.simple_tag
def live(*topics):
    """The attribute that ties a region to its topics: `data-live="desk station-3"`."""
    return format_html('data-live="{}"', " ".join(str(topic) for topic in topics if topic))


def _chip(css, drawing, text):
    return format_html('<span class="chip {}">{}<span class="chip-word">{}</span></span>', css, drawing, text)


@register.simple_tag
def state_chip(state, text=None):
    """Word, icon and form of a state; `text` replaces the word."""
    drawing, word = STATES.get(str(state), ("circle", str(state)))
    return _chip(f"chip-{str(state).replace('_', '-')}", icon(drawing, 14), text or word)


@register.simple_tag
def chip(kind, drawing, text):
    """A small label of a kind (ok, warn, danger, info, violet, quiet) with an icon ("" for none)."""
    if kind not in CHIP_KINDS:
        raise template.TemplateSyntaxError(f"unknown kind of chip: {kind}")
    return _chip(f"chip-{kind}", icon(drawing, 14) if drawing else "", text)


@register.simple_tag
def wait(minutes, limit=None):
    """`6 min`; over the limit bold, with a triangle and a word for who does not see it."""
    if minutes is None or minutes == "":
        return ""
    text = ngettext("%(count)s min", "%(count)s min", int(minutes)) % {"count": int(minutes)}
    if limit is None or int(minutes) < int(limit):
        return format_html('<bdi class="wait">{}</bdi>', text)
    return format_html(
        '<bdi class="wait wait-long">{}<span class="visually-hidden">{}</span> {}</bdi>',
        icon("triangle-alert", 14),
        gettext("Long wait"),
        text,
    )


@register.simple_tag
def key(combination):
    """A keycap: `{% key "Ctrl+Enter" %}`; hidden on touch screens and from screen readers."""
    caps = " ".join(KEY_NAMES.get(part, part) for part in str(combination).split("+"))
    return format_html('<kbd dir="ltr" aria-hidden="true">{}</kbd>', caps)


@register.simple_tag
def bar(value, top):
    """A horizontal bar of `value` out of `top`, drawn without style attributes; the figure stands beside it in words."""
    share = max(0, min(100, round(100 * (value or 0) / top, 1))) if top else 0
    return format_html(
        '<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true">'
        '<rect class="bar-bed" width="100" height="8"/><rect class="bar-fill" width="{}" height="8"/></svg>',
        share,
    )
