import { quoteLiteral } from '../sql/quote.ts';
import type { IndexShape } from '../sql/source.ts';
import { ownPath, raised, thisRun } from './ledger.ts';
import { wordResume } from './ledger-bare.ts';

// Bodies of functions, and parts of a query: `candidate` and `shape` are arguments, or columns of what is around it.
const fits = `  SELECT i.indisunique = (shape ->> 'unique')::boolean AND m.amname = shape ->> 'method'
     AND i.indnkeyatts = (shape ->> 'keys')::integer AND i.indnatts = jsonb_array_length(shape -> 'columns')
     AND (i.indpred IS NULL OR (shape ->> 'partial')::boolean)
     AND NOT EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, n)
                       LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.attnum
                      WHERE (shape -> 'columns') ->> (k.n - 1)::integer <> coalesce(a.attname, ''))
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_am m ON m.oid = c.relam
   WHERE i.indexrelid = candidate`;

function printIsExactly(definition: string): string {
  return `  SELECT ${definition} = format('CREATE %sINDEX %I ON %s%I.%I USING %s (%s)%s%s',
           CASE WHEN i.indisunique THEN 'UNIQUE ' END, c.relname, CASE WHEN c.relkind = 'I' THEN 'ONLY ' END, n.nspname, t.relname, shape ->> 'method',
           string_agg(coalesce(quote_ident(k.name), '') || ((shape -> 'exact' -> 'keys') ->> (k.n - 1)::integer), ', ' ORDER BY k.n) FILTER (WHERE k.n <= i.indnkeyatts),
           ' INCLUDE (' || string_agg(quote_ident(k.name), ', ' ORDER BY k.n) FILTER (WHERE k.n > i.indnkeyatts) || ')',
           shape -> 'exact' ->> 'tail')
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid
         JOIN pg_catalog.pg_namespace n ON n.oid = t.relnamespace,
         jsonb_array_elements_text(shape -> 'columns') WITH ORDINALITY AS k(name, n)
   WHERE i.indexrelid = candidate
   GROUP BY i.indisunique, i.indnkeyatts, c.relname, c.relkind, n.nspname, t.relname`;
}

function printIsOther(fitting: string, exactly: string): string {
  return `  SELECT NOT ${fitting} OR (i.indpred IS NOT NULL) <> (shape ->> 'partial')::boolean
      OR EXISTS (SELECT FROM unnest(i.indkey) WITH ORDINALITY AS k(attnum, n) WHERE ((shape -> 'columns') ->> (k.n - 1)::integer IS NULL) <> (k.attnum = 0))
      OR (shape ? 'exact' AND NOT shape -> 'columns' @> '[null]' AND NOT ${exactly})
    FROM pg_catalog.pg_index i WHERE i.indexrelid = candidate`;
}

/** What check_other asks, where there is no ledger; the definition is as the server words it under the file's path. To be asked under `ownPath`. */
export function printOther(candidate: number, shape: IndexShape, definition: string): string {
  const values = `${candidate}::oid, ${quoteLiteral(JSON.stringify(shape))}::jsonb, ${quoteLiteral(definition)}::text`;
  const exactly = `(${printIsExactly('definition')})`;
  return `SELECT (${printIsOther(`(${fits})`, exactly)})::text AS other FROM (VALUES (${values})) AS asked (candidate, shape, definition)`;
}

