import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import { cleaning } from './block.ts';
import { printEngineSettings } from './engine.ts';
import { printBackend, printHolder, printLockHolders } from './holder.ts';
import {
  type LedgerName,
  ledgerFormat,
  lockKeys,
  ownPath,
  printDisabling,
  raised,
  settingName,
  thisRun,
} from './ledger.ts';
import { printBareSteps } from './ledger-bare.ts';
import { printDoneCheck, printScriptCheck } from './ledger-check.ts';
import { printIndexChecks, printIndexSearch } from './ledger-indexes.ts';
import { printSessionState } from './ledger-session.ts';
import { limits } from './pins.ts';

/** A run plans anew by itself: this is for the operator of a script, which others have overtaken. */
const emitAnew = `HINT = 'Nothing of this step was done. Emit a script from where the database stands: updown status.'`;

/** Everything the ledger consists of, as statements without BEGIN and COMMIT. */
export function printLedger(name: LedgerName): string {
  return `${printTables(name)}${printRoutines(name)}${printHeader(name)}`;
}

/** What holds its entries, and the views of them. */
function printTables(name: LedgerName): string {
  const s = quoteIdent(name.schema);
  return `-- Of a schema that is there, nobody needs the right to make one.
DO $updown$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = ${quoteLiteral(name.schema)}) THEN
    -- Where each schema is to be one of Citus' own, this one is not: the ledger stays where it is made.
    PERFORM pg_catalog.set_config('citus.enable_schema_based_sharding', 'off', true) WHERE pg_catalog.current_setting('citus.enable_schema_based_sharding', true) IS NOT NULL;
    CREATE SCHEMA ${s};
  END IF;
END
$updown$;

-- Append-only: nothing here is ever updated or deleted. The state of a revision is its latest entry.
CREATE TABLE ${s}.journal (
  seq              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  revision         text,
  event            text NOT NULL CHECK (event IN ('header', 'up', 'down', 'stamp', 'unstamp', 'start', 'progress', 'fail')),
  op               text CHECK (op IN ('up', 'down')),
  at               timestamptz NOT NULL DEFAULT pg_catalog.clock_timestamp(),
  who              text NOT NULL DEFAULT session_user,
  channel          text,
  digest           text,
  script           text,
  parents          text[],
  statement        integer,
  duration         interval,
  error            text,
  tool             text,
  application_name text DEFAULT pg_catalog.current_setting('application_name'),
  detail           jsonb
);
CREATE INDEX journal_revision ON ${s}.journal (revision, seq);
CREATE INDEX journal_attempt ON ${s}.journal (seq) WHERE event IN ('header', 'start', 'progress');

-- Which backend works on a step outside a transaction, or did, by the entry it made. No part of the journal: it says nothing of the schema.
-- Two rows with one number make a commit fail: see check_savepoints.
CREATE TABLE ${s}.worker (
  seq           bigint CONSTRAINT nothing_is_kept_turn_off_your_clients_savepoints PRIMARY KEY DEFERRABLE INITIALLY DEFERRED,
  backend_pid   integer NOT NULL,
  backend_start timestamptz
);

CREATE VIEW ${s}.applied AS
SELECT revision, at, who, channel, digest, script, parents, event, seq
  FROM (SELECT DISTINCT ON (revision) * FROM ${s}.journal
         WHERE event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY revision, seq DESC) AS latest
 WHERE event IN ('up', 'stamp');

-- Steps outside a transaction that were started, and neither finished nor settled by a stamp. backend_* is who works on it, or did.
CREATE VIEW ${s}.unfinished AS
SELECT DISTINCT ON (j.revision) j.revision, j.op, j.event, j.statement, j.digest, j.at, j.who, w.backend_pid, w.backend_start, j.detail, j.seq
  FROM ${s}.journal j LEFT JOIN ${s}.worker w ON w.seq = j.seq
 WHERE j.event IN ('start', 'progress')
   AND NOT EXISTS (SELECT FROM ${s}.journal k WHERE k.revision = j.revision AND k.seq > j.seq
                    AND k.event IN ('up', 'down', 'stamp', 'unstamp'))
 ORDER BY j.revision, j.seq DESC;

`;
}

