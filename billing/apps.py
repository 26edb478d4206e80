from django.apps import AppConfig


class BillingConfig(AppConfig):
    name = "billing"

    def ready(self):
        from billing import unsettled
        from patients import unsettled as asked

        asked.use(unsettled)
