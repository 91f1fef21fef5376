import { createServer } from 'node:http';
import express from 'express';
import { Hono } from 'hono';
import { type Alert, experiment, LeewayError, memoryStore } from 'leeway';
import { driftMiddleware } from 'leeway/express';
import { driftMiddleware as forFetch } from 'leeway/fetch';
import { driftMiddleware as forHono } from 'leeway/hono';
import { driftMiddleware as forNode } from 'leeway/node';
import { compareProfiles, profileTable } from 'leeway/profile';
import { ksTest } from 'leeway/stats';
import { type CreateStore, describeStore } from 'leeway/testing';

const createStore: CreateStore = ({ clock }) => ({ store: memoryStore({ clock }) });
describeStore('ours', createStore, {
  describe() {},
  it() {},
  expect: () => ({ toBe() {}, toEqual() {} }),
});

const alerts: Alert[] = [];
const drift = driftMiddleware({
  experiment: 'shop',
  model: 'price',
  match: 'POST /predict',
  store: memoryStore(),
  onAlert: (alert) => alerts.push(alert),
});
const app = express();
app.use(express.json());
app.use(drift);
new Hono().use(forHono({ experiment: 'shop', store: 'memory:' }));
createServer(forNode({ experiment: 'shop', store: 'memory:' })((_req, res) => res.end()));
forFetch({ experiment: 'shop', store: 'memory:' })(async (request: Request) =>
  Response.json(await request.json()),
);

drift.record({ X: [{ a: 1 }], Y: [2] });
await drift.flush();
const { rows } = await drift.experiment.data({ event: 'predict', run: -1 });
const stats = compareProfiles(profileTable({ a: [1, 2, 3] }), profileTable({ a: [1, 2, 3] }));
const { pValue }: { pValue: number } = ksTest([1, 2, 3], [2, 3, 4]);
try {
  experiment('');
} catch (error) {
  if (!(error instanceof LeewayError) || error.code !== 'ERR_LEEWAY_OPTION') throw error;
}
const state: string = drift.status().state;
await drift.close();
console.log(
  `${rows.length} call, state ${state}, drift ${stats.drift}, p ${pValue.toFixed(1)}, ${alerts.length} alerts`,
);
