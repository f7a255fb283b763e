from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("contacts", "0015_v2_ids")]

    operations = []
