import { readFileSync } from 'node:fs';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { fileRoom } from '../readers/files.js';
import { runHere } from './run-here.js';

const room = fileRoom();
afterAll(room.remove);

const ROWS = Array.from({ length: 1_000 }, (_, i) => i);
const csv = (name: string, head: string, row: (i: number) => string): string =>
  room.put(name, `${head}\n${ROWS.map(row).join('\n')}\n`);
const lines = (name: string, row: (i: number) => string): string =>
  room.put(name, ROWS.map(row).join('\n'));
const shuffled = (i: number): number => (i * 7919) % 1000;

async function compare(...args: string[]) {
  const { code, stdout, stderr } = await runHere(['compare', ...args, '--json']);
  return { code, stderr, ...(stdout === '' ? {} : JSON.parse(stdout)) } as {
    code: number;
    stderr: string;
    drift: boolean;
    columns: { column: string; type: string; drift: boolean; what: string }[];
    notCompared: { column: string; reason: string }[];
    warnings: string[];
  };
}

describe('missing values', () => {
  const words = ['NA', 'nan', 'null', 'None', 'N/A', '<NA>', '\\N', ' NA '];
  const a = csv('words.csv', 'x', (i) =>
    i % 8 === 0 ? (words[(i / 8) % 8] as string) : String(shuffled(i)),
  );
  const b = lines('null.jsonl', (i) => `{"x":${i % 8 === 0 ? 'null' : shuffled(i)}}`);
  const c = lines(
    'nan.jsonl',
    (i) => `{"x":${i % 8 === 0 ? ['NaN', '"NA"', '""'][i % 3] : shuffled(i)}}`,
  );

  it.each([
    [a, b],
    [a, c],
    [b, c],
  ])('are the same in %s and %s', async (left, right) => {
    expect(await compare(left, right)).toMatchObject({
      drift: false,
      stderr: '',
      columns: [{ type: 'integer' }],
    });
  });

  it('are what --missing says, on both sides', async () => {
    const countries = ['NA', 'DE', 'FR', 'IT'];
    const before = csv('land.csv', 'c', (i) => countries[i % 4] as string);
    const now = lines('land.jsonl', (i) =>
      JSON.stringify({ c: countries[i % 3 === 0 ? 1 : i % 4] }),
    );
    const usual = await compare(before, now);
    expect(usual.columns[0]?.what).not.toContain('NA');
    const told = await compare(before, now, '--missing', 'none');
    expect(told.columns[0]?.what).toMatch(/“(NA|DE)”/);
    const dashes = csv('dash.csv', 'x', (i) => (i % 8 === 0 ? '-' : String(shuffled(i))));
    expect((await compare(dashes, b)).stderr).toContain('125 values such as "-" are not numbers');
    expect(await compare(dashes, b, '--missing', '-')).toMatchObject({ drift: false, stderr: '' });
  });

  it('keep rows of bare infinities', async () => {
    const one = lines('inf.jsonl', (i) => `{"x":${i % 8 === 0 ? '-Infinity' : shuffled(i)}}`);
    const two = csv('inf.csv', 'x', (i) => (i % 8 === 0 ? '-inf' : String(shuffled(i))));
    expect(await compare(one, two)).toMatchObject({ drift: false, stderr: '' });
  });

  it('are said beside the verdict where rows of a table can not be read', async () => {
    const good = room.put('good.csv', `x,y\n${'1,2\n'.repeat(40)}`);
    const bad = room.put('half.csv', `x,y\n${'1,2\n1,2,5\n'.repeat(40)}`);
    const words = `${bad}: 40 of 80 rows can't be read and were not compared`;
    expect((await runHere(['compare', good, bad])).stdout).toContain(`\n${words}.\n`);
    expect((await compare(good, bad)).warnings).toEqual([words]);
    expect((await compare(good, good)).warnings).toEqual([]);
  });

  it('are counted in words where rows are bad', async () => {
    const bad = room.put(
      'bad.jsonl',
      ['{"x":1}', ...Array.from({ length: 125 }, () => 'no')].join('\n'),
    );
    expect((await runHere(['compare', bad, bad])).stderr).toContain('… and 120 more\n');
  });
});

