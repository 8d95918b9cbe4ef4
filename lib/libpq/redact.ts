/** Takes passwords out of any text, by what looks like one: in urls of any kind, in `password=…` and `"password": "…"`, in `PASSWORD '…'`. */
export function redact(text: string): string {
  return (
    text
      // Also where a slash is missing, or the ":" was encoded with the rest.
      .replace(/(:\/{1,3}|\bpostgres(?:ql)?:)([^\s:@/?'"%]*)(:|%3A)[^\s'"<>]*@/gi, '$1$2$3***@')
      // A blank or a quote in the password, where a host stands behind it.
      .replace(/(:\/{2})([^\s:@/?'"%]*):(?!\*\*\*@)(?!\d+[/\s])[^@\n<>]{1,100}@(?=[\w.-]+[:/])/g, '$1$2:***@')
      // Without a scheme it is one where what follows the "@" can't be a target's word.
      .replace(
        /(?<![\w/:@.%-])([\w.-]+):(?!\*\*\*@|\/)[^\s:'"<>]+@(?=localhost\b|\[|[\w-]+\.\w|[\w-]+:\d|[\w.-]+\/)/g,
        '$1:***@',
      )
      .replace(bareWords, maskBareWords)
      .replace(
        /((?:password|passwd|pgpassword|passphrase|\bpwd|\bsecret(?:_?key)?|api_?key|access_?token)"?\s*[=:]\s*)('(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|"(?:[^"\\]|\\.)*"|(?:\\.|[^\s&"])+)/gi,
        '$1***',
      )
      // Inside a string of its own the literal's quotes are doubled, or more.
      .replace(/(\bpassword\s+)(?:e?(''+)(?!')(?:\2\2|(?!\2)[\s\S])*(?:\2|$)|(\$\w*\$)[\s\S]*?(?:\3|$))/gi, "$1'***'")
      .replace(/(\bpassword\s+)e?'(?!\*\*\*')(?:[^']|'')*(?:'|$)/gi, "$1'***'")
  );
}

/** `password = two words`, not quoted as it should be, as far as the next `name=` or what is a word of SQL. */
const bareWords =
  /(\b\w*(?:password|passwd)([ \t]*)=[ \t]*)(?!['"*])(?:\\.|[^\s&"])+((?:[ \t]+(?!(?:and|or|where|from|then|returning|order|limit|is)\b)(?!\w+[ \t]*=)[^\s&"'=]+)+)/gi;

/** Only in a string of `name=value`: elsewhere what stands behind the first blank is no part of it. */
function maskBareWords(found: string, name: string, blank: string, _: string, at: number, text: string): string {
  const before = text.slice(text.lastIndexOf('\n', at) + 1, at);
  const after = text.slice(at + found.length, at + found.length + 40);
  return blank !== '' || keyword.test(before) || (/^\s+/.test(after) && keyword.test(after)) ? `${name}***` : found;
}

const keyword = /\b(?:host|hostaddr|port|dbname|user|service|sslmode|options|application_name|connect_timeout)[ \t]*=/i;
