import { agree } from '../words.ts';
import type { ServerMessage } from './server-message.ts';

/** Of one message to the server. */
export const mostNotices = 1_000;
/** Of a notice's text, in characters. */
export const longestNotice = 8_000;

/** Hands notices on, of one message no more than a bounded number and none longer than anybody reads. */
export interface NoticeLimit {
  take(notice: ServerMessage): void;
  /** The message has been answered: tells how many were left out. */
  settle(): void;
}

/** A loop may raise a million of them. `isKept` are those that are not for people. */
export function limitNotices(
  tell: (notice: ServerMessage) => void,
  isKept: (notice: ServerMessage) => boolean = () => false,
): NoticeLimit {
  let told = 0;
  let left = 0;
  return {
    take: (notice) => {
      if (isKept(notice)) return tell(notice);
      told++;
      if (told <= mostNotices) tell(shorten(notice));
      else left++;
    },
    settle: () => {
      if (left > 0) tell({ severity: 'NOTICE', code: '00000', message: wordLeftOut(left) });
      told = 0;
      left = 0;
    },
  };
}

export function wordLeftOut(count: number): string {
  return `… and ${count.toLocaleString('en-US')} more ${agree(count, 'notice', 'notices')}`;
}

/** A copy: a slice would keep the whole. */
function shorten(notice: ServerMessage): ServerMessage {
  const { message } = notice;
  if (message.length <= longestNotice) return notice;
  const { severity, code } = notice;
  return { severity, code, message: `${Buffer.from(message.slice(0, longestNotice)).toString()}…` };
}

/** One that auto_explain tells a review. */
export function isPlanNotice({ severity, message }: Pick<ServerMessage, 'severity' | 'message'>): boolean {
  return severity === 'INFO' && /^duration: [\d.]+ ms {2}plan:\n/.test(message);
}
