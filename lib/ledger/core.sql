-- Who holds locks on relations of this database, the longest transaction first: after a lock timeout, wait for it, or
-- end it with SELECT pg_terminate_backend(<its pid>); and run again.
CREATE VIEW ledger.lock_holders AS
SELECT l.relation::regclass, l.mode, a.pid, a.usename, a.application_name, a.state, now() - a.xact_start AS since,
       left(a.query, 60) AS query
  FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
 WHERE l.granted AND l.locktype = 'relation' AND a.datname = current_database() AND l.database = a.datid
   AND a.pid <> pg_backend_pid()
 ORDER BY a.xact_start;

CREATE FUNCTION ledger.is_applied(rev text) RETURNS boolean LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  RETURN coalesce((SELECT j.event IN ('up', 'stamp') FROM ledger.journal j
                    WHERE j.revision = rev AND j.event IN ('up', 'down', 'stamp', 'unstamp')
                    ORDER BY j.seq DESC LIMIT 1), false);
END
$updown$;

CREATE FUNCTION ledger.heads() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT coalesce(string_agg(a.revision, ', ' ORDER BY a.seq), 'base') FROM ledger.applied a
   WHERE a.revision NOT IN (SELECT unnest(b.parents) FROM ledger.applied b)
$updown$;

-- Whether the backend that made an entry is still there. A backend_start we may not see counts as the same.
CREATE FUNCTION ledger.is_alive(pid integer, since timestamptz) RETURNS boolean LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT EXISTS (SELECT FROM pg_stat_activity a WHERE a.pid = is_alive.pid AND a.pid <> pg_backend_pid()
                    AND coalesce(a.backend_start = since, true))
$updown$;

-- A backend in words: who it is, for how long, and what it runs, as far as this role may see that. Of a statement with
-- a password in it only what stands in front.
CREATE FUNCTION ledger.describe(backend integer) RETURNS text LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT coalesce((
    SELECT format('Pid %s (%s, user %s, %s), %s, %s: %s', a.pid, coalesce(nullif(a.application_name, ''),
             'no application name'), coalesce(a.usename, 'not known'),
           CASE WHEN a.hidden THEN 'address hidden' ELSE coalesce('from ' || host(a.client_addr), 'local') END,
           CASE WHEN a.hidden THEN 'since when is hidden' ELSE format('%s for %s', a.state,
             date_trunc('second', clock_timestamp() - coalesce(a.query_start, a.backend_start))) END,
           CASE WHEN a.state = 'idle' OR a.state LIKE 'idle in%' THEN 'ran last' ELSE 'runs' END,
           CASE WHEN a.hidden THEN
             format('hidden from role %I (a member of pg_read_all_stats sees it)', current_user)
           ELSE coalesce((SELECT c[1] || ' of revision ' || c[2]
               FROM regexp_match(a.query, 'CALL [^ (]+[.](?:enter|resume)[(]''(up|down)'', ''([^'']+)''') AS c
              WHERE c IS NOT NULL),
             left(regexp_replace(regexp_replace(a.query, '[[:space:]]+', ' ', 'g'),
               '(password|secret|token).*', '...', 'i'), 100)) END)
      FROM (SELECT b.*, b.query_start IS NULL AND b.query = '<insufficient privilege>' AS hidden
              FROM pg_stat_activity b WHERE b.pid = backend) AS a), 'It has gone meanwhile.')
$updown$;

-- All that this ledger refuses: the name of the reason, its SQLSTATE, what is said of it, and what to do.
CREATE FUNCTION ledger.refuse(reason text, VARIADIC said text[] DEFAULT '{}') RETURNS void LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  refusal record;
BEGIN
  SELECT * INTO refusal FROM (VALUES
:refusals
  ) AS refusals (reason, code, message, hint) WHERE refusals.reason = refuse.reason;
  RAISE EXCEPTION USING ERRCODE = refusal.code,
    MESSAGE = concat(substring(refusal.code || ': ' FROM '^UD.*'), format(refusal.message, VARIADIC said)),
    HINT = format(refusal.hint, VARIADIC said);
