from django.db import migrations, models

# Who was seen before joined later than the stay they came from; who had only waited kept their arrival.
SENT_ON = """
UPDATE queues_entry AS entry SET sent_on = true
FROM queues_entry AS before
WHERE before.id = entry.came_from_id AND entry.booked_at IS NULL AND entry.joined_at > before.joined_at
"""


class Migration(migrations.Migration):

    dependencies = [
        ('queues', '0005_set_back'),
    ]

    operations = [
        migrations.AddField(
            model_name='entry',
            name='sent_on',
            field=models.BooleanField(default=False),
        ),
        migrations.RunSQL(SENT_ON, migrations.RunSQL.noop),
    ]
