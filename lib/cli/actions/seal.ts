import { plural, type SealResult, sanitizeLine, seal } from '../../index.ts';
import type { Action } from '../action.ts';
import { usage } from '../argv.ts';

export const action: Action<'seal', SealResult> = {
  run: ({ options, words: [target], given: { renew } }) => {
    if (target !== undefined && renew.length > 0) {
      throw usage(
        `"--renew" is followed by its revisions, and "${target}" is given as well`,
        undefined,
        `Leave one of them out: updown seal --renew ${renew[0]}`,
      );
    }
    return seal({ ...options, target, renew });
  },
  text: ({ sealed, total, revisions }, { style }) => [
    ...sealed.map(({ id, message }) => `${style.good('sealed')} ${style.id(id)} ${sanitizeLine(message)}\n`),
    `${sealed.length === 0 ? 'Nothing to seal: ' : ''}${total} of ${plural(revisions, 'revision')} ${total === 1 ? 'is' : 'are'} sealed.\n`,
  ],
  json: ({ sealed, total, revisions }) => ({ sealed: sealed.map(({ id }) => id), total, revisions }),
};
