import { isSound } from '../verify/verdict.ts';
import type { Verification } from './verify.ts';

/** Whether nothing is to be mended. */
export function isVerified({ revisions, unverified, chain, merges, existing }: Verification): boolean {
  return (
    revisions.every(isSound) &&
    unverified.length === 0 &&
    (chain === undefined || (chain.failure === undefined && chain.differences.length === 0)) &&
    merges.every(({ failure, differences }) => failure === undefined && differences.length === 0) &&
    (existing === undefined || existing.differences.length === 0)
  );
}
