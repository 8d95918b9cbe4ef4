import { type Current, current, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<'current', Current> = {
  run: ({ options }) => current(options),
  text: ({ heads, fileHeads }, { style }) =>
    heads.length === 0
      ? ['base\n']
      : heads.map(
          ({ id, message }) =>
            `${style.id(sanitizeLine(id))} ${sanitizeLine(message)}${fileHeads.includes(id) ? ' (head)' : ''}\n`,
        ),
  json: ({ heads, applied, unknown, database }) => ({ heads: heads.map(({ id }) => id), applied, unknown, database }),
};
