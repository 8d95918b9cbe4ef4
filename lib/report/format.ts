import type { Review } from '../review/review.ts';
import { printAnnotations } from './annotations.ts';
import { printMarkdown } from './markdown.ts';
import { printSarif } from './sarif.ts';

/** What a review can be printed as for other programs, by the name that asks for it. */
export const formats: Readonly<Record<'github' | 'markdown' | 'sarif', (review: Review) => string>> = {
  markdown: printMarkdown,
  sarif: printSarif,
  github: printAnnotations,
};
