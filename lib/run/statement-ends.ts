import type { SendError } from '../database/session.ts';
import type { StatementEnd } from '../plan/step-event.ts';
import type { Block, BlockBody } from '../script/block.ts';

/** What a message came to: the tags of its commands, those before the block's own included. */
export interface Answered {
  readonly tags: readonly string[];
  /** How many commands stood in front of the block's own text. */
  readonly before: number;
  readonly milliseconds: number;
  readonly error?: SendError | undefined;
}

/** Pure. How the file's statements in a block ended, as far as they were begun. */
export function statementEndsOf(
  { id, total }: Pick<StatementEnd, 'id' | 'total'>,
  { body }: Block,
  { tags, before, milliseconds, error }: Answered,
): readonly StatementEnd[] {
  if (body === undefined) return [];
  // Of several in one message the server tells nothing before all are done.
  const took = body.statements.length === 1 ? milliseconds : undefined;
  const own = tags.slice(before + body.commandsBefore).slice(0, body.statements.length);
  const place = (index: number) => placeOf(body, index, { id, total });
  const ended = own.map((tag, index) =>
    end('statement-end', { ...place(index), rows: rowsOf(tag), milliseconds: took }),
  );
  const failed =
    error !== undefined && tags.length >= before + body.commandsBefore && own.length < body.statements.length;
  if (!failed) return ended;
  const last = end('statement-fail', { ...place(own.length), milliseconds: took, sqlstate: error.fields?.code });
  return [...ended, last];
}

type Place = Pick<StatementEnd, 'id' | 'total' | 'position' | 'label' | 'line'>;

function placeOf({ first, statements }: BlockBody, index: number, step: Pick<StatementEnd, 'id' | 'total'>): Place {
  const { label = '', line = 0 } = statements[index] ?? {};
  return { ...step, position: first + index, label, line };
}

function end(kind: StatementEnd['kind'], rest: Omit<StatementEnd, 'kind'>): StatementEnd {
  return { kind, ...rest };
}

/** `INSERT 0 3`, `SELECT 10`, `COPY 5`. */
function rowsOf(tag: string): number | undefined {
  const count = / (\d+)$/.exec(tag)?.[1];
  return count === undefined ? undefined : Number(count);
}
