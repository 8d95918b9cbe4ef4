/** What the rules' own examples speak of. */
export const examples = `
CREATE TABLE customers (id integer PRIMARY KEY, name text);
CREATE TABLE orders (id integer PRIMARY KEY, customer_id integer, number integer, code text, label varchar(20), total integer, note text, kind text NOT NULL DEFAULT 'x');
CREATE UNIQUE INDEX orders_code ON orders (code);
CREATE INDEX orders_customer_old ON orders (total);
ALTER TABLE orders ADD CONSTRAINT orders_open CHECK (total IS NOT NULL) NOT VALID;
CREATE TABLE lines (id integer PRIMARY KEY, order_id integer, other integer REFERENCES customers (id));
CREATE INDEX lines_order_id ON lines (order_id);
CREATE TABLE checked (label varchar(20) CHECK (label <> ''));
CREATE TABLE rooms (id integer);
CREATE TABLE keyed (code text, number integer);
CREATE UNIQUE INDEX keyed_code ON keyed (code);
CREATE TABLE keyed_new (code text, number bigint);
CREATE UNIQUE INDEX keyed_new_code ON keyed_new (code);
CREATE TABLE moods (mood mood);
CREATE TABLE areas (id integer PRIMARY KEY) PARTITION BY LIST (id);
CREATE TABLE areas_1 PARTITION OF areas FOR VALUES IN (1);
CREATE TABLE plots (area integer REFERENCES areas);
CREATE DOMAIN counted AS integer CONSTRAINT counted_few CHECK (VALUE < 100);
CREATE TABLE counts (n counted);
ALTER DOMAIN counted DROP CONSTRAINT counted_few;
ALTER DOMAIN counted ADD CONSTRAINT counted_few CHECK (VALUE < 100) NOT VALID;
CREATE TABLE regions_proven (id integer NOT NULL, code text NOT NULL, CHECK (code IN ('p')));
CREATE TABLE named (id integer, name text);
CREATE VIEW shown AS SELECT id, name FROM named;
CREATE ROLE app_reader;
CREATE TABLE granted (id integer);
GRANT SELECT ON granted TO app_reader;
CREATE TABLE secured (id integer);
CREATE POLICY own ON secured USING (id > 5);
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
CREATE FUNCTION guarded() RETURNS integer LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
REVOKE ALL ON FUNCTION guarded() FROM PUBLIC;
CREATE FUNCTION folded(t text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RETURN lower(t); END';
CREATE INDEX named_folded ON named (folded(name));
CREATE TABLE noted (id integer, legacy text);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.legacy := 1; RETURN NEW; END';
CREATE TRIGGER noted_note BEFORE INSERT ON noted FOR EACH ROW EXECUTE FUNCTION note();
CREATE TABLE published (id integer PRIMARY KEY, code text NOT NULL);
CREATE UNIQUE INDEX published_code ON published (code);
CREATE PUBLICATION cdc FOR TABLE published;
CREATE STATISTICS named_both ON id, name FROM named;
CREATE ACCESS METHOD heap2 TYPE TABLE HANDLER heap_tableam_handler;
`;

/** Takes away what the fixture and the examples make, and all that stands on it. */
export const forgetExamples = `
SET client_min_messages = warning;
DROP SCHEMA public, audit CASCADE;
DROP PUBLICATION cdc;
DROP ACCESS METHOD heap2;
DROP OWNED BY app_reader;
DROP ROLE app_reader;
RESET client_min_messages;
CREATE SCHEMA public;
`;
