import { heads, type Revision, sanitizeLine } from '../../index.ts';
import type { Action } from '../action.ts';

export const action: Action<'heads', readonly Revision[]> = {
  run: ({ options }) => heads(options),
  text: (revisions, { style }) => revisions.map(({ id, message }) => `${style.id(id)} ${sanitizeLine(message)}\n`),
  json: (revisions) => ({ heads: revisions.map(({ id }) => id) }),
};
