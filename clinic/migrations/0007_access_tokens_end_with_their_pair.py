from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0006_versions_of_people_and_departments"),
    ]

    operations = [
        migrations.AddField(
            model_name="apisignin",
            name="generation",
            field=models.PositiveIntegerField(default=0),
        ),
    ]