/** What keeps no data: it is made anew where an older version has made it. */
export function printRoutines(name: LedgerName): string {
  const s = quoteIdent(name.schema);
  const [product, ledger] = lockKeys(name.schema);
  const [journal, worker] = [`${s}.journal`, `${s}.worker`].map(quoteLiteral) as [string, string];
  const lock = `pg_catalog.pg_try_advisory_xact_lock(${product}, ${ledger})`;
  return `${printLockHolders(s)}CREATE FUNCTION ${s}.is_applied(rev text) RETURNS boolean LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
BEGIN
  RETURN coalesce((SELECT j.event IN ('up', 'stamp') FROM ${s}.journal j
                    WHERE j.revision = rev AND j.event IN ('up', 'down', 'stamp', 'unstamp')
                    ORDER BY j.seq DESC LIMIT 1), false);
END
$updown$;

-- Behind which statement a step goes on that was started just now; -1 where no run worked on it before.
CREATE FUNCTION ${s}.recorded(op text, rev text) RETURNS integer LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT coalesce((SELECT u.statement FROM ${s}.unfinished u
                    WHERE u.revision = rev AND u.op = recorded.op AND u.detail @> '{"resumes": true}'), -1)
$updown$;

-- Whether the backend that made an entry is still there. A backend_start we may not see counts as the same.
CREATE FUNCTION ${s}.is_alive(pid integer, since timestamptz) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity a
                  WHERE a.pid = is_alive.pid AND a.pid <> pg_catalog.pg_backend_pid() AND coalesce(a.backend_start = since, true))
$updown$;

-- The indexes these tables have now, to tell later which ones a broken off statement left behind.
CREATE FUNCTION ${s}.indexes_of(tables regclass[]) RETURNS jsonb LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT jsonb_build_object('indexes', coalesce(jsonb_agg(c.relname ORDER BY c.relname), '[]'))
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = ANY (tables)
$updown$;

-- Whether something is there that a statement outside a transaction makes or takes away. What the path decides is looked up by the caller.
CREATE FUNCTION ${s}.is_partition(parent regclass, part regclass) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = parent AND inhrelid = part)
$updown$;

CREATE FUNCTION ${s}.is_there(kind text, name text) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT CASE kind
    WHEN 'database' THEN EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = name)
    WHEN 'tablespace' THEN EXISTS (SELECT FROM pg_catalog.pg_tablespace WHERE spcname = name)
    WHEN 'subscription' THEN EXISTS (SELECT FROM pg_catalog.pg_subscription WHERE subname = name)
  END
$updown$;

-- What a REINDEX CONCURRENTLY that broke off has left: of a table, with its partitions and TOAST tables, of an index's table, of a schema, or of all.
CREATE FUNCTION ${s}.find_leftovers(kind text, relation regclass, namespace text) RETURNS SETOF regclass LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  WITH root(oid) AS (SELECT CASE kind WHEN 'table' THEN relation::oid WHEN 'index' THEN (SELECT o.indrelid FROM pg_catalog.pg_index o WHERE o.indexrelid = relation) END)
  SELECT i.indexrelid::regclass FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE NOT i.indisvalid AND c.relname ~ '_cc(new|old)[0-9]*$'
     AND (kind = 'all' OR i.indrelid IN (
       SELECT unnest(ARRAY[t.oid, t.reltoastrelid]) FROM pg_catalog.pg_class t, root
        WHERE t.oid = root.oid OR t.oid IN (SELECT p.relid FROM pg_catalog.pg_partition_tree(root.oid) p)
           OR (kind = 'schema' AND t.relnamespace = (SELECT n.oid FROM pg_catalog.pg_namespace n WHERE n.nspname = namespace))))
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.relid = i.indrelid)
$updown$;

-- Whether a DETACH PARTITION CONCURRENTLY broke off. Only servers that know it have the column.
CREATE FUNCTION ${s}.is_detaching(parent regclass, part regclass) RETURNS boolean LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
BEGIN
  RETURN EXISTS (SELECT FROM pg_catalog.pg_inherits WHERE inhparent = parent AND inhrelid = part AND inhdetachpending);
END
$updown$;

-- Whether it was otherwise when the last entry of an unfinished step was made. What was so before is not the broken off statement's doing.
CREATE FUNCTION ${s}.has_become(rev text, key text, now boolean, wanted boolean) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT now = wanted AND coalesce((SELECT (u.detail ->> key)::boolean <> wanted FROM ${s}.unfinished u WHERE u.revision = rev), false)
$updown$;

${printIndexSearch(s)}${printSessionState(s, name.schema)}CREATE FUNCTION ${s}.heads() RETURNS text LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT coalesce(string_agg(a.revision, ', ' ORDER BY a.seq), 'base') FROM ${s}.applied a
   WHERE a.revision NOT IN (SELECT unnest(b.parents) FROM ${s}.applied b)
$updown$;

-- Every step starts here. needs: revisions that have to be applied; bars: those that must not be; own: settings of its file alone.
CREATE PROCEDURE ${s}.enter(op text, rev text, needs text[], bars text[], own jsonb DEFAULT '{}') LANGUAGE plpgsql AS $updown$
BEGIN
  CALL ${s}.pin(own);
  CALL ${s}.admit(op, rev, needs, bars);
END
$updown$;

-- What a step runs with, until its transaction ends, whatever the session, the role or the database says.
CREATE PROCEDURE ${s}.pin(own jsonb) LANGUAGE plpgsql AS $updown$
BEGIN
  PERFORM pg_catalog.set_config(s.name, s.value, true) FROM ${s}.settings_of(own) AS s;
END
$updown$;

-- Those that updown.run names, with the file's own in their place; and off what would end a step from outside, where the server knows it.
-- A role of the ledger's name would have its tables made in the ledger.
CREATE FUNCTION ${s}.settings_of(own jsonb) RETURNS TABLE (name text, value text) LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
DECLARE
  run CONSTANT jsonb := ${thisRun};
  settings CONSTANT jsonb := (run -> 'settings') || own;
  ledger CONSTANT text := ${quoteLiteral(name.schema)};
BEGIN
  IF settings IS NULL THEN
    RAISE EXCEPTION '${raised.unsupported}: ${settingName} does not say how this step is to be run'
      USING ERRCODE = '${raised.unsupported}', HINT = 'Nothing was changed. Run the script from its beginning, in one session.';
  END IF;
  RETURN QUERY SELECT p.key, CASE jsonb_typeof(p.value) WHEN 'array' THEN
      (SELECT coalesce(string_agg(quote_ident(e.schema), ', ' ORDER BY e.n), '') FROM jsonb_array_elements_text(p.value) WITH ORDINALITY AS e(schema, n)
        WHERE e.schema <> '$user' OR coalesce(settings ->> 'role', current_user) <> ledger)
    ELSE p.value #>> '{}' END
    FROM jsonb_each(settings) AS p WHERE p.key <> 'role';
  RETURN QUERY SELECT l, '0' FROM unnest(${textArray(limits)}) AS l WHERE pg_catalog.current_setting(l, true) IS NOT NULL AND NOT settings ? l;
  -- A run says it as it connects.
  RETURN QUERY SELECT 'application_name', 'updown ' || (run ->> 'project') WHERE run ->> 'channel' = 'script';
END
$updown$;

-- A session in which the same SQL would do something else is none to migrate in.
CREATE PROCEDURE ${s}.check_session() LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  -- By these the same SQL checks, reads or writes something else, and not everybody may set them.
  IF pg_catalog.current_setting('session_replication_role') <> 'origin' OR pg_catalog.current_setting('transform_null_equals')::boolean
     OR NOT pg_catalog.current_setting('array_nulls')::boolean THEN
    RAISE EXCEPTION '${raised.reading}: this session would run SQL otherwise than it was reviewed: session_replication_role is %, transform_null_equals is %, array_nulls is %',
      pg_catalog.current_setting('session_replication_role'), pg_catalog.current_setting('transform_null_equals'), pg_catalog.current_setting('array_nulls')
      USING ERRCODE = '${raised.reading}', HINT = 'They have to be origin, off and on: look at the client, ALTER ROLE and ALTER DATABASE.';
  END IF;
END
$updown$;

-- By what depends on their schema: there is an index for that, and none of the classes in a schema.
CREATE PROCEDURE ${s}.check_temporary() LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF pg_catalog.pg_my_temp_schema() <> 0 AND EXISTS (
    SELECT FROM pg_catalog.pg_depend d JOIN pg_catalog.pg_class c ON c.oid = d.objid
     WHERE d.refclassid = 'pg_catalog.pg_namespace'::regclass AND d.refobjid = pg_catalog.pg_my_temp_schema() AND d.classid = 'pg_catalog.pg_class'::regclass
       AND c.relkind IN ('r', 'p', 'v', 'S'))
  THEN
    RAISE EXCEPTION '${raised.unsupported}: this session has temporary tables, and a name in the file might mean one of them'
      USING ERRCODE = '${raised.unsupported}', HINT = 'Use a session of its own, or DISCARD TEMP first.';
  END IF;
END
$updown$;

-- May it be done, here, now? The lock, the project, nobody's half-done work, and the state it needs.
CREATE PROCEDURE ${s}.admit(op text, rev text, needs text[], bars text[]) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  run jsonb := ${thisRun};
  other text;
BEGIN
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RAISE EXCEPTION '${raised.readOnly}: this session cannot write: the server is a standby or the session is read-only'
      USING ERRCODE = '${raised.readOnly}', HINT = 'Connect to the primary with a role that may write.';
  END IF;
  CALL ${s}.check_session();
  IF NOT ${lock} THEN
    RAISE EXCEPTION '${raised.busy}: another run holds the lock'
      USING ERRCODE = '${raised.busy}',
        ${printHolder(name.schema)};
  END IF;
  ${printEngineSettings()}  CALL ${s}.check_hidden();
  SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM run ->> 'project' THEN
    RAISE EXCEPTION '${raised.wrongProject}: the ledger belongs to project "%", these files to "%"', other, run ->> 'project' USING ERRCODE = '${raised.wrongProject}';
  END IF;
  -- A step may go on with its own half-done work once whoever did it is gone, and a stamp may settle any; all others wait for it.
  PERFORM FROM ${s}.journal j
   WHERE j.event = 'start' AND NOT EXISTS (SELECT FROM ${s}.journal k WHERE k.revision = j.revision AND k.seq > j.seq
                                            AND k.event IN ('up', 'down', 'stamp', 'unstamp')) LIMIT 1;
  IF FOUND THEN
    CALL ${s}.check_unfinished(op, rev);
  ELSE
    CALL ${s}.check_temporary();
  END IF;
  IF op IN ('up', 'down') THEN
    IF ${s}.is_applied(rev) = (op = 'up') THEN
      RAISE EXCEPTION '${raised.moved}: cannot run % of %: it is % applied', op, rev, CASE op WHEN 'up' THEN 'already' ELSE 'not' END
        USING ERRCODE = '${raised.moved}', ${emitAnew};
    END IF;
  END IF;
  FOREACH other IN ARRAY needs LOOP
    IF NOT ${s}.is_applied(other) THEN
      RAISE EXCEPTION '${raised.moved}: cannot run % of %: % is not applied', op, rev, other USING ERRCODE = '${raised.moved}', ${emitAnew};
    END IF;
  END LOOP;
  FOREACH other IN ARRAY bars LOOP
    IF ${s}.is_applied(other) THEN
      RAISE EXCEPTION '${raised.moved}: cannot run % of %: % is still applied', op, rev, other USING ERRCODE = '${raised.moved}', ${emitAnew};
    END IF;
  END LOOP;
  IF run ? 'ids' OR run ? 'after' THEN
    CALL ${s}.check_place(rev, run);
  END IF;
  PERFORM pg_catalog.set_config('updown.step', rev, true), pg_catalog.set_config('updown.changes', ${s}.changes()::text, true),
          pg_catalog.set_config('updown.quote', pg_catalog.current_setting('backslash_quote'), true);
END
$updown$;

-- A script for clients that neither skip nor stop says where each step belongs: at one state, or right behind the step before it.
CREATE PROCEDURE ${s}.check_place(rev text, run jsonb) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  last record;
  ids text;
  contents text;
BEGIN
  IF pg_catalog.current_setting('standard_conforming_strings') <> 'on' THEN
    RAISE EXCEPTION '${raised.reading}: standard_conforming_strings is off: strings would not mean what was reviewed'
      USING ERRCODE = '${raised.reading}', HINT = 'ROLLBACK; SET standard_conforming_strings = on; then run this again.';
  END IF;
  IF run ? 'after' THEN
    SELECT j.revision, j.script INTO last FROM ${s}.journal j
     WHERE j.event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY j.seq DESC LIMIT 1;
    IF last.revision IS DISTINCT FROM run ->> 'after' OR last.script IS DISTINCT FROM run ->> 'plan' THEN
      RAISE EXCEPTION '${raised.wrongStart}: cannot run the step of %: the one before it in this script, of %, is not the last thing that was done here', rev, run ->> 'after'
        USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Run the script from its first failure on, or emit one from where the database stands: updown status.';
    END IF;
    RETURN;
  END IF;
  SELECT pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(string_agg(a.revision, E'\\n' ORDER BY a.revision COLLATE "C"), ''), 'UTF8')), 'hex'),
         pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(coalesce(string_agg(a.revision || ' ' || a.digest, E'\\n' ORDER BY a.revision COLLATE "C"), ''), 'UTF8')), 'hex')
    INTO ids, contents FROM ${s}.applied a;
  IF ids <> run ->> 'ids' OR contents <> run ->> 'contents' THEN
    RAISE EXCEPTION '${raised.wrongStart}: cannot run the step of %: this script does not start where the database stands, at %', rev, ${s}.heads()
      USING ERRCODE = '${raised.wrongStart}', HINT = 'Nothing was changed. Emit a script from where the database stands: updown status.';
  END IF;
END
$updown$;

CREATE PROCEDURE ${s}.check_unfinished(op text, rev text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  half record;
BEGIN
  FOR half IN SELECT u.*, ${s}.is_alive(u.backend_pid, u.backend_start) AS alive FROM ${s}.unfinished u LOOP
    IF half.alive THEN
      RAISE EXCEPTION '${raised.busy}: pid % works on % of %, outside a transaction', half.backend_pid, half.op, half.revision
        USING ERRCODE = '${raised.busy}', DETAIL = coalesce(${printBackend('a.pid = half.backend_pid')}, 'It has gone meanwhile.'),
              HINT = format('Wait for it and run this again. Or end it: SELECT pg_catalog.pg_terminate_backend(%s);', half.backend_pid);
    ELSIF check_unfinished.op <> 'stamp' AND (half.revision <> rev OR half.op <> check_unfinished.op) THEN
      RAISE EXCEPTION '${raised.unfinished}: % of % was started outside a transaction and is not finished', half.op, half.revision
        USING ERRCODE = '${raised.unfinished}', HINT = 'Finish that one first: updown status says how.';
    END IF;
  END LOOP;
END
$updown$;

-- The tripwire: a file that ended its own transaction has lost what enter set. RESET ALL loses the setting but not the lock.
CREATE PROCEDURE ${s}.check_transaction(rev text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF pg_catalog.current_setting('updown.step', true) IS DISTINCT FROM rev AND NOT EXISTS (
    SELECT FROM pg_catalog.pg_locks l
     WHERE l.locktype = 'advisory' AND l.pid = pg_catalog.pg_backend_pid() AND l.granted
       AND l.classid::bigint = ${product} AND l.objid::bigint = ${ledger >>> 0} AND l.objsubid = 2)
  THEN
    RAISE EXCEPTION '${raised.transactionEnded}: revision % ended its own transaction', rev
      USING ERRCODE = '${raised.transactionEnded}',
            HINT = 'What ran before its COMMIT stands, and nothing is recorded: undo it by hand, then take the COMMIT or ROLLBACK out of the file.';
  END IF;
END
$updown$;

-- What the gate can't see: a function or a DO that changes how the rest of the text is read, by psql otherwise than in a run (F60, F64).
CREATE PROCEDURE ${s}.check_reading(rev text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF pg_catalog.current_setting('client_encoding') <> 'UTF8' OR pg_catalog.current_setting('standard_conforming_strings') <> 'on'
     OR pg_catalog.current_setting('backslash_quote') <> nullif(pg_catalog.current_setting('updown.quote', true), '') THEN
    RAISE EXCEPTION '${raised.reading}: revision % has changed client_encoding, standard_conforming_strings or backslash_quote', rev
      USING ERRCODE = '${raised.reading}', HINT = 'Take that out: the SQL behind it would be read otherwise than it was reviewed.';
  END IF;
END
$updown$;

-- How many entries this session has changed or deleted, as far as it has not told the statistics yet: never fewer within a transaction.
CREATE FUNCTION ${s}.changes() RETURNS bigint LANGUAGE sql SET ${ownPath} AS $updown$
  SELECT pg_catalog.pg_stat_get_xact_tuples_deleted(${journal}::regclass) + pg_catalog.pg_stat_get_xact_tuples_updated(${journal}::regclass)
$updown$;

-- The journal only grows: a file that empties all tables it finds, or changes an entry, is refused with all that it did.
CREATE PROCEDURE ${s}.check_ledger(rev text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF NOT EXISTS (SELECT FROM ${s}.journal j WHERE j.event = 'header')
     OR ${s}.changes() <> coalesce(nullif(pg_catalog.current_setting('updown.changes', true), ''), '0')::bigint
  THEN
    RAISE EXCEPTION '${raised.ledgerChanged}: revision % has deleted or changed entries of the ledger, in %', rev, ${journal}
      USING ERRCODE = '${raised.ledgerChanged}', HINT = 'Take that out of the file: the schema of the ledger is not its to truncate, delete from, update or drop.';
  END IF;
END
$updown$;

-- F35. A ledger seen in part would let in what must not run.
CREATE PROCEDURE ${s}.check_hidden() LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF pg_catalog.row_security_active(${journal}::regclass) OR pg_catalog.row_security_active(${worker}::regclass) THEN
    RAISE EXCEPTION '${raised.hidden}: a row security policy hides entries of the ledger from role "%"', current_user
      USING ERRCODE = '${raised.hidden}', HINT = 'As the owner of the ledger: ' || ${quoteLiteral(printDisabling(s))};
  END IF;
END
$updown$;

-- Some clients put a savepoint before each statement and go back to it when it fails: the rest of a step would be committed without it. Each
-- subtransaction holds a lock on its own number: there are two here, this block's and its transaction's. Any other makes the commit fail.
CREATE PROCEDURE ${s}.check_savepoints() LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  depth bigint;
BEGIN
  IF pg_catalog.current_setting('transaction_read_only')::boolean THEN
    RETURN;
  END IF;
  BEGIN
    INSERT INTO ${s}.worker VALUES (0, 0, NULL);
    SELECT count(*) INTO depth FROM pg_catalog.pg_locks l WHERE l.locktype = 'transactionid' AND l.pid = pg_catalog.pg_backend_pid() AND l.mode = 'ExclusiveLock';
    RAISE EXCEPTION USING ERRCODE = '${raised.moved}';
  EXCEPTION WHEN SQLSTATE '${raised.moved}' THEN
    NULL;
  END;
  IF depth > 2 THEN
    INSERT INTO ${s}.worker VALUES (0, 0, NULL), (0, 0, NULL);
    RAISE WARNING 'this client sets savepoints by itself: nothing of this step will be kept'
      USING HINT = 'Turn them off (ON_ERROR_ROLLBACK, autosave, savepoints), and go on from this step.';
  END IF;
END
$updown$;

-- How many of these entries of a stamp the ledger does not have so yet.
CREATE FUNCTION ${s}.open_stamps(ops text[], ids text[], digests text[]) RETURNS bigint LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT count(*) FROM ROWS FROM (unnest(ops), unnest(ids), unnest(digests)) AS wanted(op, id, digest)
   WHERE (op = 'stamp') <> EXISTS (SELECT FROM ${s}.applied a WHERE a.revision = wanted.id AND (op = 'unstamp' OR a.digest = wanted.digest))
      OR EXISTS (SELECT FROM ${s}.unfinished u WHERE u.revision = wanted.id)
$updown$;

-- RESET ALL leaves a prepared statement alone.
CREATE PROCEDURE ${s}.keep() LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'updown_run') THEN
    DEALLOCATE updown_run;
  END IF;
  EXECUTE format('PREPARE updown_run AS SELECT pg_catalog.set_config(%L, %L, true), pg_catalog.set_config(%L, %L, true)',
                 '${settingName}', pg_catalog.current_setting('${settingName}', true), 'application_name', pg_catalog.current_setting('application_name'));
END
$updown$;

CREATE PROCEDURE ${s}.recall() LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE name = 'updown_run') THEN
    EXECUTE 'EXECUTE updown_run';
  END IF;
END
$updown$;

-- Makes an entry and reads it back: it has to be the newest, whatever has become of the sequence (a restore, setval, a cache), and as it was
-- made. What a trigger, a rule or a policy has swallowed or changed fails the step.
CREATE FUNCTION ${s}.append(event text, op text, rev text, digest text, parents text[], statement integer, error text, duration interval, detail jsonb)
RETURNS bigint LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  run jsonb := ${thisRun};
  numbers CONSTANT regclass := pg_catalog.pg_get_serial_sequence(${journal}, 'seq');
  last bigint;
  made bigint;
BEGIN
  -- A failure is recorded without the lock, and may take a number in between.
  FOR attempt IN 0 .. 20 LOOP
    SELECT coalesce(max(j.seq), 0) INTO last FROM ${s}.journal j;
    EXIT WHEN last = 9223372036854775807;
    IF (CASE WHEN pg_catalog.has_sequence_privilege(numbers, 'SELECT') THEN pg_catalog.pg_sequence_last_value(numbers) >= last END) THEN
      -- No subtransaction: a script of thousands of steps in one transaction would have one more for each.
      INSERT INTO ${s}.journal (event, op, revision, digest, parents, statement, error, channel, script, tool, duration, detail)
      VALUES (event, op, rev, digest, parents, statement, error, coalesce(run ->> 'channel', 'script'), run ->> 'plan', run ->> 'tool', duration, detail);
      made := ${s}.entry_behind(last, event, op, rev, digest, statement);
      EXIT WHEN made IS NULL;
      RETURN made;
    END IF;
    BEGIN
      INSERT INTO ${s}.journal (seq, event, op, revision, digest, parents, statement, error, channel, script, tool, duration, detail) OVERRIDING SYSTEM VALUE
      VALUES (last + 1, event, op, rev, digest, parents, statement, error, coalesce(run ->> 'channel', 'script'), run ->> 'plan', run ->> 'tool', duration, detail);
      made := ${s}.entry_behind(last, event, op, rev, digest, statement);
      IF made IS NOT NULL THEN
        RETURN made;
      END IF;
      RAISE unique_violation;
    EXCEPTION WHEN unique_violation THEN
      NULL;
    END;
  END LOOP;
  RAISE EXCEPTION '${raised.unrecorded}: the entry % of % was not kept as it was made, as the newest one of the journal', event, rev
    USING ERRCODE = '${raised.unrecorded}', HINT = 'Nothing of this step stands. '
      || coalesce('In the way may be: ' || ${s}.interferers() || '. Drop or disable it, then run again.', 'Look for what changes or hides rows of the journal, then run again.');
END
$updown$;

-- The number of an entry that was just made, if it is there and only failures are behind it.
CREATE FUNCTION ${s}.entry_behind(last bigint, event text, op text, rev text, digest text, statement integer) RETURNS bigint LANGUAGE sql SET ${ownPath} AS $updown$
  SELECT j.seq FROM ${s}.journal j
   WHERE j.seq > last AND (j.event, j.op, j.revision, j.digest, j.statement) IS NOT DISTINCT FROM (entry_behind.event, entry_behind.op, rev, entry_behind.digest, entry_behind.statement)
     AND NOT EXISTS (SELECT FROM ${s}.journal k WHERE k.seq > j.seq AND k.event <> 'fail')
   ORDER BY j.seq LIMIT 1
$updown$;

-- What somebody has put on the journal that changes, hides or takes away rows.
CREATE FUNCTION ${s}.interferers() RETURNS text LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT string_agg(thing, ', ') FROM (
    SELECT format('trigger %I', t.tgname) FROM pg_catalog.pg_trigger t WHERE t.tgrelid = ${journal}::regclass AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    UNION ALL SELECT format('rule %I', r.rulename) FROM pg_catalog.pg_rewrite r WHERE r.ev_class = ${journal}::regclass AND r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'
    UNION ALL SELECT format('policy %I', p.polname) FROM pg_catalog.pg_policy p WHERE p.polrelid = ${journal}::regclass
    UNION ALL SELECT format('child %s', i.inhrelid::regclass) FROM pg_catalog.pg_inherits i WHERE i.inhparent = ${journal}::regclass
  ) AS found(thing)
$updown$;

CREATE PROCEDURE ${s}.record(event text, op text, rev text, digest text, parents text[], statement integer, error text)
LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  PERFORM ${s}.append(event, op, rev, digest, parents, statement, error, pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp(), NULL);
END
$updown$;

-- Every step that runs a file ends here, and with it whatever the file left in the session. How the rest of a script is read stays.
CREATE PROCEDURE ${s}.leave(op text, rev text, digest text, parents text[]) LANGUAGE plpgsql SET ${ownPath} AS $updown$
BEGIN
  IF pg_catalog.current_setting('updown.step', true) IS DISTINCT FROM rev THEN
    CALL ${s}.check_transaction(rev);
  END IF;
  CALL ${s}.check_reading(rev);
  CALL ${s}.check_ledger(rev);
  -- Of the session alone: our own lock goes with its transaction.
  PERFORM pg_catalog.pg_advisory_unlock_all();
  PERFORM ${s}.append(op, op, rev, digest, parents, NULL, NULL, pg_catalog.clock_timestamp() - pg_catalog.transaction_timestamp(), NULL);
${cleaning.map((command) => `  EXECUTE '${command}';\n`).join('')}  PERFORM pg_catalog.set_config('client_encoding', 'UTF8', false), pg_catalog.set_config('standard_conforming_strings', 'on', false);
END
$updown$;

${printScriptCheck(s, name.schema)}${printDoneCheck(s)}${printBareSteps(s, name.schema)}${printIndexChecks(s)}`;
}

