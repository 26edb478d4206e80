from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self):
        from scheduling import writing
        from visits import written

        writing.use(written)
