import { inWindow } from './words.ts';

export function readsToDetach(referring: string): string {
  return `${inWindow(`CONCURRENTLY reads ${referring} too, while its writes wait`)}.\n-- It is shorter where an index of ${referring} begins with the columns of its key`;
}
