import { type Move, UpdownError, type Ways } from '../index.ts';
import type { Call } from './action.ts';
import { drawFork } from './text/fork.ts';

type Choose = NonNullable<Call['choose']>;

/** Shows where the graph forks, and asks how it becomes one again. Throws `needs-yes` where no way was chosen. */
export async function askWay(choose: Choose, { heads, fork, moves }: Ways): Promise<Move | 'merge'> {
  const ways: readonly (Move | 'merge')[] = [...moves, 'merge'];
  const answers = ways.map((way) =>
    way === 'merge'
      ? `join them: updown merge ${heads.join(' ')}`
      : `put one on the other: updown rebase ${way.id} --onto ${way.onto}`,
  );
  const at = await choose((view) => drawFork(fork, heads, view), answers);
  const way = at === undefined ? undefined : ways[at];
  if (way !== undefined) return way;
  throw new UpdownError('needs-yes', 'Nothing was changed: no way was chosen', {
    hint: 'Answer with a number, or run one of these commands.',
    notes: answers,
  });
}