describe('numbers', () => {
  it.each<[dress: string, write: (value: number) => string]>([
    ['blanks', (value) => ` ${value}`],
    ['fixed width', (value) => value.toFixed(2).padStart(9)],
    ['thousands', (value) => `"${(value * 100).toLocaleString('en-US')}"`],
    ['a currency', (value) => `$${value.toFixed(2)}`],
    ['a percent sign', (value) => `${value}%`],
    ['a plus', (value) => `+${value}`],
    ['hexadecimal', (value) => `0x${Math.round(value * 10).toString(16)}`],
    ['underscores', (value) => `${Math.round(value * 10)}_000`],
    [
      'Arabic digits',
      (value) =>
        String(value).replace(/\d/g, (digit) => String.fromCharCode(0x660 + Number(digit))),
    ],
  ])('with %s drift as numbers do', async (dress, write) => {
    const before = csv(`${dress}-a.csv`, 'id, x', (i) => `${i},${write(50 + shuffled(i) / 50)}`);
    const now = csv(`${dress}-b.csv`, 'id,x', (i) => `${i},${write(60 + shuffled(i) / 50)}`);
    const stats = await compare(before, now);
    expect(stats).toMatchObject({ drift: true, stderr: '' });
    expect(stats.columns[0]).toMatchObject({
      column: 'x',
      drift: true,
      what: expect.stringContaining('median rose'),
    });
    expect((await compare(before, before)).drift).toBe(false);
  });

  it("with decimal commas drift as numbers do, and --decimal says it where values don't", async () => {
    const write = (shift: number) => (i: number) =>
      `${i};${String(shift + shuffled(i) / 8).replace('.', ',')}`;
    const before = csv('a.de.csv', 'id;p', write(0));
    const now = csv('b.de.csv', 'id;p', write(30));
    expect((await compare(before, now)).columns[0]).toMatchObject({
      column: 'p',
      type: 'numeric',
      drift: true,
    });
    const unclear = room.put(
      'unclear.csv',
      `p\n${['1,234', '2,345', '3,456'].map((value) => `"${value}"`).join('\n')}\n`,
    );
    const { stderr } = await compare(unclear, unclear);
    expect(stderr).toContain(
      'column p: 3 values such as "1,234" could have decimal commas or decimal points',
    );
    expect(stderr.split('column p')).toHaveLength(2);
    expect(await compare(unclear, unclear, '--decimal', ',')).toMatchObject({
      stderr: '',
      columns: [{ type: 'numeric' }],
    });
    expect((await runHere(['compare', unclear, unclear, '--decimal', 'x'])).stderr).toBe(
      "leeway: decimal must be '.' or ',', got \"x\" (string)\n",
    );
  });

  it('that are not understood are reported, once, with an example', async () => {
    const before = csv(
      'kg.csv',
      'w,u,e',
      (i) => `${shuffled(i)} kg,${i % 2 === 0 ? '$' : '€'} ${i},${i % 2 ? i + 0.5 : `"${i},5"`}`,
    );
    const { warnings } = await compare(before, before);
    expect(warnings).toEqual([
      'column w: 1,000 values such as "0 kg" look like numbers and can\'t be read as such: they are compared as text',
      'column u: 1,000 values such as "$ 0" are numbers with different units, and are compared as text',
      'column e: 500 values such as "0,5" could have decimal commas or decimal points, and are compared as text: give --decimal',
    ]);
  });

  it('of 16 and more digits are the same in every format', async () => {
    for (const first of [
      1_700_000_000_000_000n,
      4_000_000_000_000_000n,
      9_007_199_254_740_993n,
      2n ** 62n,
    ]) {
      const value = (i: number): bigint => first + BigInt(shuffled(i)) * 1_000_000n;
      const one = csv('big.csv', 't', (i) => String(value(i)));
      const two = lines('big.jsonl', (i) => `{"t":${value(i)}}`);
      const data = ROWS.map(value);
      const three = room.put(
        'big.parquet',
        new Uint8Array(parquetWriteBuffer({ columnData: [{ name: 't', data, type: 'INT64' }] })),
      );
      for (const [a, b] of [
        [one, two],
        [two, three],
        [three, one],
      ] as const) {
        // From 2^53 on last digits are lost, which is told once for both files.
        const stderr =
          first < 2n ** 53n
            ? ''
            : expect.stringMatching(/^▲ column t: 1,000 values such as "\d+" are beyond 2\^53/);
        expect(await compare(a, b)).toMatchObject({ drift: false, stderr });
      }
    }
  });

  it('that are codes are the same with a point and without', async () => {
    const one = csv('store.csv', 'store', (i) => (i % 50 === 0 ? '' : `${i % 7}.0`));
    const two = lines('store.jsonl', (i) => `{"store":${i % 50 === 0 ? 'null' : i % 7}}`);
    expect(await compare(one, two, '--catcols', 'store')).toMatchObject({
      drift: false,
      columns: [{ type: 'categorical' }],
    });
    expect((await runHere(['compare', one, two, '--catcols', 'stroe'])).stderr).toContain(
      'did you mean "store"?',
    );
  });
});

