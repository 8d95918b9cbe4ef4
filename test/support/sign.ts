import type { Message } from './test-file.ts';

const sign: Message = { kind: 'sign' };
let asking = 0;

/** Tells the runner that the file gets on: its patience begins anew. Without a runner it does nothing. */
export function giveSign(): void {
  if (asking === 0 && process.connected) process.send!(sign);
}

/** What only looks gets nothing on, whatever programs it runs. */
export async function withoutSigns<T>(look: () => T | Promise<T>): Promise<T> {
  asking++;
  try {
    return await look();
  } finally {
    asking--;
  }
}
