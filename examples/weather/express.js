import express from 'express';
import { driftMiddleware } from 'leeway/express';

/** The model server on Express. Without options for leeway it is the bare server. */
export function startServer({ predict, drift: options, port = 0 }) {
  const app = express();
  app.use(express.json());

  const drift = options && driftMiddleware(options);
  if (drift) app.use(drift);

  app.post('/predict', (req, res) => {
    res.json({ temp_max: predict(req.body) });
  });

  return new Promise((resolve) => {
    const server = app.listen(port, '127.0.0.1', () =>
      resolve({ drift, server, port: server.address().port }),
    );
  });
}
