// One of several server processes on one log: `node server.js`, with PORT and DATABASE_URL. Its alerts go to standard output.
import express from 'express';
import { driftMiddleware } from 'leeway/express';
import { baseline } from './traffic.js';

const drift = driftMiddleware({
  experiment: 'fleet',
  model: 'price',
  match: 'POST /predict',
  features: ['area', 'rooms'],
  outputs: ['price'],
  store: process.env.DATABASE_URL,
  baseline: baseline(),
  schedule: process.env.SCHEDULE,
  onAlert: (alert) => console.log(JSON.stringify({ alert: alert.title })),
  onError: (error) => console.error(error.message),
});

const app = express();
app.use(express.json());
app.use(drift);
app.post('/predict', (req, res) => {
  res.json({ predictions: req.body.instances.map(([area, rooms]) => [3 * area + 10 * rooms]) });
});
app.post('/flush', async (_req, res) => res.json(await drift.flush()));
app.get('/status', (_req, res) => res.json(drift.status()));
const server = app.listen(0, '127.0.0.1', () =>
  console.log(JSON.stringify({ port: server.address().port })),
);
