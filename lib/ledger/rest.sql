-- The rest of the ledger: for steps outside a transaction, and how they go on where one broke off; and for indexes that
-- a statement may find there already.

-- All that these routines refuse, as in "refuse". at: the number of the statement, told as the error's column.
CREATE FUNCTION ledger.refuse_step(reason text, at integer, VARIADIC said text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  refusal record;
BEGIN
  SELECT * INTO refusal FROM (VALUES
:refusals
  ) AS refusals (reason, code, message, hint) WHERE refusals.reason = refuse_step.reason;
  RAISE EXCEPTION USING ERRCODE = refusal.code,
    MESSAGE = refusal.code || ': ' || format(refusal.message, VARIADIC said),
    HINT = format(refusal.hint, VARIADIC said), COLUMN = coalesce(at::text, '');
END
$updown$;

-- Steps that were started outside a transaction and not finished let nothing else in.
CREATE PROCEDURE ledger.check_unfinished(op text, rev text) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  half record;
BEGIN
  FOR half IN SELECT u.*, ledger.is_alive(u.backend_pid, u.backend_start) AS alive FROM ledger.unfinished u LOOP
    IF half.alive THEN
      CALL ledger.refuse_busy(format('pid %s works on %s of %s, outside a transaction',
        half.backend_pid, half.op, half.revision), half.backend_pid);
    ELSIF check_unfinished.op <> 'stamp' AND (half.revision <> rev OR half.op <> check_unfinished.op) THEN
      PERFORM ledger.refuse_step('unfinished', NULL, half.op, half.revision);
    END IF;
  END LOOP;
END
$updown$;

-- Behind which statement a step goes on that was started just now; -1 where no run worked on it before.
CREATE FUNCTION ledger.recorded(op text, rev text) RETURNS integer LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT coalesce((SELECT u.statement FROM ledger.unfinished u
                    WHERE u.revision = rev AND u.op = recorded.op AND u.detail @> '{"resumes": true}'), -1)
$updown$;

-- How the person who runs a step says at which statement it goes on, in front of that number.
CREATE FUNCTION ledger.resume_option() RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT CASE WHEN run ->> 'channel' IS DISTINCT FROM 'script' THEN '--resume-at '
              WHEN run ? 'ids' OR run ? 'after' THEN 'a psql script of it and -v updown_resume_at='
              ELSE '-v updown_resume_at=' END
    FROM (SELECT nullif(current_setting('updown.run', true), '')::jsonb) AS settings (run)
$updown$;

-- A step outside a transaction begins, or goes on where another run broke off. prefixes: the digest of the file's first
-- n statements, for each n. blind: numbers of statements that leave no trace, so that only a person can say whether
-- they have run; doubtful: of those whose trace may be somebody else's.
CREATE PROCEDURE ledger.start(op text, rev text, digest text, parents text[], prefixes text[], blind integer[],
  doubtful integer[], seen jsonb) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  run CONSTANT jsonb := nullif(current_setting('updown.run', true), '')::jsonb;
  flag CONSTANT text := ledger.resume_option();
  told integer := run ->> 'resumeAt';
  half record;
  asked boolean;
  gone text;
  again boolean := false;
  bad text;
  done integer := 0;
  entry bigint;
BEGIN
  SELECT u.* INTO half FROM ledger.unfinished u WHERE u.revision = rev;
  IF FOUND THEN
    asked := half.statement + 1 = ANY (blind || doubtful);
    SELECT string_agg(thing, ', ') INTO gone FROM jsonb_array_elements_text(
        coalesce(half.detail -> 'session', '[]') || coalesce(half.detail -> 'settings', '[]')) AS thing
     WHERE half.statement < cardinality(prefixes) AND NOT EXISTS (
       SELECT FROM pg_stat_activity a
        WHERE a.pid = pg_backend_pid() AND a.pid = half.backend_pid AND a.backend_start = half.backend_start);
    again := gone IS NOT NULL AND coalesce(told = 1, false);
    IF told NOT IN (half.statement + 1, half.statement + 1 + asked::integer) AND NOT again THEN
      PERFORM ledger.refuse_step(CASE WHEN asked THEN 'told wrongly' ELSE 'told needlessly' END, NULL, op, rev,
        told::text, half.statement::text, cardinality(prefixes)::text, flag, (half.statement + 1)::text,
        (half.statement + 2)::text, btrim(flag, ' ='));
    END IF;
    IF half.statement > 0 AND NOT again AND half.digest IS DISTINCT FROM prefixes[half.statement] THEN
      PERFORM ledger.refuse_step('edited within', NULL, op, rev, half.statement::text);
    END IF;
    -- Of a script that tells it for its reader, what is told is another thing.
    IF gone IS NOT NULL AND (told IS NULL OR run ? 'ids' OR run ? 'after') THEN
      PERFORM ledger.refuse_step(CASE WHEN asked THEN 'session gone, asked' ELSE 'session gone' END, NULL, op, rev,
        (half.statement + 1)::text, gone, flag, (half.statement + 2)::text,
        CASE op WHEN 'up' THEN 'only' ELSE 'forget' END);
    END IF;
    done := coalesce(told - 1, half.statement);
    SELECT string_agg(c.relname, ', ') INTO bad FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
     WHERE (done > half.statement OR again) AND NOT (i.indisvalid AND i.indisready)
       AND seen -> 'indexes' ? c.relname::text AND NOT half.detail -> 'indexes' ? c.relname::text;
    IF bad IS NOT NULL THEN
      PERFORM ledger.refuse_step('invalid index told', NULL,
        CASE WHEN again THEN format('what %s of %s did is not undone', op, rev)
             ELSE format('statement %s of %s %s cannot have run', done, op, rev) END, bad);
    END IF;
    IF told IS NULL AND done + 1 = ANY (blind) THEN
      PERFORM ledger.refuse_step('blind', NULL, (done + 1)::text, op, rev, flag, (done + 2)::text);
    END IF;
  ELSE
    -- It was said of another step.
    told := NULL;
  END IF;
  -- Of a statement that broke off, what counts is what was there before it.
  entry := ledger.append('start', op, rev, CASE WHEN done = 0 THEN digest ELSE prefixes[done] END, parents, done,
    NULL, NULL, CASE WHEN done IS DISTINCT FROM half.statement THEN seen WHEN told IS NULL THEN half.detail - 'told'
         ELSE half.detail - '{told,session,settings}'::text[] END
    || CASE WHEN told IS NULL THEN '{}' ELSE '{"told": true}' END::jsonb
    || CASE WHEN half.revision IS NULL THEN '{}' ELSE '{"resumes": true}' END::jsonb);
  INSERT INTO ledger.worker
  SELECT entry, a.pid, a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid();
END
$updown$;

-- Between statements: still ours, and exactly so many done. It waits for the lock: whoever has it is about to find that
-- this step is ours, and what has run outside a transaction must not go unrecorded for that. It holds up no concurrent
-- build: nobody has the lock during one.
CREATE PROCEDURE ledger.resume(op text, rev text, done integer) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  half record;
BEGIN
  PERFORM pg_advisory_xact_lock(:product, :key);
  SELECT u.* INTO half FROM ledger.unfinished u WHERE u.revision = rev AND u.op = resume.op;
  IF half.statement IS DISTINCT FROM done OR half.backend_pid IS DISTINCT FROM pg_backend_pid() THEN
    PERFORM ledger.refuse_step(CASE WHEN half.statement = done THEN 'taken over' ELSE 'moved on' END, NULL, op, rev,
      done::text, coalesce(half.statement::text, '<NULL>'), coalesce(half.backend_pid::text, '<NULL>'));
  END IF;
  PERFORM set_config('updown.step', rev, true), set_config('updown.changes', ledger.changes()::text, true),
          set_config('updown.outside', rev, true);
END
$updown$;

-- Records statement number done + 1; digest is that of all statements up to it.
CREATE PROCEDURE ledger.progress(op text, rev text, done integer, digest text, seen jsonb) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  half record;
  entry bigint;
BEGIN
  CALL ledger.check_transaction(rev);
  CALL ledger.check_file(rev);
  SELECT u.* INTO half FROM ledger.unfinished u WHERE u.revision = rev;
  -- One that came up INVALID since the last entry is what another statement broke off at: the file may have it behind
  -- this one by now.
  seen := seen || jsonb_build_object('indexes', (
    SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM jsonb_array_elements_text(seen -> 'indexes') AS name
     WHERE half.detail -> 'indexes' ? name OR NOT EXISTS (
       SELECT FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relname = name AND NOT (i.indisvalid AND i.indisready)
          AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid))));
  entry := ledger.append('progress', op, rev, digest, NULL, done + 1, NULL, NULL, seen || ledger.session_of());
  INSERT INTO ledger.worker VALUES (entry, half.backend_pid, half.backend_start);
