import { parquetWriteBuffer } from 'hyparquet-writer';
import { afterAll, describe, expect, it } from 'vitest';
import { readString } from '../../src/cells/read-text.js';
import { compareProfiles } from '../../src/drift/compare-profiles.js';
import { Profile } from '../../src/profile/profile.js';
import { profileStream } from '../../src/profile/profile-stream.js';
import { profileTable } from '../../src/profile/profile-table.js';
import { readTable } from '../../src/readers/read-table.js';
import { experiment } from '../../src/service/open-experiment.js';
import { Service } from '../../src/service/request-service.js';
import { memoryStore } from '../../src/tracking/stores/memory/store.js';
import { mlflow } from '../../src/wire/codecs/mlflow.js';
import { oip } from '../../src/wire/codecs/oip.js';
import { TextBody } from '../../src/wire/wire.js';
import { fakeClock } from '../fixtures/fake-clock.js';
import { fileRoom } from '../readers/files.js';

const room = fileRoom();
afterAll(room.remove);

const ROWS = 300;
const TEXTS = ['rain', 'snow', 'sun', 'Müller 🌦', '東京'];

type Row = Record<string, unknown>;

/** One row as JSON has it. */
function row(i: number): Row {
  const gap = i % 11 === 3;
  return {
    number: ((i * 7919) % 1000) / 8 + 0.1,
    integer: (i * 31) % 97,
    big: 2 ** 53 * 3 + i * 4096,
    epoch: 1_700_000_000_000_000 + i * 1_000_000,
    single: ((i * 7) % 10) / 10,
    store: gap ? null : i % 7,
    truth: i % 3 === 0,
    day: new Date(Date.UTC(2026, 0, 1) + i * 86_400_000).toISOString().slice(0, 10),
    at: new Date(Date.UTC(2026, 0, 1) + i * 61_000).toISOString(),
    category: TEXTS[i % TEXTS.length],
    text: `order ${i * 7919} of the ${i % 13}th`,
    gap: gap ? null : i / 4,
    'user.age': 20 + ((i * 7) % 40),
    __proto__x: i % 5,
  };
}

const rows = Array.from({ length: ROWS }, (_, i) => row(i));
const names = Object.keys(rows[0] as Row);
const OPTIONS = { catcols: ['store'] };

/** As a door has it in the end: all rows are there. */
function bytesOf(profile: Profile): string {
  const settled = profile.clone();
  settled.settle();
  return Buffer.from(settled.toBytes()).toString('latin1');
}

/** What differs, column by column, for a message that says more than bytes. */
function stateOf(profile: Profile): unknown {
  const settled = profile.clone();
  settled.settle();
  return settled.toJSON();
}

function expectSame(found: Profile, expected: Profile): void {
  if (bytesOf(found) === bytesOf(expected)) return;
  expect(stateOf(found)).toEqual(stateOf(expected));
  expect(bytesOf(found)).toBe(bytesOf(expected));
}

const expected = profileTable(rows, OPTIONS);

async function fromFile(
  name: string,
  content: string | Uint8Array,
  options = {},
): Promise<Profile> {
  const profile = new Profile(OPTIONS);
  for await (const batch of readTable(room.put(name, content), options)) {
    profile.addColumns(batch.columns, 0, batch.rows);
  }
  return profile;
}

