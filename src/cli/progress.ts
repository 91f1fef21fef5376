import cliProgress from 'cli-progress';
import { formatCount } from '../leaves/text.js';
import type { ReadProgress } from '../readers/read-table.js';
import type { CommandIo } from './command.js';
import { size } from './figures.js';

/** Shows how far a file is read. */
export interface ReadingBar {
  update(progress: ReadProgress): void;
  stop(): void;
}

/** A bar on the terminal, on stderr so that results can be piped; nothing where stderr is no terminal. */
export function readingBar(io: CommandIo): ReadingBar {
  if (io.stderr.isTTY !== true) return { update: () => {}, stop: () => {} };
  const started = performance.now();
  const bar = new cliProgress.SingleBar({
    format: '{bar} {percentage} %  {read} of {whole}  {rows} rows  {speed} rows/s',
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 30,
    hideCursor: true,
    clearOnComplete: true,
    // An interrupt ends the command, which stops the bar; the bar itself is to listen to no signal.
    gracefulExit: false,
    stream: io.stderr,
  });
  let begun = false;
  return {
    update: ({ bytes, totalBytes, rows }) => {
      const seconds = Math.max(0.001, (performance.now() - started) / 1000);
      const shown = {
        read: size(bytes),
        whole: size(totalBytes),
        rows: formatCount(rows),
        speed: formatCount(rows / seconds),
      };
      if (begun) bar.update(bytes, shown);
      else bar.start(totalBytes, bytes, shown);
      begun = true;
    },
    stop: () => {
      if (begun) bar.stop();
    },
  };
}
