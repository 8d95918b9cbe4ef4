/** A plan over a history, and what is found in it: `rule`, or `rule: part of its message`. Nothing else but what `also` names. */
export interface Kind {
  readonly base: string;
  /** A revision each. */
  readonly ups: readonly string[];
  readonly found: readonly string[];
  /** Rules about locks and work, which are not what is looked at here. */
  readonly also?: readonly string[];
}

export const kinds: readonly Kind[] = [
  // A lock that is waited for too long.
  {
    base: 'CREATE TABLE lt (id bigint PRIMARY KEY);',
    ups: [
      "SET LOCAL lock_timeout = '1h'; ALTER TABLE lt ADD COLUMN d boolean;",
      '-- updown: lock-timeout=2h\nALTER TABLE lt ADD COLUMN e boolean;',
      "SELECT set_config('lock_timeout', '11000', true); ALTER TABLE lt ADD COLUMN f boolean;",
      "DO $$ BEGIN SET LOCAL lock_timeout = '5min'; ALTER TABLE lt ADD COLUMN g boolean; END $$;",
      '-- updown: lock-timeout=10s\nALTER TABLE lt ADD COLUMN h boolean;',
      "SET LOCAL lock_timeout = '1h'; SET LOCAL lock_timeout = '9s'; ALTER TABLE lt ADD COLUMN i boolean;",
    ],
    found: [
      'lock-timeout-off: waits for ACCESS EXCLUSIVE on public.lt for up to 1h',
      'lock-timeout-off: for up to 2h',
      'lock-timeout-off: for up to 11s',
      'lock-timeout-off: for up to 5min',
    ],
  },
  // What nobody can call, or nobody knows yet.
  {
    base: `CREATE TABLE tgf (id bigint PRIMARY KEY);
CREATE FUNCTION tgf_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER tgf_t BEFORE INSERT ON tgf FOR EACH ROW EXECUTE FUNCTION tgf_f();
CREATE FUNCTION ev_f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE FUNCTION called() RETURNS integer LANGUAGE sql AS 'SELECT 1';`,
    ups: [
      'DROP TRIGGER tgf_t ON tgf; DROP FUNCTION tgf_f();',
      'DROP FUNCTION IF EXISTS ev_f();',
      "CREATE FUNCTION fresh() RETURNS integer LANGUAGE sql AS 'SELECT 1'; CREATE TYPE sort AS (a integer); ALTER TABLE tgf ADD COLUMN fresh integer; CREATE VIEW seen AS SELECT id FROM tgf;",
      'DROP FUNCTION fresh(); DROP TYPE sort; DROP VIEW seen; ALTER TABLE tgf DROP COLUMN fresh;',
      'DROP FUNCTION called();',
    ],
    found: ['drop-object: drops function public.called()'],
    also: ['trigger-locks', 'trigger-off'],
  },
  // Whatever else has a name.
  {
    base: `CREATE TYPE mood AS ENUM ('ok');
CREATE FUNCTION same(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2';
CREATE FUNCTION to_mood(integer) RETURNS mood LANGUAGE sql AS $$ SELECT 'ok'::mood $$;
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same);
CREATE CAST (integer AS mood) WITH FUNCTION to_mood(integer);
CREATE TEXT SEARCH CONFIGURATION plain_words (COPY = simple);
CREATE PUBLICATION cdc;
CREATE FUNCTION ev_f() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE EVENT TRIGGER watch ON ddl_command_end EXECUTE FUNCTION ev_f();`,
    ups: [
      'DROP OPERATOR === (text, text);',
      'DROP CAST (integer AS mood);',
      'DROP TEXT SEARCH CONFIGURATION plain_words;',
      'DROP PUBLICATION cdc;',
      'DROP EVENT TRIGGER watch;',
      'CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, FUNCTION = same); DROP OPERATOR === (text, text);',
    ],
    found: [
      'drop-object: drops operator public.=== (text, text)',
      'drop-object: drops cast (integer AS public.mood)',
      'drop-object: drops text search configuration public.plain_words',
      'drop-object: drops publication cdc: its subscribers fail',
      'drop-object: drops event trigger watch',
    ],
  },
  // What subscribers get.
  {
    base: `CREATE TABLE pb (id bigint PRIMARY KEY, n text, m text);
CREATE TABLE other (id bigint PRIMARY KEY);
CREATE TABLE bare (id bigint);
CREATE TABLE apart (id bigint PRIMARY KEY);
CREATE PUBLICATION cdc FOR TABLE pb, other;
CREATE PUBLICATION narrow FOR TABLE apart (id);`,
    ups: [
      'ALTER TABLE pb ADD COLUMN size integer;',
      'ALTER TABLE pb ALTER COLUMN n TYPE varchar(20);',
      'ALTER TABLE pb RENAME COLUMN m TO k;',
      'ALTER PUBLICATION cdc DROP TABLE pb;',
      'ALTER PUBLICATION cdc SET TABLE pb;',
      'ALTER PUBLICATION cdc SET TABLE pb WHERE (id > 5);',
      "ALTER PUBLICATION cdc SET (publish = 'insert');",
      "ALTER PUBLICATION cdc SET (publish = 'insert, update'); ALTER TABLE pb DROP CONSTRAINT pb_pkey;",
      'ALTER PUBLICATION cdc ADD TABLE bare;',
      'ALTER TABLE other REPLICA IDENTITY FULL;',
      'ALTER TABLE other REPLICA IDENTITY NOTHING;',
      // Not published, or published as before.
      'ALTER TABLE bare ADD COLUMN n text; ALTER TABLE apart ADD COLUMN n text; ALTER PUBLICATION cdc ADD TABLE apart;',
      'DROP PUBLICATION narrow; CREATE PUBLICATION narrow FOR TABLE apart (id); DROP TABLE other;',
      'CREATE PUBLICATION every FOR ALL TABLES; DROP PUBLICATION every;',
    ],
    found: [
      'published-table-changed: public.pb is published by cdc: its subscribers need column public.pb.size first',
      'published-table-changed: column public.pb.n',
      'published-table-changed: column public.pb.m as k',
      'publication-loses: publication cdc no longer publishes public.pb',
      'publication-loses: publication cdc no longer publishes public.other',
      'publication-loses: publication cdc publishes public.pb only where (id > 5)',
      'publication-loses: publication cdc no longer publishes UPDATE, DELETE, TRUNCATE',
      'replica-identity-lost: public.pb has no replica identity',
      'replica-identity-lost: public.bare has no replica identity: UPDATE and DELETE on it fail',
      'replica-identity-full: public.other',
      'replica-identity-lost: public.other has no replica identity',
      'drop-table: drops table public.other',
      'published-table-changed: public.bare is published by cdc',
    ],
    also: ['type-rechecks', 'type-rewrites', 'rename'],
  },
  // Which rows who sees.
  {
    base: `CREATE ROLE app_rls;
CREATE TABLE rls (id bigint PRIMARY KEY);
GRANT ALL ON rls TO app_rls;
CREATE TABLE kept (id bigint); ALTER TABLE kept ENABLE ROW LEVEL SECURITY;
CREATE POLICY seen ON kept USING (true);
CREATE POLICY few ON kept AS RESTRICTIVE USING (id > 5);
CREATE TABLE forced (id bigint); CREATE POLICY mine ON forced TO app_rls USING (true); ALTER TABLE forced ENABLE ROW LEVEL SECURITY;`,
    ups: [
      'ALTER TABLE rls ENABLE ROW LEVEL SECURITY;',
      'ALTER TABLE rls DISABLE ROW LEVEL SECURITY;',
      'CREATE POLICY one ON rls AS RESTRICTIVE USING (true); ALTER TABLE rls ENABLE ROW LEVEL SECURITY;',
      'DROP POLICY few ON kept;',
      'DROP POLICY seen ON kept;',
      'ALTER TABLE forced FORCE ROW LEVEL SECURITY;',
      'ALTER TABLE forced NO FORCE ROW LEVEL SECURITY;',
      // A policy in the same revision, in whichever order; for reading alone; made again; a new table.
      'CREATE POLICY read ON rls FOR SELECT USING (true);',
      'ALTER TABLE kept DISABLE ROW LEVEL SECURITY; CREATE POLICY seen ON kept USING (true); ALTER TABLE kept ENABLE ROW LEVEL SECURITY;',
      'DROP POLICY seen ON kept; CREATE POLICY everyone ON kept USING (id > 0);',
      'CREATE TABLE fresh (id bigint); ALTER TABLE fresh ENABLE ROW LEVEL SECURITY;',
      'ALTER TABLE fresh FORCE ROW LEVEL SECURITY;',
    ],
    found: [
      'row-security-hides: no policy on public.rls is for SELECT, INSERT, UPDATE, DELETE: every role but its owner sees no row and may write none',
      'row-security-opens: public.rls: row security is off',
      'row-security-hides: no policy on public.rls is for SELECT',
      'row-security-opens: what the restrictive policy few held back',
      'row-security-hides: no policy on public.kept',
      'row-security-hides: no policy on public.forced is for SELECT: its owner sees no row',
      'row-security-opens: row security no longer holds for its owner',
    ],
    also: ['policy-locks'],
  },
  // What fires, and what does something else.
  {
    base: `CREATE TABLE audited (id bigint PRIMARY KEY);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION note();
CREATE RULE copied AS ON DELETE TO audited DO ALSO NOTHING;
CREATE VIEW shown AS SELECT id FROM audited;`,
    ups: [
      'DROP TRIGGER noted ON audited;',
      'CREATE TRIGGER noted BEFORE INSERT OR UPDATE ON audited FOR EACH ROW EXECUTE FUNCTION note();',
      'ALTER TABLE audited DISABLE TRIGGER noted;',
      'ALTER TABLE audited ENABLE TRIGGER noted; DROP RULE copied ON audited;',
      'CREATE RULE quiet AS ON INSERT TO audited DO INSTEAD NOTHING;',
      'DROP RULE quiet ON audited; CREATE RULE aside AS ON DELETE TO audited WHERE old.id > 5 DO INSTEAD NOTHING;',
      'DO $$ BEGIN ALTER TABLE audited DISABLE TRIGGER USER; END $$;',
      // Off for a while, given another name, made again with more; a rule that adds, and one on a view.
      'ALTER TABLE audited ENABLE TRIGGER noted;',
      'ALTER TABLE audited DISABLE TRIGGER noted; ALTER TABLE audited ENABLE TRIGGER noted; ALTER TRIGGER noted ON audited RENAME TO written;',
      'DROP TRIGGER written ON audited; CREATE TRIGGER noted BEFORE INSERT OR UPDATE OR DELETE ON audited FOR EACH ROW EXECUTE FUNCTION note();',
      'CREATE RULE more AS ON UPDATE TO audited DO ALSO NOTHING; CREATE RULE off AS ON INSERT TO shown DO INSTEAD NOTHING;',
    ],
    found: [
      'trigger-off: trigger noted on public.audited fires no more: INSERT, UPDATE',
      'trigger-off: trigger noted on public.audited fires no more',
      'trigger-off: rule copied on public.audited',
      'rule-instead: rule quiet: INSERT on public.audited does nothing from the commit on',
      'rule-instead: rule aside: DELETE on public.audited does nothing where its condition holds',
      'trigger-off: trigger noted on public.audited fires no more',
    ],
    also: ['trigger-locks'],
  },
  // Who may do what.
  {
    base: `CREATE ROLE app_r; CREATE TABLE granted (id bigint, n text); GRANT SELECT, INSERT ON granted TO app_r;
CREATE VIEW seen AS SELECT id FROM granted; GRANT SELECT ON seen TO app_r;
CREATE SEQUENCE tickets; GRANT USAGE ON SEQUENCE tickets TO app_r;
CREATE SCHEMA app; GRANT USAGE ON SCHEMA app TO app_r;
CREATE FUNCTION secret(a int) RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT a'; REVOKE ALL ON FUNCTION secret(int) FROM PUBLIC; GRANT EXECUTE ON FUNCTION secret(int) TO app_r;
CREATE FUNCTION guarded() RETURNS int LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS 'SELECT 1'; REVOKE ALL ON FUNCTION guarded() FROM PUBLIC;
CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 1';`,
    ups: [
      "DROP FUNCTION secret(int); CREATE FUNCTION secret(a int) RETURNS bigint LANGUAGE sql SECURITY DEFINER AS 'SELECT a::bigint';",
      'DROP VIEW seen; CREATE VIEW seen AS SELECT id FROM granted;',
      'DROP SEQUENCE tickets; CREATE SEQUENCE tickets;',
      'DROP SCHEMA app; CREATE SCHEMA app;',
      'REVOKE INSERT ON granted FROM app_r;',
      "CREATE OR REPLACE FUNCTION guarded() RETURNS int LANGUAGE sql AS 'SELECT 2';",
      "DROP FUNCTION guarded(); CREATE FUNCTION guarded(a int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 2';",
      // Granted again, revoked again; what its text alone changes; the whole in place of a part; by ALTER; a role's other name.
      'DROP VIEW seen; CREATE VIEW seen AS SELECT id FROM granted; GRANT SELECT ON seen TO app_r;',
      "DROP FUNCTION plain(); CREATE FUNCTION plain() RETURNS int LANGUAGE sql AS 'SELECT 3';",
      'GRANT SELECT (n) ON granted TO app_r; ALTER FUNCTION plain() STABLE;',
      'ALTER ROLE app_r RENAME TO app_reader; ALTER TABLE granted DROP COLUMN n;',
      "CREATE FUNCTION fresh() RETURNS int LANGUAGE sql AS 'SELECT 3'; REVOKE ALL ON FUNCTION fresh() FROM PUBLIC;",
    ],
    found: [
      'rights-opened: function public.secret(integer) was made again: PUBLIC has EXECUTE',
      'rights-lost: function public.secret(integer) was made again: app_r no longer has EXECUTE',
      'result-changed: function public.secret(integer) was made again: it returns bigint, not integer',
      'rights-lost: public.seen was made again: app_r no longer has SELECT',
      'rights-lost: public.tickets was made again: app_r no longer has USAGE',
      'drop-table: drops sequence public.tickets',
      'rights-lost: schema app was made again: app_r no longer has USAGE',
      'rights-lost: app_r no longer has INSERT on public.granted',
      'made-again-otherwise: function public.guarded(): is SECURITY INVOKER, not DEFINER, no longer sets search_path=pg_catalog, is VOLATILE, not STABLE',
      'drop-object: drops function public.guarded()',
      'rights-opened: function public.guarded(integer) was made again: PUBLIC has EXECUTE',
      'drop-column: drops column public.granted.n',
    ],
  },
  // What a view and a function answer.
  {
    base: `CREATE TABLE vc (id bigint PRIMARY KEY, a int, b int);
CREATE VIEW vc_v WITH (security_barrier = true) AS SELECT id, a, b FROM vc;
CREATE MATERIALIZED VIEW vc_m AS SELECT id, a FROM vc;
CREATE FUNCTION pair() RETURNS TABLE (a int, b int) LANGUAGE sql AS 'SELECT 1, 2';`,
    ups: [
      'DROP VIEW vc_v; CREATE VIEW vc_v WITH (security_barrier = true) AS SELECT id, a FROM vc;',
      'DROP VIEW vc_v; CREATE VIEW vc_v AS SELECT id::text AS id, a FROM vc;',
      'DROP MATERIALIZED VIEW vc_m; CREATE MATERIALIZED VIEW vc_m AS SELECT a, id FROM vc;',
      "DROP FUNCTION pair(); CREATE FUNCTION pair() RETURNS TABLE (a int, c int) LANGUAGE sql AS 'SELECT 1, 2';",
      'ALTER VIEW vc_v RENAME TO vc_old; CREATE VIEW vc_v AS SELECT a FROM vc;',
      // Columns that are added behind the others, and the same again.
      'DROP VIEW vc_v; CREATE VIEW vc_v AS SELECT a, b FROM vc;',
      'DROP VIEW vc_v; CREATE VIEW vc_v AS SELECT a, b + 1 AS b FROM vc;',
      'CREATE OR REPLACE VIEW vc_v AS SELECT a, b, id FROM vc;',
    ],
    found: [
      'result-changed: public.vc_v was made again: column b is gone',
      'result-changed: public.vc_v was made again: column id is text, not bigint',
      'made-again-otherwise: public.vc_v: no longer has security_barrier=true',
      'result-changed: public.vc_m was made again: its columns stand at other places',
      'result-changed: function public.pair() was made again: it returns TABLE(a integer, c integer)',
      'result-changed: public.vc_v was made again: column id is gone',
    ],
    also: ['rename', 'work-after-lock'],
  },
  // A table that takes another one's place: its own rule tells of it.
  {
    base: 'CREATE TABLE sw (id bigint PRIMARY KEY, a int); CREATE TABLE sw_new (id bigint PRIMARY KEY, a bigint);',
    ups: ['ALTER TABLE sw RENAME TO sw_old; ALTER TABLE sw_new RENAME TO sw;'],
    found: [],
    also: ['swapped-table-lacks', 'rename'],
  },
  // What feeds a column.
  {
    base: `CREATE TABLE ident (id bigint PRIMARY KEY, n text); INSERT INTO ident SELECT g, 'x' FROM generate_series(1, 5) g;
CREATE TABLE byhand (id bigint PRIMARY KEY); CREATE TABLE byhand2 (id bigint PRIMARY KEY); CREATE TABLE byhand3 (id bigint PRIMARY KEY);
CREATE TABLE fed (id bigserial PRIMARY KEY, v int); CREATE TABLE counted (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY);
CREATE SEQUENCE tickets;`,
    ups: [
      'ALTER TABLE ident ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY;',
      "CREATE SEQUENCE byhand_seq OWNED BY byhand.id; ALTER TABLE byhand ALTER COLUMN id SET DEFAULT nextval('byhand_seq');",
      'ALTER SEQUENCE fed_id_seq RESTART WITH 1;',
      'ALTER SEQUENCE tickets RESTART;',
      "SELECT setval('fed_id_seq', 1, false);",
      "DO $$ BEGIN PERFORM setval(pg_get_serial_sequence('counted', 'id'), 1); END $$;",
      'ALTER TABLE counted ALTER COLUMN id RESTART;',
      'ALTER SEQUENCE fed_id_seq AS integer;',
      'ALTER SEQUENCE tickets MAXVALUE 100 CYCLE;',
      // Set behind the rows; started elsewhere; a new column, which counts the rows; an emptied table.
      "ALTER TABLE byhand2 ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY; SELECT setval(pg_get_serial_sequence('byhand2', 'id'), (SELECT max(id) FROM byhand2));",
      "CREATE SEQUENCE byhand3_seq; DO $$ DECLARE top bigint; BEGIN SELECT max(id) INTO top FROM byhand3; PERFORM setval('byhand3_seq', coalesce(top, 1)); END $$; ALTER TABLE byhand3 ALTER COLUMN id SET DEFAULT nextval('byhand3_seq');",
      'ALTER TABLE ident ADD COLUMN place bigserial;',
      'TRUNCATE counted; ALTER SEQUENCE counted_id_seq RESTART WITH 1;',
      "ALTER SEQUENCE fed_id_seq RESTART WITH 100000; SELECT setval('fed_id_seq', (SELECT max(id) FROM fed)); ALTER SEQUENCE fed_id_seq AS bigint START WITH 5 OWNED BY NONE;",
    ],
    found: [
      'sequence-behind: public.ident.id takes its values from public.ident_id_seq now, which starts at 1',
      'sequence-behind: public.byhand.id takes its values from public.byhand_seq now',
      'sequence-behind: sets public.fed_id_seq back to 1, whatever public.fed holds',
      'sequence-behind: sets public.tickets back to 1, whatever was given already',
      'sequence-behind: sets public.fed_id_seq back to 1',
      'sequence-behind: sets public.counted_id_seq back to 1',
      'sequence-behind: sets public.counted_id_seq back to 1',
      'sequence-narrowed: sequence public.fed_id_seq ends at 2147483647',
      'sequence-narrowed: sequence public.tickets ends at 100, not at 9223372036854775807, starts again at its end',
    ],
    also: ['counted-column', 'work-after-lock', 'work-under-lock', 'truncate', 'default-changed', 'explicit-lock'],
  },
  // What is computed by a function and kept.
  {
    base: `CREATE TABLE fx (id bigint PRIMARY KEY, n text);
CREATE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE INDEX fx_n ON fx (norm(n));
CREATE FUNCTION short(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(t) < 10';
CREATE TABLE checked (n text CHECK (short(n)));
CREATE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 2';
CREATE TABLE made (a int, b int GENERATED ALWAYS AS (twice(a)) STORED);
CREATE FUNCTION inner_one(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT lower(t)';
CREATE FUNCTION outer_one(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN inner_one(t); END';
CREATE INDEX fx_outer ON fx (outer_one(n)) WHERE short(n);
CREATE FUNCTION part(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE TABLE parted (n text) PARTITION BY LIST (part(n));
CREATE FUNCTION fine(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN true; END';
CREATE DOMAIN word AS text CHECK (fine(VALUE));
CREATE FUNCTION seen(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT t'; CREATE VIEW shown AS SELECT seen(n) AS n FROM fx;`,
    ups: [
      "CREATE OR REPLACE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper(t); END';",
      "CREATE OR REPLACE FUNCTION short(t text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT length(t) < 5';",
      "CREATE OR REPLACE FUNCTION twice(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT a * 3';",
      "CREATE OR REPLACE FUNCTION inner_one(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(t)';",
      "CREATE OR REPLACE FUNCTION part(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN upper(t); END';",
      "CREATE OR REPLACE FUNCTION fine(t text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN false; END';",
      // Another space or comment; computed again in the same revision; what only reads it.
      'CREATE OR REPLACE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$\nBEGIN\n  RETURN upper(t); -- in capitals\nEND$$;',
      "CREATE OR REPLACE FUNCTION norm(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END'; REINDEX INDEX fx_n;",
      "CREATE OR REPLACE FUNCTION seen(t text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT upper(t)';",
    ],
    found: [
      'computed-by-function: index public.fx_n: computed by the old body of public.norm(text)',
      'computed-by-function: constraint checked_n_check on table public.checked, index public.fx_outer: computed by the old body of public.short(text)',
      'computed-by-function: column b of table public.made',
      'computed-by-function: index public.fx_outer: computed by the old body of public.inner_one(text)',
      'computed-by-function: partition key of table public.parted: computed by the old body of public.part(text)',
      'computed-by-function: constraint word_check on domain public.word',
    ],
    also: ['reindex-not-concurrent', 'work-after-lock'],
  },
  // What bodies of text name.
  {
    base: `CREATE TABLE tc (id bigint PRIMARY KEY, legacy text, n text, o text, p text);
CREATE TABLE log (id bigint, at text, old_note text); CREATE TABLE side (id bigint, at text, n text);
CREATE FUNCTION tc_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.legacy := lower(NEW.n); RETURN NEW; END';
CREATE TRIGGER tc_t BEFORE INSERT OR UPDATE ON tc FOR EACH ROW EXECUTE FUNCTION tc_f();
CREATE FUNCTION old_o() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN IF OLD.o IS DISTINCT FROM NEW.o THEN INSERT INTO log (id, at) VALUES (NEW.id, now()::text); END IF; RETURN NEW; END';
CREATE TRIGGER tc_o BEFORE UPDATE ON tc FOR EACH ROW EXECUTE FUNCTION old_o();
CREATE FUNCTION reads() RETURNS text LANGUAGE sql AS 'SELECT t.p FROM tc AS t WHERE t.id = 1';
CREATE FUNCTION writes(v text) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x log.old_note%TYPE; BEGIN UPDATE log SET old_note = v; END $$;
CREATE FUNCTION helper() RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE FUNCTION calls() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN helper(); END';
CREATE FUNCTION dynamic() RETURNS void LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'DELETE FROM side'; END $$;
CREATE FUNCTION innocent(n text) RETURNS text LANGUAGE plpgsql AS $$ DECLARE legacy text := n; BEGIN SELECT s.n INTO legacy FROM side s, log l WHERE s.at = 'o'; RETURN legacy; END $$;
CREATE FUNCTION also(side text) RETURNS text LANGUAGE sql AS 'WITH log AS (SELECT 1 AS at) SELECT at::text || side AS at FROM log ORDER BY at';`,
    ups: [
      'ALTER TABLE tc DROP COLUMN legacy;',
      'ALTER TABLE tc RENAME COLUMN o TO o2;',
      'ALTER TABLE tc DROP COLUMN p;',
      'ALTER TABLE log RENAME COLUMN old_note TO note;',
      'DROP FUNCTION helper();',
      'ALTER TABLE side RENAME TO aside;',
      'ALTER TABLE log DROP COLUMN at;',
      // With a new body in the same revision.
      "ALTER TABLE tc RENAME COLUMN n TO m; CREATE OR REPLACE FUNCTION tc_f() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';",
    ],
    found: [
      'body-names-gone: function public.tc_f() names public.tc.legacy, which is gone: every INSERT, UPDATE on public.tc fails, by trigger tc_t',
      'body-names-gone: function public.old_o() names public.tc.o, which is gone: every UPDATE on public.tc fails, by trigger tc_o',
      'body-names-gone: function public.reads() names public.tc.p, which is gone: a call of it fails',
      'body-names-gone: function public.writes(text) names public.log.old_note',
      'body-names-gone: function public.calls() names public.helper()',
      'body-names-gone: function public.dynamic() names public.side',
      'body-names-gone: function public.innocent(text) names public.side',
      'body-names-gone: function public.old_o() names public.log.at',
    ],
    also: ['drop-column', 'rename', 'drop-object'],
  },
];
