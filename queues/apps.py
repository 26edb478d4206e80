from django.apps import AppConfig


class QueuesConfig(AppConfig):
    name = "queues"

    def ready(self):
        from patients import unsettled as asked
        from queues import unsettled

        asked.use(unsettled)
