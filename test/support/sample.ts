/** Whether long lists are run whole. */
export const isSoak: boolean = process.env.UPDOWN_TEST_SOAK === 'yes';

/**
 * Every n-th of a long list of cases, from the first to the last of it: what a run of all tests has time for. All of them are run by
 * `npm run soak`.
 */
export function sample<T>(all: readonly T[], every: number): readonly T[] {
  if (isSoak) return all;
  return all.filter((_, index) => index % every === 0 || index === all.length - 1);
}
