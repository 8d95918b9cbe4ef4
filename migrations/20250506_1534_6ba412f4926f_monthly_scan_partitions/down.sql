-- Partitions made since, by this revision or by the nightly job, go; their rows wait in the default partition.

DO $do$
DECLARE
  child text;
BEGIN
  FOR child IN
    SELECT c.relname
    FROM pg_inherits AS i
    JOIN pg_class AS c ON c.oid = i.inhrelid
    WHERE i.inhparent = 'ticketing.scans'::regclass
      AND c.relname ~ '^scans_\d{4}_\d{2}$'
      AND c.relname NOT IN ('scans_2025_04', 'scans_2025_05', 'scans_2025_06')
    ORDER BY c.relname
  LOOP
    EXECUTE format($q$ ALTER TABLE ticketing.scans DETACH PARTITION ticketing.%I $q$, child);
    EXECUTE format($q$ INSERT INTO ticketing.scans SELECT * FROM ticketing.%I $q$, child);
    EXECUTE format($q$ DROP TABLE ticketing.%I $q$, child);
  END LOOP;
END
$do$;

DROP FUNCTION ticketing.ensure_scan_partition(date);
