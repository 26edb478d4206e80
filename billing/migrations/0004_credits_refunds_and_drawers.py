"""Credit notes, refunds, and drawers that are counted, handed over and closed."""

import django.db.models.deletion
import django.db.models.expressions
import django.utils.timezone
import pgtrigger.compiler
import pgtrigger.migrations
from django.conf import settings
from django.db import migrations, models


# What Django cannot declare. A document belongs to the patient and clinic of its bill; no TRUNCATE of what is
# append-only; and at the commit the bill's sums are those of its documents, whoever wrote them.
SAME = "FOREIGN KEY (invoice_id, patient_id, clinic_id) REFERENCES billing_invoice (id, patient_id, clinic_id)"
AGREES = """
    CREATE FUNCTION billing_invoice_agrees() RETURNS trigger LANGUAGE plpgsql AS $$
    DECLARE
        bill BIGINT := CASE TG_TABLE_NAME WHEN 'billing_invoice' THEN (to_jsonb(NEW)->>'id')::BIGINT
                       ELSE (to_jsonb(NEW)->>'invoice_id')::BIGINT END;
        kept RECORD;
    BEGIN
        IF coalesce(current_setting('pgtrigger.ignore', true), '') <> '' THEN
            RETURN NULL;
        END IF;
        SELECT paid, refunded, credited INTO kept FROM billing_invoice WHERE id = bill;
        IF kept.paid <> (SELECT coalesce(sum(amount), 0) FROM billing_payment WHERE invoice_id = bill)
        OR kept.refunded <> (SELECT coalesce(sum(amount), 0) FROM billing_refund WHERE invoice_id = bill)
        OR kept.credited <> (SELECT coalesce(sum(total), 0) FROM billing_creditnote WHERE invoice_id = bill) THEN
            RAISE EXCEPTION 'the bill does not agree with its documents'
            USING ERRCODE = '23514', CONSTRAINT = 'invoice_agrees_with_its_documents';
        END IF;
        RETURN NULL;
    END $$
"""
WATCHED = {
    "billing_payment": "INSERT",
    "billing_refund": "INSERT",
    "billing_creditnote": "INSERT",
    "billing_invoice": "UPDATE OF paid, refunded, credited",
}


