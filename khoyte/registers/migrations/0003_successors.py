"""Who took a unit over sees its rows in the registers; who acts for somebody else is written down beside.

`khoyte.register_before` names the units taken over, parted by blanks.
"""

from django.db import migrations, models

FUNCTION = """
CREATE OR REPLACE FUNCTION khoyte_may_see_register(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.register_everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.register_facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.register_province', true))
      OR (row_facility <> '' AND row_facility = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ')))
      OR (row_province <> '' AND row_province = ANY
            (string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ')))
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0002_tenants"), ("units", "0011_walls_of_successors")]
    operations = [
        migrations.RunSQL(FUNCTION, migrations.RunSQL.noop),
        *(
            migrations.AddField(
                name, "on_behalf_of", models.CharField(max_length=150, blank=True, default="", db_default="")
            )
            for name in ("version", "step")
        ),
    ]
