"""Shapes of what goes in and out."""

from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers


def fresh(field):
    """A field like the declared one, for one request.

    DRF copies a field by copying everything it was made of, help texts and choices included, which
    took longer than filling it. Only fields within it must be its own, everything else is read.
    """
    inside = {
        name: fresh(value) if isinstance(value, serializers.Field) else value for name, value in field._kwargs.items()
    }
    return type(field)(*field._args, **inside)


class Shape(serializers.Serializer):
    """Named fields."""

    def get_fields(self):
        return {name: fresh(field) for name, field in self._declared_fields.items()}


class Given(Shape):
    """What an endpoint takes. A field that it does not know is an error, never silently dropped.

    `example`: a body for the schema, where one helps; subclasses do not take it over.
    """

    example = None

    def to_internal_value(self, data):
        if isinstance(data, dict):
            unknown = {str(name)[:60]: [_("This field is not known here.")] for name in data if name not in self.fields}
            if unknown:
                raise serializers.ValidationError(unknown)
        return super().to_internal_value(data)

    def create(self, validated_data):
        raise NotImplementedError("operations write, serializers only read")

    update = create


class Shown(Shape):
    """What an endpoint answers; `roles_of` names fields that only some roles may read, others do not get them at all."""

    example = None
    roles_of = {}

    def get_fields(self):
        fields, request = super().get_fields(), self.context.get("request")
        described = getattr(self.context.get("view"), "swagger_fake_view", False)
        if request is not None and not described:  # the schema shows all of them
            for name, roles in self.roles_of.items():
                if not request.user.has_role(*roles):
                    fields.pop(name, None)
        return fields

    def below(self, shape, rows):
        """The JSON of rows within a row; their fields are made once for the whole page, not again for each of its rows."""
        if shape not in self._below:
            self._below[shape] = shape(context=self.context)
        return [self._below[shape].to_representation(row) for row in rows]

    @cached_property
    def _below(self):
        return {}

    def create(self, validated_data):
        raise NotImplementedError("an answer is not written")

    update = create


class Nothing(Given):
    """An endpoint that takes no values."""


class Problem(serializers.Serializer):
    """The one shape of every error."""

    code = serializers.CharField(help_text="A stable name for programs.")
    detail = serializers.CharField(help_text="A sentence for the person, in their language.")
    fields = serializers.DictField(child=serializers.ListField(child=serializers.CharField()), required=False)
    alternatives = serializers.ListField(child=serializers.DictField(), required=False)
    reference = serializers.CharField(required=False, help_text="The request's number, to find it in the log.")
