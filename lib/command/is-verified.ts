import { mayDiffer } from '../schema/may-differ.ts';
import { isSound } from '../verify/verdict.ts';
import type { Verification } from './verify.ts';

/** Whether nothing is to be corrected. */
export function isVerified({ revisions, unverified, chain, merges, existing }: Verification): boolean {
  return (
    revisions.every(isSound) &&
    unverified.length === 0 &&
    (chain === undefined || (chain.failure === undefined && chain.differences.every(mayDiffer))) &&
    merges.every(({ failure, differences }) => failure === undefined && differences.every(mayDiffer)) &&
    (existing === undefined || existing.differences.every(mayDiffer))
  );
}
