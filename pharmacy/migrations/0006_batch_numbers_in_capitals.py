from django.db import migrations

# Two rows of one medicine, clinic and expiry may have had the same number in other letters. Both have moves and
# dispensings that are never rewritten, so they stay two rows: the older one takes the number as it is kept from now
# on, unless another has it already; the rest stay as they are, and are recalled by themselves.
IN_CAPITALS = """
UPDATE pharmacy_batch AS batch SET number = kept.number
FROM (SELECT id, upper(btrim(regexp_replace(number, '\\s+', ' ', 'g'))) AS number FROM pharmacy_batch) AS kept
WHERE kept.id = batch.id AND batch.number <> kept.number AND NOT EXISTS (
    SELECT 1 FROM pharmacy_batch AS other
    WHERE other.clinic_id = batch.clinic_id AND other.medicine_id = batch.medicine_id
        AND other.expires_on = batch.expires_on AND other.id <> batch.id
        AND upper(btrim(regexp_replace(other.number, '\\s+', ' ', 'g'))) = kept.number
        AND (other.number = kept.number OR other.id < batch.id)
)
"""


class Migration(migrations.Migration):

    dependencies = [
        ('pharmacy', '0005_newest_first'),
    ]

    operations = [
        migrations.RunSQL(IN_CAPITALS, migrations.RunSQL.noop),
    ]
