import type { Host } from './host.ts';

/** A terminal that goes away says SIGHUP. */
export const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

interface Early {
  readonly came: () => boolean;
  readonly release: () => void;
}

const earlyOf = new WeakMap<Host, Early>();

/** Keeps what comes while the program is still loaded, for the command to end by; a second signal does not wait for that. Loads nothing. */
export function keepEarlySignals(host: Host): void {
  let came = false;
  const keep = () => {
    if (came) host.exit(130);
    came = true;
  };
  for (const name of signals) host.on(name, keep);
  const release = () => {
    for (const name of signals) host.removeListener(name, keep);
  };
  earlyOf.set(host, { came: () => came, release });
}

/** Whether one has come. From now on whoever asks catches them. */
export function takeEarlySignals(host: Host): boolean {
  const early = earlyOf.get(host);
  early?.release();
  return early?.came() ?? false;
}