describe('times', () => {
  const day = (i: number): Date => new Date(Date.UTC(2026, 0, 1) + i * 86_400_000 * 0.03);
  const next = (i: number): Date => new Date(day(i).getTime() + 31 * 86_400_000);
  const parts = (date: Date): string[] => [
    String(date.getUTCDate()).padStart(2, '0'),
    String(date.getUTCMonth() + 1).padStart(2, '0'),
    String(date.getUTCFullYear()),
  ];
  it.each<[dress: string, write: (date: Date) => string]>([
    ['DD.MM.YYYY', (date) => parts(date).join('.')],
    [
      'MM/DD/YYYY',
      (date) => {
        const [d, m, y] = parts(date);
        return `${m}/${d}/${y}`;
      },
    ],
    ['DD/MM/YYYY', (date) => parts(date).join('/')],
    ['YYYYMMDD', (date) => parts(date).reverse().join('')],
    ['epoch seconds', (date) => String(Math.floor(date.getTime() / 1000))],
    ['epoch milliseconds', (date) => String(date.getTime())],
    ['epoch microseconds', (date) => `${date.getTime()}000`],
    ['fractional seconds', (date) => String(date.getTime() / 1000 + 0.25)],
    ['ISO with a zone', (date) => date.toISOString().replace('Z', '+02:00')],
  ])('as %s go on without drift', async (dress, write) => {
    const one = csv(`${dress.replaceAll('/', '')}-1.csv`, 'at', (i) => write(day(i)));
    const two = csv(`${dress.replaceAll('/', '')}-2.csv`, 'at', (i) => write(next(i)));
    expect(await compare(one, two)).toMatchObject({
      drift: false,
      stderr: '',
      columns: [{ type: 'timestamp' }],
    });
  });

  it('and running numbers go on without drift, unless they begin anew', async () => {
    const write = (first: number) => (i: number) => `${first + 3 * i},${shuffled(i)}`;
    const one = csv('orders-1.csv', 'order_id,paid', write(1));
    const two = csv('orders-2.csv', 'order_id,paid', write(5_000));
    expect(await compare(one, two)).toMatchObject({ drift: false, stderr: '' });
    expect((await compare(two, one)).columns[0]).toMatchObject({ column: 'order_id', drift: true });
    const three = csv('paid-1.csv', 'paid', (i) => String(i));
    const four = csv('paid-2.csv', 'paid', (i) => String(i + 900));
    expect((await compare(three, four)).drift).toBe(true);
  });

  it('in seconds and then in milliseconds are another type', async () => {
    const one = csv('s.csv', 'at', (i) => String(1_700_000_000 + i));
    const two = csv('ms.csv', 'at', (i) => String((1_700_000_000 + i) * 1000));
    expect((await compare(one, two)).columns[0]).toMatchObject({ outcome: 'type-change' });
  });

  it('whose order nothing shows are reported', async () => {
    const one = csv(
      'unclear-dates.csv',
      'd',
      (i) => `${1 + (i % 12)}/${1 + (shuffled(i) % 12)}/2025`,
    );
    expect((await compare(one, one)).warnings[0]).toMatch(
      /^column d: \d+ values such as "\S+" are dates of which it is not known whether the day or the month is first/,
    );
  });
});

