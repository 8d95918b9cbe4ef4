import type { Change } from '../change.ts';
import type { MeasuredStatement, MeasuredStep, Swap } from '../measured.ts';
import { findNodes, parseLoosely } from '../parsed.ts';
import { changesOf } from './changes.ts';
import { isCalled } from './names.ts';

/** What there is under each name at the commit, be it made after the old one was dropped or given the name. */
export function madeAgain(statement: MeasuredStatement, step: MeasuredStep): ReadonlySet<string> {
  const own = changesOf(statement, 'created');
  const later = step.statements
    .filter(({ number }) => step.transactional && number > statement.number)
    .flatMap((one) => changesOf(one, 'created'));
  return new Set([...own, ...later].map(({ object }) => object));
}

export type Renamed = Pick<Change, 'type' | 'from' | 'to' | 'relation'>;

/** All names that the step gives, be it of tables or of a table's columns. */
export function renamesIn({ statements, transactional }: MeasuredStep): readonly Renamed[] {
  return transactional ? statements.flatMap((one) => changesOf(one, 'renamed')) : [];
}

/** By an INSERT of its own, or as CREATE TABLE … AS. */
export function isCopied({ relation }: Swap, { statements }: MeasuredStep): boolean {
  const names = [
    relation,
    ...statements
      .flatMap((one) => changesOf(one, 'renamed'))
      .flatMap(({ from, to }) => (from === relation && to ? [to] : [])),
  ];
  return statements.some(({ text }) =>
    (parseLoosely(text) ?? []).some((node) => {
      if (!('InsertStmt' in node || 'CreateTableAsStmt' in node)) return false;
      return [...findNodes(node)].some(([kind, body]) => {
        const { relname = '', schemaname } = (kind === 'RangeVar' ? body : {}) as {
          relname?: string | undefined;
          schemaname?: string | undefined;
        };
        return names.some((one) => isCalled(one, { name: relname, schema: schemaname }));
      });
    }),
  );
}
