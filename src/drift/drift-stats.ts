import { defined } from '../leaves/defined.js';
import { LeewayError } from '../leaves/errors.js';
import type { Profile } from '../profile/profile.js';
import type {
  ComparedProfiles,
  DescribedColumn,
  DriftStatsJson,
  FailedStatistic,
} from './drift-stats-json.js';
import { ColumnStats } from './show/column-stats.js';
import type { PlotOptions, RowSelection } from './show/plot-comparison.js';
import { plotComparison } from './show/plot-comparison.js';
import { tableText } from './show/table-text.js';
import { type RankCorrelations, rankCorrelations } from './statistics/joint.js';
import { type DriftRow, kindOf } from './verdict/drift-row.js';
import { type NotCompared, silentOf, type Verdict } from './verdict/not-compared.js';
import { readStoredComparison } from './verdict/stored-comparison.js';

/** The content of a comparison. */
export interface DriftStatsContent
  extends Omit<DriftStatsJson, 'drift' | 'verdict' | 'rows' | 'segments'> {
  readonly notCompared: readonly NotCompared[];
  /** Columns that were compared. */
  readonly compared: readonly string[];
  readonly rows: readonly DriftRow[] | (() => readonly DriftRow[]);
  readonly profiles?: ComparedProfiles;
  readonly segments?: readonly (readonly [name: string, stats: DriftStats])[];
  /** The comparison of metrics. Its rows are added to those of the table. */
  readonly metrics?: DriftStats;
}

/**
 * The result of a comparison: a small table with a row per column and statistic, and helpers to read it. `drift` is the
 * table's verdict. Report, alert and exit code all follow it.
 */
export class DriftStats {
  readonly #content: Omit<DriftStatsContent, 'rows' | 'segments' | 'profiles' | 'metrics'>;
  readonly #profiles: ComparedProfiles | undefined;
  readonly #compute: () => readonly DriftRow[];
  #rows: readonly DriftRow[] | undefined;
  #pairs: readonly DriftStats[] | undefined;
  /** The comparison of each segment by itself; empty if no segment was compared. */
  readonly segments: ReadonlyMap<string, DriftStats>;

