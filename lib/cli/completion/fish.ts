import { listOffered, type Offered, type OfferedOption, targetWords } from './offered.ts';

export function printFish(): string {
  const offered = listOffered();
  const names = offered.map(({ name }) => name).join(' ');
  return `# updown for fish: updown completion fish > ~/.config/fish/completions/updown.fish
function __updown_revisions
  sed -n 's/^{"id":"\\([^"]*\\)".*"message":"\\([^"]*\\)".*/\\1\\t\\2/p' migrations/manifest.jsonl 2>/dev/null
end

function __updown_targets
  printf '%s\\n' ${targetWords.join(' ')}
  __updown_revisions
end

complete -c updown -f
${offered.map(({ name, describe }) => `complete -c updown -n 'not __fish_seen_subcommand_from ${names}' -a ${name} -d ${quote(describe)}`).join('\n')}
${offered.flatMap(linesOf).join('\n')}
`;
}

function linesOf({ name, options, words, revisions }: Offered): readonly string[] {
  const when = `complete -c updown -n '__fish_seen_subcommand_from ${name}'`;
  const behind = revisions ? ["-a '(__updown_targets)'"] : words.length > 0 ? [`-a '${words.join(' ')}'`] : [];
  return [...options.map(wordOption), ...behind].map((rest) => `${when} ${rest}`);
}

function wordOption({ long, short, describe, value }: OfferedOption): string {
  const names = `${short === undefined ? '' : `-s ${short} `}-l ${long.slice(2)}`;
  return `${names}${value === undefined ? '' : actionOf(value)} -d ${quote(describe)}`;
}

function actionOf(value: NonNullable<OfferedOption['value']>): string {
  if (value === 'revision') return " -x -a '(__updown_targets)'";
  if (value === 'file') return ' -r -F';
  return value === 'any' ? ' -x' : ` -x -a '${value.join(' ')}'`;
}

function quote(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}