describe('one column', () => {
  it('of a type that is not supported costs no other, and is named', async () => {
    const schema = [
      { name: 'root', num_children: 2 },
      { name: 'a', type: 'INT32' as const, repetition_type: 'REQUIRED' as const },
      {
        name: 'd',
        type: 'FIXED_LEN_BYTE_ARRAY' as const,
        type_length: 12,
        converted_type: 'INTERVAL' as const,
        repetition_type: 'REQUIRED' as const,
      },
    ];
    const columnData = [
      { name: 'a', data: ROWS },
      { name: 'd', data: ROWS.map((i) => new Uint8Array(12).fill(i % 256)) },
    ];
    const file = room.put(
      'interval.parquet',
      new Uint8Array(parquetWriteBuffer({ schema, columnData })),
    );
    const stats = await compare(file, file, '--ignore', 'd');
    expect(stats).toMatchObject({
      code: 0,
      notCompared: [{ column: 'd', reason: 'Parquet type INTERVAL is not supported' }],
    });
    expect(stats.columns.map(({ column }) => column)).toEqual(['a']);
    const { stdout } = await runHere(['compare', file, file]);
    const words = '1 column not compared: d (Parquet type INTERVAL is not supported).';
    expect(stdout).toContain(words);
    const html = room.put('interval.html', '');
    const md = room.put('interval.md', '');
    await runHere(['compare', file, file, '--html', html, '--md', md]);
    for (const report of [html, md])
      expect(readFileSync(report, 'utf8').replaceAll('\\', '')).toContain(words);
  });

  it('of bytes is hexadecimal text', async () => {
    const schema = [
      { name: 'root', num_children: 2 },
      { name: 'b', type: 'BYTE_ARRAY' as const, repetition_type: 'REQUIRED' as const },
      {
        name: 'f',
        type: 'FIXED_LEN_BYTE_ARRAY' as const,
        type_length: 2,
        repetition_type: 'REQUIRED' as const,
      },
    ];
    const columnData = [
      { name: 'b', data: ROWS.map((i) => new Uint8Array([i % 256])) },
      { name: 'f', data: ROWS.map((i) => new Uint8Array([65 + (i % 4), 66])) },
    ];
    const file = room.put(
      'bytes.parquet',
      new Uint8Array(parquetWriteBuffer({ schema, columnData })),
    );
    const text = csv(
      'bytes.csv',
      'b,f',
      (i) => `${(i % 256).toString(16).padStart(2, '0')},${(65 + (i % 4)).toString(16)}42`,
    );
    expect(await compare(file, text)).toMatchObject({ drift: false });
  });

  it('that is nested drifts inside', async () => {
    const write = (shift: number) => (i: number) =>
      `{"user":{"age":${20 + ((i * 7) % 40) + shift}}}`;
    const stats = await compare(lines('u0.jsonl', write(0)), lines('u30.jsonl', write(30)));
    expect(stats.columns[0]).toMatchObject({ column: 'user.age', drift: true });
  });
});

describe('text', () => {
  const words = ['Müller', 'Weiß', 'Ångström'];
  const head = `name\n${ROWS.map((i) => words[i % 3]).join('\n')}\n`;
  const utf8 = room.put('utf8.csv', head);

  it.each([
    ['UTF-16 with its mark, little-endian', Buffer.from(`\ufeff${head}`, 'utf16le'), ''],
    ['UTF-16 with its mark, big-endian', Buffer.from(`\ufeff${head}`, 'utf16le').swap16(), ''],
    ['Windows-1252', Buffer.from(head, 'latin1'), 'read as Windows-1252'],
  ])('in %s is the same', async (_name, bytes, said) => {
    const file = room.put('encoded.csv', bytes);
    const stats = await compare(utf8, file);
    expect(stats.drift).toBe(false);
    if (said === '') expect(stats.stderr).toBe('');
    else expect(stats.stderr).toContain(said);
  });

  it('is read in the encoding that is given', async () => {
    const file = room.put('latin.csv', Buffer.from(head, 'latin1'));
    expect(await compare(utf8, file, '--encoding', 'utf8')).toMatchObject({ drift: true });
    expect(await compare(file, file, '--encoding', 'latin1')).toMatchObject({
      drift: false,
      stderr: '',
    });
    expect((await runHere(['compare', file, file, '--encoding', 'ebcdic'])).stderr).toContain(
      'encoding must be one such as utf-8',
    );
  });

  it('with a few damaged bytes stays UTF-8, and says so', async () => {
    const damaged = Buffer.concat([Buffer.from(head), Buffer.from([0x4d, 0xff, 0x0a])]);
    const stats = await compare(utf8, room.put('damaged.csv', damaged));
    expect(stats).toMatchObject({ drift: false });
    expect(stats.stderr).toContain('1 of its characters are not UTF-8, and are lost');
  });

  it('in another spelling is drift, with the nearest known one', async () => {
    const one = csv('yes.csv', 'a', (i) => (i % 2 === 0 ? 'yes' : 'no'));
    const two = csv('Yes.csv', 'a', (i) => (i % 2 === 0 ? 'Yes' : 'No'));
    expect((await compare(one, two)).columns[0]?.what).toMatch(
      /never seen before: “(Yes|No)”, nearest “(yes|no)”$/,
    );
  });
});

it('says the type of each column in its table, and none of a file name in an error', async () => {
  const file = csv('types.csv', 'n,c', (i) => `${i / 3},k${i % 3}`);
  const { stdout } = await runHere(['compare', file, file]);
  expect(stdout).toMatch(/column\s.*\btype\n/);
  expect(stdout).toMatch(/^n\s.*numeric$/m);
  expect(stdout).toMatch(/^c\s.*categorical$/m);
  expect((await runHere(['compare', `${file}x`, file])).stderr).not.toContain('(string)');
});
