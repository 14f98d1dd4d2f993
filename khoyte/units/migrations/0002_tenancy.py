"""The function every row-level security policy asks: may the speaker of this transaction see this row?

The speaker is set with set_config(..., true) and is gone with the transaction; an empty setting sees nothing.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION khoyte_may_see(row_facility text, row_province text) RETURNS boolean
LANGUAGE sql STABLE PARALLEL SAFE AS $$
  SELECT coalesce(current_setting('khoyte.everything', true), '') = 'on'
      OR (row_facility <> '' AND row_facility = current_setting('khoyte.facility', true))
      OR (row_province <> '' AND row_province = current_setting('khoyte.province', true))
$$;
GRANT EXECUTE ON FUNCTION khoyte_may_see(text, text) TO khoyte_app, khoyte_worker;
"""


class Migration(migrations.Migration):
    dependencies = [("units", "0001_initial")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION khoyte_may_see(text, text)")]
