import { SendError } from '../database/session.ts';

/** The message of the server where it refuses this. A connection that is lost is an error. */
export async function refusalOf(send: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await send();
    return undefined;
  } catch (error) {
    if (!(error instanceof SendError) || error.fields === undefined || error.lost) throw error;
    return error.fields.message;
  }
}