class Migration(migrations.Migration):

    dependencies = [
        ('billing', '0003_guards'),
        ('clinic', '0003_own_password'),
        ('patients', '0003_search_terms'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='CreditLine',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('quantity', models.PositiveIntegerField(verbose_name='quantity')),
                ('discount', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='discount')),
                ('net', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='net')),
                ('tax', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='tax')),
                ('total', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='total')),
            ],
            options={
                'verbose_name': 'credited line',
                'verbose_name_plural': 'credited lines',
                'ordering': ['pk'],
            },
        ),
        migrations.CreateModel(
            name='CreditNote',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, verbose_name='number')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('subtotal', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='subtotal')),
                ('discount', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='discount')),
                ('tax', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='tax')),
                ('total', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='total')),
                ('day', models.DateField(verbose_name='day')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
            ],
            options={
                'verbose_name': 'credit note',
                'verbose_name_plural': 'credit notes',
            },
        ),
        migrations.CreateModel(
            name='Refund',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('number', models.CharField(max_length=30, verbose_name='number')),
                ('method', models.CharField(choices=[('cash', 'Cash'), ('card', 'Card'), ('transfer', 'Transfer'), ('upi', 'UPI'), ('other', 'Other')], max_length=8, verbose_name='method')),
                ('amount', models.DecimalField(decimal_places=3, max_digits=14, verbose_name='amount')),
                ('reason', models.CharField(max_length=200, verbose_name='reason')),
                ('reference', models.CharField(blank=True, max_length=60, verbose_name='reference')),
                ('day', models.DateField(verbose_name='day')),
                ('at', models.DateTimeField(default=django.utils.timezone.now, verbose_name='at')),
            ],
            options={
                'verbose_name': 'refund',
                'verbose_name_plural': 'refunds',
            },
        ),
        migrations.RemoveConstraint(
            model_name='invoice',
            name='invoice_state_matches_paid',
        ),
        migrations.RemoveConstraint(
            model_name='invoiceline',
            name='invoice_line_quantity',
        ),
        migrations.AddField(
            model_name='cashsession',
            name='closed_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='counted_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='counted_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='expected',
            field=models.DecimalField(decimal_places=3, max_digits=14, null=True, verbose_name='expected'),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='handed_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='cashsession',
            name='handed_to',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='invoice',
            name='credited',
            field=models.DecimalField(decimal_places=3, default=0, max_digits=14, verbose_name='credited'),
        ),
        migrations.AddField(
            model_name='invoice',
            name='refunded',
            field=models.DecimalField(decimal_places=3, default=0, max_digits=14, verbose_name='refunded'),
        ),
        migrations.AddField(
            model_name='service',
            name='version',
            field=models.PositiveIntegerField(default=1, editable=False),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cashsession',
            trigger=pgtrigger.compiler.Trigger(name='cash_session_never_deleted', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot delete rows from % table', TG_TABLE_NAME;", hash='ed568e666f7de196fa4b42e3bc8db832e9796741', operation='DELETE', pgid='pgtrigger_cash_session_never_deleted_930c9', table='billing_cashsession', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='cashsession',
            trigger=pgtrigger.compiler.Trigger(name='cash_session_closed_for_good', sql=pgtrigger.compiler.UpsertTriggerSql(condition='WHEN (OLD."closed_at" IS NOT NULL)', func="RAISE EXCEPTION 'pgtrigger: Cannot update rows from % table', TG_TABLE_NAME;", hash='33f33a57c20e08b1f3e88a701f5acab69c71b6a1', operation='UPDATE', pgid='pgtrigger_cash_session_closed_for_good_c7d40', table='billing_cashsession', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='invoice',
            trigger=pgtrigger.compiler.Trigger(name='invoice_never_overpaid', sql=pgtrigger.compiler.UpsertTriggerSql(func="\n                    IF NEW.paid > OLD.paid AND NEW.paid - NEW.refunded > NEW.total - NEW.credited THEN\n                        RAISE EXCEPTION 'more would be paid than is due'\n                        USING ERRCODE = '23514', CONSTRAINT = 'invoice_paid_within_total';\n                    END IF;\n                    RETURN NEW;\n                ", hash='943360dc311e84d65e4f225a04d03ac18ae32373', operation='UPDATE', pgid='pgtrigger_invoice_never_overpaid_7e9b3', table='billing_invoice', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='payment',
            trigger=pgtrigger.compiler.Trigger(name='payment_into_an_open_session', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE closed TIMESTAMPTZ;', func="\n            IF NEW.session_id IS NOT NULL THEN\n                SELECT closed_at INTO closed FROM billing_cashsession WHERE id = NEW.session_id FOR SHARE;\n                IF closed IS NOT NULL THEN\n                    RAISE EXCEPTION 'the cash session is closed' USING ERRCODE = '23514';\n                END IF;\n            END IF;\n            RETURN NEW;\n        ", hash='668f05e95ff1e8be29416ccdf7bbf904e3152217', operation='INSERT', pgid='pgtrigger_payment_into_an_open_session_cec15', table='billing_payment', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='cashsession',
            constraint=models.CheckConstraint(condition=models.Q(('opening_float__gte', 0), models.Q(('counted', None), ('counted__gte', 0), _connector='OR')), name='cash_session_amounts'),
        ),
        migrations.AddConstraint(
            model_name='cashsession',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('closed_at', None), ('closed_by', None), ('expected', None)), models.Q(('closed_at__isnull', False), ('closed_by__isnull', False), ('counted__isnull', False), ('expected__isnull', False)), _connector='OR'), name='cash_session_closed_with_its_figures'),
        ),
        migrations.AddConstraint(
            model_name='cashsession',
            constraint=models.CheckConstraint(condition=models.Q(('expected', None), ('counted', models.F('expected')), models.Q(('difference_reason', ''), _negated=True), _connector='OR'), name='cash_session_difference_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('credited__gte', 0), ('credited__lte', models.F('total'))), name='invoice_credited_within_total'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(('refunded', 0), models.Q(('refunded__gt', 0), ('refunded__lte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('paid'), '-', models.F('total')), '+', models.F('credited'))), ('refunded__lte', models.F('paid'))), _connector='OR'), name='invoice_refunds_only_what_is_over', violation_error_message='This would give back more than was paid too much.'),
        ),
        migrations.AddConstraint(
            model_name='invoice',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('credited', 0), ('paid', 0), ('state', 'draft')), models.Q(('credited__lt', models.F('total')), ('paid', 0), ('state', 'pending')), models.Q(('paid__gt', 0), ('paid__lt', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('total'), '-', models.F('credited')), '+', models.F('refunded'))), ('state', 'partly_paid')), models.Q(('paid__gte', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('total'), '-', models.F('credited')), '+', models.F('refunded'))), ('state', 'paid'), models.Q(('total', 0), ('paid__gt', models.F('refunded')), _connector='OR')), models.Q(('paid', models.F('refunded')), ('state', 'cancelled')), _connector='OR'), name='invoice_state_matches_paid'),
        ),
        migrations.AddConstraint(
            model_name='invoiceline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 0)), name='invoice_line_quantity'),
        ),
        migrations.AlterConstraint(
            model_name='cashsession',
            name='cash_session_one_open',
            constraint=models.UniqueConstraint(condition=models.Q(('closed_at', None)), fields=('clinic', 'cashier'), name='cash_session_one_open', violation_error_message="This cashier's drawer is already open."),
        ),
        migrations.AddField(
            model_name='creditline',
            name='line',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credits', to='billing.invoiceline'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='creditnote',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='credit_notes', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='creditline',
            name='credit_note',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='lines', to='billing.creditnote'),
        ),
        migrations.AddField(
            model_name='refund',
            name='approved_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='refund',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL, verbose_name='by'),
        ),
        migrations.AddField(
            model_name='refund',
            name='clinic',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='clinic.clinic'),
        ),
        migrations.AddField(
            model_name='refund',
            name='invoice',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.invoice'),
        ),
        migrations.AddField(
            model_name='refund',
            name='patient',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='patients.patient'),
        ),
        migrations.AddField(
            model_name='refund',
            name='session',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='refunds', to='billing.cashsession'),
        ),
        migrations.AddIndex(
            model_name='creditnote',
            index=models.Index(fields=['clinic', 'day'], name='credit_note_by_day'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.UniqueConstraint(fields=('clinic', 'number'), name='credit_note_one_number'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='credit_note_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='creditnote',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('tax__gte', 0), ('total', django.db.models.expressions.CombinedExpression(django.db.models.expressions.CombinedExpression(models.F('subtotal'), '-', models.F('discount')), '+', models.F('tax'))), ('total__gte', 0)), name='credit_note_sums'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditnote',
            trigger=pgtrigger.compiler.Trigger(name='credit_note_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='497d7bfbf50c27a428c4b89909d9066924918e25', operation='UPDATE OR DELETE', pgid='pgtrigger_credit_note_append_only_7b2e6', table='billing_creditnote', when='BEFORE')),
        ),
        migrations.AddConstraint(
            model_name='creditline',
            constraint=models.UniqueConstraint(fields=('credit_note', 'line'), name='credit_line_once_in_a_note'),
        ),
        migrations.AddConstraint(
            model_name='creditline',
            constraint=models.CheckConstraint(condition=models.Q(('quantity__gte', 1)), name='credit_line_quantity'),
        ),
        migrations.AddConstraint(
            model_name='creditline',
            constraint=models.CheckConstraint(condition=models.Q(('discount__gte', 0), ('net__gte', 0), ('tax__gte', 0), ('total', django.db.models.expressions.CombinedExpression(models.F('net'), '+', models.F('tax')))), name='credit_line_sums'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditline',
            trigger=pgtrigger.compiler.Trigger(name='credit_line_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='4ff98348fb574b589df9539e85a540bab9612e25', operation='UPDATE OR DELETE', pgid='pgtrigger_credit_line_append_only_89e33', table='billing_creditline', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='creditline',
            trigger=pgtrigger.compiler.Trigger(name='credit_line_within_its_line', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE billed billing_invoiceline; taken BIGINT; money NUMERIC;', func="\n                    SELECT * INTO billed FROM billing_invoiceline WHERE id = NEW.line_id;\n                    SELECT coalesce(sum(quantity), 0), coalesce(sum(total), 0) INTO taken, money\n                    FROM billing_creditline WHERE line_id = NEW.line_id;\n                    IF taken + NEW.quantity > billed.quantity OR money + NEW.total > billed.total THEN\n                        RAISE EXCEPTION 'more would be credited than was billed' USING ERRCODE = '23514';\n                    END IF;\n                    IF billed.invoice_id <> (SELECT invoice_id FROM billing_creditnote WHERE id = NEW.credit_note_id) THEN\n                        RAISE EXCEPTION 'the line is of another bill' USING ERRCODE = '23514';\n                    END IF;\n                    RETURN NEW;\n                ", hash='9ffb8fe55d1b160ce4ffbcd3f1196f8239935783', operation='INSERT', pgid='pgtrigger_credit_line_within_its_line_0b3dd', table='billing_creditline', when='BEFORE')),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['clinic', 'day'], name='refund_by_day'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.UniqueConstraint(fields=('clinic', 'number'), name='refund_one_number'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('amount__gt', 0)), name='refund_above_zero', violation_error_message='Write an amount above zero.'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='refund_has_a_reason'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('method', 'cash'), _negated=True), ('session__isnull', False), _connector='OR'), name='refund_of_cash_from_a_session'),
        ),
        migrations.AddConstraint(
            model_name='refund',
            constraint=models.CheckConstraint(condition=models.Q(('approved_by', None), models.Q(('approved_by', models.F('by')), _negated=True), _connector='OR'), name='refund_approved_by_another'),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_append_only', sql=pgtrigger.compiler.UpsertTriggerSql(func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;", hash='47141b322db14e44ed769c2fffe8207bbe8772b2', operation='UPDATE OR DELETE', pgid='pgtrigger_refund_append_only_f4f97', table='billing_refund', when='BEFORE')),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name='refund',
            trigger=pgtrigger.compiler.Trigger(name='refund_from_an_open_session', sql=pgtrigger.compiler.UpsertTriggerSql(declare='DECLARE closed TIMESTAMPTZ;', func="\n            IF NEW.session_id IS NOT NULL THEN\n                SELECT closed_at INTO closed FROM billing_cashsession WHERE id = NEW.session_id FOR SHARE;\n                IF closed IS NOT NULL THEN\n                    RAISE EXCEPTION 'the cash session is closed' USING ERRCODE = '23514';\n                END IF;\n            END IF;\n            RETURN NEW;\n        ", hash='0529bd29fb7dc0417363ccbe38f90352afb26f4e', operation='INSERT', pgid='pgtrigger_refund_from_an_open_session_238d2', table='billing_refund', when='BEFORE')),
        ),
        *[
            migrations.RunSQL(
                f"ALTER TABLE {table} ADD CONSTRAINT {table}_same_patient {SAME} DEFERRABLE INITIALLY IMMEDIATE",
                f"ALTER TABLE {table} DROP CONSTRAINT {table}_same_patient",
            )
            for table in ("billing_refund", "billing_creditnote")
        ],
        *[
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table}"
                " FOR EACH STATEMENT EXECUTE FUNCTION clinic_refuse_truncate()",
                f"DROP TRIGGER {table}_no_truncate ON {table}",
            )
            for table in ("billing_refund", "billing_creditnote", "billing_creditline")
        ],
        migrations.RunSQL(AGREES, "DROP FUNCTION billing_invoice_agrees"),
        *[
            migrations.RunSQL(
                f"CREATE CONSTRAINT TRIGGER {table}_agrees AFTER {event} ON {table} DEFERRABLE INITIALLY DEFERRED"
                " FOR EACH ROW EXECUTE FUNCTION billing_invoice_agrees()",
                f"DROP TRIGGER {table}_agrees ON {table}",
            )
            for table, event in WATCHED.items()
        ],
    ]