END
$updown$;

-- What a step outside a transaction leaves in its session, by name: no other session has it, so none can go on with
-- what needs it. Asked before its transaction has ended: what goes with that is named, too.
CREATE FUNCTION ledger.session_of() RETURNS jsonb LANGUAGE sql SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT CASE count(*) WHEN 0 THEN '{}'
         ELSE jsonb_build_object('session', jsonb_agg(held.thing ORDER BY held.thing)) END FROM (
    SELECT format('temporary %s %s', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'S' THEN 'sequence' ELSE 'table' END,
             c.relname)
      FROM pg_class c WHERE c.relnamespace = pg_my_temp_schema() AND c.relkind IN ('r', 'p', 'v', 'S')
       AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid
                          AND d.deptype IN ('a', 'i') AND c.relkind = 'S')
    UNION ALL SELECT format('temporary function %s', p.proname) FROM pg_proc p
     WHERE p.pronamespace = pg_my_temp_schema()
    UNION ALL SELECT format('temporary type %s', t.typname) FROM pg_type t
     WHERE t.typnamespace = pg_my_temp_schema() AND t.typtype IN ('d', 'e', 'r')
    UNION ALL SELECT format('prepared statement %s', p.name) FROM pg_prepared_statements p WHERE p.from_sql
    UNION ALL SELECT format('cursor %s', p.name) FROM pg_cursors p WHERE p.is_holdable
    UNION ALL SELECT format('advisory lock %s', CASE l.objsubid
             WHEN 1 THEN ((l.classid::bigint << 32) | l.objid::bigint)::text
             ELSE format('(%s, %s)', l.classid::bigint::bit(32)::integer, l.objid::bigint::bit(32)::integer) END)
      FROM pg_locks l WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.granted
       AND NOT (l.classid::bigint = :product AND l.objid::bigint = :unsigned_key AND l.objsubid = 2)
  ) AS held (thing)
