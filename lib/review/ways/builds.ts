import { quoteIdent } from '../../sql/quote.ts';
import type { Build } from '../effects.ts';
import { changesOf } from '../facts/changes.ts';
import { shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';

/** The statement that makes the same index beside normal work. */
export function buildConcurrently({ definition, index, table }: Build): string {
  const create = definition ?? `CREATE INDEX ${index} ON ${table} (…)`;
  return `${create.replace(/^CREATE (UNIQUE )?INDEX/, 'CREATE $1INDEX CONCURRENTLY')};`;
}

/** The same index under another name. */
export function asNamed(build: Build, index: string): Build {
  const { definition } = build;
  return { ...build, index, definition: definition === undefined ? undefined : nameIndex(definition, index) };
}

export function nameIndex(definition: string, index: string): string {
  return definition.replace(
    /^(CREATE (?:UNIQUE )?INDEX) (?:"(?:[^"]|"")*"|[^" ]+) (?=ON )/,
    (_, head) => `${head} ${quoteIdent(shortName(index))} `,
  );
}

/** Those of CREATE INDEX, but for partitioned tables; a constraint's own, and one that is made anew, have rules of their own. */
export function plainBuilds(statement: MeasuredStatement): readonly Build[] {
  const partitionedIndexes = statement.adviceFacts?.partitionedIndexes ?? [];
  const parts = new Set(
    partitionedIndexes.flatMap((partitionedIndex) => partitionedIndex.parts.map(({ index }) => index)),
  );
  const fresh = new Set(changesOf(statement, 'created', 'index').map(({ object }) => nameIn(object)));
  return statement.builds.filter(({ index, concurrently: slowly }) => !slowly && fresh.has(index) && !parts.has(index));
}

/** `public.i` of `index public.i`. */
export function nameIn(object = ''): string {
  return object.replace(/^index /, '');
}
