import { inspect } from 'node:util';
import { measureAside, withBench } from '../test/review/bench.ts';
import { examples } from '../test/review/examples.ts';
import { schema } from '../test/review/fixture.ts';

// npm run measure "<SQL>": what the rules are given for each statement of it, on the tables of their examples.
const [text = ''] = process.argv.slice(2);
await withBench([schema, examples], 'in process', async (scratch) => {
  for (const statement of await measureAside(scratch, text)) {
    const { adviceFacts, milliseconds: _, ...measured } = statement;
    const { taken: __, ...facts } = adviceFacts ?? {};
    print(dropEmpty({ ...measured, adviceFacts: facts }));
  }
});

function dropEmpty(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(dropEmpty);
  if (typeof value !== 'object' || value === null) return value;
  const isFull = (one: unknown) => one !== undefined && !(Array.isArray(one) && one.length === 0);
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => (isFull(one) ? [[key, dropEmpty(one)]] : [])),
  );
}

function print(value: unknown): void {
  console.log(inspect(value, { depth: 6, breakLength: 120, colors: process.stdout.isTTY }));
}