/** What a statement that builds an index has left behind, and whether it is its own. `s` is the ledger's schema, quoted. */
export function printIndexSearch(s: string): string {
  return `-- Whether a statement of this shape could have made an index.
CREATE FUNCTION ${s}.fits(candidate oid, shape jsonb) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
${fits}
$updown$;

-- Its definition as the server words it under a path: what the path finds has no schema in it.
CREATE FUNCTION ${s}.define(candidate oid, path text) RETURNS text LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  RETURN pg_catalog.pg_get_indexdef(candidate);
END
$updown$;

-- Whether its definition is the very one, as a file under that path words it; never so where the shape does not tell all of it. The server
-- words every index of a partitioned table with ONLY.
CREATE FUNCTION ${s}.is_exactly(candidate oid, shape jsonb, path text) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
${printIsExactly(`${s}.define(candidate, path)`)}
$updown$;

-- Indexes of a table that were not there when the last entry of an unfinished step was made, that nobody builds right now, and that a
-- statement of this shape could have made. sure: that it has; without a name in the statement, only the server's own choice of one tells.
CREATE FUNCTION ${s}.new_indexes(rev text, relation regclass, index_name text, shape jsonb, path text)
RETURNS TABLE (index regclass, valid boolean, sure boolean) LANGUAGE sql STABLE SET ${ownPath} AS $updown$
  SELECT c.oid::regclass, i.indisvalid AND i.indisready,
         index_name IS NOT NULL OR (${s}.is_exactly(c.oid, shape, path) AND left(c.relname, length(chosen.name)) = chosen.name
                                    AND substr(c.relname, length(chosen.name) + 1) ~ '^[0-9]*$')
    FROM ${s}.unfinished u, pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid JOIN pg_catalog.pg_class t ON t.oid = i.indrelid,
         LATERAL (SELECT format('%s_%s_idx', t.relname, string_agg(k.name, '_' ORDER BY k.n)) FROM jsonb_array_elements_text(shape -> 'exact' -> 'names') WITH ORDINALITY AS k(name, n)) AS chosen(name)
   WHERE u.revision = rev AND i.indrelid = relation AND (index_name IS NULL OR c.relname = index_name)
     AND NOT coalesce(u.detail -> 'indexes' ? c.relname::text, false)
     AND NOT EXISTS (SELECT FROM pg_catalog.pg_stat_progress_create_index p WHERE p.index_relid = c.oid)
     AND CASE WHEN index_name IS NULL THEN ${s}.fits(c.oid, shape)
              -- INVALID, new, and of the very name: what broke off there, whatever the statement was then.
              ELSE NOT (i.indisvalid AND i.indisready) OR (${s}.fits(c.oid, shape) AND (NOT shape ? 'exact' OR ${s}.is_exactly(c.oid, shape, path))) END
$updown$;

-- Those that statement at of the step has made, finished or broken off. What it has made or somebody else, only a person can tell.
CREATE FUNCTION ${s}.find_indexes(rev text, relation regclass, index_name text, shape jsonb, at integer, finished boolean,
  path text DEFAULT pg_catalog.current_setting('search_path')) RETURNS SETOF regclass LANGUAGE plpgsql STABLE SET ${ownPath} AS $updown$
DECLARE
  other regclass;
  run CONSTANT jsonb := ${thisRun};
  flag CONSTANT text := ${wordResume('run')};
BEGIN
  RETURN QUERY SELECT n.index FROM ${s}.new_indexes(rev, relation, index_name, shape, path) n WHERE n.sure AND n.valid = finished;
  IF NOT FOUND THEN
    SELECT n.index INTO other FROM ${s}.new_indexes(rev, relation, index_name, shape, path) n WHERE NOT n.sure AND n.valid = finished LIMIT 1;
    IF FOUND AND NOT finished THEN
      RAISE EXCEPTION '${raised.blind}: index % is INVALID: statement % of % broke off there, or somebody else''s build', other, at, rev
        USING ERRCODE = '${raised.blind}', HINT = format('Look whose it is; then DROP INDEX CONCURRENTLY %s; and run again.', other);
    ELSIF FOUND AND NOT EXISTS (SELECT FROM ${s}.unfinished u WHERE u.revision = rev AND u.detail @> '{"told": true}') THEN
      RAISE EXCEPTION '${raised.blind}: index % may be what statement % of % has made before the last run broke off, or somebody else''s', other, at, rev
        USING ERRCODE = '${raised.blind}',
              HINT = format('Look at the database; then run again with %s%s (it has not run) or %s%s (it has).', flag, at, flag, at + 1);
    END IF;
  END IF;
END
$updown$;

`;
}

