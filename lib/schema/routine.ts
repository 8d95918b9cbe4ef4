import type { Granted, RoutineName } from './name.ts';

/** What functions and procedures have in common. */
interface Routine extends Granted {
  readonly name: RoutineName;
  /** With names, modes and defaults: `a integer, b integer DEFAULT 1`. */
  readonly parameters: string;
  readonly language: string;
  /** Of SQL that was parsed when it was made (BEGIN ATOMIC), as the server prints it; of C the symbol and its library. */
  readonly body: string;
  readonly securityDefiner: boolean;
  /** SET clauses by their names. */
  readonly settings: Readonly<Record<string, string>>;
  /** TRANSFORM FOR TYPE. */
  readonly transforms: readonly string[];
}

/** One of CREATE FUNCTION, window functions too. */
export interface SqlFunction extends Routine {
  readonly returns: string;
  readonly window: boolean;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly parallel: 'safe' | 'restricted' | 'unsafe';
  /** RETURNS NULL ON NULL INPUT. */
  readonly strict: boolean;
  readonly leakproof: boolean;
  readonly cost: number;
  readonly rows: number;
  readonly support: string | null;
}

export type Procedure = Routine;

export interface Aggregate extends Granted {
  readonly name: RoutineName;
  readonly parameters: string;
  readonly kind: 'normal' | 'ordered-set' | 'hypothetical-set';
  readonly returns: string;
  readonly parallel: 'safe' | 'restricted' | 'unsafe';
  readonly state: AggregateState;
  /** What a moving-aggregate uses in the place of it. */
  readonly movingState: AggregateState | null;
  readonly combine: string | null;
  readonly serialize: string | null;
  readonly deserialize: string | null;
  readonly sortOperator: string | null;
}

export interface AggregateState {
  readonly transition: string;
  readonly inverse: string | null;
  readonly type: string;
  readonly space: number;
  readonly initial: string | null;
  readonly final: string | null;
  readonly finalExtra: boolean;
  readonly finalModify: 'read only' | 'shareable' | 'read write';
}
