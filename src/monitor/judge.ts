import type { ComparisonSettings } from '../drift/compare-options.js';
import { compareProfiles } from '../drift/compare-profiles.js';
import type { DriftStats } from '../drift/drift-stats.js';
import type { BlockRing } from '../profile/block-ring.js';
import type { Profile } from '../profile/profile.js';
import type { ProfileOptions } from '../profile/profile-options.js';
import type { NewEntry } from '../tracking/log-entry.js';
import type { Baselines } from './baseline/baselines.js';
import { type ModelVersions, partOf, proposalOf, versionsOf } from './baseline/model-versions.js';
import type { MonitorLog } from './log/monitor-log.js';
import type { LoggedState } from './log/monitor-state.js';
import { mergeWindows, spansOf } from './window/merged-windows.js';
import { historyOf, type Snapshot, type WindowReader } from './window/window.js';

/** What a judge needs to know. */
export interface JudgeOptions {
  readonly log: MonitorLog;
  readonly windows: WindowReader;
  readonly baselines: Baselines;
  readonly versions: ModelVersions;
  readonly comparison: ComparisonSettings;
  /** The chance per capture that a table without drift is called drifting. */
  readonly falseAlarmRate: () => number;
  readonly minRows: number;
  readonly profileAs: ProfileOptions;
}

/** What a window is compared with, and which of its rows. */
interface Subject {
  readonly baseline: Snapshot;
  readonly current: Snapshot;
  /** How much windows vary by themselves, where the baseline does not tell. */
  readonly history: BlockRing | undefined;
  /** What of an earlier snapshot may be judged together with the current. */
  readonly pick: (snapshot: Snapshot) => Snapshot | undefined;
}

/** A judged window. */
export interface Judgement {
  /** `undefined`: there is nothing to compare with yet, or only versions that are new. */
  readonly stats: DriftStats | undefined;
  /** What it was compared with. */
  readonly baseline: Snapshot | undefined;
  /** What is to be noted of the versions met. */
  readonly notes: readonly NewEntry[];
  /** Versions that were seen for the first time. */
  readonly fresh: readonly string[];
}

/** Judges windows: each version of the model for itself once two are live, and with the windows before where it is quiet alone. */
export class Judge {
  readonly #options: JudgeOptions;

  constructor(options: JudgeOptions) {
    this.#options = options;
  }

  /** Compares two snapshots at a rate. */
  compare(
    from: Snapshot,
    to: Snapshot,
    falseAlarmRate: number = this.#options.falseAlarmRate(),
    history: BlockRing | undefined = from.history,
  ): DriftStats {
    const { comparison, minRows } = this.#options;
    return compareProfiles(from.profile, to.profile, {
      ...comparison,
      falseAlarmRate,
      minRows,
      history,
      windows: { baseline: from.window, current: to.window },
    });
  }

  /**
   * Judges a window, by number. Of several versions each has an equal share of the level; the first that drifted speaks, else the one with
   * most rows.
   */
  async judge(state: LoggedState, latest: Snapshot, seq: number): Promise<Judgement> {
    const { baselines, versions: models, falseAlarmRate } = this.#options;
    const baseline = await baselines.of(state, seq, latest.window);
    if (baseline === undefined) return { stats: undefined, baseline, notes: [], fresh: [] };
    const versions = versionsOf(latest.profile);
    const fresh = models.fresh(state, versions, baseline.profile);
    const subjects = await this.#subjects(
      state,
      latest,
      baseline,
      versions.filter((version) => !fresh.includes(version)),
    );
    const notes = [
      ...models.knownNotes(state, versions, baseline.profile),
      ...fresh.flatMap((version) => this.#propose(latest, seq, version, fresh)),
    ];
    let stats: DriftStats | undefined;
    for (const subject of subjects) {
      const own = await this.#judgeSubject(state, subject, seq, falseAlarmRate() / subjects.length);
      if (stats === undefined || (own.drift && !stats.drift)) stats = own;
    }
    return { stats, baseline, notes, fresh };
  }

