from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('catalogue', '0002_release'),
    ]

    operations = [
        migrations.AddField(
            model_name='relationrow',
            name='found_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='relationrow',
            name='run_id',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddField(
            model_name='relationrow',
            name='superseded_by',
            field=models.CharField(max_length=64, null=True),
        ),
        migrations.AddIndex(
            model_name='relationrow',
            index=models.Index(fields=['found_at', 'run_id', 'place'], name='relation_order'),
        ),
    ]
