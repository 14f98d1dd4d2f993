"""A receipt is one statement: who speaks, is it a repeat, is there room, then file, bytes and audit entry.

The server keeps the plans of a function's statements, and a small file costs one question instead of ten. It
runs with the rights of whoever calls it, behind the same walls as any statement of theirs.
"""

from django.db import migrations

# `speaks`: what units.tenancy says of the speaker, as name, value, name, value; null where a transaction
# has said so already. `place`: the lock for which requests with this key or these bytes queue.
FUNCTION = """
CREATE FUNCTION khoyte_receive(
    speaks text[], place bigint, since timestamptz, most integer,
    id uuid, its_facility text, its_province text, its_sender_unit text, its_sender text, its_door text,
    at timestamptz, its_day date, its_name text, its_sha256 bytea, its_size bigint, expected integer,
    key text, its_gateway jsonb, its_zstd bytea,
    by_name text, by_unit text, by_role text, its_details jsonb, its_source text,
    OUT outcome text, OUT earlier uuid, OUT waiting integer
) LANGUAGE plpgsql AS $$
DECLARE
    found_sha256 bytea;
BEGIN
    FOR turn IN 1 .. coalesce(cardinality(speaks), 0) BY 2 LOOP
        PERFORM set_config(speaks[turn], speaks[turn + 1], true);
    END LOOP;
    IF key = '' THEN
        PERFORM pg_advisory_xact_lock(place);
        SELECT s.id, s.sha256 INTO earlier, found_sha256 FROM submission s
        WHERE s.sender_unit = its_sender_unit AND s.sha256 = its_sha256 AND s.received_at > since
        ORDER BY s.received_at LIMIT 1;
    ELSE
        IF NOT pg_try_advisory_xact_lock(place) THEN
            outcome := 'being-received';
            RETURN;
        END IF;
        SELECT s.id, s.sha256 INTO earlier, found_sha256 FROM submission s
        WHERE s.sender_unit = its_sender_unit AND s.idempotency_key = key AND s.idempotency_key <> ''
          AND s.received_at > since
        ORDER BY s.received_at LIMIT 1;
    END IF;
    IF earlier IS NOT NULL THEN
        outcome := CASE WHEN found_sha256 = its_sha256 THEN 'repeated' ELSE 'other-body' END;
        RETURN;
    END IF;
    SELECT count(*) INTO waiting FROM (
        SELECT 1 FROM submission s WHERE s.facility = its_facility AND s.state IN ('received', 'judging')
        LIMIT most) w;
    IF waiting >= most THEN
        outcome := 'full';
        RETURN;
    END IF;
    INSERT INTO submission (
        id, facility, province, sender_unit, sender, door, received_at, day, file_name, sha256, size,
        expected_dossiers, kind, idempotency_key, gateway, state, attempts, judgement,
        declared, undeclared, received, accepted, rejected, quarantined, duplicate, missing
    ) VALUES (
        id, its_facility, its_province, its_sender_unit, its_sender, its_door, at, its_day, its_name,
        its_sha256, its_size, expected, '', key, its_gateway, 'received', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0
    );
    IF its_zstd IS NOT NULL THEN
        INSERT INTO raw_receipt (submission_id, facility, province, zstd)
        VALUES (id, its_facility, its_province, its_zstd);
    END IF;
    PERFORM khoyte_record(by_name, by_unit, by_role, 'submission.receive', 'submission', id::text,
                          its_facility, its_province, its_details, its_source);
    outcome := 'new';
END $$;
"""


class Migration(migrations.Migration):
    dependencies = [("submissions", "0006_gate"), ("audit", "0007_record")]
    operations = [migrations.RunSQL(FUNCTION, "DROP FUNCTION khoyte_receive")]
