"""What the clock asks for each second, what a monitor counts, and what is tidied by age: each has its index."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("contacts", "0011_quick_history")]
    operations = [
        migrations.AddIndex("auditcheckpoint", models.Index(fields=["exported_at", "id"], name="checkpoints_by_copy")),
        migrations.AddIndex("job", models.Index(fields=["state"], name="jobs_by_state")),
        migrations.AddIndex("letter", models.Index(fields=["sent_at", "id"], name="letters_by_sending")),
        migrations.AddIndex("syncrun", models.Index(fields=["finished_at"], name="runs_by_end")),
        migrations.AddIndex("verification", models.Index(fields=["chain", "-ended_at"], name="verifications_by_end")),
        migrations.AddIndex("write", models.Index(fields=["state", "began_at"], name="writes_by_state")),
    ]
