import type { LogEntry } from '../../src/tracking/log-entry.js';
import { DAILY, DAY, EXPERIMENT, HOUR, HOURLY, type Quarter } from './simulated-quarter.js';

const ROWS_KEPT_MS = 7 * DAY;

type Say = (what: string) => void;

/** What of the promises was not kept, in words; empty where all were. */
export async function brokenInvariants(quarter: Quarter): Promise<string[]> {
  const wrong: string[] = [];
  const say: Say = (what) => void wrong.push(what);
  const entries: LogEntry[] = [];
  for await (const entry of quarter.store.query(EXPERIMENT)) entries.push(entry);
  checkRows(quarter, say);
  checkSnapshots(quarter, say);
  checkLog(quarter, entries, say);
  await checkRetention(quarter, entries, say);
  checkIncidents(quarter, say);
  checkStatus(quarter, say);
  checkCosts(quarter, say);
  if (quarter.thrown.length > 0)
    say(`a request saw ${quarter.thrown.length} errors: ${quarter.thrown[0]}`);
  const waiting = await quarter.store.pendingDeliveries(EXPERIMENT, 10);
  if (waiting.length > 0) say(`${waiting.length} deliveries wait for ever`);
  return wrong;
}

function checkRows({ ledger, recorded, counters }: Quarter, say: Say): void {
  const twice = [...ledger.rows.values()].filter((times) => times > 1).length;
  if (twice > 0) say(`${twice} rows were written twice`);
  const lost = [...recorded].filter((row) => !ledger.rows.has(row)).length;
  const { dropped, unknown } = counters;
  if (lost > dropped + unknown)
    say(`${lost} rows are lost, ${dropped} were counted as dropped, ${unknown} as unknown`);
  if (ledger.rows.size > recorded.size)
    say(`${ledger.rows.size} rows were written, of ${recorded.size}`);
}

function checkSnapshots({ ledger, script, start }: Quarter, say: Say): void {
  for (const [model, periodMs] of [
    [HOURLY, HOUR],
    [DAILY, DAY],
  ] as const) {
    const chunks = ledger.chunks.filter(({ key }) => key === model);
    const snapshots = ledger.snapshots.filter(({ key }) => key === model);
    let seq = -1;
    let upTo = 0;
    let at = start;
    for (const told of snapshots) {
      if (told.seq !== seq + 1) say(`snapshot ${told.seq} of ${model} follows snapshot ${seq}`);
      if (told.after !== upTo)
        say(`snapshot ${told.seq} of ${model} begins after ${told.after}, not ${upTo}`);
      const inside = chunks.filter(({ pos }) => pos > told.after && pos <= told.upTo);
      const rows = inside.reduce((sum, chunk) => sum + chunk.rows, 0);
      if (rows !== told.rows)
        say(`snapshot ${told.seq} of ${model} has ${told.rows} rows, its window has ${rows}`);
      // An hour of outage, or a call that hangs, puts a capture off.
      const hour = Math.floor((told.at - start) / HOUR);
      const gap = told.at - at;
      const excused = script.outages.some(([from, to]) => hour >= from && hour <= to + 1)
        ? 2 * HOUR
        : 0;
      if (seq >= 0 && gap > 1.5 * periodMs + excused)
        say(`no capture of ${model} for ${(gap / HOUR).toFixed(1)} h up to hour ${hour}`);
      [seq, upTo, at] = [told.seq, told.upTo, told.at];
    }
    const expected = Math.floor((script.days * DAY) / periodMs);
    const missed = expected - snapshots.length;
    const excused = script.outages.length + 3;
    if (missed > (model === HOURLY ? excused : 2))
      say(`${missed} of ${expected} captures of ${model} are missing`);
    const ticks = ledger.ticks.get(model) ?? [];
    if (new Set(ticks).size !== ticks.length)
      say(`${ticks.length - new Set(ticks).size} ticks of ${model} were captured twice`);
  }
}

/** Of what nothing but age or room takes away, nothing is missing. */
function checkLog({ ledger }: Quarter, entries: readonly LogEntry[], say: Say): void {
  if (ledger.outOfOrder > 0) say(`${ledger.outOfOrder} positions were given out of order`);
  const positions = entries.map(({ pos }) => pos);
  if (positions.some((pos, index) => index > 0 && pos <= (positions[index - 1] as number)))
    say('positions are out of order');
  const kept = entries.filter(({ event }) => event === 'snapshot').length;
  if (kept !== ledger.snapshots.length)
    say(`${kept} of ${ledger.snapshots.length} snapshots are in the log`);
  const alerts = entries.filter(({ event }) => event === 'alert').length;
  if (alerts !== ledger.alerts.length)
    say(`${alerts} of ${ledger.alerts.length} alerts are in the log`);
}