$updown$;

-- The indexes these tables have now, to tell later which ones a broken off statement left behind.
CREATE FUNCTION ledger.indexes_of(tables regclass[]) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT jsonb_build_object('indexes', coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]'))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ANY (tables)
$updown$;

-- Whether something is there that a statement outside a transaction makes or takes away. What the path decides is
-- looked up by the caller.
CREATE FUNCTION ledger.is_partition(parent regclass, part regclass) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT EXISTS (SELECT FROM pg_inherits WHERE inhparent = parent AND inhrelid = part)
$updown$;

CREATE FUNCTION ledger.is_there(kind text, name text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT CASE kind
    WHEN 'database' THEN EXISTS (SELECT FROM pg_database WHERE datname = name)
    WHEN 'tablespace' THEN EXISTS (SELECT FROM pg_tablespace WHERE spcname = name)
    WHEN 'subscription' THEN EXISTS (SELECT FROM pg_subscription WHERE subname = name)
  END
$updown$;

-- What a REINDEX CONCURRENTLY that broke off has left: of a table, with its partitions and TOAST tables, of an index's
-- table, of a schema, or of all.
CREATE FUNCTION ledger.find_leftovers(kind text, relation regclass, namespace text) RETURNS SETOF regclass
LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  WITH root (oid) AS (
    SELECT CASE kind WHEN 'table' THEN relation::oid
                     WHEN 'index' THEN (SELECT o.indrelid FROM pg_index o WHERE o.indexrelid = relation) END)
  SELECT i.indexrelid::regclass FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
     AND (kind = 'all' OR i.indrelid IN (
       SELECT unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_class t, root
        WHERE t.oid = root.oid OR t.oid IN (SELECT p.relid FROM pg_partition_tree(root.oid) p)
           OR (kind = 'schema' AND t.relnamespace = (SELECT n.oid FROM pg_namespace n WHERE n.nspname = namespace))))
     AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
$updown$;

-- Whether a DETACH PARTITION CONCURRENTLY broke off. Only servers that know it have the column.
CREATE FUNCTION ledger.is_detaching(parent regclass, part regclass) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  RETURN EXISTS (SELECT FROM pg_inherits WHERE inhparent = parent AND inhrelid = part AND inhdetachpending);
END
$updown$;

-- Whether it was otherwise when the last entry of an unfinished step was made. What was so before is not the broken off
-- statement's doing.
CREATE FUNCTION ledger.has_become(rev text, key text, now boolean, wanted boolean) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT now = wanted
         AND coalesce((SELECT (u.detail ->> key)::boolean <> wanted
                         FROM ledger.unfinished u WHERE u.revision = rev), false)
$updown$;

-- Whether a statement of this shape could have made an index.
CREATE FUNCTION ledger.fits(candidate oid, shape jsonb) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT i.indisunique = (shape ->> 'unique')::boolean AND m.amname = shape ->> 'method'
     AND i.indnkeyatts = (shape ->> 'keys')::integer AND i.indnatts = jsonb_array_length(shape -> 'columns')
     AND (i.indpred IS NULL OR (shape ->> 'partial')::boolean)
     AND NOT EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
                       LEFT JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                      WHERE (shape -> 'columns') ->> (k.n - 1)::integer <> coalesce(a.attname, ''))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am m ON m.oid = c.relam
   WHERE i.indexrelid = candidate
