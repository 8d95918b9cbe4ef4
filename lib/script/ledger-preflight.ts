import { printServerChecks, printUseCheck } from '../ledger/making.ts';
import { ledgerFormat, printRelation } from '../ledger/name.ts';
import { printRaise } from '../ledger/raise.ts';
import { printOutdated, printRenewal } from '../ledger/renewal.ts';
import { callerWord } from '../ledger/rights.ts';
import { settingWithin } from '../ledger/setting.ts';
import { packItems } from '../sql/pack.ts';
import { quoteIdent, quoteLiteral, textArray } from '../sql/quote.ts';
import { printExecute } from './plain-preflight.ts';
import { printOwnSettings, type Script } from './script.ts';

/** What must be so wherever a ledger is made or shared: the server, the session, the project, and the roles to share it with. */
export function printLedgerPreflight(script: Script, roles: readonly string[], then = ''): string {
  const { schema, project } = script.ledger;
  const s = quoteIdent(schema);
  const [journal, worker] = ['journal', 'worker'].map((table) => printRelation(schema, table));
  const flavor = then === '' ? 'psql' : 'plain';
  const within = `  IF pg_catalog.current_setting('${settingWithin}', true) = 'yes' THEN
${printRaise('open transaction here', schema)}  END IF;
`;
  return `DECLARE
  roles CONSTANT text[] := ${printRoles(roles)};
  other text;
  caller CONSTANT text := current_user;
BEGIN
${then === '' ? within : ''}${printLineEndCheck(schema)}${printServerChecks(schema)}${printUseCheck(schema, flavor)}  SELECT r INTO other FROM pg_catalog.unnest(roles) AS r
   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = r) LIMIT 1;
  IF FOUND THEN
${printRaise('no such role', schema, ['other'])}  END IF;
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    IF pg_catalog.row_security_active(${journal})
       OR pg_catalog.row_security_active(${worker}) THEN
${printRaise('hidden', schema)}    END IF;
    IF (SELECT (j.detail ->> 'format')::integer
          FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1) > ${ledgerFormat} THEN
${printRaise('newer ledger', schema)}    END IF;
    SELECT j.detail ->> 'project' INTO other FROM ${s}.journal j WHERE j.event = 'header' ORDER BY j.seq DESC LIMIT 1;
    IF other IS DISTINCT FROM ${quoteLiteral(project)} THEN
${printRaise('wrong project', schema, ['other', "'this script'", quoteLiteral(project)])}    END IF;
    IF NOT pg_catalog.has_table_privilege(${journal}, 'INSERT') THEN
${printRaise('no right to write', schema, ['current_user', callerWord], { flavor })}    END IF;
  END IF;${then}
END
`;
}

function printRoles(roles: readonly string[]): string {
  const list = packItems(roles.map(quoteLiteral), '    ');
  return roles.length === 0 ? textArray(roles) : `ARRAY[\n${list}]::pg_catalog.text[]`;
}

/** A line end that git or an editor made two characters: what is stored, as the body of a function, would not be what was reviewed. */
function printLineEndCheck(schema: string): string {
  return `  IF pg_catalog.strpos('
', pg_catalog.chr(13)) <> 0 THEN
${printRaise('line ends', schema)}  END IF;
`;
}

/** The same for one that an older version has made. */
export function printRenewing(script: Script): string {
  const s = quoteIdent(script.ledger.schema);
  return `
  IF pg_catalog.to_regclass(${quoteLiteral(`${s}.journal`)}) IS NOT NULL THEN
    IF ${printOutdated(script.ledger.schema)} THEN
${printExecute(`${printOwnSettings(script.pins)}${printRenewal(script.ledger)}`)}    END IF;
  END IF;`;
}
