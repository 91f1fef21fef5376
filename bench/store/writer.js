// Writes chunks into a store until it is killed: `node writer.js STORE NAME`. It says what it begins and what it has done.
import { writeSync } from 'node:fs';
import { postgresStore, sqliteStore } from 'leeway';

const [spec, name] = process.argv.slice(2);
const store = spec.startsWith('postgres')
  ? postgresStore({ url: spec })
  : sqliteStore({ file: spec, maxBytes: 20e9 });
for (let chunk = 0; ; chunk += 1) {
  const rows = 1 + (chunk % 7);
  const bytes = new Uint8Array(2_000 + (chunk % 5) * 3_000).fill(chunk % 251);
  const entry = {
    event: 'predict',
    key: 'm',
    runs: rows,
    rows,
    bytes,
    dt: Date.now(),
    node: name,
    userid: '',
  };
  writeSync(1, `begin ${name}/${chunk}\n`);
  await store.append('kill', [
    { ...entry, value: { id: `${name}/${chunk}`, length: bytes.length } },
  ]);
  writeSync(1, `done ${name}/${chunk}\n`);
}
