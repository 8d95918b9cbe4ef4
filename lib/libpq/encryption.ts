import { type Candidate, isLocal } from './target.ts';

export type Encryption = 'off' | 'if-offered' | 'on';

/** libpq's order of attempts; each but the first is made only where the one before was refused for its encryption. */
export function encryptionAttempts(candidate: Candidate): readonly Encryption[] {
  const { mode } = candidate.ssl;
  if (isLocal(candidate) || mode === 'disable') return ['off'];
  if (candidate.ssl.bindsChannel) return ['on'];
  if (mode === 'allow') return ['off', 'on'];
  if (mode === 'prefer') return ['if-offered', 'off'];
  return ['on'];
}
