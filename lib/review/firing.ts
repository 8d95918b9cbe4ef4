import type { Firing } from '../schema/relation.ts';

/** In the words of ALTER TABLE, and as pg_trigger.tgenabled has it. */
const words: { readonly [F in Firing]: { readonly word: string; readonly letter: string } } = {
  origin: { word: 'enabled', letter: 'O' },
  disabled: { word: 'disabled', letter: 'D' },
  replica: { word: 'enabled replica', letter: 'R' },
  always: { word: 'enabled always', letter: 'A' },
};

export function wordFiring(firing: Firing): string {
  return words[firing].word;
}

export function letterOf(firing: Firing): string {
  return words[firing].letter;
}
