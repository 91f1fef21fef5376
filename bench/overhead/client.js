// The client of the bench, in the process that runs it. It never sleeps: to wake it would cost the server several µs in the
// kernel, the more often the slower the server, which would count a µs of ours as one and a half.
import { connect } from 'node:net';

export const FEATURES = 30;
/** Connections that are kept busy, and those that wait for requests which come when they come. */
const BUSY = 8;
const READY = 64;

/** The bytes of a request with so many rows. */
export function requestOf(rows) {
  const instances = Array.from({ length: rows }, (_, row) =>
    Object.fromEntries(
      Array.from({ length: FEATURES }, (_, index) => [
        `f${index}`,
        Math.sin(row * 31 + index) * 10,
      ]),
    ),
  );
  const body = JSON.stringify({ instances });
  return Buffer.from(
    `POST /predict HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** A connection; `onAnswer` hears of each whole answer. */
async function open(port, onAnswer) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let received = '';
  let length = -1;
  socket.on('data', (data) => {
    received += data.toString('latin1');
    const head = received.indexOf('\r\n\r\n');
    if (length < 0 && head >= 0)
      length = head + 4 + Number(/content-length: (\d+)/i.exec(received)[1]);
    if (length < 0 || received.length < length) return;
    if (!received.startsWith('HTTP/1.1 200')) throw new Error(received.slice(0, 200));
    received = '';
    length = -1;
    onAnswer(socket);
  });
  await new Promise((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', reject);
  });
  return socket;
}

/** Keeps some connections busy until the time is up, so that the server is busy all of it. @returns how many were answered. */
export async function load(port, request, seconds) {
  const until = performance.now() + seconds * 1000;
  let answered = 0;
  let busy = BUSY;
  const stayAwake = () => busy > 0 && setImmediate(stayAwake);
  stayAwake();
  await new Promise((resolve) => {
    const answer = (socket) => {
      answered += 1;
      if (performance.now() < until) socket.write(request);
      else {
        socket.destroy();
        busy -= 1;
        if (busy === 0) resolve();
      }
    };
    for (let each = 0; each < BUSY; each += 1)
      open(port, answer).then((socket) => socket.write(request));
  });
  return answered;
}

/**
 * Sends so many requests a second, when they come, whether or not those before are answered: what a server sees that is not
 * at its end. @returns how many were answered, and the 99th percentile of the time from when each was due.
 */
export async function loadAt(rate, port, request, seconds) {
  const due = new Map();
  const latencies = [];
  const idle = [];
  const sockets = await Promise.all(
    Array.from({ length: READY }, () =>
      open(port, (socket) => {
        latencies.push(performance.now() - due.get(socket));
        idle.push(socket);
      }),
    ),
  );
  idle.push(...sockets);
  const start = performance.now();
  let next = start;
  await new Promise((resolve) => {
    const turn = () => {
      const now = performance.now();
      if (now > start + seconds * 1000 && idle.length === READY) return resolve();
      while (next <= now && next <= start + seconds * 1000 && idle.length > 0) {
        const socket = idle.pop();
        due.set(socket, next);
        socket.write(request);
        next += (-Math.log(1 - Math.random()) * 1000) / rate;
      }
      return setImmediate(turn);
    };
    turn();
  });
  for (const socket of sockets) socket.destroy();
  latencies.sort((a, b) => a - b);
  return { answered: latencies.length, latencyMs: latencies[Math.floor(latencies.length * 0.99)] };
}
