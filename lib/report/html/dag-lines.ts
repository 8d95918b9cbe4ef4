import type { Revision } from '../../graph/revision.ts';
import type { DagLine } from './dag.ts';

/** What a revision stands on, and what it needs beside that: these ids. */
export function linesOf({ id, parents }: Revision, needs: readonly string[]): readonly Omit<DagLine, 'isPath'>[] {
  return [
    ...parents.map((from) => ({ from, to: id, kind: 'parent' as const })),
    ...needs.filter((from) => !parents.includes(from)).map((from) => ({ from, to: id, kind: 'needs' as const })),
  ];
}

/** For who points at it: all of its words. */
export function titleOf({ id, message, labels }: Revision): string {
  return `${id} ${message}${labels.length > 0 ? ` (${labels.join(', ')})` : ''}`;
}
