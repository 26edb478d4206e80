from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clinic", "0005_programs_sign_in"),
    ]

    operations = [
        migrations.AddField(
            model_name=name,
            name="version",
            field=models.PositiveIntegerField(default=1, editable=False),
        )
        for name in ("user", "doctor", "department")
    ]
