import { defineConfig } from 'vitest/config';

// `npm test` runs what is quick, `npm run test:slow` the rest; test/README.md says what goes where.
const isSlow = process.env.LEEWAY_SUITE === 'slow';
const NAME = isSlow ? '*.slow.test.ts' : '*.test.ts';
const EXCLUDED = ['**/node_modules/**', ...(isSlow ? [] : ['**/*.slow.test.ts'])];

/** These touch nothing outside of their file, so they share processes: to start one takes longer than most of them run. */
const PURE = [
  'alert',
  'cells',
  'chart',
  'drift',
  'laws',
  'leaves',
  'profile',
  'readers',
  'record',
  'report',
  'schedule',
  'sketch',
  'stats',
  'watch',
  'wire',
];
const pure = PURE.map((room) => `test/${room}/**/${NAME}`);

export default defineConfig({
  test: {
    globalSetup: ['test/fixtures/postgres-setup.ts'],
    teardownTimeout: 120_000,
    projects: [
      { extends: true, test: { name: 'pure', include: pure, exclude: EXCLUDED, isolate: false } },
      {
        extends: true,
        test: {
          name: 'whole',
          include: [`test/**/${NAME}`],
          exclude: [...EXCLUDED, ...pure],
          typecheck: {
            enabled: !isSlow,
            include: ['test/types/**/*.test-d.ts'],
            tsconfig: './tsconfig.json',
          },
        },
      },
    ],
    // Tests are given up where they make no progress. The clock alone says nothing on a busy machine.
    runner: './test/fixtures/progress-runner.ts',
    testTimeout: 0,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
