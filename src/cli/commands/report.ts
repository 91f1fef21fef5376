import type { Verdict } from '../../drift/verdict/not-compared.js';
import { systemClock } from '../../leaves/clock.js';
import { defined } from '../../leaves/defined.js';
import { LeewayError, shown } from '../../leaves/errors.js';
import { nearestName } from '../../leaves/option-names.js';
import { loggedBaseline } from '../../monitor/baseline/pinned-baseline.js';
import { DriftMonitor } from '../../monitor/monitor.js';
import type { LoggedSettings } from '../../monitor/monitor-options.js';
import { Profile } from '../../profile/profile.js';
import type { ReportFormat } from '../../report/report.js';
import { EventLog } from '../../tracking/event-log.js';
import type { TrackingStore } from '../../tracking/store.js';
import { type Command, type CommandInput, type CommandIo, EXIT, exitOf } from '../command.js';
import { experimentsOf, STORE_PARAMETER, withStore } from '../store-argument.js';
import { safeName, safeText } from '../terminal.js';
import { checkOutput, writeWhole } from '../write-file.js';

/** What a capture notes of itself with its snapshot. */
interface Judged {
  readonly pinned?: boolean;
  readonly settings?: LoggedSettings;
}

/** What a capture by hand of a monitor without options goes by: one false alarm a month, at one capture a day. */
const DEFAULT_SETTINGS: LoggedSettings = { falseAlarmRate: 1 / 30, minRows: 100 };

/** `leeway report STORE`: the report of what a server logged. */
export const reportCommand: Command = {
  name: 'report',
  summary: 'write the report of what a server logged',
  parameters: [STORE_PARAMETER],
  options: [
    {
      name: 'experiment',
      short: 'e',
      value: 'NAME',
      description: 'the experiment (default: the only one)',
    },
    {
      name: 'model',
      short: 'm',
      value: 'NAME',
      description: 'the model (default: the only one)',
    },
    { name: 'html', value: 'FILE', description: 'write a page to open in a browser' },
    { name: 'md', value: 'FILE', description: 'write Markdown, for a pull request' },
    {
      name: 'fail-on-drift',
      description: 'exit with 1 if the latest window drifted, with 2 if there is no verdict',
    },
  ],
  examples: [
    'leeway report sqlite:.leeway/leeway.db --experiment housing --model california --html report.html',
    'leeway report postgres://localhost/leeway -e housing -m california --json',
  ],
  async run(input, io) {
    const [spec] = input.parameters as [string];
    const files = (['html', 'md'] as const).flatMap((format) => {
      const file = input.value(format);
      return file === undefined ? [] : [{ format, file }];
    });
    for (const { file } of files) await checkOutput(file);
    const { json, texts } = await withStore(spec, async (store) => {
      const monitor = await monitorOf(store, input, io);
      const texts: { file: string; text: string }[] = [];
      for (const { format, file } of files)
        texts.push({ file, text: await monitor.report({ format }) });
      return { json: await monitor.report({ format: 'json' satisfies ReportFormat }), texts };
    });
    for (const { file, text } of texts) await writeWhole(file, text);
    const { verdict, words } = JSON.parse(json) as { verdict: Verdict; words: string };
    if (input.flag('json')) io.stdout.write(`${safeText(json.trimEnd())}\n`);
    else
      io.stdout.write(
        [safeText(words), ...files.map(({ file }) => `● ${safeText(file)}`), ''].join('\n'),
      );
    return input.flag('fail-on-drift') ? exitOf(verdict) : EXIT.fine;
  },
};

/** The monitor of a model, to be asked only: it has no job and records nothing. */
async function monitorOf(
  store: TrackingStore,
  input: CommandInput,
  io: CommandIo,
): Promise<DriftMonitor> {
  const experiment = only('experiment', await experimentsOf(store, input));
  const models = await modelsOf(store, experiment);
  const named = input.value('model');
  if (named !== undefined && !models.has(named)) {
    const nearest = nearestName(named, [...models.keys()]);
    const hint =
      nearest === undefined ? 'no model has a snapshot yet' : `did you mean ${shown(nearest)}?`;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${experiment} has no snapshot of a model ${shown(named)}; ${hint}`,
    );
  }
  const model = named ?? only('model', [...models.keys()]);
  const { pinned, settings = DEFAULT_SETTINGS } = models.get(model) as Judged;
  const bytes =
    pinned === true
      ? await loggedBaseline(store, experiment, `monitors/${experiment}/${model}`)
      : undefined;
  if (pinned === true && bytes === undefined) {
    throw new LeewayError(
      'ERR_LEEWAY_STATE',
      `nothing was compared yet: the log has no baseline of ${shown(model)}`,
    );
  }
  const baseline = bytes === undefined ? undefined : Profile.fromBytes(bytes);
  return new DriftMonitor({
    model,
    log: new EventLog(experiment, store),
    store,
    clock: systemClock,
    profiling: async () => ({ baseline, profileAs: { schema: baseline?.schema } }),
    route: () => [],
    falseAlarmRate: () => settings.falseAlarmRate,
    minRows: settings.minRows,
    ...defined({
      choice: settings.choice,
      comparison: settings.comparison,
      periodMs: settings.periodMs,
    }),
    prepare: async () => {},
    notify: async () => {},
    onError: (error) => io.stderr.write(`${safeText(String(error))}\n`),
  });
}

/** The models that have snapshots, with what is noted with the latest of each. */
async function modelsOf(
  store: TrackingStore,
  experiment: string,
): Promise<ReadonlyMap<string, Judged>> {
  const models = new Map<string, Judged>();
  const latest = { order: 'newest-first', limit: 10_000, withBytes: false } as const;
  for await (const { key, value } of store.query(experiment, { events: ['snapshot'] }, latest)) {
    if (!models.has(key)) models.set(key, value as Judged);
  }
  return models;
}

/** @throws LeewayError `ERR_LEEWAY_OPTION` where there is none, or where there are several. */
function only(what: 'experiment' | 'model', names: readonly string[]): string {
  if (names.length === 1) return names[0] as string;
  const message =
    names.length === 0
      ? `there is no ${what} with a snapshot yet`
      : `there are several ${what}s: name one with --${what}: ${names.slice(0, 10).map(safeName).join(', ')}`;
  throw new LeewayError('ERR_LEEWAY_OPTION', message);
}
