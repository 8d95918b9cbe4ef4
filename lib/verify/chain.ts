import type { Change } from '../schema/change.ts';
import { diff } from '../schema/diff.ts';
import { apply, type FileFailure } from './file.ts';
import type { Stair } from './landing.ts';
import { applyAll, type Stairway, upsOf } from './stairway.ts';

/** What all down.sql in a row leave, newest first: one may undo what another one left. */
export interface ChainVerdict {
  /** How many were run. */
  readonly reverted: number;
  /** The newest revision without a way back, above which it ends; undefined where it goes down to the first. */
  readonly above?: string | undefined;
  /** What is there too much or too little behind the last one. */
  readonly differences: readonly Change[];
  readonly failure?: (FileFailure & { readonly id: string }) | undefined;
}

/** Up to the last revision, and down again as far as there is a way back. */
export function goDown(stairway: Stairway): Promise<ChainVerdict> {
  const { history, stairs, open } = stairway;
  const barred = stairs.findLastIndex(({ down }) => typeof down === 'string');
  const chain = stairs.slice(barred + 1);
  const above = stairs[barred]?.id;
  return open(async (site) => {
    await applyAll(site, [...history, ...upsOf(stairs.slice(0, barred + 1))]);
    const before = await site.reader.read();
    await applyAll(site, upsOf(chain));
    for (const [index, { id, down }] of chain.toReversed().entries()) {
      const failed = typeof down === 'string' ? undefined : await apply(site, down);
      if (failed !== undefined) return { reverted: index, above, differences: [], failure: { ...failed, id } };
    }
    return { reverted: chain.length, above, differences: diff(before, await site.reader.read()) };
  });
}

/** Whether there is more than one way down to try: a single one was tried by itself. */
export function isChain(stairs: readonly Stair[]): boolean {
  return stairs.length - 1 - stairs.findLastIndex(({ down }) => typeof down === 'string') > 1;
}
