import { test } from 'uvu';
import type { Scratch } from '../../lib/review/scratch.ts';
import { type Place, withBench } from './bench.ts';

/** One for all tests of a file: starting a PostgreSQL takes longer than they do. It has a thread of its own, which ends with the file. */
export function shareBench(files: readonly string[], place: Place): () => Scratch {
  let open: { readonly scratch: Scratch; readonly close: () => void } | undefined;
  test.before(
    () =>
      new Promise<void>((ready, failed) => {
        void withBench(files, place, (scratch) => {
          return new Promise<void>((close) => {
            open = { scratch, close };
            ready();
          });
        }).catch(failed);
      }),
  );
  test.after(() => open?.close());
  return () => {
    if (open === undefined) throw new Error('The bench is there only while tests run');
    return open.scratch;
  };
}
