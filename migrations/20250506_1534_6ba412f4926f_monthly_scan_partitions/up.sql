-- A nightly job calls this function for the coming month. It also works for a month that has already begun: what the
-- default partition caught meanwhile moves over.

CREATE FUNCTION ticketing.ensure_scan_partition(month date) RETURNS text
LANGUAGE plpgsql
SET search_path = ''
AS $fn$
DECLARE
  first_day timestamp := date_trunc('month', month::timestamp);
  lower_bound timestamptz := first_day AT TIME ZONE 'UTC';
  upper_bound timestamptz := (first_day + interval '1 month') AT TIME ZONE 'UTC';
  child text := 'scans_' || to_char(first_day, 'YYYY_MM');
BEGIN
  IF to_regclass(format('ticketing.%I', child)) IS NOT NULL THEN
    RETURN child;
  END IF;

  -- Made apart and attached, because the default partition must not hold a row of the month by then.
  EXECUTE format(
    $q$
      CREATE TABLE ticketing.%I (LIKE ticketing.scans INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING INDEXES)
    $q$,
    child
  );
  EXECUTE format(
    $q$
      WITH moved AS (
        DELETE FROM ticketing.scans_default WHERE scanned_at >= $1 AND scanned_at < $2 RETURNING *
      )
      INSERT INTO ticketing.%I SELECT * FROM moved
    $q$,
    child
  ) USING lower_bound, upper_bound;
  EXECUTE format(
    $q$ ALTER TABLE ticketing.scans ATTACH PARTITION ticketing.%I FOR VALUES FROM (%L) TO (%L) $q$,
    child, lower_bound, upper_bound
  );
  RETURN child;
END
$fn$;

COMMENT ON FUNCTION ticketing.ensure_scan_partition(date) IS 'Safe to call again; returns the name of the partition';

DO $do$
BEGIN
  FOR month_number IN 7..12 LOOP
    PERFORM ticketing.ensure_scan_partition(make_date(2025, month_number, 1));
  END LOOP;
END
$do$;
