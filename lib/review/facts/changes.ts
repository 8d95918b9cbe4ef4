import type { Change } from '../change.ts';
import type { MeasuredStatement } from '../measured.ts';

export function changesOf(statement: MeasuredStatement, kind: Change['kind'], type?: string): readonly Change[] {
  return statement.changes.filter((change) => change.kind === kind && (type === undefined || change.type === type));
}

/** Something is dropped, and something else made under the same name: by the statement, or by it and another one of its transaction. */
export function isReplaced(statement: MeasuredStatement, object: string): boolean {
  const { around } = statement;
  const has = (kind: Change['kind']) => changesOf(statement, kind).some((change) => change.object === object);
  return (
    (has('dropped') || around?.dropped.has(object) === true) && (has('created') || around?.created.has(object) === true)
  );
}

/** Without what the same plan made, which nothing that runs can know. */
export function known(statement: MeasuredStatement): MeasuredStatement {
  return { ...statement, changes: statement.changes.filter(({ madeInPlan }) => !madeInPlan) };
}

export function nameOf({ object, type }: Change): string {
  return object.slice(type.length + 1);
}
