/**
 * Where a text stops being JSON, as an offset. Engines differ in whether they say so; but each knows a beginning that only lacks its end
 * from one that no further characters could mend.
 */
export function findJsonFault(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = (good + bad) >>> 1;
    if (couldBeginJson(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function couldBeginJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    const message = String(error);
    if (/end of JSON input|Unterminated string/.test(message)) return true;
    const position = /at position (\d+)/.exec(message)?.[1];
    return Number(position) === text.length;
  }
}

export interface RepeatedKey {
  readonly key: string;
  readonly offset: number;
}

/** The first key that a JSON object has twice: parsers silently take the last of them, and who reads along takes the first. */
export function findRepeatedKey(object: string): RepeatedKey | undefined {
  const seen = new Set<string>();
  let depth = 0;
  for (const { 0: token, 1: text, 2: colon, index } of object.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}[\]]/g)) {
    if (text === undefined) depth += '{['.includes(token) ? 1 : -1;
    if (text === undefined || colon === undefined || depth !== 1) continue;
    const key = JSON.parse(text) as string;
    if (seen.has(key)) return { key, offset: index };
    seen.add(key);
  }
  return undefined;
}
