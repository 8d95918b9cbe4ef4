import type { Described, Granted, Name } from './name.ts';
import type { Constraint } from './relation.ts';

export interface Enum extends Granted {
  readonly name: Name;
  /** In their order. */
  readonly labels: readonly string[];
}

export interface Domain extends Granted {
  readonly name: Name;
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | null;
  /** Null for the one of its type. */
  readonly collation: Name | null;
  readonly constraints: readonly Constraint[];
}

export interface Composite extends Granted {
  readonly name: Name;
  /** In their order. */
  readonly attributes: readonly Attribute[];
}

export interface Attribute extends Described {
  readonly name: string;
  readonly type: string;
  /** Null for the one of its type. */
  readonly collation: Name | null;
}

export interface Range extends Granted {
  readonly name: Name;
  readonly subtype: string;
  readonly operatorClass: Name;
  readonly collation: Name | null;
  readonly canonical: string | null;
  readonly subtypeDifference: string | null;
  readonly multirange: Name | null;
}

/** A type with its own input and output functions. */
export interface BaseType extends Granted {
  readonly name: Name;
  readonly input: string;
  readonly output: string;
  readonly receive: string | null;
  readonly send: string | null;
  readonly typmodInput: string | null;
  readonly typmodOutput: string | null;
  readonly analyze: string | null;
  readonly subscript: string | null;
  readonly length: number;
  readonly byValue: boolean;
  readonly alignment: 'char' | 'int2' | 'int4' | 'double';
  readonly storage: 'plain' | 'external' | 'extended' | 'main';
  /** Of a type that is subscripted like an array. */
  readonly element: string | null;
  readonly category: string;
  readonly preferred: boolean;
  readonly delimiter: string;
  readonly default: string | null;
  readonly collatable: boolean;
}
