import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { toComparable } from '../../lib/drift/comparable.ts';
import { findChanges, toDrift } from '../../lib/drift/drift.ts';
import { type Dependencies, readDependencies } from '../../lib/schema/dependencies.ts';
import { readSchema } from '../../lib/schema/read.ts';
import { ledger, withSession } from '../schema/snapshot.ts';
import { withDatabase } from '../support/database.ts';

const made = `CREATE TYPE own;
CREATE FUNCTION own_in(cstring) RETURNS own LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION own_out(own) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE own (INPUT = own_in, OUTPUT = own_out);
CREATE TABLE t (a int, b own, CONSTRAINT b_there CHECK (b IS NOT NULL));
CREATE VIEW v AS SELECT b FROM t;
CREATE VIEW w AS SELECT a FROM t;`;

test('what needs something without SQL is not made either, in whatever order the catalog has them', async () => {
  await withDatabase(({ url }) =>
    withSession(url, async (session) => {
      const roles = new Set(['postgres']);
      const read = async () => ({
        schema: toComparable(await readSchema(session, ledger), { roles, as: 'postgres', all: roles }),
        dependencies: await readDependencies(session),
      });
      await session.send(made);
      const expected = await read();
      await session.send('DROP TYPE own CASCADE; DROP VIEW w;');
      const live = await read();
      const { changes } = findChanges(expected.schema, live.schema, () => false);
      for (const turn of [same, turnRound]) {
        const dependencies = { expected: turn(expected.dependencies), live: turn(live.dependencies) };
        const items = toDrift(changes, { expected: expected.schema, live: live.schema, dependencies });
        const written = items.filter(({ remedy }) => remedy.length > 0).map(({ message }) => message);
        assert.equal(written, ['view public.w was dropped']);
        const whys = new Map(items.map(({ message, why }) => [message, why]));
        assert.is(
          whys.get('function public.own_in(cstring) was dropped'),
          'It needs base type public.own, for which there is no SQL.',
        );
        const needed = /^It needs (base type public\.own|column b of table public\.t), for which there is no SQL\.$/;
        assert.match(whys.get('view public.v was dropped') ?? '', needed);
        assert.match(whys.get('column b of table public.t was dropped') ?? '', needed);
      }
    }),
  );
});

function same(dependencies: Dependencies): Dependencies {
  return dependencies;
}

function turnRound(dependencies: Dependencies): Dependencies {
  return new Map([...dependencies].reverse().map(([node, others]) => [node, new Set([...others].reverse())]));
}

test.run();
