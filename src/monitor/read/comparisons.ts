import type { Clock } from '../../leaves/clock.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError, shown } from '../../leaves/errors.js';
import { checkOptionNames } from '../../leaves/option-names.js';
import { Profile } from '../../profile/profile.js';
import { timeOf } from '../../tracking/event-query.js';
import { partOf } from '../baseline/model-versions.js';
import type { MonitorKind } from '../log/monitor-kind.js';
import { columnsInHand, type DataInHand } from '../window/tables.js';
import type { Snapshot } from '../window/window.js';

/** Data to compare: a profile, or X and Y. Data without either is X of a model. */
export type GivenData = Profile | DataInHand;

/** Which snapshots or data are compared. */
export interface CompareQuery {
  /**
   * - `'recent'`: the latest snapshot with the one before it
   * - `'baseline'`: the latest with the baseline; with `since`, every one since then with the baseline
   * - `'series'`: each snapshot with the one before it
   * - numbers: each snapshot with the one before it in the list; negative numbers count back from the latest
   *
   * @default 'recent'
   */
  readonly seq?: 'recent' | 'baseline' | 'series' | readonly number[];
  /**
   * The baseline of this comparison: the number of a snapshot (negative numbers count back), or data. Nothing is logged.
   *
   * @default the monitor's own
   */
  readonly baseline?: number | GivenData;
  /** Data to compare instead of a snapshot. Nothing is logged. @default the latest snapshot */
  readonly current?: GivenData;
  /** omega-ml's name for data as `baseline`. */
  readonly d1?: GivenData;
  /** omega-ml's name for `current`. */
  readonly d2?: GivenData;
  /** The confidence of the verdict: 1 − the probability of reporting drift in a table without drift. @default the monitor's budget */
  readonly ci?: number;
  /** The current names of renamed columns, by their names in the baseline. Columns are never matched by position. */
  readonly matcher?: Readonly<Record<string, string>>;
  /** Two versions of the model. The second is compared with the first in the same hours: those of the latest snapshot that has both. */
  readonly versions?: readonly [string, string];
  /** Only snapshots whose window ended at or after this time: a date, epoch ms, or a duration back from now. */
  readonly since?: Date | number | string;
}

const OPTION_NAMES: readonly (keyof CompareQuery)[] = [
  'seq',
  'baseline',
  'current',
  'd1',
  'd2',
  'ci',
  'matcher',
  'versions',
  'since',
];

/** Where snapshots come from. */
export interface ComparableSnapshots {
  /** The number of the latest; −1 where there is none. */
  readonly last: number;
  readonly snapshot: (seq: number) => Promise<Snapshot>;
  /** A snapshot whose profile may be kept no longer. */
  readonly kept: (seq: number) => Promise<Snapshot | undefined>;
  /** When each snapshot's window ended, by its number, epoch ms; also of those whose profile is kept no longer. */
  readonly ends: () => Promise<ReadonlyMap<number, number | null>>;
  /** What a snapshot is compared with. @throws LeewayError `ERR_LEEWAY_STATE` where there is nothing yet. */
  readonly baseline: (current: Snapshot) => Promise<Snapshot>;
  /** The first that is compared with the baseline, and is not the baseline itself. */
  readonly firstCompared: number;
  readonly clock: Clock;
  readonly model: string;
  readonly kind: MonitorKind;
}

/**
 * The pairs that a query asks for, oldest first.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it makes no sense, `ERR_LEEWAY_STATE` where a snapshot does not exist.
 */
export async function pairsOf(
  asked: CompareQuery,
  source: ComparableSnapshots,
): Promise<[Snapshot, Snapshot][]> {
  checkQuery(asked);
  const query = withoutAliases(asked);
  const { baseline, current, versions } = query;
  const isOfData = current !== undefined || isData(baseline);
  const { seq = isOfData ? 'baseline' : 'recent' } = query;
  if (versions !== undefined) return [matchedPair(await versionPair(versions, source), query)];
  if (isOfData) {
    const to =
      current === undefined
        ? await source.snapshot(resolveSnapshotNumber(-1, source))
        : given(current, source.kind);
    return [matchedPair([await baselineOf(to, query, source), to], query)];
  }
  const numbers = await numbersOf(seq, query, source);
  const pairs: [Snapshot, Snapshot][] = [];
  if (seq === 'baseline') {
    for (const number of numbers) {
      const to = await source.snapshot(number);
      pairs.push(matchedPair([await baselineOf(to, query, source), to], query));
    }
  } else {
    for (let index = 1; index < numbers.length; index += 1) {
      const from = await source.snapshot(numbers[index - 1] as number);
      pairs.push(matchedPair([from, await source.snapshot(numbers[index] as number)], query));
    }
  }
  return pairs;
}

async function baselineOf(
  to: Snapshot,
  { baseline }: CompareQuery,
  source: ComparableSnapshots,
): Promise<Snapshot> {
  if (baseline === undefined) return source.baseline(to);
  return isData(baseline)
    ? given(baseline, source.kind)
    : source.snapshot(resolveSnapshotNumber(baseline, source));
}

const isData = (side: CompareQuery['baseline']): side is GivenData =>
  typeof side === 'object' && side !== null;

/** A checked query with omega-ml's words in ours. */
function withoutAliases({ d1, d2, ...query }: CompareQuery): Omit<CompareQuery, 'd1' | 'd2'> {
  return { ...query, ...defined({ baseline: query.baseline ?? d1, current: query.current ?? d2 }) };
}

