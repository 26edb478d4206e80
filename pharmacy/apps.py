from django.apps import AppConfig


class PharmacyConfig(AppConfig):
    name = "pharmacy"

    def ready(self):
        from patients import substances
        from pharmacy import ingredients, ordered
        from visits import orders

        substances.use(ingredients)
        orders.use(ordered)
