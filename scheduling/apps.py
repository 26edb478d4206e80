from django.apps import AppConfig


class SchedulingConfig(AppConfig):
    name = "scheduling"

    def ready(self):
        from patients import unsettled as asked
        from scheduling import unsettled

        asked.use(unsettled)
