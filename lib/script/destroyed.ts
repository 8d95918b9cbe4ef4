import type { Destroyed } from '../project/approval.ts';
import type { Script } from './script.ts';

/** What the plan takes away, in its order. Of a file that is not parsed nobody knows, so that it counts as a whole. */
export function listDestroyed({ steps }: Pick<Script, 'steps'>): readonly Destroyed[] {
  return steps.flatMap(({ entries, file, blocks }) => {
    const revision = entries[0]?.id ?? '';
    if (file === undefined) return [];
    const bodies = blocks.flatMap(({ body }) => body ?? []);
    if (bodies.some(({ source }) => source.directives.unparsed))
      return [{ revision, file: file.path, line: 1, what: 'anything: the file is not parsed' }];
    return bodies.flatMap(({ statements }) =>
      statements.flatMap(({ line, destroys = [] }) =>
        destroys.map((what) => ({ revision, file: file.path, line, what })),
      ),
    );
  });
}