/** Two versions in the latest snapshot that has both. */
async function versionPair(
  [before, now]: readonly [string, string],
  source: ComparableSnapshots,
): Promise<[Snapshot, Snapshot]> {
  for (let seq = source.last; seq >= 0; seq -= 1) {
    const snapshot = await source.kept(seq);
    if (snapshot === undefined || snapshot.profile.versions.size === 0) continue;
    const from = partOf(snapshot, before);
    const to = partOf(snapshot, now);
    if (from !== undefined && to !== undefined) return [from, to];
  }
  throw new LeewayError(
    'ERR_LEEWAY_STATE',
    `no snapshot of ${JSON.stringify(source.model)} has rows of both ${shown(before)} and ${shown(now)}`,
  );
}

function checkQuery(query: CompareQuery): void {
  checkOptionNames('compare', query, OPTION_NAMES);
  const { seq, ci, baseline, current, d1, d2, matcher, versions } = query;
  const refuse = (what: string, expected: string, got: unknown): never => {
    throw new LeewayError('ERR_LEEWAY_OPTION', `${what} must be ${expected}, got ${shown(got)}`);
  };
  const named = seq === undefined || seq === 'recent' || seq === 'baseline' || seq === 'series';
  const listed = Array.isArray(seq) && seq.length >= 2 && seq.every(Number.isInteger);
  if (!named && !listed)
    refuse('seq', "'recent', 'baseline', 'series' or two or more snapshot numbers", seq);
  if (ci !== undefined && !(ci > 0 && ci < 1)) refuse('ci', 'between 0 and 1', ci);
  if (baseline !== undefined && !isData(baseline) && !Number.isInteger(baseline))
    refuse('baseline', "a snapshot's number, or data", baseline);
  if (current !== undefined && !isData(current)) refuse('current', 'data', current);
  if (baseline !== undefined && d1 !== undefined) refuse('d1', 'left out if baseline is given', d1);
  if (current !== undefined && d2 !== undefined) refuse('d2', 'left out if current is given', d2);
  const isPair =
    Array.isArray(versions) &&
    versions.length === 2 &&
    versions.every((name) => typeof name === 'string');
  if (versions !== undefined && !isPair) refuse('versions', 'two names', versions);
  const isNames =
    matcher === undefined ||
    (typeof matcher === 'object' && matcher !== null && !Array.isArray(matcher));
  if (!isNames || !Object.values(matcher ?? {}).every((name) => typeof name === 'string')) {
    refuse('matcher', 'an object of new names by old ones', matcher);
  }
}

/** @throws LeewayError `ERR_LEEWAY_STATE` where there is no such snapshot. */
export function resolveSnapshotNumber(
  index: number,
  { last, model }: Pick<ComparableSnapshots, 'last' | 'model'>,
): number {
  const seq = index < 0 ? last + 1 + index : index;
  if (seq >= 0 && seq <= last) return seq;
  const whose = JSON.stringify(model);
  const why =
    last < 0
      ? `${whose} has no snapshot yet; a capture takes one, and status() reports when the next capture is`
      : `there is no snapshot ${index} of ${whose}: it has ${last + 1}`;
  throw new LeewayError('ERR_LEEWAY_STATE', why);
}

async function numbersOf(
  seq: Exclude<CompareQuery['seq'], undefined>,
  { since, baseline }: CompareQuery,
  source: ComparableSnapshots,
): Promise<number[]> {
  const { last, firstCompared, clock } = source;
  const after = since === undefined ? undefined : timeOf('since', since, clock);
  const all = (from: number): number[] =>
    Array.from({ length: Math.max(0, last + 1 - from) }, (_, n) => from + n);
  if (typeof seq !== 'string') return seq.map((index) => resolveSnapshotNumber(index, source));
  if (seq === 'recent')
    return [resolveSnapshotNumber(-2, source), resolveSnapshotNumber(-1, source)];
  if (seq === 'baseline' && after === undefined) return [resolveSnapshotNumber(-1, source)];
  const own = typeof baseline === 'number' ? resolveSnapshotNumber(baseline, source) : undefined;
  const candidates =
    seq === 'series' ? all(0) : all(own === undefined ? firstCompared : 0).filter((n) => n !== own);
  const ends = after === undefined ? undefined : await source.ends();
  const isAfter = (n: number): boolean =>
    after === undefined || (ends?.get(n) ?? Number.POSITIVE_INFINITY) >= after;
  const kept = candidates.filter(isAfter);
  const needed = seq === 'series' ? 2 : 1;
  if (kept.length >= needed) return kept;
  throw new LeewayError(
    'ERR_LEEWAY_STATE',
    `there are ${kept.length} snapshots to compare; the comparison needs ${needed}`,
  );
}

function given(data: GivenData, kind: MonitorKind): Snapshot {
  const window = { seq: null, from: null, to: null };
  if (data instanceof Profile) return { profile: data, window };
  const profile = new Profile();
  const { columns, rows } = columnsInHand(data, kind);
  profile.addColumns(columns, 0, rows);
  return { profile, window };
}

function matchedPair(
  [from, to]: [Snapshot, Snapshot],
  { matcher }: CompareQuery,
): [Snapshot, Snapshot] {
  return [matcher === undefined ? from : { ...from, profile: from.profile.renamed(matcher) }, to];
}
