import { connect, type Socket } from 'node:net';
import { turns } from '../fixtures/turns.js';

/** A raw exchange: what is sent, piece by piece, and when the client goes away. */
export interface RawRequest {
  readonly label: string;
  /** Each is written once the one before has been flushed and a turn of the event loop has passed. */
  readonly pieces: readonly (string | Buffer)[];
  /** Hangs up after so many bytes of the response; 0: right after sending. */
  readonly hangUpAfter?: number;
}

/** How long a client waits for more, in turns of the event loop, since the server has no others. */
const PATIENCE: Wait = { turns: 50, ms: 40 };
const SHORT_PATIENCE: Wait = { turns: 5, ms: 10 };
/** After an answer that seems to be the last. */
const IDLE: Wait = { turns: 5, ms: 20 };

/** Everything a server sends on one connection until it closes it, but for the dates. */
export async function exchange(port: number, request: RawRequest): Promise<string> {
  const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true });
  const received: Buffer[] = [];
  let size = 0;
  const closed = new Promise<void>((resolve) => {
    socket.on('close', () => resolve());
  });
  socket.on('error', () => undefined);
  socket.on('data', (data) => {
    received.push(data);
    size += data.length;
    // Some answers ask for the connection to stay open, whatever the request wanted.
    if (data.toString('latin1').endsWith('\r\n0\r\n\r\n')) void hangUpAfterSilence(IDLE);
    if (request.hangUpAfter !== undefined && request.hangUpAfter > 0 && size >= request.hangUpAfter)
      socket.destroy();
  });
  const hangUpAfterSilence = async (wait: Wait): Promise<void> => {
    for (let silent = 0, before = size; silent < wait.turns && !socket.destroyed; silent += 1) {
      await turns(1, wait.ms);
      if (size !== before) silent = 0;
      before = size;
    }
    socket.destroy();
  };
  await new Promise((resolve) => socket.once('connect', resolve));
  for (const piece of request.pieces) {
    if (socket.destroyed) break;
    await new Promise((resolve) => socket.write(piece, resolve));
    await new Promise((resolve) => setImmediate(resolve));
  }
  if (request.hangUpAfter === 0) socket.destroy();
  // A server may rightly wait for more of a request that never comes whole.
  void hangUpAfterSilence(request.hangUpAfter === undefined ? PATIENCE : SHORT_PATIENCE);
  await closed;
  const text = Buffer.concat(received).toString('latin1');
  // How much of a response a client reads before it hangs up is chance.
  return request.hangUpAfter === undefined ? withoutDates(text) : 'hung up';
}

/** Until a client gives up that hears nothing. */
interface Wait {
  readonly turns: number;
  readonly ms: number;
}

const withoutDates = (text: string): string => text.replace(/^date: .*\r\n/gim, '');
