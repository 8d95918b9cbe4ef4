/** Objects that need each other, each by a part that can be written later. */
export const circles: Readonly<Record<string, string>> = {
  'the default of a table, and a function that reads the table': `
    CREATE TABLE rt (a int, b int);
    CREATE FUNCTION nx() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM rt; END;
    ALTER TABLE rt ALTER a SET DEFAULT nx(), ADD CONSTRAINT k CHECK (a >= nx()); CREATE TABLE heir (c int DEFAULT 4) INHERITS (rt); CREATE TABLE plain (d int) INHERITS (rt);
    ALTER TABLE heir ALTER a SET DEFAULT 7;`,
  'a check of a table, and a function that takes its rows': `
    CREATE TABLE rowt (a int, b int);
    CREATE FUNCTION lr(x rowt) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    ALTER TABLE rowt ADD CHECK (lr(rowt.*) > 0); ALTER TABLE rowt ADD CONSTRAINT nv CHECK (lr(rowt.*) > 1) NOT VALID;
    COMMENT ON CONSTRAINT nv ON rowt IS 'x';`,
  'checks whose functions read tables that come later': `
    CREATE TABLE a (n int); CREATE TABLE z (n int);
    CREATE FUNCTION f(x a) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT n::bigint FROM public.z';
    ALTER TABLE a ADD CHECK (f(a.*) > 0); CREATE INDEX i ON a (f(a.*));`,
  'indexes, an exclusion constraint and a replica identity': `
    CREATE TABLE t (a int NOT NULL, b int);
    CREATE FUNCTION f(t) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*)::int + $1 FROM t; END;
    CREATE INDEX i ON t (f(t.*)) WITH (fillfactor = 70); COMMENT ON INDEX i IS 'i'; CREATE INDEX w ON t (b) WHERE g(b) > 1; CLUSTER t USING i;
    ALTER TABLE t ADD CONSTRAINT x EXCLUDE (g(a) WITH =) DEFERRABLE; COMMENT ON CONSTRAINT x ON t IS 'x';
    CREATE STATISTICS s ON g(a), b FROM t;`,
  'a function that returns the rows of a table': `
    CREATE TABLE t (a int);
    CREATE FUNCTION f() RETURNS SETOF t LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION g() RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*)::int FROM f(); END;
    ALTER TABLE t ALTER a SET DEFAULT g(); CREATE POLICY p ON t USING (a > g()); CREATE RULE r AS ON DELETE TO t WHERE old.a > g() DO NOTHING;
    CREATE TRIGGER u BEFORE UPDATE ON t FOR EACH ROW WHEN (new.a > g()) EXECUTE FUNCTION suppress_redundant_updates_trigger();`,
  'a composite type, a view and another table on the way': `
    CREATE TABLE t (a int, b int); CREATE TYPE c AS (x t, y int);
    CREATE FUNCTION f(c) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE VIEW v AS SELECT f(ROW(t, 1)::c) AS n FROM t; CREATE TABLE u (v v, w int);
    CREATE FUNCTION g(u) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION h() RETURNS int LANGUAGE sql BEGIN ATOMIC SELECT g(u.*) FROM u; END;
    ALTER TABLE t ALTER b SET DEFAULT h(), ADD CHECK (f(ROW(t, 1)::c) > 0); ALTER TABLE u ADD CHECK (g(u.*) > 0);
    CREATE MATERIALIZED VIEW m AS SELECT a, b FROM t; CREATE FUNCTION k(m) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE UNIQUE INDEX i ON m (k(m.*));`,
  'a domain, by a check and by its default': `
    CREATE DOMAIN d AS int; CREATE FUNCTION f(d) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION e() RETURNS d LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    ALTER DOMAIN d ADD CONSTRAINT k CHECK (f(VALUE)); COMMENT ON CONSTRAINT k ON DOMAIN d IS 'k'; ALTER DOMAIN d SET DEFAULT e();
    ALTER DOMAIN d ADD CONSTRAINT nv CHECK (f(VALUE)) NOT VALID;
    CREATE TABLE a (n d, m d[]); CREATE TYPE c AS (n d); CREATE TABLE b (c c);
    CREATE TABLE t (a int); CREATE DOMAIN of_row AS t; CREATE FUNCTION o(t) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    ALTER DOMAIN of_row ADD CHECK (o(VALUE));
    CREATE FUNCTION p(of_row) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; ALTER TABLE t ALTER a SET DEFAULT p(NULL);`,
  'a view, and a function of its rows': `
    CREATE TABLE t (a int, b text COLLATE "C"); CREATE VIEW v AS SELECT a, b FROM t; CREATE FUNCTION f(v) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE OR REPLACE VIEW v WITH (security_barrier) AS SELECT a, b FROM t WHERE f(ROW(a, b)::v) > 0; CREATE MATERIALIZED VIEW m AS SELECT * FROM v; CREATE VIEW above AS SELECT a FROM v;
    CREATE VIEW w AS SELECT 1 AS n; CREATE FUNCTION g(w) RETURNS int LANGUAGE sql AS 'SELECT 1';
    ALTER VIEW w ALTER n SET DEFAULT g(NULL); CREATE RULE r AS ON INSERT TO w DO INSTEAD SELECT g(new.*); COMMENT ON RULE r ON w IS 'r';`,
  'partitions, and what they have of the whole': `
    CREATE TABLE p (a int, b int) PARTITION BY LIST (a); CREATE TABLE p1 PARTITION OF p FOR VALUES IN (1); CREATE TABLE o1 PARTITION OF p FOR VALUES IN (2);
    CREATE FUNCTION f(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*)::int + $1 FROM p1; END;
    CREATE FUNCTION g(int) RETURNS int LANGUAGE sql IMMUTABLE BEGIN ATOMIC SELECT count(*)::int + $1 FROM p; END;
    ALTER TABLE p ADD CONSTRAINT c CHECK (f(b) > 0), ALTER b SET DEFAULT f(1), ADD CONSTRAINT k CHECK (g(b) > 0); CREATE INDEX i ON p (f(b)); CREATE INDEX j ON p (g(b));
    COMMENT ON CONSTRAINT c ON p1 IS 'c';`,
  'foreign keys beside it': `
    CREATE TABLE a (id int PRIMARY KEY, o int); CREATE TABLE b (id int PRIMARY KEY, n bigint, a int REFERENCES a);
    CREATE FUNCTION f() RETURNS bigint LANGUAGE sql BEGIN ATOMIC SELECT count(*) FROM a; END;
    ALTER TABLE b ALTER n SET DEFAULT f(); ALTER TABLE a ADD FOREIGN KEY (o) REFERENCES b;
    CREATE TABLE c (id int PRIMARY KEY, n bigint DEFAULT f()); CREATE TABLE d (id int PRIMARY KEY, c int REFERENCES c);
    ALTER TABLE a ADD d int REFERENCES d;`,
  'foreign tables, operators, aggregates and sequences': `
    CREATE FOREIGN DATA WRAPPER w; CREATE SERVER s FOREIGN DATA WRAPPER w; CREATE FOREIGN TABLE ft (a int, b int) SERVER s;
    CREATE FUNCTION f(ft) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; ALTER FOREIGN TABLE ft ADD CHECK (f(ft.*) > 0), ALTER a SET DEFAULT f(NULL);
    CREATE TRIGGER u BEFORE UPDATE ON ft FOR EACH ROW WHEN (f(new.*) > 0) EXECUTE FUNCTION suppress_redundant_updates_trigger();
    COMMENT ON TRIGGER u ON ft IS 'u';
    CREATE TABLE t (id serial PRIMARY KEY, a int); CREATE FUNCTION eq(t, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE OPERATOR === (FUNCTION = eq, LEFTARG = t, RIGHTARG = int); ALTER TABLE t ADD CHECK (t.* === 1);
    CREATE TABLE x (id serial, o int); CREATE TABLE y (id serial, o int);
    ALTER TABLE x ALTER o SET DEFAULT nextval('y_id_seq'); ALTER TABLE y ALTER o SET DEFAULT nextval('x_id_seq');`,
};
