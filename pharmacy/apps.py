from django.apps import AppConfig


class PharmacyConfig(AppConfig):
    name = "pharmacy"

    def ready(self):
        from patients import substances
        from pharmacy import ingredients

        substances.use(ingredients)