$updown$;

-- Its definition as the server words it under a path: what the path finds has no schema in it.
CREATE FUNCTION ledger.define(candidate oid, path text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  PERFORM set_config('search_path', path, true);
  RETURN pg_catalog.pg_get_indexdef(candidate);
END
$updown$;

-- Whether its definition is the very one, as a file under that path words it; never so where the shape does not tell
-- all of it. The server words every index of a partitioned table with ONLY.
CREATE FUNCTION ledger.is_exactly(candidate oid, shape jsonb, path text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT ledger.define(candidate, path) = format('CREATE %sINDEX %I ON %s%I.%I USING %s (%s)%s%s',
           CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, CASE WHEN c.relkind = 'I' THEN 'ONLY ' END,
           n.nspname, t.relname, shape ->> 'method',
           string_agg(coalesce(quote_ident(k.name), '') || ((shape -> 'exact' -> 'keys') ->> (k.n - 1)::integer), ', '
             ORDER BY k.n) FILTER (WHERE k.n <= i.indnkeyatts),
           ' INCLUDE (' || string_agg(quote_ident(k.name), ', ' ORDER BY k.n) FILTER (WHERE k.n > i.indnkeyatts) || ')',
           shape -> 'exact' ->> 'tail')
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
         JOIN pg_namespace n ON n.oid = t.relnamespace,
         jsonb_array_elements_text(shape -> 'columns') WITH ORDINALITY AS k (name, n)
   WHERE i.indexrelid = candidate
   GROUP BY i.indisunique, i.indnkeyatts, c.relname, c.relkind, n.nspname, t.relname
$updown$;

-- Whether an index can't be what a statement of this shape makes. An expression or a condition is not compared: the
-- server words it anew.
CREATE FUNCTION ledger.is_other(candidate oid, shape jsonb, path text) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT NOT ledger.fits(candidate, shape) OR (i.indpred IS NOT NULL) <> (shape ->> 'partial')::boolean
      OR EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS k (attnum, n)
                  WHERE ((shape -> 'columns') ->> (k.n - 1)::integer IS NULL) <> (k.attnum = 0))
      OR (shape ? 'exact' AND NOT shape -> 'columns' @> '[null]' AND NOT ledger.is_exactly(candidate, shape, path))
    FROM pg_index i WHERE i.indexrelid = candidate
$updown$;

-- Indexes of a table that were not there when the last entry of an unfinished step was made, that nobody builds right
-- now, and that a statement of this shape could have made. sure: that it has; without a name in the statement, only the
-- server's own choice of one tells.
CREATE FUNCTION ledger.new_indexes(rev text, relation regclass, index_name text, shape jsonb, path text)
RETURNS TABLE (index regclass, valid boolean, sure boolean) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT c.oid::regclass, i.indisvalid AND i.indisready,
         index_name IS NOT NULL
         OR (ledger.is_exactly(c.oid, shape, path) AND left(c.relname, length(chosen.name)) = chosen.name
             AND substr(c.relname, length(chosen.name) + 1) ~ '^[0-9]*$')
    FROM ledger.unfinished u,
         pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid,
         LATERAL (SELECT format('%s_%s_idx', t.relname, string_agg(k.name, '_' ORDER BY k.n))
                    FROM jsonb_array_elements_text(shape -> 'exact' -> 'names')
                           WITH ORDINALITY AS k (name, n)) AS chosen (name)
   WHERE u.revision = rev AND i.indrelid = relation AND (index_name IS NULL OR c.relname = index_name)
     AND NOT coalesce(u.detail -> 'indexes' ? c.relname::text, false)
     AND NOT EXISTS (SELECT FROM pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
     AND CASE WHEN index_name IS NULL THEN ledger.fits(c.oid, shape)
              -- INVALID, new, and of the very name: what broke off there, whatever the statement was then.
              ELSE NOT (i.indisvalid AND i.indisready)
                   OR (ledger.fits(c.oid, shape) AND (NOT shape ? 'exact' OR ledger.is_exactly(c.oid, shape, path))) END
$updown$;

-- Those that statement at of the step has made, finished or broken off. What it has made or somebody else, only a
-- person can tell.
CREATE FUNCTION ledger.find_indexes(rev text, relation regclass, index_name text, shape jsonb, at integer,
  finished boolean, path text DEFAULT current_setting('search_path')) RETURNS SETOF regclass LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  other regclass;
BEGIN
  RETURN QUERY SELECT n.index FROM ledger.new_indexes(rev, relation, index_name, shape, path) n
                WHERE n.sure AND n.valid = finished;
  IF NOT FOUND THEN
    SELECT n.index INTO other FROM ledger.new_indexes(rev, relation, index_name, shape, path) n
     WHERE NOT n.sure AND n.valid = finished LIMIT 1;
    IF FOUND AND NOT finished THEN
      PERFORM ledger.refuse_step('doubtful invalid index', NULL, other::text, at::text, rev);
    ELSIF FOUND AND NOT EXISTS (SELECT FROM ledger.unfinished u
                                 WHERE u.revision = rev AND u.detail @> '{"told": true}') THEN
      PERFORM ledger.refuse_step('doubtful index', NULL, other::text, at::text, rev, ledger.resume_option(),
        (at + 1)::text);
    END IF;
  END IF;
END
$updown$;

-- IF NOT EXISTS asks for no more than a name: where a table, a view, a sequence, a type or another table's index has
-- it, the server skips the statement, and there is no index.
CREATE PROCEDURE ledger.check_skipped(rev text, at integer, line integer, relation regclass, index_name text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  PERFORM ledger.refuse_step('index skipped', at, at::text, rev, line::text, index_name, t.relname::text,
    format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence'
                                      WHEN 'c' THEN 'type' WHEN 'f' THEN 'foreign table' WHEN 'i' THEN 'index'
                                      WHEN 'I' THEN 'index' ELSE 'table' END, n.nspname, c.relname)
    || CASE WHEN i.indrelid IS NOT NULL THEN format(' on %s', i.indrelid::regclass) ELSE '' END)
    FROM pg_class t JOIN pg_class c ON c.relnamespace = t.relnamespace JOIN pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_index i ON i.indexrelid = c.oid
   WHERE t.oid = relation AND c.relname = index_name AND i.indrelid IS DISTINCT FROM t.oid;
END
$updown$;

-- In a transaction nothing is left INVALID, but IF NOT EXISTS may have found what was. An index of a partitioned table
-- may wait for its parts.
CREATE PROCEDURE ledger.check_found(rev text, at integer, line integer, relation regclass, index_name text)
LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  PERFORM ledger.refuse_step('index found invalid', at, at::text, rev, line::text, index_name, t.relname::text)
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
   WHERE i.indrelid = relation AND c.relname = index_name AND c.relkind = 'i' AND NOT (i.indisvalid AND i.indisready);
END
$updown$;

-- An index that ended up INVALID, or that IF NOT EXISTS found so or made otherwise, is never recorded as built.
CREATE PROCEDURE ledger.check_index(rev text, relation regclass, index_name text, shape jsonb,
  may_exist boolean DEFAULT false, path text DEFAULT current_setting('search_path')) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  named CONSTANT text := (SELECT t.relname FROM pg_class t WHERE t.oid = relation);
  bad text;
  known boolean;
BEGIN
  SELECT string_agg(c.relname, ', ') FILTER (WHERE NOT (i.indisvalid AND i.indisready)), bool_or(true) INTO bad, known
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = relation AND (c.relname = index_name OR i.indexrelid IN (
     SELECT n.index FROM ledger.new_indexes(rev, relation, index_name, shape, path) n));
  IF bad IS NOT NULL THEN
    PERFORM ledger.refuse_step('index invalid', NULL, bad, named);
  ELSIF known IS NULL THEN
    PERFORM ledger.refuse_step('index missing', NULL, coalesce(index_name, '(any)'), named);
  END IF;
  IF may_exist THEN
    CALL ledger.check_other(NULL, NULL, NULL, relation, index_name, shape, path);
  END IF;
END
$updown$;

-- IF NOT EXISTS takes an index of the table by its name alone.
CREATE PROCEDURE ledger.check_other(rev text, at integer, line integer, relation regclass, index_name text, shape jsonb,
  path text DEFAULT current_setting('search_path')) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  -- What is a part of an index above, or what a foreign key stands on, stays; what a constraint has made goes with it.
  PERFORM ledger.refuse_step('index is another', at,
    CASE WHEN at IS NULL THEN '' ELSE format('statement %s of %s, on line %s: ', at, rev, line) END, index_name,
    t.relname::text, pg_get_indexdef(i.indexrelid),
    format(CASE WHEN h.inhrelid IS NOT NULL
                     OR EXISTS (SELECT FROM pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
                  THEN 'rename the other: ALTER INDEX %1$s RENAME TO <new name>'
                WHEN k.conname IS NOT NULL
                  THEN 'rename or drop the other: ALTER INDEX %1$s RENAME TO <new name>, or '
                       || 'ALTER TABLE %2$s DROP CONSTRAINT %3$I'
                ELSE 'rename or drop the other: ALTER INDEX %1$s RENAME TO <new name>, or DROP INDEX'
                     || CASE c.relkind WHEN 'I' THEN '' ELSE ' CONCURRENTLY' END || ' %1$s' END,
           i.indexrelid::regclass, i.indrelid::regclass, k.conname))
    FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
         LEFT JOIN pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
         LEFT JOIN pg_inherits h ON h.inhrelid = i.indexrelid
   WHERE i.indrelid = relation AND c.relname = index_name AND ledger.is_other(i.indexrelid, shape, path);
END
$updown$;

-- RESET ALL leaves a prepared statement alone: it keeps what a file's own RESET ALL would take away.
CREATE PROCEDURE ledger.keep() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'updown_run') THEN
    DEALLOCATE updown_run;
  END IF;
  EXECUTE format(
    'PREPARE updown_run AS SELECT pg_catalog.set_config(%L, %L, true), pg_catalog.set_config(%L, %L, true)',
    'updown.run', current_setting('updown.run', true), 'application_name', current_setting('application_name'));
END
$updown$;

CREATE PROCEDURE ledger.recall() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'updown_run') THEN
    EXECUTE 'EXECUTE updown_run';
  END IF;
END
$updown$;

