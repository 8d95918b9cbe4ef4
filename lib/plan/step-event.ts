import type { Op } from './plan.ts';

/** How steps go, told in the same way by a run and by a review. */
export type StepEvent =
  | {
      readonly kind: 'step-start';
      readonly op: Op;
      readonly id: string;
      readonly name: string;
      readonly position: number;
      readonly total: number;
      readonly statements: number;
      readonly transactional: boolean;
    }
  | {
      readonly kind: 'statement';
      readonly id: string;
      readonly position: number;
      readonly total: number;
      readonly label: string;
      readonly line: number;
    }
  | { readonly kind: 'step-end' | 'step-fail'; readonly op: Op; readonly id: string; readonly milliseconds: number };
