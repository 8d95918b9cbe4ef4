import type { Action } from '../action.ts';
import { usage } from '../argv.ts';
import { printBash } from '../completion/bash.ts';
import { printFish } from '../completion/fish.ts';
import { printZsh } from '../completion/zsh.ts';

interface Completion {
  readonly shell: string;
  readonly script: string;
}

const printers: ReadonlyMap<string, () => string> = new Map([
  ['bash', printBash],
  ['zsh', printZsh],
  ['fish', printFish],
]);

export const action: Action<'completion', Completion> = {
  run: ({ words: [shell = ''] }) => {
    const print = printers.get(shell);
    if (print === undefined)
      throw usage(`There is no completion for "${shell}"`, undefined, `Known: ${[...printers.keys()].join(', ')}.`);
    return { shell, script: print() };
  },
  text: ({ script }) => [script],
  json: ({ shell, script }) => ({ shell, script }),
};
