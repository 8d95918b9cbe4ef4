import { createMerge, listWays, type Merged, type Rebased, rebase } from '../../index.ts';
import type { Action, Call } from '../action.ts';
import { askWay } from '../ask-way.ts';
import { print, toJson } from '../text/merged.ts';
import { print as printRebased, toJson as rebasedToJson } from './rebase.ts';
import { readNew } from './revision.ts';

export const action: Action<'merge', Merged | Rebased> = {
  run: async (call) => {
    const { options, words } = call;
    // After a conflict, on a terminal, to join both sides may not be what is wanted.
    if (words.length === 0 && call.choose !== undefined) {
      const ways = await listWays(options);
      const way = ways.settles && ways.heads.length > 1 ? await askWay(call.choose, ways) : undefined;
      if (way !== undefined && way !== 'merge') return rebase({ ...options, revision: way.id, onto: way.onto });
    }
    return join(call);
  },
  text: (result, view) => ('moved' in result ? printRebased(result, view) : print(result)),
  json: (result) => ('moved' in result ? rebasedToJson(result) : toJson(result)),
};

function join({ options, given, words }: Call<'merge'>): Promise<Merged> {
  const revisions = words.length === 0 ? undefined : words;
  return createMerge({ ...options, ...readNew(given, given.message ?? 'merge'), revisions });
}
