import { UpdownError } from '../errors.ts';
import type { Direction, Revision } from '../graph/revision.ts';
import { quoteWord } from '../sql/quote.ts';
import type { SqlSource } from '../sql/source.ts';
import { plural } from '../words.ts';
import type { Project } from './load.ts';

export type Seal = NonNullable<Revision['sealed']>;

/** A file of a sealed revision that is not the one that was sealed. */
export interface BrokenSeal {
  readonly id: string;
  readonly direction: Direction;
  readonly source: SqlSource;
}

type Files = Pick<Project, 'graph' | 'read'>;

/** The digests of both files as they are now. */
export function sealOf({ read }: Pick<Project, 'read'>, id: string): Seal {
  return { up: read(id, 'up').digest, down: read(id, 'down').digest };
}

export function findBrokenSeals({ graph, read }: Files, ids: readonly string[] = graph.order): readonly BrokenSeal[] {
  return ids.flatMap((id) => {
    const sealed = graph.nodes.get(id)?.sealed;
    if (sealed === undefined) return [];
    return (['up', 'down'] as const)
      .filter((direction) => read(id, direction).digest !== sealed[direction])
      .map((direction) => ({ id, direction, source: read(id, direction) }));
  });
}

/** Throws `sealed`: what was released is not changed, whatever a database has of it. */
export function refuseBrokenSeals(files: Files): void {
  const [first, ...more] = findBrokenSeals(files);
  if (first !== undefined) throw wordBrokenSeal(first, more);
}

export function wordBrokenSeal({ id, direction, source }: BrokenSeal, more: readonly BrokenSeal[] = []): UpdownError {
  const { file } = source;
  return new UpdownError('sealed', `Revision "${id}" is sealed, and its ${direction}.sql has changed since: ${file}`, {
    hint: `Restore the file: git checkout HEAD -- ${quoteWord(file)} (or, where the change is committed, from the commit before it), and put the change in a new revision. If the current file should count as the released one: updown seal --renew ${id}`,
    place: { file, line: 1, column: 1 },
    notes: [
      ...more.slice(0, 5).map((other) => `so has ${other.source.file}`),
      ...(more.length > 5 ? [`and ${plural(more.length - 5, 'file')} more`] : []),
    ],
    subject: id,
  });
}
