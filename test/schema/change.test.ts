import { test } from 'uvu';
import * as assert from 'uvu/assert';
import type { Change, ChangeOf } from '../../lib/schema/change.ts';
import type { Grant, Name } from '../../lib/schema/name.ts';
import type { Column, Table } from '../../lib/schema/relation.ts';
import { wordChange } from '../../lib/schema/word.ts';

const table = { kind: 'table', name: { schema: 'app', name: 'orders' } } as const;

/** The compiler is the judge of the types: each `satisfies` is refused where the kind does not narrow them. */
function read(change: Change): string {
  switch (change.kind) {
    case 'table-added':
      return (change.value satisfies Table).name.name;
    case 'column-dropped':
      return `${(change.value satisfies Column).name} of ${change.of.kind}`;
    case 'column-type':
      return `${change.before satisfies string} ${change.after satisfies string}`;
    case 'column-statistics-target':
      return String((change.after satisfies number | null) ?? 'none');
    case 'constraint-validated':
      return String(change.after satisfies boolean);
    case 'table-grants':
      return (change.after satisfies readonly Grant[]).map(({ privilege }) => privilege).join();
    case 'table-column-order':
      return `${(change.name satisfies Name).name}: ${(change.after satisfies readonly string[]).join()}`;
    default:
      return change.kind satisfies Exclude<Change['kind'], 'table-added' | 'column-type'>;
  }
}

// @ts-expect-error there is no such change
export type None = ChangeOf<'column-told'>['before'];

test('a kind of change says which values it has', () => {
  const type: Change = { kind: 'column-type', name: 'age', of: table, before: 'integer', after: 'bigint' };
  assert.is(read(type), 'integer bigint');
  assert.is(
    read({ kind: 'table-column-order', name: table.name, before: ['a', 'b'], after: ['b', 'a'] }),
    'orders: b,a',
  );
  assert.is(read({ kind: 'index-valid', name: 'i', of: table, before: false, after: true }), 'index-valid');
});

test('a change is one line, whatever its names and texts hold', () => {
  const name = { schema: 'app', name: 'a\n\u001b[31mb"' };
  const of = { kind: 'table', name } as const;
  const words = wordChange({ kind: 'column-default', name: 'x\ty', of, before: null, after: "'\u202e\n'::text" });
  assert.is(words, `column "x y" of table app."a \\x1b[31mb""": default '\\u202e '::text was set`);
});

test.run();
