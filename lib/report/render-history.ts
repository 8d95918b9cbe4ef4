import type { History } from '../command/history.ts';
import { needPackage } from '../optional-package.ts';
import type { FindLinks } from './html/history-page.ts';

export interface RenderHistoryOptions {
  /** The files of a revision, and where they are from the page; default none. */
  readonly linksFor?: FindLinks | undefined;
}

export async function renderHistory(history: History, { linksFor = () => [] }: RenderHistoryOptions): Promise<string> {
  needPackage('@dagrejs/dagre', 'A history as a page', 'The same as text: updown history --graph');
  return (await import('./html/history-page.ts')).printHistoryPage(history, linksFor);
}