/** Of each function and procedure what it is, as CREATE has it, and its name. */
export function listRoutines(name: LedgerName): readonly (readonly [kind: string, name: string])[] {
  const made = printRoutines(name).matchAll(/^CREATE (FUNCTION|PROCEDURE) .*?\.(\w+)\(/gm);
  return Array.from(made, ([, kind = '', routine = '']) => [kind, routine]);
}

/** The first entry of a ledger, and of each version that has made its routines anew. */
export function printHeader(name: LedgerName): string {
  const s = quoteIdent(name.schema);
  const journal = quoteLiteral(`${s}.journal`);
  return `DO $updown$
DECLARE
  forced text;
BEGIN
  IF pg_catalog.row_security_active(${journal}::regclass) THEN
    SELECT string_agg(format('ALTER EVENT TRIGGER %I DISABLE;', e.evtname), ' ') INTO forced FROM pg_catalog.pg_event_trigger e
     WHERE e.evtevent = 'ddl_command_end' AND e.evtenabled <> 'D' AND coalesce('CREATE TABLE' = ANY (e.evttags), true);
    RAISE EXCEPTION '${raised.hidden}: FORCE ROW LEVEL SECURITY is set on the tables of the ledger as soon as they are made: role "%" could not read what it writes', current_user
      USING ERRCODE = '${raised.hidden}', HINT = format('An event trigger does that. As a superuser: %s then run again, and enable it behind that.', forced);
  END IF;
END
$updown$;

INSERT INTO ${s}.journal (event, channel, tool, detail)
SELECT 'header', run ->> 'channel', run ->> 'tool', ${quoteLiteral(JSON.stringify({ project: name.project, format: ledgerFormat }))}
  FROM (SELECT pg_catalog.current_setting('${settingName}')::jsonb) AS settings(run);
`;
}