END
$updown$;

-- Every step starts here. needs: revisions that have to be applied; bars: those that must not be; own: settings of its
-- file alone.
CREATE PROCEDURE ledger.enter(op text, rev text, needs text[], bars text[], own jsonb DEFAULT '{}')
LANGUAGE plpgsql AS $updown$
BEGIN
  CALL ledger.pin(own);
  CALL ledger.admit(op, rev, needs, bars);
END
$updown$;

-- What a step runs with, until its transaction ends, whatever the session, the role or the database says: the settings
-- that updown.run names, with the file's own in their place; and off what would end a step from outside, where the
-- server knows it. It sets the path of the step, so that each name has its schema here.
CREATE PROCEDURE ledger.pin(own jsonb) LANGUAGE plpgsql AS $updown$
DECLARE
  run pg_catalog.jsonb;
  settings pg_catalog.jsonb;
  setting pg_catalog.record;
  said pg_catalog.text;
BEGIN
  IF pg_catalog.current_setting('updown.run', true) OPERATOR(pg_catalog.<>) '' THEN
    run := pg_catalog.current_setting('updown.run', true);
    settings := (run OPERATOR(pg_catalog.->) 'settings') OPERATOR(pg_catalog.||) own;
  END IF;
  IF settings IS NULL THEN PERFORM ledger.refuse('no settings'); END IF;
:limits
  FOR setting IN SELECT s.key, s.value FROM pg_catalog.jsonb_each_text(settings) AS s LOOP
    IF setting.key OPERATOR(pg_catalog.=) 'search_path' THEN
      setting.value := ledger.path_of(setting.value, settings OPERATOR(pg_catalog.->>) 'role');
    END IF;
    IF setting.key OPERATOR(pg_catalog.<>) 'role' THEN
      said := pg_catalog.set_config(setting.key, setting.value, true);
    END IF;
  END LOOP;
  -- A run says it as it connects.
  IF run OPERATOR(pg_catalog.->>) 'channel' OPERATOR(pg_catalog.=) 'script' THEN
    said := run OPERATOR(pg_catalog.->>) 'project';
    said := pg_catalog.set_config('application_name', pg_catalog.concat('updown ', said), true);
  END IF;
END
$updown$;

-- A list of schemas as a path. A role of the ledger's name would have its tables made in the ledger.
CREATE FUNCTION ledger.path_of(schemas text, role text) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  -- But for what has to be escaped in JSON, its strings are quoted as identifiers are.
  IF strpos(schemas, chr(92)) = 0 AND coalesce(role, current_user) <> 'ledger' THEN
    RETURN regexp_replace(btrim(schemas, '[]'), '"([a-z_][a-z0-9_]*)"', chr(92) || '1', 'g');
  END IF;
  RETURN (SELECT coalesce(string_agg(quote_ident(e.schema), ', ' ORDER BY e.n), '')
            FROM jsonb_array_elements_text(schemas::jsonb) WITH ORDINALITY AS e (schema, n)
           WHERE e.schema <> '$user' OR coalesce(role, current_user) <> 'ledger');
END
$updown$;

-- By these settings the same SQL would check, read or write something else.
CREATE PROCEDURE ledger.check_session() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF current_setting('session_replication_role') <> 'origin' OR current_setting('transform_null_equals')::boolean
     OR NOT current_setting('array_nulls')::boolean THEN
    PERFORM ledger.refuse('session', current_setting('session_replication_role'),
      current_setting('transform_null_equals'), current_setting('array_nulls'));
  END IF;
END
$updown$;

-- Temporary tables, found by what depends on their schema: there is an index for that.
CREATE PROCEDURE ledger.check_temporary() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF pg_my_temp_schema() <> 0 AND EXISTS (
    SELECT FROM pg_depend d JOIN pg_class c ON c.oid = d.objid AND d.classid = 'pg_class'::regclass
     WHERE d.refclassid = 'pg_namespace'::regclass AND d.refobjid = pg_my_temp_schema()
       AND c.relkind IN ('r', 'p', 'v', 'S'))
  THEN
    PERFORM ledger.refuse('temporary tables');
  END IF;
