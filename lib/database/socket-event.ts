import { once } from 'node:events';
import type { Socket } from 'node:net';

/** Waits for the socket's event and returns its first argument; throws when the socket fails or closes, or time is up. */
export async function awaitEvent(socket: Socket, event: string, signal: AbortSignal): Promise<unknown> {
  const closing = new AbortController();
  const onClose = (): void => closing.abort();
  socket.once('close', onClose);
  // What has happened already is not told again.
  if (socket.destroyed) closing.abort();
  try {
    const [first] = await once(socket, event, { signal: AbortSignal.any([signal, closing.signal]) });
    return first;
  } catch (error) {
    socket.destroy();
    if (!closing.signal.aborted || signal.aborted) throw error;
    throw Object.assign(new Error('the connection was closed'), { code: 'ECONNRESET' });
  } finally {
    socket.removeListener('close', onClose);
  }
}