/** That an index is what its statement promised. */
export function printIndexChecks(s: string): string {
  return `-- IF NOT EXISTS asks for no more than a name: where a table, a view, a sequence, a type or another table's index has it, the server skips the
-- statement, and there is no index. The number of the statement, at, stands as a value where an error names a column.
CREATE PROCEDURE ${s}.check_skipped(rev text, at integer, line integer, relation regclass, index_name text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  named name;
  taken text;
BEGIN
  SELECT t.relname,
         format('%s %I.%I', CASE c.relkind WHEN 'v' THEN 'view' WHEN 'm' THEN 'materialized view' WHEN 'S' THEN 'sequence' WHEN 'c' THEN 'type'
                                           WHEN 'f' THEN 'foreign table' WHEN 'i' THEN 'index' WHEN 'I' THEN 'index' ELSE 'table' END, n.nspname, c.relname)
         || CASE WHEN i.indrelid IS NOT NULL THEN format(' on %s', i.indrelid::regclass) ELSE '' END INTO named, taken
    FROM pg_catalog.pg_class t JOIN pg_catalog.pg_class c ON c.relnamespace = t.relnamespace JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
         LEFT JOIN pg_catalog.pg_index i ON i.indexrelid = c.oid
   WHERE t.oid = relation AND c.relname = index_name AND i.indrelid IS DISTINCT FROM t.oid;
  IF FOUND THEN
    RAISE EXCEPTION '${raised.invalidIndex}: statement % of %, on line %: the server skipped CREATE INDEX IF NOT EXISTS % on %, since % has that name', at, rev, line, index_name, named, taken
      USING ERRCODE = '${raised.invalidIndex}', COLUMN = at::text,
            HINT = 'There is no such index. Give it another name in this statement; or, if none is needed, write a comment that says so in its place. Then run again.';
  END IF;
END
$updown$;

-- In a transaction nothing is left INVALID, but IF NOT EXISTS may have found what was (F24). An index of a partitioned table may wait for its parts.
CREATE PROCEDURE ${s}.check_found(rev text, at integer, line integer, relation regclass, index_name text) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  named name := (SELECT t.relname FROM pg_catalog.pg_class t WHERE t.oid = relation);
BEGIN
  PERFORM FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = relation AND c.relname = index_name AND c.relkind = 'i' AND NOT (i.indisvalid AND i.indisready);
  IF FOUND THEN
    RAISE EXCEPTION '${raised.invalidIndex}: statement % of %, on line %: found index % on %, and it is INVALID', at, rev, line, index_name, named
      USING ERRCODE = '${raised.invalidIndex}', COLUMN = at::text, HINT = format('Somebody''s build broke off: DROP INDEX CONCURRENTLY %I; then run again.', index_name);
  END IF;
END
$updown$;

-- Whether an index can't be what a statement of this shape makes. An expression or a condition is not compared: the server words it anew.
CREATE FUNCTION ${s}.is_other(candidate oid, shape jsonb, path text) RETURNS boolean LANGUAGE sql STABLE SET ${ownPath} AS $updown$
${printIsOther(`${s}.fits(candidate, shape)`, `${s}.is_exactly(candidate, shape, path)`)}
$updown$;

-- An index that ended up INVALID, or that IF NOT EXISTS found so or made otherwise, is never recorded as built (F24).
CREATE PROCEDURE ${s}.check_index(rev text, relation regclass, index_name text, shape jsonb, may_exist boolean DEFAULT false,
  path text DEFAULT pg_catalog.current_setting('search_path')) LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  named name := (SELECT t.relname FROM pg_catalog.pg_class t WHERE t.oid = relation);
  bad text;
  known boolean;
BEGIN
  SELECT string_agg(c.relname, ', ') FILTER (WHERE NOT (i.indisvalid AND i.indisready)), pg_catalog.bool_or(true) INTO bad, known
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
   WHERE i.indrelid = relation
     AND (c.relname = index_name OR i.indexrelid IN (SELECT n.index FROM ${s}.new_indexes(rev, relation, index_name, shape, path) n));
  IF bad IS NOT NULL THEN
    RAISE EXCEPTION '${raised.invalidIndex}: index % on % is INVALID', bad, named
      USING ERRCODE = '${raised.invalidIndex}', HINT = 'What a broken off build left is dropped and built anew by the next run; one that was there before is yours: DROP INDEX CONCURRENTLY.';
  ELSIF known IS NULL THEN
    RAISE EXCEPTION '${raised.invalidIndex}: index % on % is not there', coalesce(index_name, '(any)'), named USING ERRCODE = '${raised.invalidIndex}';
  END IF;
  IF may_exist THEN
    CALL ${s}.check_other(NULL, NULL, NULL, relation, index_name, shape, path);
  END IF;
END
$updown$;

-- IF NOT EXISTS takes an index of the table by its name alone.
CREATE PROCEDURE ${s}.check_other(rev text, at integer, line integer, relation regclass, index_name text, shape jsonb, path text DEFAULT pg_catalog.current_setting('search_path'))
LANGUAGE plpgsql SET ${ownPath} AS $updown$
DECLARE
  named name := (SELECT t.relname FROM pg_catalog.pg_class t WHERE t.oid = relation);
  bad text;
  away text;
BEGIN
  -- What is a part of an index above, or what a foreign key stands on, stays; what a constraint has made goes with that.
  SELECT pg_catalog.pg_get_indexdef(i.indexrelid),
         format(CASE WHEN h.inhrelid IS NOT NULL OR EXISTS (SELECT FROM pg_catalog.pg_constraint f WHERE f.conindid = i.indexrelid AND f.contype = 'f')
                       THEN 'rename the other: ALTER INDEX %1$s RENAME TO <new name>'
                     WHEN k.conname IS NOT NULL THEN 'rename or drop the other: ALTER INDEX %1$s RENAME TO <new name>, or ALTER TABLE %2$s DROP CONSTRAINT %3$I'
                     ELSE 'rename or drop the other: ALTER INDEX %1$s RENAME TO <new name>, or DROP INDEX' || CASE c.relkind WHEN 'I' THEN '' ELSE ' CONCURRENTLY' END || ' %1$s' END,
                i.indexrelid::regclass, i.indrelid::regclass, k.conname)
    INTO bad, away FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
         LEFT JOIN pg_catalog.pg_constraint k ON k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')
         LEFT JOIN pg_catalog.pg_inherits h ON h.inhrelid = i.indexrelid
   WHERE i.indrelid = relation AND c.relname = index_name AND ${s}.is_other(i.indexrelid, shape, path);
  IF FOUND THEN
    RAISE EXCEPTION '${raised.invalidIndex}: %index % on % was there, and is another one: %', CASE WHEN at IS NULL THEN '' ELSE format('statement %s of %s, on line %s: ', at, rev, line) END, index_name, named, bad
      USING ERRCODE = '${raised.invalidIndex}', COLUMN = coalesce(at::text, ''),
      HINT = format('The name alone is the same, and IF NOT EXISTS looks at no more. Give this one another name, or %s; then run again.', away);
  END IF;
END
$updown$;

`;
}
