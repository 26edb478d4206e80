"""Lists: what may be asked of them, and a page of the answer."""

from rest_framework import serializers
from rest_framework.response import Response

from clinic.api.fields import Whole
from clinic.api.shapes import Given

MOST = 100
USUAL = 20
DEEPEST = 100_000_000


class Listing(Given):
    """The query of a list. Subclasses add filters as fields, and `orders`: public name -> ORM fields.

    The first order is the default, or `usual`. An unknown name anywhere is a 400.
    """

    limit = Whole(min_value=1, max_value=MOST, default=USUAL, help_text="Rows on a page.")
    offset = Whole(min_value=0, max_value=DEEPEST, default=0, help_text="Rows to leave out before.")
    skip = Whole(min_value=0, max_value=DEEPEST, required=False, help_text="The same as offset.")
    orders = {"id": ("pk",)}
    usual = ""  # the order where none is asked for, when that is not the first

    def get_fields(self):
        fields = super().get_fields()
        if len(self.orders) > 1:
            names = [name for order in self.orders for name in (order, f"-{order}")]
            fields["ordering"] = serializers.ChoiceField(choices=names, required=False)
        return fields

    def sorted(self, rows, asked):
        """`rows` in the order asked for, ties broken by id so that pages never overlap."""
        name = asked.get("ordering") or self.usual or next(iter(self.orders))
        turned = name.startswith("-")
        chosen = self.orders[name.lstrip("-")]
        fields = [turn(field) for field in chosen] if turned else list(chosen)
        if not any(field.lstrip("-") in ("pk", "id") for field in fields):
            fields.append("-pk" if turned else "pk")
        return rows.order_by(*fields)


def turn(field):
    """The same ordering backwards."""
    return field[1:] if field.startswith("-") else f"-{field}"


def asked_of(request, asks):
    """The validated query of `request`, by the Listing (or Given) class `asks`. 400 for what it does not know."""
    wanted = asks(data={name: request.query_params[name] for name in request.query_params})
    wanted.is_valid(raise_exception=True)
    return wanted


def page(request, rows, asked, shown):
    """{count, next, previous, results} of a queryset or list; `shown` makes the JSON of the page's rows."""
    limit, offset = asked["limit"], asked.get("skip", asked["offset"])
    count = rows.count() if hasattr(rows, "query") else len(rows)
    results = shown(rows[offset : offset + limit]) if offset < count else []
    after, before = offset + limit, max(0, offset - limit)
    return Response(
        {
            "count": count,
            "next": address(request, limit, after) if after < count else None,
            "previous": address(request, limit, before) if offset > 0 else None,
            "results": results,
        }
    )


def address(request, limit, offset):
    """The address of another page of the same question."""
    query = request.query_params.copy()
    query.pop("skip", None)
    query["limit"], query["offset"] = limit, offset
    return request.build_absolute_uri(f"{request.path}?{query.urlencode()}")
