from django.apps import AppConfig


class VisitsConfig(AppConfig):
    name = "visits"

    def ready(self):
        from patients import unsettled as asked
        from visits import unsettled

        asked.use(unsettled)
