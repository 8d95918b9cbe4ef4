import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { bothWays } from './vocabulary.ts';

/** Of a file in a transaction, and of one outside. */
const heads = { 'in a transaction': '', 'outside a transaction': '-- updown: no-transaction\n' };

const notes = `CREATE TABLE log (n int);
CREATE TABLE item (n int);
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO log VALUES (NEW.n); RETURN NULL; END $$;
CREATE CONSTRAINT TRIGGER note AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
`;

const looks = `CREATE TABLE log (called text, who text, timeout text, zone text);
CREATE TABLE item (n int);
CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO log VALUES (TG_ARGV[0], current_user, current_setting('statement_timeout'), current_setting('timezone'));
  RETURN NULL;
END
$$;
CREATE TRIGGER at_once AFTER INSERT ON item FOR EACH ROW EXECUTE FUNCTION look('at once');
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT ON item DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look('deferred');
`;

const temporary = `CREATE TEMP TABLE p (i int PRIMARY KEY);
CREATE TEMP TABLE c (i int REFERENCES p DEFERRABLE INITIALLY DEFERRED);
INSERT INTO c VALUES (1); INSERT INTO p VALUES (1);
CREATE TABLE made AS SELECT * FROM c;
`;

for (const [where, head] of Object.entries(heads)) {
  bothWays(
    test,
    `F33: a deferred trigger finds its tables by the pinned search_path, ${where}`,
    [
      { id: 'a1', up: 'CREATE SCHEMA app;\n' },
      { id: 'b1', up: notes },
      { id: 'c1', up: `${head}INSERT INTO item VALUES (1);\n` },
    ],
    async ({ write, value }, { upgrade }) => {
      await write('updown.json', '{"settings":{"search_path":"app"}}');
      const { status, stderr } = await upgrade();
      assert.is(status, 0, stderr);
      assert.is(await value('SELECT n FROM app.log'), 1);
    },
  );

  bothWays(
    test,
    `F31, F33: a deferred trigger has the pinned role and settings, like one at once, ${where}`,
    [
      { id: 'a1', up: looks },
      { id: 'b1', up: `${head}INSERT INTO item VALUES (1);\n` },
    ],
    async ({ write, database }, { upgrade }) => {
      await database.query('GRANT CREATE ON SCHEMA public TO pg_monitor');
      await database.query(`ALTER DATABASE ${database.name} SET timezone = 'Asia/Tokyo'`);
      await write('updown.json', '{"settings":{"role":"pg_monitor"},"statementTimeout":"7s"}');
      const { status, stderr } = await upgrade();
      assert.is(status, 0, stderr);
      const same = { who: 'pg_monitor', timeout: '7s', zone: 'UTC' };
      assert.equal(await database.query('SELECT * FROM log ORDER BY called'), [
        { called: 'at once', ...same },
        { called: 'deferred', ...same },
      ]);
      assert.equal(await database.query("SELECT DISTINCT who FROM updown.journal WHERE event <> 'header'"), [
        { who: 'postgres' },
      ]);
    },
  );

  bothWays(
    test,
    `F33: a deferred trigger runs as who the file has become, ${where}`,
    [
      { id: 'a1', up: `${looks}GRANT INSERT ON log, item TO pg_monitor;\n` },
      { id: 'b1', up: `${head}SET ROLE pg_monitor;\nINSERT INTO item VALUES (1);\n` },
    ],
    async ({ database }, { upgrade }) => {
      const { status, stderr } = await upgrade();
      assert.is(status, 0, stderr);
      assert.equal(await database.query('SELECT DISTINCT who FROM log'), [{ who: 'pg_monitor' }]);
    },
  );
}

bothWays(
  test,
  'F33: temporary tables with a deferred reference go with their step',
  [
    { id: 'a1', up: temporary },
    { id: 'b1', up: temporary.replaceAll('made', 'made_again') },
  ],
  async ({ value, journal }, { upgrade }) => {
    const { status, stderr } = await upgrade();
    assert.is(status, 0, stderr);
    assert.is(await value('SELECT i FROM made_again'), 1);
    assert.equal(await journal(), ['up up a1', 'up up b1']);
  },
);

bothWays(
  test,
  'F33: a deferred constraint that is broken stops its step, and nothing of it stands',
  [
    { id: 'a1' },
    {
      id: 'b1',
      up: 'CREATE TABLE p (i int PRIMARY KEY);\nCREATE TABLE c (i int REFERENCES p DEFERRABLE INITIALLY DEFERRED);\nINSERT INTO c VALUES (1);\n',
    },
  ],
  async ({ value, journal }, { upgrade, channel }) => {
    const { status, stderr } = await upgrade();
    assert.is(status, channel === 'run' ? 1 : 3);
    assert.match(stderr, /violates foreign key constraint/);
    assert.is(await value("SELECT to_regclass('c')"), null);
    assert.equal((await journal())[0], 'up up a1');
    assert.not.ok((await journal()).includes('up up b1'));
  },
);

test.run();
