from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0003_own_password'),
    ]

    operations = [
        migrations.AddField(
            model_name='clinic',
            name='public_doctors',
            field=models.BooleanField(default=False, verbose_name='doctors and their free times are shown without signing in'),
        ),
    ]
