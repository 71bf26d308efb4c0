"""The index is made anew: it can be read again at any time, and each row holds more now."""

import django.db.models.deletion
from django.db import migrations, models

import studio.models


class Migration(migrations.Migration):
    dependencies = [("studio", "0001_checkpoint_index")]

    operations = [
        migrations.DeleteModel("CheckpointRow"),
        migrations.DeleteModel("ThreadIndex"),
        migrations.CreateModel(
            name="ThreadIndex",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("deployment", models.CharField(max_length=255)),
                ("thread_id", models.CharField(max_length=64)),
                ("namespace", models.CharField(blank=True, max_length=1000)),
                ("token", models.CharField(default=studio.models.new_token, max_length=16)),
                ("gaps", models.JSONField(default=studio.models.everything)),
                ("barred", models.BooleanField(default=False)),
                ("opened", models.PositiveIntegerField(default=0)),
                ("edition", models.PositiveIntegerField(default=0)),
                ("purged", models.PositiveIntegerField(default=0)),
                ("page_bytes", models.PositiveIntegerField(default=0)),
                ("counted", models.PositiveIntegerField(null=True)),
                ("counted_with", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("deployment", "thread_id", "namespace"), name="one_index_a_history")
                ],
            },
        ),
        migrations.CreateModel(
            name="CheckpointRow",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("checkpoint_id", models.CharField(max_length=64)),
                ("edition", models.PositiveIntegerField(default=0)),
                ("parent_id", models.CharField(max_length=64, null=True)),
                ("step", models.IntegerField(null=True)),
                ("source", models.CharField(max_length=32)),
                ("next", models.JSONField(default=list)),
                ("created_at", models.DateTimeField(null=True)),
                ("run_id", models.CharField(max_length=64, null=True)),
                ("kept", models.PositiveIntegerField(null=True)),
                ("messages", models.JSONField(default=list)),
                ("channels", models.JSONField(default=dict)),
                ("interrupted", models.BooleanField(default=False)),
                ("error", models.CharField(blank=True, max_length=120)),
                (
                    "thread",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="rows", to="studio.threadindex"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("thread", "checkpoint_id"), name="one_row_a_checkpoint")
                ],
            },
        ),
    ]
