"""The QR code on a slip: the way to the public page of one's place in line."""

import io

import segno
from django.urls import reverse
from django.utils.safestring import mark_safe


def place_url(request, token):
    """The full address of the token's public page; its code is unguessable and says nothing about the patient."""
    return request.build_absolute_uri(reverse("queues:my_place", args=[token.place_code]))


def place_svg(address):
    """The address as an inline SVG of black modules; no style attribute, so that a strict CSP allows it."""
    out = io.BytesIO()
    code = segno.make(address, error="m", micro=False)
    code.save(
        out, kind="svg", scale=4, border=2, xmldecl=False, svgns=True, svgclass="qr", lineclass=None, omitsize=True
    )
    # The package's own drawing: modules only, the address is not in it as text.
    return mark_safe(out.getvalue().decode())  # noqa: S308
