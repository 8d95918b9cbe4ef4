import { globalOptions } from '../spec.ts';
import { listOffered, type Offered, type OfferedOption, targetWords } from './offered.ts';

/** For bash 3.2 and later, as macOS has it. Revisions are read from the manifest itself: nothing is started for them. */
export function printBash(): string {
  const offered = listOffered();
  const skipped = globalOptions.flatMap(({ name, type }) => (type === 'flag' ? [] : [`--${name}`])).join('|');
  return `# updown for bash. In ~/.bashrc: eval "$(updown completion bash)"
_updown_revisions() {
  sed -n 's/^{"id":"\\([^"]*\\)".*/\\1/p' migrations/manifest.jsonl 2>/dev/null
}

_updown() {
  local word=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD-1]} command='' words='' options='' i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case \${COMP_WORDS[i]} in
      ${skipped}) i=$((i + 1)) ;;
      -*) ;;
      *) command=\${COMP_WORDS[i]}; break ;;
    esac
  done
  case "$command $before" in
${offered.flatMap(valueCases).join('\n')}
  esac
  case $command in
    '') words='${offered.map(({ name }) => name).join(' ')}' ;;
${offered.map(commandCase).join('\n')}
  esac
  if [[ $word == -* ]]; then words=$options; fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}

complete -o default -F _updown updown
`;
}

function valueCases({ name, options }: Offered): readonly string[] {
  return options.flatMap(({ long, short, value }) => {
    if (value === undefined) return [];
    const names = [long, ...(short === undefined ? [] : [`-${short}`])].map((one) => `'${name} ${one}'`).join('|');
    return [`    ${names}) ${answer(value)} ;;`];
  });
}

/** No answer leaves the word to bash, which offers files. */
function answer(value: NonNullable<OfferedOption['value']>): string {
  if (value === 'file' || value === 'any') return 'return';
  const words = value === 'revision' ? '$(_updown_revisions)' : value.join(' ');
  return `COMPREPLY=($(compgen -W "${words}" -- "$word")); return`;
}

function commandCase({ name, options, words, revisions }: Offered): string {
  const all = [...words, ...(revisions ? [...targetWords, '$(_updown_revisions)'] : [])].join(' ');
  const flags = options.flatMap(({ long, short }) => [long, ...(short === undefined ? [] : [`-${short}`])]);
  return `    ${name}) words="${all}" options='${flags.join(' ')}' ;;`;
}
