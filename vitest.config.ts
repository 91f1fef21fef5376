import { defineConfig } from 'vitest/config';

// `npm test` runs what is quick, `npm run test:slow` the rest; test/README.md says what goes where.
const suite = process.env.LEEWAY_SUITE === 'slow' ? 'test/**/*.slow.test.ts' : 'test/**/*.test.ts';
const apart = process.env.LEEWAY_SUITE === 'slow' ? [] : ['test/**/*.slow.test.ts'];

export default defineConfig({
  test: {
    include: [suite],
    exclude: ['**/node_modules/**', ...apart],
    typecheck: {
      enabled: process.env.LEEWAY_SUITE !== 'slow',
      include: ['test/types/**/*.test-d.ts'],
      tsconfig: './tsconfig.json',
    },
    globalSetup: ['test/fixtures/postgres-setup.ts'],
    // Tests are given up where they make no progress. The clock alone says nothing on a busy machine.
    runner: './test/fixtures/progress-runner.ts',
    testTimeout: 0,
    hookTimeout: 600_000,
    teardownTimeout: 120_000,
    expect: { poll: { timeout: 120_000 } },
  },
});
