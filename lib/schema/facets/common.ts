import type { Described, Granted, Owned } from '../name.ts';
import { grants, type Phrase, quoted, value } from '../phrase.ts';

type Phrases<T> = { readonly [P in keyof T]: Phrase<T[P]> };

export const described: Phrases<Described> = { comment: quoted('comment') };

export const owned: Phrases<Owned> = { ...described, owner: value('owner') };

export const granted: Phrases<Granted> = {
  ...owned,
  grants,
  ownerLacks: (before, after) => {
    const [revoked, restored] = [minus(after, before), minus(before, after)];
    return [
      ...revoked.map((each) => `${each} was revoked from the owner`),
      ...restored.map((each) => `${each} was given back to the owner`),
    ];
  },
};

function minus(all: readonly string[], others: readonly string[]): readonly string[] {
  return all.filter((each) => !others.includes(each));
}

/** Of triggers and rules. */
export const firing: Phrase<string> = (before, after) => ({
  label: '',
  before: firingOf(before),
  after: firingOf(after),
});

function firingOf(firing: string): string {
  return firing === 'disabled' || firing === 'origin' ? states[firing] : `ENABLE ${firing.toUpperCase()}`;
}

const states = { disabled: 'DISABLE', origin: 'ENABLE' };
