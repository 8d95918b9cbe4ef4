import { quoteIdent } from '../../sql/quote.ts';
import type { Build } from '../effects.ts';
import { changesOf } from '../facts/changes.ts';
import { schemaOf, shortName } from '../facts/names.ts';
import type { MeasuredStatement } from '../measured.ts';
import { nameAfter } from './free-name.ts';

/** The statement that makes the same index beside normal work. */
export function concurrently({ definition, index, table }: Build): string {
  return (definition ?? `CREATE INDEX ${index} ON ${table} (…)`).replace(
    /^CREATE (UNIQUE )?INDEX/,
    'CREATE $1INDEX CONCURRENTLY',
  );
}

/** A name for it while the one that it takes the place of is there. */
export function besideIndex(index: string): string {
  return `${schemaOf(index)}${nameAfter(index, 'new')}`;
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

/** A constraint that takes over an index which is there. */
export function useIndex(relation: string, name: string, kind: string, index: string, definition: string): string {
  const [timing = ''] = /( NOT)?( DEFERRABLE)?( INITIALLY DEFERRED)?$/.exec(definition) ?? [];
  return `ALTER TABLE ${relation} ADD CONSTRAINT ${quoteIdent(name)} ${kind.toUpperCase()} USING INDEX ${quoteIdent(shortName(index))}${timing};`;
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
