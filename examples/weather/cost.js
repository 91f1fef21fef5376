import { makeClient } from './client.js';

/** So many requests go to each server before it is measured: until then the engine compiles what it meets, and counts for both. */
const WARM_UP = 3_000;
const REQUESTS = 30;

/** So many rounds are measured, each a block of requests to either server. */
export const ROUNDS = 150;

/**
 * What leeway adds to the path of a request: CPU time of this whole process, client included, in short blocks that go to the
 * bare and to the watched server in turn, one request after the other. The median of the paired differences, in µs per
 * request: what is done once for many requests, such as collecting garbage, storing and folding, falls into few of them.
 */
export async function measureCost({ startServer, predict, days, drift }) {
  const bare = await startServer({ predict });
  const watched = await startServer({ predict, drift: { ...drift, store: 'memory:', schedule: false } });
  const clients = [makeClient(bare.port), makeClient(watched.port)];
  const block = async (client) => {
    const before = process.cpuUsage();
    for (let index = 0; index < REQUESTS; index += 1) await client.ask(days[index % days.length]);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / REQUESTS;
  };
  for (let done = 0; done < WARM_UP; done += REQUESTS) for (const client of clients) await block(client);
  const bares = [];
  const added = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const order = round % 2 === 0 ? [0, 1] : [1, 0];
    const cost = [0, 0];
    for (const which of order) cost[which] = await block(clients[which]);
    bares.push(cost[0]);
    added.push(cost[1] - cost[0]);
  }
  for (const client of clients) client.close();
  await watched.drift.close();
  for (const { server } of [bare, watched]) server.close();
  return { bare: median(bares), added: median(added) };
}

const median = (values) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
