import { type Block, begin } from '../plan/block.ts';

/**
 * Behind an error, a transaction refuses all that follows. But some clients put a savepoint before each statement and go back to it (psql's
 * ON_ERROR_ROLLBACK, pgjdbc's autosave, DBeaver's savepoints): a guard that refuses, or a statement that fails, would be left out and the
 * rest committed. So where there is a savepoint, the commit is made to fail; a row written behind one tells, by its transaction's number.
 */
export function refuseSavepoints({ kind, text }: Block): string {
  return kind === 'transaction' && text.startsWith(begin) ? `${begin}${guard}${text.slice(begin.length)}` : text;
}

const table = 'pg_temp.updown_savepoints';

const guard = `DO $updown$
DECLARE
  writer bigint;
BEGIN
  -- Behind an error, a client that sets savepoints by itself would commit the rest of this step: then its commit is made to fail.
  IF pg_catalog.has_database_privilege(pg_catalog.current_database(), 'TEMPORARY') THEN
    CREATE TEMPORARY TABLE updown_savepoints
      (n integer CONSTRAINT nothing_is_kept_turn_off_your_clients_savepoints UNIQUE DEFERRABLE INITIALLY DEFERRED) ON COMMIT DROP;
    INSERT INTO ${table} VALUES (1) RETURNING xmin::text::bigint INTO writer;
    IF writer = pg_catalog.txid_current() % 4294967296 THEN
      DROP TABLE ${table};
    ELSE
      INSERT INTO ${table} VALUES (1);
      RAISE WARNING 'this client sets savepoints by itself: nothing of this step will be kept'
        USING HINT = 'Turn them off (ON_ERROR_ROLLBACK, autosave, savepoints), and go on from this step.';
    END IF;
  END IF;
END
$updown$;
`;
