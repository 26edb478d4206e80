from django.core.validators import MinValueValidator
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('clinic', '0007_access_tokens_end_with_their_pair'),
    ]

    operations = [
        migrations.AddField(
            model_name='clinic',
            name='prescription_valid_days',
            field=models.PositiveSmallIntegerField(default=90, validators=[MinValueValidator(1)], verbose_name='a prescription is dispensed for, days'),
        ),
        migrations.AddConstraint(
            model_name='clinic',
            constraint=models.CheckConstraint(condition=models.Q(('prescription_valid_days__gte', 1)), name='clinic_prescription_valid_a_day', violation_error_message='A prescription is valid for one day at least.'),
        ),
    ]