async function checkRetention(
  { store, time, script, holdings }: Quarter,
  entries: readonly LogEntry[],
  say: Say,
): Promise<void> {
  for (const { hour, oldestMs, bytes } of holdings) {
    if (oldestMs > ROWS_KEPT_MS + HOUR)
      say(`rows ${oldestMs / HOUR} h old were kept at hour ${hour}`);
    if (bytes > script.maxBytes)
      say(`${bytes} bytes were held at hour ${hour}, of ${script.maxBytes}`);
  }
  // Rows that went before their time made room.
  const full = holdings.filter(
    ({ hour, oldestMs }) => hour * HOUR > ROWS_KEPT_MS && oldestMs < ROWS_KEPT_MS - DAY,
  );
  const later = holdings.filter(({ hour }) => hour * HOUR > ROWS_KEPT_MS);
  if (full.length <= later.length / 2)
    say(`the store was full on ${full.length} of ${later.length} days: too few to tell`);
  const days = new Map<string, number>();
  for await (const { key, level, dtEnd, dt } of store.parts(EXPERIMENT, { levels: [1, 2, 3, 4] })) {
    if (dtEnd >= time.now - 31 * DAY) continue;
    const day = JSON.stringify([key, Math.floor(dt / DAY), level]);
    days.set(day, (days.get(day) ?? 0) + 1);
  }
  const unfolded = [...days].filter(([day, count]) => count > 2 && day.includes(DAILY));
  if (unfolded.length > 0)
    say(`hours of ${unfolded.length} days were not folded: ${unfolded[0]?.join()}`);
  const profiles = new Map<string, number>();
  for (const { event, key, step, bytes, dtEnd } of entries) {
    const isOld = event === 'snapshot' && step !== 0 && dtEnd < time.now - 32 * DAY;
    if (!isOld || bytes === undefined || bytes.length === 0) continue;
    const day = JSON.stringify([key, Math.floor(dtEnd / DAY)]);
    profiles.set(day, (profiles.get(day) ?? 0) + 1);
  }
  const unthinned = [...profiles].filter(([, count]) => count > 1);
  if (unthinned.length > 0)
    say(`${unthinned.length} days keep more than one profile: ${unthinned[0]?.join()}`);
}

/** Each true drift opened one incident soon, which was resolved soon after it; nothing else did; all of it was told. */
function checkIncidents({ ledger, script, start, delivered }: Quarter, say: Say): void {
  const untold = ledger.alerts.filter(({ id }) => !delivered.has(id)).length;
  if (untold > 0) say(`${untold} alerts reached nobody`);
  const turns = ledger.alerts.filter(
    ({ id, event, transition }) =>
      event === 'drift' && transition !== 'updated' && id.includes(`/${HOURLY}/`),
  );
  const told = turns.map(
    ({ transition, at }) => `${transition} at ${((at - start) / HOUR).toFixed(1)}`,
  );
  const expected = script.drifts.flatMap(
    ([from, to]) =>
      [
        ['opened', from, from + 6],
        ['resolved', to, to + 30],
      ] as const,
  );
  const isRight =
    turns.length === expected.length &&
    expected.every(([transition, from, to], index) => {
      const { transition: was, at } = turns[index] as (typeof turns)[number];
      const hour = (at - start) / HOUR;
      return was === transition && hour > from && hour <= to;
    });
  if (!isRight)
    say(
      `incidents: ${told.join(', ')}; expected: ${expected.map((turn) => turn.join(' ')).join(', ')}`,
    );
}

function checkStatus({ sightings, script }: Quarter, say: Say): void {
  for (const { hour, isOut, ok, reasons } of sightings) {
    if (isOut && (ok.includes(true) || !/store|away/.test(reasons.join()))) {
      say(`hour ${hour} of an outage: ok ${ok.join()}, ${reasons.join('; ')}`);
    }
    const isCalm =
      !script.outages.some(([from, to]) => hour >= from && hour < to + 2) &&
      ![0, 1, 2].some((back) => script.hangs.has(hour - back));
    const isSkewed = script.skews.some(({ at: [from, to] }) => hour >= from && hour < to + 2);
    if (isCalm && !isSkewed && ok.includes(false))
      say(`hour ${hour} is not ok: ${reasons.join('; ')}`);
  }
  const last = sightings.at(-1);
  if (last === undefined || last.ok.includes(false))
    say(`not ok at the end: ${last?.reasons.join('; ')}`);
}

/** What is held, and what is read in a week, does not go on growing once the store is full. */
function checkCosts({ heap, reads }: Quarter, say: Say): void {
  const early = heap[1] ?? 0;
  const late = heap.at(-1) ?? 0;
  const weeks = heap.length - 2;
  // The notes of the test itself grow too.
  if (late - early > weeks * 8_000_000 + 30_000_000)
    say(`the heap grew from ${early} to ${late} bytes`);
  const before = reads[1] ?? 0;
  const after = reads.at(-1) ?? 0;
  if (after > 3 * before)
    say(`${after} entries and parts were read in the last week, ${before} in the second`);
}
