"""Questions that Django does not know how to put."""

from django.db.models import Field, ForeignObject, Lookup


@Field.register_lookup
@ForeignObject.register_lookup
class AnyOf(Lookup):
    """`patient__any_of=ArraySubquery(rows)`: the value is one of an array's.

    PostgreSQL makes the array once, before the question. What `in` asks it may ask anew for each row and each join,
    and does while its statistics are young: with thirty people in line a question took a second and a half.
    """

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler, connection):
        """The left side = ANY (the array on the right)."""
        left, given = self.process_lhs(compiler, connection)
        array, more = compiler.compile(self.rhs)
        return f"{left} = ANY ({array})", [*given, *more]
