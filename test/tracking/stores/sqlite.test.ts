import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sqliteStore } from '../../../src/tracking/stores/sqlite.js';
import { describeStore } from '../../contract/store.js';

for (const driver of ['npm', ...(process.getBuiltinModule('node:sqlite') ? (['node'] as const) : [])] as const) {
  describeStore(
    `sqlite (${driver})`,
    async ({ clock }) => {
      const directory = await mkdtemp(join(tmpdir(), 'leeway-sqlite-'));
      const open = () => sqliteStore({ file: join(directory, 'leeway.db'), clock, driver });
      return { store: open(), reopen: open, dispose: () => rm(directory, { recursive: true }) };
    },
    { describe, it, expect },
  );
}
