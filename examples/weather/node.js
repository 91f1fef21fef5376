import { createServer } from 'node:http';
import { json } from 'node:stream/consumers';
import { driftMiddleware } from 'leeway/node';

/** The model server on plain node:http. Without options for leeway it is the bare server. */
export function startServer({ predict, drift: options, port = 0 }) {
  const drift = options && driftMiddleware(options);
  const listener = async (req, res) => {
    const body = JSON.stringify({ temp_max: predict(await json(req)) });
    res.writeHead(200, { 'content-type': 'application/json' });
    res.end(body);
  };
  const server = createServer(drift ? drift(listener) : listener);
  return new Promise((resolve) => {
    server.listen(port, '127.0.0.1', () => resolve({ drift, server, port: server.address().port }));
  });
}
