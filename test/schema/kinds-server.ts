import { serverUrl } from '../support/server.ts';
import { withRoles, withSession } from './snapshot.ts';

/** The shared server with roles and a tablespace, which belong to it. */
export async function withKindsServer(body: () => Promise<void>): Promise<void> {
  const admin = await serverUrl();
  await withRoles(admin, ['kinds_owner', 'kinds_reader', 'kinds_super SUPERUSER'], async () => {
    await withSession(admin, async (session) => {
      await session.send('SET allow_in_place_tablespaces = on');
      await session.send("CREATE TABLESPACE kinds_space LOCATION ''");
    });
    try {
      await body();
    } finally {
      await withSession(admin, (session) => session.send('DROP TABLESPACE kinds_space'));
    }
  });
}