/** A field of CSV as writers have it. */
const field = (value: unknown): string => {
  if (value === null) return '';
  return typeof value === 'string' && /[",;\n]/.test(value)
    ? `"${value.replaceAll('"', '""')}"`
    : String(value);
};
const csvOf = (write: (value: unknown, name: string, row: number) => string, mark = ','): string =>
  `${[names, ...rows.map((one, at) => names.map((name) => write(one[name], name, at)))].map((line) => line.join(mark)).join('\n')}\n`;

describe('one table by every way in', () => {
  it('is the same as rows, as columns, and as a stream', async () => {
    const columns = Object.fromEntries(names.map((name) => [name, rows.map((one) => one[name])]));
    expectSame(profileTable(columns, OPTIONS), expected);
    expectSame(await profileStream(rows, OPTIONS), expected);
    expectSame(await profileStream([rows], OPTIONS), expected);
  });

  it('is the same in CSV', async () => {
    expectSame(await fromFile('a.csv', csvOf(field)), expected);
  });

  it('is the same in CSV as pandas writes it: codes as 1.0, True and False, words for what is missing', async () => {
    const words = [
      'NA',
      'NaN',
      'nan',
      'null',
      'None',
      'N/A',
      '<NA>',
      '\\N',
      '',
      '#N/A',
      'NULL',
      'n/a',
    ];
    const write = (value: unknown, name: string, at: number): string => {
      if (value === null) return words[at % words.length] as string;
      if (name === 'store') return `${value}.0`;
      if (name === 'truth')
        return value === true ? (['True', 'TRUE', 'true'][at % 3] as string) : 'False';
      return field(value);
    };
    expectSame(await fromFile('pandas.csv', csvOf(write)), expected);
  });

  it('is the same in CSV with blanks, plus signs and exponents', async () => {
    const write = (value: unknown, name: string, at: number): string => {
      if (typeof value !== 'number') return field(value);
      return [` ${value}`, `+${value}`, `${value}  `, `${value}e0`][
        name === 'store' ? 0 : at % 4
      ] as string;
    };
    expectSame(await fromFile('padded.csv', csvOf(write)), expected);
  });

  it('is the same in CSV with decimal commas and thousands', async () => {
    const german = (value: number): string => {
      const [whole = '', fraction] = String(value).split('.');
      const grouped = whole.replace(/\B(?=(\d{3})+$)/g, '.');
      return fraction === undefined ? grouped : `${grouped},${fraction}`;
    };
    const write = (value: unknown, name: string): string =>
      typeof value === 'number' && name !== 'epoch' && name !== 'store'
        ? german(value)
        : field(value);
    expectSame(await fromFile('german.csv', csvOf(write, ';')), expected);
    expectSame(await fromFile('told.csv', csvOf(write, ';'), { decimal: ',' }), expected);
  });

  it.each([
    ['utf-16le', Buffer.from(`\ufeff${csvOf(field)}`, 'utf16le')],
    ['utf-16be', Buffer.from(`\ufeff${csvOf(field)}`, 'utf16le').swap16()],
    ['utf-8 with a mark', Buffer.from(`\ufeff${csvOf(field)}`)],
  ])('is the same in %s', async (_name, content) => {
    expectSame(await fromFile('encoded.csv', content), expected);
  });

  it('is the same in JSON lines, with bare NaN too', async () => {
    const lines = rows.map((one) => JSON.stringify(one)).join('\n');
    expectSame(await fromFile('a.jsonl', lines), expected);
    for (const word of ['NaN', 'nan', '-nan', 'NAN', '-NaN']) {
      expectSame(await fromFile('python.jsonl', lines.replaceAll(':null', `: ${word}`)), expected);
    }
  });

  it('is the same in Parquet, with float32, int64, dates and times', async () => {
    const column = (name: string): unknown[] => rows.map((one) => one[name]);
    const types: Record<string, string> = {
      number: 'DOUBLE',
      integer: 'INT32',
      big: 'INT64',
      epoch: 'INT64',
      single: 'FLOAT',
      store: 'INT32',
      truth: 'BOOLEAN',
      day: 'TIMESTAMP',
      at: 'TIMESTAMP',
      gap: 'DOUBLE',
      'user.age': 'INT32',
      __proto__x: 'INT32',
    };
    const valuesOf = (name: string): unknown[] => {
      if (types[name] === 'TIMESTAMP') return column(name).map((value) => new Date(String(value)));
      return types[name] === 'INT64'
        ? column(name).map((value) => BigInt(value as number))
        : column(name);
    };
    const columnData = names.map((name) => ({
      name,
      data: valuesOf(name),
      type: types[name] ?? 'STRING',
      nullable: true,
    }));
    const bytes = new Uint8Array(parquetWriteBuffer({ columnData: columnData as never }));
    expectSame(await fromFile('a.parquet', bytes), expected);
  });

  it('is the same by the wire, in JSON and in CSV', () => {
    const limits = { columns: 1000, cells: 1_000_000 };
    const request = { path: '/invocations', header: () => 'text/csv' };
    const tables = [
      mlflow.inputs({ dataframe_records: rows }, limits),
      mlflow.inputs(new TextBody(csvOf(field)), limits, request),
    ];
    for (const table of tables) {
      const columns = new Map(
        table?.names?.map((name, at) => [name, table.rows.map((cells) => cells[at] ?? null)]),
      );
      const profile = new Profile(OPTIONS);
      profile.addColumns(columns, 0, ROWS);
      expectSame(profile, expected);
    }
  });
});

describe('nested values by every way in', () => {
  const nested = Array.from({ length: 120 }, (_, i) => ({
    user: { age: 20 + (i % 40), home: { city: TEXTS[i % 5], __proto__: null } },
    embedding: Array.from({ length: 24 }, (_, k) => ((i * 13 + k * 7) % 23) / 10 - 1),
    prices: Array.from({ length: i % 6 }, (_, k) => ((i + k) % 17) + 0.5),
    tags: ['b', 'a', 'c'].slice(0, i % 4),
    items: Array.from({ length: 1 + (i % 3) }, (_, k) => ({
      sku: `s${(i + k) % 4}`,
      price: k + 0.25,
    })),
    empty: {},
  }));
  const flat = profileTable(nested);
  const columns = [
    'user.age',
    'user.home.city',
    'embedding',
    'prices',
    'tags',
    'items.sku',
    'items.price',
  ];

  it('become a few columns that mean something', () => {
    expect(flat.columnNames).toEqual(columns);
    expect(flat.schema).toMatchObject({
      embedding: 'embedding',
      prices: 'embedding',
      tags: 'categorical',
    });
    expect([...(flat.column('prices')?.derived.keys() ?? [])]).toEqual([
      'length',
      'mean',
      'min',
      'max',
    ]);
    expect(flat.column('embedding')?.derived.has('norm')).toBe(true);
  });

  it('are the same in JSON lines, in columns, and by the wire', async () => {
    const profile = new Profile();
    const lines = nested.map((one) => JSON.stringify(one)).join('\n');
    for await (const batch of readTable(room.put('nested.jsonl', lines))) {
      profile.addColumns(batch.columns, 0, batch.rows);
    }
    expectSame(profile, flat);
    const names = Object.keys(nested[0] as object) as (keyof (typeof nested)[0])[];
    expectSame(
      profileTable(Object.fromEntries(names.map((name) => [name, nested.map((one) => one[name])]))),
      flat,
    );
    const table = mlflow.inputs({ instances: nested }, { columns: 1000, cells: 1_000_000 });
    const wired = new Profile();
    wired.addColumns(
      new Map(
        table?.names?.map((name, at) => [name, table.rows.map((cells) => cells[at] ?? null)]),
      ),
      0,
      nested.length,
    );
    expectSame(wired, flat);
  });

  it.each<[string, (i: number) => Record<string, unknown>, string[]]>([
    [
      'deeper than four levels',
      (i) => ({ a: { b: { c: { d: { e: { f: i } } } } }, z: i % 7 }),
      ['a.b.c.d.e', 'z'],
    ],
    [
      'objects that are missing at times',
      (i) => ({ u: i % 3 ? null : { age: i % 40 } }),
      ['u.age', 'u'],
    ],
    ['objects of missing values', (i) => ({ u: { age: null, b: i % 40 } }), ['u.age', 'u.b']],
    ['lists of nothing', (i) => ({ v: [], z: i % 7 }), ['v', 'z']],
    ['objects and nulls in a list', (i) => ({ v: [null, { p: i % 40 }] }), ['v.p']],
    ['objects and other values in a list', (i) => ({ v: ['k', { p: i % 40 }] }), ['v.p', 'v']],
    ['two values of one name', (i) => ({ u: { a: i % 9 }, 'u.a': 5 }), ['u.a']],
  ])('have a column each: %s', async (_, row, names) => {
    const rows = Array.from({ length: 120 }, (_, i) => row(i));
    const expected = profileTable(rows);
    expect(expected.columnNames).toEqual(names);
    const columns = Object.keys(rows[0] as object).map((name) => [
      name,
      rows.map((one) => one[name]),
    ]);
    expectSame(profileTable(Object.fromEntries(columns)), expected);
    const profile = new Profile();
    const path = room.put('shapes.jsonl', rows.map((one) => JSON.stringify(one)).join('\n'));
    for await (const batch of readTable(path)) profile.addColumns(batch.columns, 0, batch.rows);
    expectSame(profile, expected);
  });

  it('are the same recorded, wrapped, as a baseline, and in hand', async () => {
    const clock = fakeClock();
    const service = new Service(
      {
        experiment: 'e',
        model: 'm',
        store: memoryStore({ clock }),
        schedule: false,
        minRows: 50,
        baseline: nested,
      },
      { clock },
    );
    for (const X of nested) service.record({ X: [X], Y: [{ price: 1 }] });
    await service.flush();
    await service.monitor().snapshot();
    const stats = await service.monitor().compare({ seq: 'baseline' });
    expect(stats.drifted).toEqual([]);
    expect(stats.columns.filter((name) => name.startsWith('X_'))).toEqual(
      columns.map((name) => `X_${name}`),
    );
    const inHand = await service.monitor().snapshot({ X: nested, logged: false });
    expect(inHand.columnNames).toEqual(columns.map((name) => `X_${name}`));
    await service.close();

    const exp = experiment('w', { store: memoryStore({ clock }), clock });
    const model = exp.wrap('m', { predict: (X: readonly unknown[]) => X.map(() => 0) });
    for (const X of nested) model.predict([X]);
    const window = await exp.asMonitor('m').snapshot({ logged: false });
    expect(window.columnNames.filter((name) => name.startsWith('X_'))).toEqual(
      columns.map((name) => `X_${name}`),
    );
    expect(
      compareProfiles(
        flat.renamed(Object.fromEntries(columns.map((name) => [name, `X_${name}`]))),
        window,
      ).drift,
    ).toBe(false);
    await exp.close();
  });

  it('find a drift inside', () => {
    const older = profileTable(
      nested.map((one) => ({ ...one, user: { ...one.user, age: one.user.age + 30 } })),
    );
    expect(compareProfiles(flat, older).drifted).toEqual(['user.age']);
    const longer = profileTable(
      nested.map((one) => ({ ...one, prices: [...one.prices, 3, 3, 3, 3] })),
    );
    expect(compareProfiles(flat, longer).drifted).toEqual(['prices']);
  });
});

describe('single precision', () => {
  const doubles = Array.from({ length: 2_000 }, (_, i) => ((i * 7) % 10) / 10);

  it('is the same number from tensors, typed arrays, and as widened doubles', () => {
    const expected = profileTable({ x: doubles });
    for (const x of [
      Float32Array.from(doubles),
      doubles.map(Math.fround),
      Float64Array.from(doubles, Math.fround),
    ]) {
      expectSame(profileTable({ x }), expected);
    }
    for (const [datatype, size, write] of [
      ['FP32', 4, (bytes: Buffer, at: number, value: number) => bytes.writeFloatLE(value, at)],
      ['FP64', 8, (bytes: Buffer, at: number, value: number) => bytes.writeDoubleLE(value, at)],
    ] as const) {
      const data = Buffer.alloc(size * 10);
      for (let i = 0; i < 10; i += 1) write(data, size * i, doubles[i] as number);
      const json = Buffer.from(
        JSON.stringify({
          inputs: [
            { name: 'x', shape: [10], datatype, parameters: { binary_data_size: data.length } },
          ],
        }),
      );
      const header = (name: string) =>
        name === 'inference-header-content-length' ? String(json.length) : undefined;
      const table = oip.inputs(
        Buffer.concat([json, data]),
        { columns: 9, cells: 99 },
        { path: '', header },
      );
      expectSame(
        profileTable({ x: table?.rows.map(([cell]) => cell) ?? [] }),
        profileTable({ x: doubles.slice(0, 10) }),
      );
    }
  });
});

describe('readString', () => {
  it.each<[text: string, point: number, comma?: number]>([
    ['1,234.50', 1234.5, Number.NaN],
    ['1.234,50', Number.NaN, 1234.5],
    ['12,5', Number.NaN, 12.5],
    ['1,234', 1234, 1.234],
    ['1 234 567', 1_234_567],
    ["1'234.5", 1234.5, Number.NaN],
    ['1\u00a0234,5', Number.NaN, 1234.5],
    ['12,34,567', 1_234_567, Number.NaN],
    ['1_000', 1000],
    ['$1,234.50', 1234.5, Number.NaN],
    ['€ 7', 7],
    ['7 €', 7],
    ['EUR 12', 12],
    ['(12.50)', -12.5, Number.NaN],
    ['12.50-', -12.5, Number.NaN],
    ['−5', -5],
    ['12.3 %', 0.123, Number.NaN],
    ['0x1F', 31],
    ['١٢٣', 123],
    ['१२३', 123],
    ['１２', 12],
    ['٣٫٥', 3.5, Number.NaN],
  ])('reads %s', (text, point, comma = point) => {
    const { sort, value, other = value } = readString(text);
    expect({ sort, value, other }).toEqual({ sort: 'dressed', value: point, other: comma });
  });

  it.each(['12 kg', '3.5M', '10k', '5 km/h', '3°', '250ms', '12kWh'])(
    'takes %s for what looks like a number',
    (text) => {
      expect(readString(text).sort).toBe('measure');
    },
  );

  it.each([
    '10.0.0.1',
    '1.2.3',
    '+49 30 123456',
    '12:30',
    '1/2',
    '5-10',
    'A12',
    'b 12',
    '2026-W54',
    '2024-13',
    '1234-05',
    '12-345',
    'Q5 2024',
    '2024-Q5',
    'Marble 2024',
    'May',
    '2023-001',
    '32 Dec 2024',
    '31 Dez 2024',
    '3000-W01',
    '--',
    '0a',
    '5a',
    '12A4',
    '3rd',
    '007 kg',
  ])('takes %s for a name', (text) => expect(readString(text).sort).toBe('name'));

  it.each<[text: string, at: number]>([
    ['31.12.2024', Date.UTC(2024, 11, 31)],
    ['31/12/2024 14:05', Date.UTC(2024, 11, 31, 14, 5)],
    ['2024/12/31', Date.UTC(2024, 11, 31)],
    ['31 Dec 2024', Date.UTC(2024, 11, 31)],
    ['Dec 31, 2024 2:05 PM', Date.UTC(2024, 11, 31, 14, 5)],
    ['20241231T140506Z', Date.UTC(2024, 11, 31, 14, 5, 6)],
    ['20241231T140506.5+0100', Date.UTC(2024, 11, 31, 13, 5, 6, 500)],
    ['31/Dec/2024:14:05:06 +0000', Date.UTC(2024, 11, 31, 14, 5, 6)],
    ['Tue Dec 31 14:05:06 2024', Date.UTC(2024, 11, 31, 14, 5, 6)],
    ['Sun Dec  1 14:05:06 2024', Date.UTC(2024, 11, 1, 14, 5, 6)],
    ['Tue, 31 Dec 2024 14:05:06 GMT', Date.UTC(2024, 11, 31, 14, 5, 6)],
    ['31-Dec-2024', Date.UTC(2024, 11, 31)],
    ['31-DEC-24', Date.UTC(2024, 11, 31)],
    ['01-JAN-69', Date.UTC(1969, 0, 1)],
    ['31DEC2024', Date.UTC(2024, 11, 31)],
    ['31.Dec.2024 14:05', Date.UTC(2024, 11, 31, 14, 5)],
    ['5 Jan 23', Date.UTC(2023, 0, 5)],
    ['Jan 5, 2023', Date.UTC(2023, 0, 5)],
    ['2024-Dec-31', Date.UTC(2024, 11, 31)],
    ['2023-W01', Date.UTC(2023, 0, 2)],
    ['2026-W01', Date.UTC(2025, 11, 29)],
    ['2020W53', Date.UTC(2020, 11, 28)],
    ['2023-W01-7', Date.UTC(2023, 0, 8)],
    ['2024-12', Date.UTC(2024, 11, 1)],
    ['Dec 2024', Date.UTC(2024, 11, 1)],
    ['December-2024', Date.UTC(2024, 11, 1)],
    ['2024-Q4', Date.UTC(2024, 9, 1)],
    ['2024Q1', Date.UTC(2024, 0, 1)],
    ['Q4 2024', Date.UTC(2024, 9, 1)],
    ['2024-12-31T14:05:06.123456Z', Date.UTC(2024, 11, 31, 14, 5, 6, 123)],
  ])('reads %s', (text, at) => {
    expect(readString(text).value).toBe(at);
  });
});
