from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self):
        from patients import unsettled as asked
        from scheduling import writing
        from visits import unsettled, written

        asked.use(unsettled)
        writing.use(written)
