import type { Merged } from '../../index.ts';

/** What is left to do is git's. */
export const settledNote = 'The manifest holds both sides, each revision once: git add it, and go on.\n';

/** The files of a merge; what was settled where it took none. */
export function* print({ files, settled, revision }: Merged): Iterable<string> {
  for (const file of files) yield `${file}\n`;
  if (settled && revision === undefined) yield 'The two sides have one head together: nothing was to be joined.\n';
  if (settled) yield settledNote;
}

export function toJson({ revision, files, settled }: Merged): object {
  const { id = null, parents = [], folder = null, message = null } = revision ?? {};
  return { id, parents, folder, message, files, settled };
}
