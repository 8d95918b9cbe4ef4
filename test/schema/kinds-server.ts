import { serverUrl } from '../support/server.ts';
import { withRoles, withSession } from './snapshot.ts';

/** The shared server with roles and a tablespace, which belong to it: a file that runs beside another one has its own. */
export async function withKindsServer(body: () => Promise<void>, prefix = 'kinds'): Promise<void> {
  const admin = await serverUrl();
  await withRoles(admin, [`${prefix}_owner`, `${prefix}_reader`, `${prefix}_super SUPERUSER`], async () => {
    await withSession(admin, async (session) => {
      await session.send('SET allow_in_place_tablespaces = on');
      await session.send(`CREATE TABLESPACE ${prefix}_space LOCATION ''`);
    });
    try {
      await body();
    } finally {
      await withSession(admin, (session) => session.send(`DROP TABLESPACE ${prefix}_space`));
    }
  });
}