END
$updown$;

-- The ledger is this project's, and this role sees all of it: one seen in part would let in what must not run.
CREATE PROCEDURE ledger.check_project(project text, whose text) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  other text;
BEGIN
  IF row_security_active('ledger.journal'::regclass) OR row_security_active('ledger.worker'::regclass) THEN
    PERFORM ledger.refuse('hidden');
  END IF;
  SELECT j.detail ->> 'project' INTO other FROM ledger.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
  IF other IS DISTINCT FROM project THEN PERFORM ledger.refuse('wrong project', other, whose, project); END IF;
END
$updown$;

-- May the step be done, here, now? The lock, the project, nobody's half-done work, and the state that it needs.
CREATE PROCEDURE ledger.admit(op text, rev text, needs text[], bars text[]) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  run CONSTANT jsonb := nullif(current_setting('updown.run', true), '')::jsonb;
  other text;
  holder integer;
BEGIN
  IF current_setting('transaction_read_only')::boolean THEN PERFORM ledger.refuse('read-only'); END IF;
  CALL ledger.check_session();
  IF NOT pg_try_advisory_xact_lock(:product, :key) THEN
    SELECT l.pid INTO holder FROM pg_locks l JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
     WHERE l.locktype = 'advisory' AND l.granted AND l.classid::bigint = :product AND l.objid::bigint = :unsigned_key
       AND l.objsubid = 2 LIMIT 1;
    CALL ledger.refuse_busy('another run holds the lock', holder);
  END IF;
:engine_settings
  CALL ledger.check_project(run ->> 'project', 'these files');
  -- A step may go on with its own half-done work once whoever did it is gone, and a stamp may settle any; all others
  -- wait for it.
  PERFORM FROM ledger.journal j WHERE j.event = 'start' AND NOT EXISTS (
    SELECT FROM ledger.journal k
     WHERE k.revision = j.revision AND k.seq > j.seq AND k.event IN ('up', 'down', 'stamp', 'unstamp')) LIMIT 1;
  IF FOUND THEN
    CALL ledger.check_unfinished(op, rev);
  ELSE
    CALL ledger.check_temporary();
  END IF;
  IF op IN ('up', 'down') AND ledger.is_applied(rev) = (op = 'up') THEN
    PERFORM ledger.refuse('moved', op, rev, CASE op WHEN 'up' THEN 'it is already applied'
                                                    ELSE 'it is not applied' END);
  END IF;
  FOREACH other IN ARRAY needs LOOP
    IF NOT ledger.is_applied(other) THEN PERFORM ledger.refuse('moved', op, rev, other || ' is not applied'); END IF;
  END LOOP;
  FOREACH other IN ARRAY bars LOOP
    IF ledger.is_applied(other) THEN PERFORM ledger.refuse('moved', op, rev, other || ' is still applied'); END IF;
  END LOOP;
  IF run ? 'ids' OR run ? 'after' THEN CALL ledger.check_place(rev, run); END IF;
  PERFORM set_config('updown.step', rev, true), set_config('updown.changes', ledger.changes()::text, true),
          set_config('updown.quote', current_setting('backslash_quote'), true);
END
$updown$;

-- Somebody else is at work: psql shows its operator no more than what is raised.
CREATE PROCEDURE ledger.refuse_busy(message text, backend integer) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  RAISE EXCEPTION USING ERRCODE = 'UD001', MESSAGE = 'UD001: ' || message, DETAIL = ledger.describe(backend),
    HINT = coalesce('Wait for it and run this again. Or end it: SELECT pg_catalog.pg_terminate_backend('
                    || backend || ');', 'Run this again.');
END
$updown$;

