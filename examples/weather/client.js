import { Agent, request } from 'node:http';

/** Posts days to /predict one after the other over one connection. */
export function makeClient(port) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (day) =>
    new Promise((resolve, reject) => {
      const body = JSON.stringify(day);
      const headers = {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(body),
      };
      const call = request(
        { port, host: '127.0.0.1', path: '/predict', method: 'POST', agent, headers },
        (response) => {
          let text = '';
          response.setEncoding('utf8');
          response.on('data', (piece) => {
            text += piece;
          });
          response.on('end', () => resolve(JSON.parse(text)));
        },
      );
      call.on('error', reject);
      call.end(body);
    });
  return { ask, close: () => agent.destroy() };
}
