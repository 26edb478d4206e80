"""Conventions as start-up checks: no address without a declared access rule."""

from django.core.checks import Error, Tags, register
from django.urls import URLPattern, URLResolver, get_resolver

# Addresses whose views are not ours: Django's admin admits managers only, see clinic.admin_site.
DECLARED_ELSEWHERE = {"admin": "manager"}


def own_patterns(resolver=None, namespace=()):
    """Every (full name, pattern) of the project outside Django's admin, in the order of the table of contents."""
    resolver = resolver or get_resolver()
    for entry in resolver.url_patterns:
        if isinstance(entry, URLResolver):
            inner = (*namespace, entry.namespace) if entry.namespace else namespace
            if not inner or inner[0] not in DECLARED_ELSEWHERE:
                yield from own_patterns(entry, inner)
        elif isinstance(entry, URLPattern):
            yield ":".join((*namespace, entry.name or "")), entry


@register(Tags.security)
def every_address_has_a_rule(app_configs, **kwargs):
    """An address whose view declares neither `@allow(...)` nor `@public` stops the start."""
    return [
        Error(
            f"{name or pattern.pattern} has no access rule.",
            hint="Put @allow(Role....) or @public on its view, see clinic/access.py.",
            id="clinic.E001",
        )
        for name, pattern in own_patterns()
        if getattr(pattern.callback, "access", None) is None
    ]


@register(Tags.security)
def every_address_has_a_name(app_configs, **kwargs):
    """Links are made by name; an address without one cannot stand in the table of access."""
    return [
        Error(f"{pattern.pattern} has no name.", hint="Give path(...) a name=.", id="clinic.E002")
        for name, pattern in own_patterns()
        if not pattern.name
    ]


@register(Tags.security)
def public_views_say_why(app_configs, **kwargs):
    """A view without sign-in gives its reason in its docstring."""
    return [
        Error(f"{name} is public and does not say why.", hint="Begin its docstring with the reason.", id="clinic.E003")
        for name, pattern in own_patterns()
        if getattr(pattern.callback, "access", None) is not None
        and pattern.callback.access.roles is None
        and not (pattern.callback.__doc__ or "").strip()
    ]