-- A file that ended its own transaction has lost what enter set. RESET ALL loses the setting, but not the lock.
CREATE PROCEDURE ledger.check_transaction(rev text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF current_setting('updown.step', true) IS DISTINCT FROM rev AND NOT EXISTS (
    SELECT FROM pg_locks l WHERE l.locktype = 'advisory' AND l.pid = pg_backend_pid() AND l.granted
       AND l.classid::bigint = :product AND l.objid::bigint = :unsigned_key AND l.objsubid = 2)
  THEN
    PERFORM ledger.refuse('transaction ended', rev);
  END IF;
END
$updown$;

-- How many entries this session has changed or deleted, as far as it has not told the statistics yet.
CREATE FUNCTION ledger.changes() RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  RETURN pg_stat_get_xact_tuples_deleted('ledger.journal'::regclass)
    + pg_stat_get_xact_tuples_updated('ledger.journal'::regclass);
END
$updown$;

-- What can't be seen in a file: a function or a DO of its own that changes how the text behind it is read, by psql
-- otherwise than in a run, or that changes the journal, which only grows.
CREATE PROCEDURE ledger.check_file(rev text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF current_setting('client_encoding') <> 'UTF8' OR current_setting('standard_conforming_strings') <> 'on'
     OR current_setting('backslash_quote') <> nullif(current_setting('updown.quote', true), '') THEN
    PERFORM ledger.refuse('reading changed', rev);
  END IF;
  IF NOT EXISTS (SELECT FROM ledger.journal j WHERE j.event = 'header')
     OR ledger.changes() <> coalesce(nullif(current_setting('updown.changes', true), ''), '0')::bigint THEN
    PERFORM ledger.refuse('ledger changed', rev, 'ledger.journal');
  END IF;
END
$updown$;

-- Makes an entry and reads it back: it has to be the newest, whatever has become of the sequence (a restore, setval, a
-- cache), and as it was made. What a trigger, a rule or a policy has swallowed or changed fails the step.
CREATE FUNCTION ledger.append(event text, op text, rev text, digest text, parents text[], statement integer, error text,
  duration interval, detail jsonb) RETURNS bigint LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  run CONSTANT jsonb := nullif(current_setting('updown.run', true), '')::jsonb;
  channel CONSTANT text := coalesce(run ->> 'channel', 'script');
  numbers CONSTANT regclass := pg_get_serial_sequence('ledger.journal', 'seq');
  last bigint;
  made bigint;
  others text;
BEGIN
  -- A failure is recorded without the lock, and may take a number in between.
  FOR attempt IN 0 .. 20 LOOP
    SELECT coalesce(max(j.seq), 0) INTO last FROM ledger.journal j;
    EXIT WHEN last = 9223372036854775807;
    IF (CASE WHEN has_sequence_privilege(numbers, 'SELECT') THEN pg_sequence_last_value(numbers) >= last END) THEN
      -- No subtransaction: a script of thousands of steps in one transaction would have one more for each.
      INSERT INTO ledger.journal (event, op, revision, digest, parents, statement, error, channel, script, tool,
        duration, detail)
      VALUES (event, op, rev, digest, parents, statement, error, channel, run ->> 'plan', run ->> 'tool',
        duration, detail);
    ELSE
      BEGIN
        INSERT INTO ledger.journal (seq, event, op, revision, digest, parents, statement, error, channel, script, tool,
          duration, detail) OVERRIDING SYSTEM VALUE
        VALUES (last + 1, event, op, rev, digest, parents, statement, error, channel, run ->> 'plan', run ->> 'tool',
          duration, detail);
      EXCEPTION WHEN unique_violation THEN
        CONTINUE;
      END;
    END IF;
    SELECT j.seq INTO made FROM ledger.journal j
     WHERE j.seq > last AND (j.event, j.op, j.revision, j.digest, j.statement)
                            IS NOT DISTINCT FROM (append.event, append.op, rev, append.digest, append.statement)
       AND NOT EXISTS (SELECT FROM ledger.journal k WHERE k.seq > j.seq AND k.event <> 'fail')
     ORDER BY j.seq LIMIT 1;
    EXIT WHEN NOT FOUND;
    RETURN made;
  END LOOP;
  others := ledger.interferers();
  PERFORM ledger.refuse(CASE WHEN others IS NULL THEN 'not recorded' ELSE 'interfered' END, event, rev, others);
END
$updown$;

-- What somebody has put on the journal that changes, hides or takes away rows.
CREATE FUNCTION ledger.interferers() RETURNS text LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT string_agg(thing, ', ') FROM (
    SELECT format('trigger %I', t.tgname) FROM pg_trigger t
     WHERE t.tgrelid = 'ledger.journal'::regclass AND NOT t.tgisinternal AND t.tgenabled <> 'D'
    UNION ALL SELECT format('rule %I', r.rulename) FROM pg_rewrite r
     WHERE r.ev_class = 'ledger.journal'::regclass AND r.rulename <> '_RETURN' AND r.ev_enabled <> 'D'
    UNION ALL SELECT format('policy %I', p.polname) FROM pg_policy p WHERE p.polrelid = 'ledger.journal'::regclass
    UNION ALL SELECT format('child %s', i.inhrelid::regclass) FROM pg_inherits i
     WHERE i.inhparent = 'ledger.journal'::regclass
  ) AS found (thing)
$updown$;

-- An entry of something that ran no file.
CREATE PROCEDURE ledger.record(event text, op text, rev text, digest text, parents text[], statement integer,
  error text) LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  PERFORM ledger.append(event, op, rev, digest, parents, statement, error,
    clock_timestamp() - transaction_timestamp(), NULL);
END
$updown$;

-- Every step that runs a file ends here, and with it whatever the file left in the session. How the rest of a script is
-- read stays.
CREATE PROCEDURE ledger.leave(op text, rev text, parents text[], digest text) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  IF current_setting('updown.step', true) IS DISTINCT FROM rev THEN CALL ledger.check_transaction(rev); END IF;
  CALL ledger.check_file(rev);
  -- What stands recorded of a step outside a transaction has just run again: it goes with this transaction.
  PERFORM ledger.refuse('rerun', leave.op, rev, u.statement::text) FROM ledger.unfinished u
    WHERE u.revision = rev AND u.statement > 0 AND current_setting('updown.outside', true) IS DISTINCT FROM rev;
  -- Of the session alone: our own lock goes with its transaction.
  PERFORM pg_advisory_unlock_all();
  PERFORM ledger.append(op, op, rev, digest, parents, NULL, NULL, clock_timestamp() - transaction_timestamp(), NULL);
:cleaning
  PERFORM set_config('client_encoding', 'UTF8', false), set_config('standard_conforming_strings', 'on', false);
END
$updown$;

-- What is applied beside these revisions, as two digests: of the names alone, and with what each was applied from.
CREATE FUNCTION ledger.state(beside text[], OUT ids text, OUT contents text) LANGUAGE sql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
  SELECT encode(sha256(convert_to(coalesce(string_agg(a.revision, chr(10) ORDER BY a.revision COLLATE "C"), ''),
           'UTF8')), 'hex'),
         encode(sha256(convert_to(coalesce(string_agg(a.revision || ' ' || a.digest, chr(10)
           ORDER BY a.revision COLLATE "C"), ''), 'UTF8')), 'hex')
    FROM ledger.applied a WHERE a.revision <> ALL (beside)
$updown$;

-- A script for clients that neither skip nor stop says where each step belongs: at one state, or right behind the step
-- before it.
CREATE PROCEDURE ledger.check_place(rev text, run jsonb) LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  last record;
  now record;
BEGIN
  IF current_setting('standard_conforming_strings') <> 'on' THEN PERFORM ledger.refuse('strings'); END IF;
  IF run ? 'after' THEN
    SELECT j.revision, j.script INTO last FROM ledger.journal j
     WHERE j.event IN ('up', 'down', 'stamp', 'unstamp') ORDER BY j.seq DESC LIMIT 1;
    IF last.revision IS DISTINCT FROM run ->> 'after' OR last.script IS DISTINCT FROM run ->> 'plan' THEN
      PERFORM ledger.refuse('not behind', rev, run ->> 'after');
    END IF;
    RETURN;
  END IF;
  SELECT * INTO now FROM ledger.state('{}');
  IF now.ids <> run ->> 'ids' OR now.contents <> run ->> 'contents' THEN
    PERFORM ledger.refuse('wrong place', rev, ledger.heads());
  END IF;
END
$updown$;

-- Some clients put a savepoint before each statement and go back to it when it fails: the rest of a step would be
-- committed without it. Each subtransaction holds a lock on its own number: there are two here, this block's and its
-- transaction's. Any other makes the commit fail, by two rows with one number.
CREATE PROCEDURE ledger.check_savepoints() LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  depth bigint;
BEGIN
  IF current_setting('transaction_read_only')::boolean THEN
    RETURN;
  END IF;
  BEGIN
    INSERT INTO ledger.worker VALUES (0, 0, NULL);
    SELECT count(*) INTO depth FROM pg_locks l
     WHERE l.locktype = 'transactionid' AND l.pid = pg_backend_pid() AND l.mode = 'ExclusiveLock';
    RAISE EXCEPTION USING ERRCODE = 'UD002';
  EXCEPTION WHEN SQLSTATE 'UD002' THEN
    NULL;
  END;
  IF depth > 2 THEN
    INSERT INTO ledger.worker VALUES (0, 0, NULL), (0, 0, NULL);
    RAISE WARNING 'this client sets savepoints by itself: nothing of this step will be kept'
      USING HINT = 'Turn them off (ON_ERROR_ROLLBACK, autosave, savepoints), and go on from this step.';
  END IF;
END
$updown$;

-- May this script run here, now? The right project, the state it starts from, nobody's half-done work: otherwise it
-- stops before anything is changed. head: what the script says of itself. How many of its steps are done already.
CREATE FUNCTION ledger.check_plan(head text) RETURNS bigint LANGUAGE plpgsql
SET search_path = pg_catalog, pg_temp AS $updown$
DECLARE
  plan CONSTANT jsonb := head::jsonb;
  direction CONSTANT text := plan ->> 'op';
  client CONSTANT text := plan ->> 'client';
  steps CONSTANT text[] := ARRAY(SELECT s ->> 0 FROM jsonb_array_elements(plan -> 'steps') AS s);
  before record;
  done bigint;
  last bigint;
  caller CONSTANT text := current_user;
BEGIN
  IF (CASE client WHEN 'psql' THEN current_setting('updown.within', true) = 'yes'
                  -- One that began before its first command did.
                  WHEN 'plain' THEN extract(epoch FROM transaction_timestamp())::numeric
                                    < nullif(current_setting('updown.began', true), '')::numeric END) THEN
    PERFORM ledger.refuse(CASE WHEN plan ? 'whole' THEN 'open transaction, whole'
                               WHEN plan ? 'apart' THEN 'open transaction, apart'
                               WHEN client = 'plain' THEN 'open transaction, plain' ELSE 'open transaction' END);
  END IF;
  -- A line end that git or an editor made two characters: what is stored, as the body of a function, would not be what
  -- was reviewed.
  IF strpos(head, chr(13)) <> 0 THEN PERFORM ledger.refuse('line ends'); END IF;
  -- Each step ends with these two: what comes after the first would run as somebody else.
  RESET SESSION AUTHORIZATION;
  RESET ROLE;
  IF current_user <> caller THEN PERFORM ledger.refuse('role', caller); END IF;
  IF current_setting('transaction_read_only')::boolean THEN
    PERFORM ledger.refuse(CASE WHEN pg_is_in_recovery() THEN 'standby' ELSE 'read-only session' END);
  END IF;
  CALL ledger.check_project(plan ->> 'project', 'this script');
  IF (SELECT (j.detail ->> 'format')::integer FROM ledger.journal j
       WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1) > (plan ->> 'format')::integer THEN
    PERFORM ledger.refuse('newer ledger');
  END IF;
  IF NOT has_table_privilege('ledger.journal'::regclass, 'INSERT') THEN
    PERFORM ledger.refuse('no right to write', current_user,
      :caller_word);
  END IF;
  IF direction <> 'stamp' THEN
    PERFORM ledger.refuse('unfinished', u.revision) FROM ledger.unfinished u
      WHERE NOT (u.revision = ANY (steps) AND u.op = direction);
  END IF;
  SELECT * INTO before FROM ledger.state(steps);
  PERFORM ledger.refuse('edited', a.revision)
    FROM ledger.applied a JOIN jsonb_array_elements(plan -> 'steps') AS s ON s ->> 0 = a.revision
    WHERE direction = 'up' AND a.digest IS DISTINCT FROM s ->> 1;
  IF direction = 'stamp' THEN
    -- One step, however many revisions it records: all of them, or none.
    SELECT CASE count(*) WHEN 0 THEN 1 WHEN cardinality(steps) THEN 0 ELSE -1 END INTO done
      FROM jsonb_array_elements(plan -> 'steps') AS s
     WHERE (s ->> 2 = 'stamp') <> EXISTS (SELECT FROM ledger.applied a
                                           WHERE a.revision = s ->> 0 AND (s ->> 2 = 'unstamp' OR a.digest = s ->> 1))
        OR EXISTS (SELECT FROM ledger.unfinished u WHERE u.revision = s ->> 0);
    last := greatest(done, 0);
  ELSE
    SELECT count(*), coalesce(max(s.n), 0) INTO done, last FROM unnest(steps) WITH ORDINALITY AS s (id, n)
     WHERE (direction = 'up') = ledger.is_applied(s.id);
    -- What was never done is not undone by skipping it.
    IF direction = 'down' AND NOT steps <@ ARRAY(SELECT j.revision FROM ledger.journal j
                                                  WHERE j.event IN ('up', 'down', 'stamp', 'unstamp')) THEN
      done := -1;
    END IF;
  END IF;
  IF before.ids <> plan ->> 'ids' OR done <> last OR (plan ? 'once' AND done > 0) THEN
    PERFORM ledger.refuse('wrong start', plan ->> 'from', ledger.heads());
  END IF;
  IF plan ? 'existing' AND :silent THEN
    PERFORM ledger.refuse('not empty', string_agg(found.name, ', '), plan #>> '{existing,heads}',
      replace(:made_part,
        '%s', nullif(plan #>> '{existing,below}', '')))
    FROM (
:strangers
    ) AS found HAVING count(*) > 0 AND :silent;
  END IF;
  -- The right revisions, but at least one from other SQL than the files held when this was emitted.
  IF before.contents <> plan ->> 'contents' THEN PERFORM ledger.refuse('edited before'); END IF;
  IF done < (plan ->> 'behind')::integer THEN
    PERFORM ledger.refuse('not its turn',
      ((plan ->> 'behind')::integer + 1)::text, cardinality(steps)::text, done::text);
  END IF;
  CALL ledger.check_session();
  IF NOT EXISTS (SELECT FROM ledger.unfinished) THEN CALL ledger.check_temporary(); END IF;
  RETURN done;
END
$updown$;

-- The ledger's format. A script asks whether a function of this name is there.
CREATE FUNCTION ledger.format_4() RETURNS void LANGUAGE sql IMMUTABLE AS $updown$ SELECT $updown$;

-- Behind the last step: whatever a client made of the errors before, here it is said whether all is done; and where the
-- database stands.
CREATE FUNCTION ledger.check_done(op text, ids text[]) RETURNS text LANGUAGE plpgsql STABLE
SET search_path = pg_catalog, pg_temp AS $updown$
BEGIN
  PERFORM ledger.refuse('not done', id, CASE op WHEN 'up' THEN 'not' ELSE 'still' END)
    FROM unnest(ids) AS id WHERE ledger.is_applied(id) <> (op = 'up');
  RETURN ledger.heads();
END
$updown$;