  /** What is compared with what. While one version is live it is the window as a whole. */
  async #subjects(
    state: LoggedState,
    latest: Snapshot,
    baseline: Snapshot,
    versions: readonly string[],
  ): Promise<Subject[]> {
    const { minRows } = this.#options;
    const [only] = versions;
    if (latest.profile.versions.size === 0) {
      if (only !== undefined) return [await this.#subjectOf(state, only, latest, baseline)];
      const isUnnamed =
        latest.profile.version !== undefined && versionsOf(latest.profile).length === 0;
      return isUnnamed
        ? [{ baseline, current: latest, history: baseline.history, pick: (snapshot) => snapshot }]
        : [];
    }
    const subjects: Subject[] = [];
    for (const version of versions) {
      subjects.push(await this.#subjectOf(state, version, latest, baseline));
    }
    // Rows that tell no version are what the baseline's were.
    const rest = latest.profile.versions.get('');
    if (rest !== undefined) {
      const pick = ({ profile, window }: Snapshot): Snapshot | undefined => {
        const part = profile.versions.size === 0 ? profile : profile.versions.get('');
        return part === undefined
          ? undefined
          : { profile: part, window: { ...window, version: null } };
      };
      const current = { profile: rest, window: { ...latest.window, version: null } };
      const own = pick(baseline) ?? baseline;
      subjects.push({ baseline: own, current, history: historyBeside(own, baseline), pick });
    }
    return subjects
      .filter(({ current }) => current.profile.rows >= minRows)
      .sort((a, b) => b.current.profile.rows - a.current.profile.rows);
  }

  async #subjectOf(
    state: LoggedState,
    version: string,
    latest: Snapshot,
    baseline: Snapshot,
  ): Promise<Subject> {
    const { versions, windows } = this.#options;
    const current = partOf(latest, version) as Snapshot;
    const own = await versions.baselineOf(state, version);
    const pick = (snapshot: Snapshot): Snapshot | undefined => partOf(snapshot, version);
    if (own !== undefined)
      return { baseline: own, current, history: historyBeside(own, baseline), pick };
    const general =
      baseline.profile.versions.size === 0 ? baseline : (partOf(baseline, version) ?? baseline);
    const proposal = proposalOf(state, version);
    const history = historyBeside(general, baseline);
    if (proposal?.state !== 'pending') return { baseline: general, current, history, pick };
    // What the new version answers is its own; the world shows in the inputs that both versions take.
    const first = await windows.kept(proposal.seq);
    const firstRows = first === undefined ? undefined : partOf(first, version)?.profile;
    const keep = (name: string): boolean =>
      !name.startsWith('Y_') && (firstRows === undefined || firstRows.column(name) !== undefined);
    const inputsOf = ({ profile, window }: Snapshot): Snapshot => ({
      profile: profile.picked(keep),
      window,
    });
    const inputs = inputsOf(general);
    return {
      baseline: inputs,
      current: inputsOf(current),
      history: historyBeside(inputs, baseline),
      pick: (snapshot) => {
        const part = pick(snapshot);
        return part === undefined ? undefined : inputsOf(part);
      },
    };
  }

  /** A version that is new with enough rows: compared, on the same hours, with the one that most rows came from. */
  #propose(latest: Snapshot, seq: number, version: string, fresh: readonly string[]): NewEntry[] {
    const { versions, minRows } = this.#options;
    const part = partOf(latest, version) as Snapshot;
    if (part.profile.rows < minRows) return [];
    const [other] = versionsOf(latest.profile)
      .filter((name) => !fresh.includes(name))
      .map((name) => partOf(latest, name) as Snapshot)
      .sort((a, b) => b.profile.rows - a.profile.rows);
    const isKnown = other !== undefined && other.profile.rows >= minRows;
    const proposal = {
      version,
      seq,
      rows: part.profile.rows,
      against: isKnown ? (other.window.version ?? null) : null,
      drifted: isKnown ? this.compare(other, part).drifted : null,
    };
    return [versions.proposalNote(proposal)];
  }

  /**
   * Judges a window, and where it is quiet, the latest 4 and 24 together; each with an equal share of the level.
   *
   * @returns the first comparison that found drift, else that of the window alone.
   */
  async #judgeSubject(
    state: LoggedState,
    { baseline, current, history, pick }: Subject,
    seq: number,
    level: number,
  ): Promise<DriftStats> {
    const { baselines, windows, profileAs } = this.#options;
    const spans = baselines.moves(state) ? [1] : spansOf(seq - baselines.lastSnapshot(state));
    const rate = level / spans.length;
    const alone = this.compare(baseline, current, rate, history);
    if (alone.drift || spans.length === 1) return alone;
    const loud = await this.#loudSince(seq - (spans.at(-1) as number));
    for (const span of spans.slice(1)) {
      const earlier = async (back: number): Promise<Snapshot | undefined> => {
        const snapshot = loud.has(seq - back) ? undefined : await windows.kept(seq - back);
        return snapshot === undefined ? undefined : pick(snapshot);
      };
      const merged = await mergeWindows(current, span, earlier, profileAs);
      if (merged === undefined) break;
      const together = this.compare(baseline, merged, rate, history);
      if (together.drift) return together;
    }
    return alone;
  }

  /** The snapshots since a number that drifted by themselves. */
  async #loudSince(from: number): Promise<ReadonlySet<number>> {
    const { log, windows } = this.#options;
    const loud = new Set<number>();
    for await (const entry of log.latest('drift', { limit: 24, withBytes: false })) {
      const { counts, windows: compared } = entry.value as unknown as Pick<
        DriftStats,
        'counts' | 'windows'
      >;
      const step = entry.step ?? -1;
      if (step < from) continue;
      // One whose profile is kept no longer can't be merged with others anyhow.
      const snapshot = await windows.kept(step);
      if (
        snapshot !== undefined &&
        compared.current.seq === step &&
        counts.current === rowsOf(snapshot, compared.current.version)
      )
        loud.add(step);
    }
    return loud;
  }
}

function rowsOf(snapshot: Snapshot, version: string | null | undefined): number | undefined {
  const part: Profile | undefined =
    typeof version === 'string' ? partOf(snapshot, version)?.profile : snapshot.profile;
  return part?.rows;
}

/** Versions, and what is picked of a baseline, vary as it does as a whole. */
function historyBeside(own: Snapshot, baseline: Snapshot): BlockRing | undefined {
  return own.profile.blocks === undefined ? historyOf(baseline) : baseline.history;
}