  /**
   * @param content the rows may be a function. Statistics that only report are then computed at the first read.
   * @internal
   */
  constructor(content: DriftStatsContent) {
    const { rows, outcome, settings, counts, windows, profiles, segments = [], metrics } = content;
    this.#content = {
      outcome,
      settings,
      counts,
      windows,
      drifted: [...content.drifted, ...(metrics?.drifted ?? [])],
      compared: [...content.compared, ...(metrics?.compared ?? [])],
      notCompared: [...content.notCompared, ...(metrics?.notCompared ?? [])],
    };
    this.#profiles = profiles;
    this.segments = new Map(segments);
    const own = typeof rows === 'function' ? rows : () => rows;
    this.#compute = metrics === undefined ? own : () => [...own(), ...metrics.rows];
  }

  /**
   * Joins several comparisons into one table, oldest first. Every pair has its rows, which differ by `baselineSeq` and
   * `currentSeq`. `drift` is true if one of the comparisons found drift. Counts, windows and columns are those of the last one.
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` if there is no comparison.
   */
  static series(pairs: readonly DriftStats[]): DriftStats {
    const last = pairs.at(-1);
    if (last === undefined)
      throw new LeewayError('ERR_LEEWAY_OPTION', 'a series needs at least one comparison');
    if (pairs.length === 1) return last;
    const { outcome, settings, counts, windows, compared, notCompared: silent } = last;
    const drifted = [...new Set(pairs.flatMap((pair) => pair.drifted))];
    const rows = (): DriftRow[] => pairs.flatMap((pair) => [...pair.rows]);
    const profiles = last.#profiles === undefined ? {} : { profiles: last.#profiles };
    const series = new DriftStats({
      drifted,
      compared,
      notCompared: silent,
      rows,
      outcome,
      settings,
      counts,
      windows,
      ...profiles,
    });
    series.#pairs = [...pairs];
    return series;
  }

  /** An empty comparison: no rows, no drift. */
  static none(): DriftStats {
    const window = { seq: null, from: null, to: null };
    const none = new DriftStats({
      rows: [],
      drifted: [],
      compared: [],
      notCompared: [],
      outcome: 'compared',
      windows: { baseline: window, current: window },
      settings: { falseAlarmRate: 0, minRows: 0 },
      counts: { baseline: 0, current: 0 },
    });
    none.#pairs = [];
    return none;
  }

  /** The comparisons that were joined; for a single comparison, itself. */
  get pairs(): readonly DriftStats[] {
    return this.#pairs ?? [this];
  }

  /** The verdict on the table: whether a column drifted in the whole table, or in a segment. */
  get drift(): boolean {
    if (this.#pairs !== undefined) return this.#pairs.some((pair) => pair.drift);
    return this.#content.drifted.length > 0 || this.driftedSegments.length > 0;
  }

  /**
   * The verdict as a word: `drift`; `no drift` if at least one column was compared and none drifted; `none` if nothing could
   * be compared, because there were too few rows or for the reasons in `notCompared`.
   */
  get verdict(): Verdict {
    if (this.drift) return 'drift';
    if (this.#pairs !== undefined) return this.#pairs.at(-1)?.verdict ?? 'none';
    const isKnown =
      this.compared.length > 0 ||
      [...this.segments.values()].some(({ verdict }) => verdict !== 'none');
    return this.outcome === 'compared' && isKnown ? 'no drift' : 'none';
  }

  /** The columns that were compared. The verdict covers only these. */
  get compared(): readonly string[] {
    return this.#content.compared;
  }

  /** The columns that were not compared, with reasons. */
  get notCompared(): readonly NotCompared[] {
    return this.#content.notCompared;
  }

  /** The statistics that could not be computed, of all columns. */
  get failed(): readonly FailedStatistic[] {
    return this.rows
      .filter(({ statistic, error }) => statistic !== 'mean' && error !== undefined)
      .map(({ column, statistic, error }) => ({ column, statistic, error: error as string }));
  }

  /** The names of segments with drift. */
  get driftedSegments(): readonly string[] {
    return [...this.segments].filter(([, stats]) => stats.drift).map(([name]) => name);
  }

  /** The columns that drifted in the whole table, in its order. */
  get drifted(): readonly string[] {
    return this.#content.drifted;
  }

  /** `too-few` if either side had fewer rows than a verdict needs. */
  get outcome(): 'compared' | 'too-few' {
    return this.#content.outcome;
  }

  get rows(): readonly DriftRow[] {
    this.#rows ??= this.#compute();
    return this.#rows;
  }

  /** All columns: first those of the baseline in their order, then new ones. */
  get columns(): string[] {
    return [...new Set(this.rows.map((row) => row.column))];
  }

  /** The number of rows on each side. */
  get counts(): DriftStatsJson['counts'] {
    return this.#content.counts;
  }

  /** The settings of the comparison. */
  get settings(): DriftStatsJson['settings'] {
    return this.#content.settings;
  }

  /** The windows that were compared. */
  get windows(): DriftStatsJson['windows'] {
    return this.#content.windows;
  }

  /** The rows of a column, of a statistic, or of both. */
  select(selection: RowSelection): DriftRow[] {
    return this.rows.filter(
      (row) =>
        (selection.column === undefined || row.column === selection.column) &&
        (selection.statistic === undefined || row.statistic === selection.statistic) &&
        (selection.seq === undefined || row.currentSeq === selection.seq),
    );
  }

  /** One row per column, its verdict. Drifted columns first, then by score. */
  summary(): DriftRow[] {
    return this.select({ statistic: 'mean' }).sort(
      (a, b) =>
        Number(b.drift) - Number(a.drift) || b.score - a.score || (a.column < b.column ? -1 : 1),
    );
  }

  /** Whether the profiles are present, so that columns can be described and plotted. */
  get described(): boolean {
    return this.#profiles !== undefined;
  }

  /** Every column in figures, on both sides, with its verdict. Drifted columns first, then by score. */
  describe(): DescribedColumn[] {
    return this.summary().map(({ column, kind, drift, outcome, score, pValue, note, error }) => ({
      column,
      kind,
      drift,
      outcome,
      score,
      pValue,
      ...defined({ note, error }),
      baseline: this.baseline(column).describe(),
      current: this.current(column).describe(),
    }));
  }

  /** A column of the baseline. */
  baseline(column: string): ColumnStats {
    return new ColumnStats(this.#holding('baseline', column), column, 'baseline');
  }

  /** A column of the current window. */
  current(column: string): ColumnStats {
    return new ColumnStats(this.#holding('current', column), column);
  }

  /** omega-ml's name for `current`. */
  target(column: string): ColumnStats {
    return this.current(column);
  }

  /**
   * Plots one column, or all columns if none is named, as SVG.
   *
   * - `dist` (default for a column): baseline and current over each other; categories as bars
   * - `hist`: pairs of bars, `box`: quartiles; `sample: false` draws numbers of rows instead of shares
   * - `time`: the column's score, or that of `statistic`, from window to window, if several were compared
   * - `overview` (default without a column): the score of every column
   * - `correlation`: how the rank correlation of each pair changed
   *
   * @throws LeewayError `ERR_LEEWAY_OPTION` if the kind is unknown, needs a column, or the column is unknown.
   */
  plot(what: string | PlotOptions = {}): string {
    return plotComparison(this, typeof what === 'string' ? { column: what } : what);
  }

  /** Rank correlations (Spearman) of the numeric columns on one side, in the sample of rows that its profile keeps. */
  correlations(side: 'baseline' | 'current'): RankCorrelations {
    return rankCorrelations(this.#side(side));
  }

  /** By how much each correlation changed, of the columns that both sides know. */
  correlationChange(): RankCorrelations {
    const before = this.correlations('baseline');
    const now = this.correlations('current');
    const columns = before.columns.filter((name) => now.columns.includes(name));
    const at = (side: RankCorrelations, row: string, column: string): number =>
      side.values[side.columns.indexOf(row)]?.[side.columns.indexOf(column)] ?? Number.NaN;
    const values = columns.map((row) =>
      columns.map((column) => at(now, row, column) - at(before, row, column)),
    );
    return { columns, values };
  }

  /** Plain data, without the profiles. `DriftStats.fromJSON` reads it back. */
  toJSON(): DriftStatsJson {
    const { drifted, notCompared: silent, outcome, settings, counts, windows } = this.#content;
    const segments = [...this.segments].map(([name, stats]): [string, DriftStatsJson] => {
      const decisive = stats.rows.filter((row) => row.statistic === 'mean' || row.drift);
      return [name, { ...stats.toJSON(), rows: decisive }];
    });
    return {
      drift: this.drift,
      verdict: this.verdict,
      drifted,
      notCompared: silent,
      outcome,
      rows: this.rows,
      settings,
      counts,
      windows,
      ...(segments.length > 0 && { segments }),
    };
  }

  /** A table for a console. */
  toString(): string {
    return tableText(this);
  }

  /** A comparison read back; hand in the profiles where its columns are to be described or drawn. */
  static fromJSON(stored: DriftStatsJson, profiles?: ComparedProfiles): DriftStats {
    const json = readStoredComparison(stored);
    if (!Array.isArray(json?.rows) || json.counts === undefined || json.windows === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_FORMAT',
        'not a leeway comparison: rows, counts or windows are missing',
      );
    }
    const columns = json.rows.filter((row) => row.statistic === 'mean');
    const drifted = columns.filter((row) => row.drift).map((row) => row.column);
    const silent = json.notCompared ?? silentOf(columns);
    const isSilent = new Set(silent.map(({ column }) => column));
    const compared = columns.map(({ column }) => column).filter((column) => !isSilent.has(column));
    const segments = (json.segments ?? []).map(([name, part]) => {
      const baseline = profiles?.baseline.segments.get(name);
      const current = profiles?.current.segments.get(name);
      const both =
        baseline === undefined || current === undefined ? undefined : { baseline, current };
      return [name, DriftStats.fromJSON(part, both)] as const;
    });
    return new DriftStats({
      ...json,
      drifted,
      compared,
      notCompared: silent,
      segments,
      ...defined({ profiles }),
    });
  }

  /** The profile of a side that has the column: metrics have one of their own. */
  #holding(side: keyof ComparedProfiles, column: string): Profile {
    const profile = this.#side(side);
    return kindOf(column) === 'metrics' && profile.column(column) === undefined
      ? (profile.metrics ?? profile)
      : profile;
  }

  #side(side: keyof ComparedProfiles): Profile {
    if (this.#profiles === undefined) {
      throw new LeewayError(
        'ERR_LEEWAY_STATE',
        'this comparison was read back without its profiles',
      );
    }
    return this.#profiles[side];
  }
}

// What `console.log` shows in Node; elsewhere the symbol means nothing.
Object.defineProperty(DriftStats.prototype, Symbol.for('nodejs.util.inspect.custom'), {
  value(this: DriftStats) {
    return this.toString();
  },
});
