import { lockKeys, ownPath, raised, resumeVariable, thisRun } from './ledger.ts';

/** How who runs it says at which statement to go on, in front of the number: a script for psql takes it as a variable, and a plain one not at all. */
export function wordResume(run: string): string {
  return `CASE WHEN ${run} ->> 'channel' = 'script' AND NOT (${run} ? 'ids' OR ${run} ? 'after') THEN '-v ${resumeVariable}=' ELSE '--resume-at ' END`;
}

/** The procedures that a step outside a transaction calls: begin or go on, between its statements, behind each. `s` is the ledger's schema, quoted. */
export function printBareSteps(s: string, schema: string): string {
  const [product, ledger] = lockKeys(schema);
  return `-- A step outside a transaction begins, or goes on where another run broke off. prefixes: the digest of the file's first n statements, for each n.
-- blind: numbers of statements that leave no trace, so that only a person can say whether they have run; doubtful: of those whose trace
-- may be somebody else's.
CREATE PROCEDURE ${s}.start(op text, rev text, digest text, parents text[], prefixes text[], blind integer[], doubtful integer[], seen jsonb) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  run jsonb := ${thisRun};
  told integer := run ->> 'resumeAt';
  flag text := ${wordResume('run')};
  half record;
  asked boolean;
  gone text;
  again boolean := false;
  bad text;
  done integer := 0;
  entry bigint;
BEGIN
  SELECT u.* INTO half FROM ${s}.unfinished u WHERE u.revision = rev;
  IF FOUND THEN
    asked := half.statement + 1 = ANY (blind || doubtful);
    SELECT string_agg(thing, ', ') INTO gone
      FROM jsonb_array_elements_text(coalesce(half.detail -> 'session', '[]') || coalesce(half.detail -> 'settings', '[]')) AS thing
     WHERE half.statement < pg_catalog.cardinality(prefixes) AND NOT EXISTS (
       SELECT FROM pg_catalog.pg_stat_activity a
        WHERE a.pid = pg_catalog.pg_backend_pid() AND a.pid = half.backend_pid AND a.backend_start = half.backend_start);
    again := gone IS NOT NULL AND coalesce(told = 1, false);
    IF told NOT IN (half.statement + 1, half.statement + 1 + asked::integer) AND NOT again THEN
      RAISE EXCEPTION '${raised.blind}: cannot go on with % of % at statement %: the ledger has % of %', op, rev, told, half.statement, pg_catalog.cardinality(prefixes)
        USING ERRCODE = '${raised.blind}',
              HINT = CASE WHEN asked THEN format('Look at the database; then run again with %s%s (it has not run) or %s%s (it has).', flag, half.statement + 1, flag, half.statement + 2)
                          ELSE format('Run again without %s: whether the next one has run, it finds out itself. If that is not to run at all, write a comment in its place.', pg_catalog.btrim(flag, ' =')) END;
    END IF;
    IF half.statement > 0 AND NOT again AND half.digest IS DISTINCT FROM prefixes[half.statement] THEN
      RAISE EXCEPTION '${raised.edited}: % of % has run up to statement %, and the file has changed there since', op, rev, half.statement
        USING ERRCODE = '${raised.edited}', HINT = 'Restore these statements; those after them may be changed.';
    END IF;
    -- Of a script that tells it for its reader, what is told is another thing.
    IF gone IS NOT NULL AND (told IS NULL OR run ? 'ids' OR run ? 'after') THEN
      RAISE EXCEPTION '${raised.blind}: cannot go on with % of % at statement % in another session: what those before it made is gone with theirs (%)', op, rev, half.statement + 1, gone
        USING ERRCODE = '${raised.blind}',
              HINT = format('If no statement from there on needs it: %s%s%s. To begin again, once what they did is undone by hand: %s1. Or finish by hand and record that: updown stamp --%s %s',
                            flag, half.statement + 1, CASE WHEN asked THEN format(', or %s%s where statement %s has run', flag, half.statement + 2, half.statement + 1) ELSE '' END, flag, CASE op WHEN 'up' THEN 'only' ELSE 'forget' END, rev);
    END IF;
    done := coalesce(told - 1, half.statement);
    SELECT string_agg(c.relname, ', ') INTO bad FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
     WHERE (done > half.statement OR again) AND NOT (i.indisvalid AND i.indisready)
       AND seen -> 'indexes' ? c.relname::text AND NOT half.detail -> 'indexes' ? c.relname::text;
    IF bad IS NOT NULL THEN
      RAISE EXCEPTION '${raised.blind}: %: index % is INVALID', CASE WHEN again THEN format('what %s of %s did is not undone', op, rev) ELSE format('statement %s of %s %s cannot have run', done, op, rev) END, bad USING ERRCODE = '${raised.blind}',
        HINT = 'Drop it with DROP INDEX CONCURRENTLY, then run again.';
    END IF;
    IF told IS NULL AND done + 1 = ANY (blind) THEN
      RAISE EXCEPTION '${raised.blind}: statement % of % % may have run or not when the last run broke off, and nothing shows which', done + 1, op, rev
        USING ERRCODE = '${raised.blind}',
              HINT = format('Look at the database; then run again with %s%s (it has not run) or %s%s (it has).', flag, done + 1, flag, done + 2);
    END IF;
  ELSE
    -- It was said of another step.
    told := NULL;
  END IF;
  entry := ${s}.append('start', op, rev, CASE WHEN done = 0 THEN digest ELSE prefixes[done] END, parents, done, NULL, NULL,
          -- Of a statement that broke off, what counts is what was there before it.
          CASE WHEN done IS DISTINCT FROM half.statement THEN seen WHEN told IS NULL THEN half.detail - 'told' ELSE half.detail - '{told,session,settings}'::text[] END
            || CASE WHEN told IS NULL THEN '{}' ELSE '{"told": true}' END::jsonb || CASE WHEN half.revision IS NULL THEN '{}' ELSE '{"resumes": true}' END::jsonb);
  INSERT INTO ${s}.worker SELECT entry, a.pid, a.backend_start FROM pg_catalog.pg_stat_activity a WHERE a.pid = pg_catalog.pg_backend_pid();
END
$updown$;

-- Between statements: still ours, and exactly so many done. It waits for the lock: whoever has it is about to find that this step is ours,
-- and what has run outside a transaction must not go unrecorded for that. It holds up no concurrent build: nobody has the lock during one.
CREATE PROCEDURE ${s}.resume(op text, rev text, done integer) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  half record;
BEGIN
  PERFORM pg_catalog.pg_advisory_xact_lock(${product}, ${ledger});
  SELECT u.* INTO half FROM ${s}.unfinished u WHERE u.revision = rev AND u.op = resume.op;
  IF half.statement IS DISTINCT FROM done OR half.backend_pid IS DISTINCT FROM pg_catalog.pg_backend_pid() THEN
    RAISE EXCEPTION '${raised.moved}: cannot go on with % of % after statement %: the ledger stands at %, by pid %', op, rev, done, half.statement, half.backend_pid
      USING ERRCODE = '${raised.moved}', HINT = CASE WHEN half.statement = done THEN 'Another run has taken it over, or a transaction pooler has changed the backend: connect to the server itself.'
                                            ELSE 'updown status tells where it stands.' END;
  END IF;
  PERFORM pg_catalog.set_config('updown.step', rev, true), pg_catalog.set_config('updown.changes', ${s}.changes()::text, true);
END
$updown$;

-- Records statement number done + 1; digest is that of all statements up to it.
CREATE PROCEDURE ${s}.progress(op text, rev text, done integer, digest text, seen jsonb) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  half record;
  entry bigint;
BEGIN
  CALL ${s}.check_transaction(rev);
  CALL ${s}.check_reading(rev);
  CALL ${s}.check_ledger(rev);
  SELECT u.* INTO half FROM ${s}.unfinished u WHERE u.revision = rev;
  -- One that came up INVALID since the last entry is what another statement broke off at: the file may have it behind this one by now.
  seen := seen || jsonb_build_object('indexes', (
    SELECT coalesce(jsonb_agg(name ORDER BY name), '[]') FROM jsonb_array_elements_text(seen -> 'indexes') AS name
     WHERE half.detail -> 'indexes' ? name OR NOT EXISTS (
       SELECT FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
        WHERE c.relname = name AND NOT (i.indisvalid AND i.indisready)
          AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid))));
  entry := ${s}.append('progress', op, rev, digest, NULL, done + 1, NULL, NULL, seen || ${s}.session_of());
  INSERT INTO ${s}.worker VALUES (entry, half.backend_pid, half.backend_start);
END
$updown$;

`;
}
