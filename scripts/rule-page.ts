import type { Rule } from '../lib/review/rules/rule.ts';

/** The page of a rule in docs/rules. */
export function renderRulePage({ id, severity, title, why, given, found, letBe }: Rule): string {
  return `<!-- Made by \`npm run docs:rules\` from lib/review/rules: change it there. -->

# ${id}

**${severity}** · ${title}

${why}

${describeGiven(given)}Found:

${renderSql(found)}

Not found:

${renderSql(letBe)}

\`updown review\` writes the safe way out for the statement at hand. To let it pass, with the reason in the report:

\`\`\`sql
-- updown: allow ${id}: <reason>
\`\`\`
`;
}

function describeGiven(given: Rule['given']): string {
  const { sql, version, changedByHand } = given ?? {};
  const words = [
    ...(version === undefined ? [] : [`The database runs PostgreSQL ${version}.`]),
    ...(changedByHand === undefined
      ? []
      : ['In the database somebody added a column to `orders` by hand, and a view over its column `note`.']),
    ...(sql === undefined ? [] : [`Given:\n\n${renderSql([sql])}`]),
  ];
  return words.map((one) => `${one}\n\n`).join('');
}

function renderSql(examples: readonly string[]): string {
  return examples.map((sql) => `\`\`\`sql\n${sql}\n\`\`\``).join('\n\n');
}

export function renderRuleIndex(rules: readonly Rule[]): string {
  const rows = rules.map(
    ({ id, severity, title }) => `| [\`${id}\`](${id}.md) | ${severity} | ${title.replaceAll('|', '\\|')} |`,
  );
  return `<!-- Made by \`npm run docs:rules\` from lib/review/rules: change it there. -->

# Rules

What \`updown review\` judges by. All of them look at what a statement did on a throwaway database, so that it makes no
difference whether it stands in the file, in a \`DO\` block or in a function. \`updown rules\` lists them too.

| rule | severity | |
|---|---|---|
${rows.join('\n')}
`;
}
