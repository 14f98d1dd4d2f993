"""Searching by words with the help of an index, behind the wall.

PostgreSQL looks into an index behind row-level security only by operators that are known to tell nothing of
rows that may not be seen, and `@@` is none of these: a search would read every row of the register. So the
owner of the tables searches and is let through to read them (`searching` on each table). The wall stays:
every row is asked `khoyte_may_see_register`, the very function of the policies, so that what they learn later
holds for a search at once. Nothing but ids comes out, and who reads a row by its id meets the policy again.

Units are written into the statement only where they narrow it, so that the planner knows how many rows it
will find: for common words it walks the list in its order, for rare ones it gathers them from the index.
"""

from django.db import migrations

FUNCTION = """
CREATE FUNCTION khoyte_search(
    of_register text, query tsquery, of_state text, in_order boolean, skip bigint, most bigint
) RETURNS SETOF uuid
LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
    everything boolean := coalesce(current_setting('khoyte.register_everything', true), '') = 'on';
    taken_over text[] := string_to_array(nullif(current_setting('khoyte.register_before', true), ''), ' ');
    facility text := nullif(current_setting('khoyte.register_facility', true), '');
    province text := nullif(current_setting('khoyte.register_province', true), '');
    tenant text := '';
BEGIN
    IF NOT everything THEN
        IF facility IS NULL AND province IS NULL AND taken_over IS NULL THEN
            RETURN;
        END IF;
        tenant := CASE
            WHEN province IS NULL THEN 'AND facility = ANY($2)'
            WHEN facility IS NULL THEN 'AND (province = ANY($3) OR facility = ANY($2))'
            ELSE 'AND (facility = ANY($2) OR province = ANY($3))' END;
        -- One office and nothing taken over: its list lies in order in an index.
        IF facility IS NULL AND taken_over IS NULL THEN
            tenant := format('AND province = %L', province);
        END IF;
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT id FROM %I WHERE words @@ $1 %s %s AND khoyte_may_see_register(facility, province) %s'
        ' OFFSET $5 LIMIT $6',
        of_register, tenant, CASE WHEN of_state <> '' THEN 'AND state = $4' END,
        CASE WHEN in_order THEN 'ORDER BY sort_key, id' END)
    USING query, array_append(taken_over, facility), array_append(taken_over, province), of_state, skip, most;
END $$;
REVOKE EXECUTE ON FUNCTION khoyte_search(text, tsquery, text, boolean, bigint, bigint) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION khoyte_search(text, tsquery, text, boolean, bigint, bigint) TO khoyte_app;
"""


class Migration(migrations.Migration):
    dependencies = [("registers", "0006_round_trips")]
    operations = [
        migrations.RunSQL(
            FUNCTION, "DROP FUNCTION khoyte_search(text, tsquery, text, boolean, bigint, bigint)"
        )
    ]
