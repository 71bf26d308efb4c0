"""The events of runs, for those who want them kept in the database."""

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("studio", "0002_whole_history"),
    ]

    operations = [
        migrations.CreateModel(
            name="RecordedRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deployment", models.CharField(max_length=255)),
                ("run_id", models.CharField(max_length=100)),
                ("relay", models.CharField(max_length=16)),
                ("next", models.PositiveIntegerField(default=0)),
                ("count", models.PositiveIntegerField(default=0)),
                ("size", models.PositiveBigIntegerField(default=0)),
                ("whole", models.BooleanField(default=False)),
                ("written_at", models.DateTimeField(db_index=True, default=django.utils.timezone.now)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("deployment", "run_id", "relay"), name="one_recording_a_relay")
                ],
            },
        ),
        migrations.CreateModel(
            name="EventBatch",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("place", models.PositiveIntegerField()),
                ("count", models.PositiveIntegerField()),
                ("size", models.PositiveBigIntegerField()),
                ("data", models.BinaryField()),
                (
                    "run",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="batches", to="studio.recordedrun"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("run", "place"), name="one_batch_a_place")],
            },
        ),
    ]
