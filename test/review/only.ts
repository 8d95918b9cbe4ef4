/** `RULE=drop-table npm test -- review/rule-examples`: what is about that rule alone. */
export const only: string | undefined = process.env.RULE;
