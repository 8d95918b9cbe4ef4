import { listOffered, type Offered, type OfferedOption, targetWords } from './offered.ts';

/** As a function that zsh loads by itself, or evaluated in ~/.zshrc. */
export function printZsh(): string {
  const offered = listOffered();
  return `#compdef updown
# updown for zsh. In ~/.zshrc, behind compinit: eval "$(updown completion zsh)"
_updown_revisions() {
  local -a revisions
  revisions=(\${(f)"$(sed -n 's/^{"id":"\\([^"]*\\)".*"message":"\\([^"]*\\)".*/\\1:\\2/p' migrations/manifest.jsonl 2>/dev/null)"})
  _describe -t revisions revision revisions
}

_updown_targets() {
  compadd ${targetWords.join(' ')}
  _updown_revisions
}

_updown() {
  local -a commands
  commands=(
${offered.map(({ name, describe }) => `    ${quote(`${name}:${describe}`)}`).join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe -t commands command commands
    return
  fi
  local command=\${words[2]}
  shift words
  (( CURRENT-- ))
  case $command in
${offered.map(commandCase).join('\n')}
  esac
}

if [[ \${funcstack[1]} == _updown ]]; then _updown "$@"; else compdef _updown updown; fi
`;
}

function commandCase({ name, options, words, revisions }: Offered): string {
  const behind = revisions ? '_updown_targets' : words.length > 0 ? `(${words.join(' ')})` : '_files';
  const lines = [...options.flatMap(specs), quote(`*:word:${behind}`)];
  return `    ${name})\n      _arguments \\\n        ${lines.join(' \\\n        ')} ;;`;
}

function specs({ long, short, describe, value }: OfferedOption): readonly string[] {
  const action = value === undefined ? '' : `:value:${actionOf(value)}`;
  const text = describe.replace(/[[\]:\\]/g, '\\$&');
  return [long, ...(short === undefined ? [] : [`-${short}`])].map((one) => quote(`${one}[${text}]${action}`));
}

function actionOf(value: NonNullable<OfferedOption['value']>): string {
  if (value === 'revision') return '_updown_targets';
  if (value === 'file') return '_files';
  return value === 'any' ? ' ' : `(${value.join(' ')})`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
