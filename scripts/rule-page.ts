import type { Rule } from '../lib/review/rules/rule.ts';

/** The page of a rule in docs/rules. */
export function renderRulePage({ id, severity, title, why, bad, good }: Rule): string {
  return `<!-- Made by \`npm run docs:rules\` from lib/review/rules: change it there. -->

# ${id}

**${severity}** · ${title}

${why}

Found:

\`\`\`sql
${bad}
\`\`\`

Not found:

\`\`\`sql
${good}
\`\`\`

\`updown review\` writes the safe way out for the statement at hand. To let it pass, with the reason in the report:

\`\`\`sql
-- updown: allow ${id}: <reason>
\`\`\`
`;
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
