/** Whether long lists are run whole. */
export const isSoak: boolean = process.env.UPDOWN_TEST_SOAK === 'yes';

/**
 * Every n-th of a long list of cases, from the one at `first` to the last of the list: what a run of all tests has time for. All of them are
 * run by `npm run soak`.
 */
export function sample<T>(all: readonly T[], every: number, first = 0): readonly T[] {
  if (isSoak) return all;
  return all.filter((_, index) => index % every === first || index === all.length - 1);
}
