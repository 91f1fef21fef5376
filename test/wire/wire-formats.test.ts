import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Codec } from '../../src/wire/codec.js';
import { autoCodec } from '../../src/wire/codecs/auto.js';
import { csvRows } from '../../src/wire/codecs/csv-rows.js';
import { mlflow } from '../../src/wire/codecs/mlflow.js';
import { oip } from '../../src/wire/codecs/oip.js';
import { omega } from '../../src/wire/codecs/omega.js';
import { openaiChat } from '../../src/wire/codecs/openai-chat.js';
import { openaiEmbeddings } from '../../src/wire/codecs/openai-embeddings.js';
import { pathCodec } from '../../src/wire/codecs/paths.js';
import { tfserving } from '../../src/wire/codecs/tfserving.js';
import type { DecodedTable } from '../../src/wire/decoded-table.js';
import { parsedOrText, parseJson, readBody, TextBody } from '../../src/wire/wire.js';

const limits = { columns: 100, cells: 10_000 };
const rowsOf = (table: DecodedTable | undefined) =>
  table?.rows.map((row) =>
    Object.fromEntries(row.map((cell, index) => [table.names?.[index] ?? String(index), cell])),
  );
const headers =
  (given: Record<string, string> = {}) =>
  (name: string) =>
    given[name];
const X = (codec: Codec, body: unknown, given?: Record<string, string>) =>
  rowsOf(codec.inputs(body, limits, { path: '/', header: headers(given) }));
const Y = (codec: Codec, response: unknown, rows = 1, given?: Record<string, string>) =>
  rowsOf(
    codec.outputs(response, rows, limits, {
      header: headers(given),
      latencyMs: 12,
      firstByteMs: 3,
    }),
  );

describe('the Open Inference Protocol', () => {
  const request = (tensors: object[]) => ({
    id: '42',
    parameters: {},
    inputs: tensors,
    outputs: [{ name: 'out' }],
  });

  it.each([
    ['flat', [1, 2, 3, 4]],
    [
      'nested',
      [
        [1, 2],
        [3, 4],
      ],
    ],
  ])('reads one tensor of several features, %s', (_name, data) => {
    const tensor = { name: 'input-0', shape: [2, 2], datatype: 'FP32', parameters: {}, data };
    expect(X(oip, request([tensor]))).toEqual([
      { 0: 1, 1: 2 },
      { 0: 3, 1: 4 },
    ]);
  });

  it('reads a tensor per column, by name', () => {
    const tensors = [
      { name: 'age', shape: [2, 1], datatype: 'INT64', data: [31, 40] },
      {
        name: 'city',
        shape: [2],
        datatype: 'BYTES',
        parameters: { content_type: 'str' },
        data: ['Z', 'B'],
      },
      { name: 'at', shape: [2, 2], datatype: 'FP32', data: [1, 2, 3, 4] },
    ];
    expect(X(oip, request(tensors))).toEqual([
      { age: 31, city: 'Z', 'at.0': 1, 'at.1': 2 },
      { age: 40, city: 'B', 'at.0': 3, 'at.1': 4 },
    ]);
  });

  it('reads the outputs', () => {
    const response = {
      model_name: 'm',
      model_version: '1',
      id: '42',
      outputs: [{ name: 'out', shape: [2, 1], datatype: 'FP32', data: [0.7, 0.2] }],
    };
    expect(Y(oip, response, 2)).toEqual([{ out: 0.7 }, { out: 0.2 }]);
  });

  it('reads the tensors behind the JSON, of every type', () => {
    const parts: [string, Buffer, unknown[]][] = [
      ['BOOL', Buffer.from([1, 0]), [true, false]],
      ['UINT8', Buffer.from([7, 255]), [7, 255]],
      ['INT16', Buffer.from(Int16Array.of(-2, 300).buffer), [-2, 300]],
      ['INT64', Buffer.from(BigInt64Array.of(-5n, 6n).buffer), [-5, 6]],
      ['FP16', Buffer.from(Uint16Array.of(0x3c00, 0xc100).buffer), [1, -2.5]],
      ['FP32', Buffer.from(Float32Array.of(0.5, -1).buffer), [0.5, -1]],
      ['FP64', Buffer.from(Float64Array.of(0.1, 2).buffer), [0.1, 2]],
      [
        'BYTES',
        Buffer.concat([Buffer.from([2, 0, 0, 0]), Buffer.from('ab'), Buffer.from([0, 0, 0, 0])]),
        ['ab', ''],
      ],
    ];
    const json = JSON.stringify({
      inputs: parts.map(([datatype, bytes]) => ({
        name: datatype,
        shape: [2, 1],
        datatype,
        parameters: { binary_data_size: bytes.length },
      })),
    });
    const body = Buffer.concat([Buffer.from(json), ...parts.map(([, bytes]) => bytes)]);
    const length = { 'inference-header-content-length': String(Buffer.byteLength(json)) };
    expect(X(oip, body, length)).toEqual(
      [0, 1].map((row) => Object.fromEntries(parts.map(([name, , values]) => [name, values[row]]))),
    );
    expect(X(oip, body.subarray(0, body.length - 1), length)).toBeUndefined();
    expect(X(oip, body, { 'inference-header-content-length': '1e9' })).toBeUndefined();
  });

  it.each([
    ['too little data', { shape: [2, 2], data: [1, 2, 3] }],
    ['too much data', { shape: [2, 2], data: [1, 2, 3, 4, 5] }],
    ['a negative shape', { shape: [-1, 2], data: [] }],
    ['a shape beyond all limits', { shape: [1e9, 1e9], data: [] }],
    ['no shape', { data: [1] }],
  ])('refuses %s', (_name, tensor) => {
    expect(X(oip, request([{ name: 'a', datatype: 'FP32', ...tensor }]))).toBeUndefined();
  });

  it('reads brain floats, which only come as bytes', () => {
    const tensor = { name: 'a', shape: [3], datatype: 'BF16', parameters: { binary_data_size: 6 } };
    const json = Buffer.from(JSON.stringify({ inputs: [tensor] }));
    const body = Buffer.concat([json, Buffer.from(Uint16Array.of(0x3fc0, 0xc000, 0xff80).buffer)]);
    const given = { 'inference-header-content-length': String(json.length) };
    expect(X(oip, body, given)).toEqual([{ a: 1.5 }, { a: -2 }, { a: Number.NEGATIVE_INFINITY }]);
  });

  it('takes what a tensor of one row says for every row', () => {
    const tensors = [
      { name: 'a', shape: [2], datatype: 'FP32', data: [1, 2] },
      { name: 'k', shape: [1, 2], datatype: 'INT32', data: [5, 6] },
    ];
    expect(X(oip, request(tensors))).toEqual([
      { a: 1, 'k.0': 5, 'k.1': 6 },
      { a: 2, 'k.0': 5, 'k.1': 6 },
    ]);
    expect(
      X(oip, request([...tensors, { name: 'z', shape: [3], datatype: 'FP32', data: [1, 2, 3] }])),
    ).toBeUndefined();
  });

  it('knows its routes', () => {
    expect(oip.route('POST', '/v2/models/m/infer')).toEqual({ model: 'm' });
    expect(oip.route('POST', '/v2/models/a%20b/versions/3/infer')).toEqual({
      model: 'a b',
      version: '3',
    });
    expect(oip.route('GET', '/v2/models/m/infer')).toBeUndefined();
    expect(oip.route('POST', '/v2/models/m/ready')).toBeUndefined();
  });
});

describe('MLflow', () => {
  const rows = [
    { a: 1, b: 'x' },
    { a: 2, b: 'y' },
  ];

  it.each([
    [
      'dataframe_split',
      {
        dataframe_split: {
          columns: ['a', 'b'],
          index: [0, 1],
          data: [
            [1, 'x'],
            [2, 'y'],
          ],
        },
      },
    ],
    ['dataframe_records', { dataframe_records: rows, params: { k: 1 } }],
    ['instances', { instances: rows }],
    ['inputs', { inputs: { a: [1, 2], b: ['x', 'y'] } }],
  ])('reads %s', (_name, body) => {
    expect(X(mlflow, body)).toEqual(rows);
  });

  it('reads CSV', () => {
    const body = new TextBody('a,b\n1,x\n2,"y ""z"", w"\r\n,\n');
    expect(X(mlflow, body, { 'content-type': 'text/csv; charset=utf-8' })).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y "z", w' },
      { a: null, b: null },
    ]);
    expect(X(mlflow, body, { 'content-type': 'text/plain' })).toBeUndefined();
  });

  it('reads CSV as pandas does: quotes make no text of a number, empty lines are no rows', () => {
    const csv = (text: string) => X(mlflow, new TextBody(text), { 'content-type': 'text/csv' });
    expect(csv('"a","b"\r\n"1","x"\r\n\r\n"",2\r\n\r\n')).toEqual([
      { a: 1, b: 'x' },
      { a: null, b: 2 },
    ]);
    expect(csv('a\n1\n\n2')).toEqual([{ a: 1 }, { a: null }, { a: 2 }]);
    expect(csv('a,b\n1\n')).toEqual([{ a: 1 }]);
    expect(csv('a,b\n1,2,3\n')).toBeUndefined();
  });

  it('reads lists in the cells of a split frame without moving those beside them', () => {
    const columns = ['tags', 'age', 'at'];
    const data = [
      [['a', 'b'], 31, { x: 1 }],
      [[], 40, null],
    ];
    expect(X(mlflow, { dataframe_split: { columns, data } })).toMatchObject([
      { tags: 'a, b', age: 31, 'at.x': 1 },
      { age: 40 },
    ]);
    expect(X(mlflow, { dataframe_split: { columns: ['a'], data: [[1, 2]] } })).toBeUndefined();
  });

  it.each([
    ['a list', { predictions: [0.7, 0.2] }, [{ 0: 0.7 }, { 0: 0.2 }]],
    ['records', { predictions: [{ col: 0.7 }, { col: 0.2 }] }, [{ col: 0.7 }, { col: 0.2 }]],
    ['an object of lists', { predictions: { col: [0.7, 0.2] } }, [{ col: 0.7 }, { col: 0.2 }]],
  ])('reads predictions as %s', (_name, response, expected) => {
    expect(Y(mlflow, response, 2)).toEqual(expected);
  });
});

describe('omega-ml', () => {
  it('reads its own REST', () => {
    expect(omega.route('PUT', '/api/v1/model/m/predict')).toEqual({ model: 'm' });
    expect(X(omega, { columns: ['x'], data: { x: { 0: 5, 1: 6 } }, shape: null })).toEqual([
      { x: 5 },
      { x: 6 },
    ]);
    expect(X(omega, { columns: ['x'], data: [{ x: 5 }] })).toEqual([{ x: 5 }]);
    expect(Y(omega, { model: 'm', result: [10.0], resource_uri: 'm' })).toEqual([{ 0: 10 }]);
  });

  it('names lists by the columns', () => {
    const data = [
      [1, 'x'],
      [2, 'y'],
    ];
    expect(X(omega, { columns: ['a', 'b'], data })).toEqual([
      { a: 1, b: 'x' },
      { a: 2, b: 'y' },
    ]);
  });

  it('puts together what has the same label, and nothing where a column lacks one', () => {
    const data = { a: { u: 1, v: 2 }, b: { v: 20, u: 10 }, c: { v: 'only' } };
    expect(X(omega, { columns: ['a', 'b', 'c'], data })).toEqual([
      { a: 1, b: 10, c: null },
      { a: 2, b: 20, c: 'only' },
    ]);
  });
});

describe('OpenAI embeddings', () => {
  const answer = (embeddings: unknown[]) => ({
    object: 'list',
    data: embeddings.map((embedding, index) => ({ object: 'embedding', index, embedding })),
    usage: { prompt_tokens: 5, total_tokens: 5 },
  });

  it('keeps lengths of inputs, never texts', () => {
    const both = (input: unknown) =>
      X(openaiEmbeddings, { model: 'm', input, encoding_format: 'float' });
    expect(both('text')).toEqual([{ characters: 4, tokens: null }]);
    expect(both(['a', 'bcd'])).toEqual([
      { characters: 1, tokens: null },
      { characters: 3, tokens: null },
    ]);
    expect(both([1, 2, 3])).toEqual([{ characters: null, tokens: 3 }]);
    expect(both([[1], [2, 3]])).toEqual([
      { characters: null, tokens: 1 },
      { characters: null, tokens: 2 },
    ]);
  });

  it('reads floats and base64 alike, in the order of their index', () => {
    const base64 = Buffer.from(Float32Array.of(0.5, -0.25).buffer).toString('base64');
    const expected = [
      { 'embedding.0': 0.5, 'embedding.1': -0.25 },
      { 'embedding.0': 1, 'embedding.1': 2 },
    ];
    expect(
      Y(
        openaiEmbeddings,
        answer([
          [0.5, -0.25],
          [1, 2],
        ]),
        2,
      ),
    ).toEqual(expected);
    expect(Y(openaiEmbeddings, answer([base64, [1, 2]]), 2)).toEqual(expected);
    const turned = answer([[1, 2], base64]);
    turned.data.forEach((entry, place) => {
      entry.index = 1 - place;
    });
    expect(Y(openaiEmbeddings, turned, 2)).toEqual(expected);
  });

  it('summarises long vectors: the norm, and projections that add up as vectors do', () => {
    const [a, b] = [0, 1].map((shift) =>
      Array.from({ length: 1536 }, (_, index) => Math.sin(index + shift)),
    );
    const sum = a!.map((value, index) => value + b![index]!);
    const [ra, rb, rs] = Y(openaiEmbeddings, answer([a, b, sum]), 3) as Record<string, number>[];
    expect(ra!.norm).toBeCloseTo(Math.hypot(...a!), 9);
    for (let each = 0; each < 8; each += 1) {
      const name = `projection.${each}`;
      expect(rs![name]).toBeCloseTo(ra![name]! + rb![name]!, 9);
    }
    expect(new Set(Object.values(ra!)).size).toBe(9);
  });
});

describe('OpenAI chat completions', () => {
  it('keeps counts of the request, never texts', () => {
    const body = {
      model: 'gpt',
      messages: [
        { role: 'system', content: 'be brief' },
        {
          role: 'user',
          content: [
            { type: 'text', text: 'hi' },
            { type: 'image_url', image_url: { url: 'x' } },
          ],
        },
      ],
      temperature: 0,
      tools: [{}],
    };
    expect(X(openaiChat, body)).toEqual([
      {
        model: 'gpt',
        turns: 2,
        characters: 10,
        images: 1,
        system: true,
        tools: 1,
        temperature: 0,
        max_tokens: null,
        stream: false,
      },
    ]);
  });

  it('reads a completion', () => {
    const response = {
      id: 'c1',
      object: 'chat.completion',
      created: 1,
      model: 'm',
      choices: [
        {
          index: 0,
          message: { role: 'assistant', content: 'yo', tool_calls: [{}, {}], refusal: null },
          finish_reason: 'tool_calls',
        },
      ],
      usage: { prompt_tokens: 3, completion_tokens: 1, total_tokens: 4 },
    };
    expect(Y(openaiChat, response)).toEqual([
      {
        characters: 2,
        finish_reason: 'tool_calls',
        refusal: false,
        tool_calls: 2,
        choices: 1,
        prompt_tokens: 3,
        completion_tokens: 1,
        total_tokens: 4,
        latency_ms: 12,
        first_byte_ms: 3,
      },
    ]);
  });

  it('reads a stream', () => {
    const event = (delta: object, finish_reason: string | null = null, more: object = {}) =>
      `data: ${JSON.stringify({ object: 'chat.completion.chunk', choices: [{ index: 0, delta, finish_reason }], ...more })}\n\n`;
    const text = [
      event({ role: 'assistant', content: '' }),
      event({ content: 'yo' }),
      ': a comment\n\n',
      event({ tool_calls: [{ index: 0, function: { arguments: '{' } }] }),
      event({ tool_calls: [{ index: 0, function: { arguments: '}' } }] }),
      event({ refusal: 'no' }),
      event({}, 'stop'),
      'data: {"choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5}}\r\n\r\n',
      'data: [DONE]\n\n',
    ].join('');
    expect(Y(openaiChat, new TextBody(text))).toMatchObject([
      {
        characters: 2,
        finish_reason: 'stop',
        refusal: true,
        tool_calls: 1,
        choices: 1,
        prompt_tokens: 3,
        completion_tokens: 2,
        total_tokens: 5,
      },
    ]);
    expect(Y(openaiChat, new TextBody('data: nothing\n\n'))).toBeUndefined();
    const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 };
    const last = `data: ${JSON.stringify({ choices: null, usage })}\n\n`;
    expect(Y(openaiChat, new TextBody(event({ content: 'yo' }, 'stop') + last))).toMatchObject([
      usage,
    ]);
  });
});

describe('plain JSON by paths', () => {
  it('finds rows, and columns one by one', () => {
    const whole = pathCodec({ X: '$.data.rows', Y: "$['the result'][0].scores" });
    expect(X(whole, { data: { rows: [{ a: 1 }, { a: 2 }] } })).toEqual([{ a: 1 }, { a: 2 }]);
    expect(Y(whole, { 'the result': [{ scores: [3, 4] }] }, 2)).toEqual([{ 0: 3 }, { 0: 4 }]);
    const columns = pathCodec({
      X: { age: '$.who.age', city: '$.who.home.city' },
      Y: { p: '$.items[*].p' },
    });
    expect(X(columns, { who: { age: 31, home: { city: 'Z' } } })).toEqual([{ age: 31, city: 'Z' }]);
    expect(X(columns, { who: { age: 31 } })).toEqual([{ age: 31, city: null }]);
    expect(X(columns, { other: 1 })).toBeUndefined();
    expect(Y(columns, { items: [{ p: 1 }, { p: 2 }] }, 2)).toEqual([{ p: 1 }, { p: 2 }]);
  });

  it.each(['data', '$.', '$..a', '$[a]', '$.a b', '', 5])('refuses the path %s', (path) => {
    expect(() => pathCodec({ X: path as string, Y: '$' })).toThrow(/codec.X must be a path/);
  });

  it('never follows what an object inherits', () => {
    expect(X(pathCodec({ X: '$.constructor.name', Y: '$' }), { a: 1 })).toBeUndefined();
  });
});

describe('auto', () => {
  const call = (
    path: string,
    body: unknown,
    response: unknown,
    rows = 1,
    auto = autoCodec(true),
    method = 'POST',
  ) => {
    const one = auto.forCall?.(method) ?? auto;
    const inputs = one.inputs(body, limits, { path, header: headers() });
    const answer = { header: headers(), latencyMs: 1, firstByteMs: 1 };
    return [rowsOf(inputs), rowsOf(one.outputs(response, rows, limits, answer))];
  };

  it('tells a format by its route, else by its shape', () => {
    const chat = { messages: [{ role: 'user', content: 'hi' }], input: 'x', model: 'm' };
    const completion = { choices: [{ message: { content: 'yo' }, finish_reason: 'stop' }] };
    expect(call('/v1/chat/completions', chat, completion)).toMatchObject([
      [{ turns: 1 }],
      [{ characters: 2 }],
    ]);
    const tensor = { name: 'a', shape: [1, 1], datatype: 'FP32', data: [5] };
    expect(call('/predict', { inputs: [tensor] }, { outputs: [tensor] })).toEqual([
      [{ a: 5 }],
      [{ a: 5 }],
    ]);
    expect(call('/predict', { dataframe_records: [{ a: 1 }] }, { predictions: [2] })).toEqual([
      [{ a: 1 }],
      [{ 0: 2 }],
    ]);
    expect(call('/predict', { a: 1 }, { p: 2 })).toEqual([[{ a: 1 }], [{ p: 2 }]]);
  });

  it('guesses at no body that is surely of a format and can not be read', () => {
    const inputs = [{ name: 'a', shape: [2], datatype: 'FP32', data: [1, 2, 3] }];
    const outputs = [{ name: 'o', shape: [1], datatype: 'FP32', data: [1] }];
    for (const plain of [true, false]) {
      expect(
        call('/v2/models/m/infer', { inputs }, { outputs }, 1, autoCodec(plain))[0],
      ).toBeUndefined();
    }
    expect(call('/v2/models/m/infer', { inputs: outputs }, { outputs: inputs })).toEqual([
      [{ o: 1 }],
      undefined,
    ]);
    const split = { dataframe_split: { columns: ['a'], data: [[1, 2]] } };
    expect(call('/invocations', split, { predictions: [1] })[0]).toBeUndefined();
  });

  it('asks plain JSON last, on routes where it had the last word before, too', () => {
    const auto = autoCodec(true);
    const label = { label: 'A', score: 0.9 };
    expect(call('/hf', { inputs: 'a text' }, [label], 1, auto)).toEqual([
      [{ inputs: 'a text' }],
      [label],
    ]);
    expect(call('/hf', { inputs: ['a', 'b'] }, [label, label], 2, auto)[0]).toEqual([
      { 0: 'a' },
      { 0: 'b' },
    ]);
  });

  it('remembers what a route turned out to be', () => {
    const auto = autoCodec(true);
    // Of this body both formats can make something; the route was MLflow's before.
    call('/score', { dataframe_records: [{ a: 1 }] }, { predictions: [2] }, 1, auto);
    const [inputs] = call('/score', { inputs: { a: [1, 2] } }, { predictions: [1, 2] }, 2, auto);
    expect(inputs).toEqual([{ a: 1 }, { a: 2 }]);
  });
});

describe('bodies that are no JSON', () => {
  it('takes bare NaN and infinities, but not inside texts', () => {
    expect(parseJson('{"a":NaN,"b":[Infinity,-Infinity],"c":"NaN \\" Infinity"}')).toEqual({
      a: null,
      b: [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
      c: 'NaN " Infinity',
    });
    expect(parseJson('[nan, -nan, NAN, inf, -inf, +Inf, -INFINITY, "nan inf"]')).toEqual([
      ...[
        null,
        null,
        null,
        Number.POSITIVE_INFINITY,
        Number.NEGATIVE_INFINITY,
        Number.POSITIVE_INFINITY,
      ],
      ...[Number.NEGATIVE_INFINITY, 'nan inf'],
    ]);
    for (const text of [
      '{"a":NaNa}',
      '{"a":nano}',
      '{"a":information}',
      '{"a":nan inf}',
      '{a:1,"b":"nan"}',
    ]) {
      expect(() => parseJson(text)).toThrow(SyntaxError);
    }
  });

  it('reads past the mark of the byte order', () => {
    expect(parsedOrText('\ufeff{"a":1}')).toEqual({ a: 1 });
    expect(parsedOrText('\ufeffa,b')).toEqual(new TextBody('a,b'));
  });

  it('leaves bytes behind JSON as they are, whatever type the client tells', () => {
    const bytes = Buffer.from('{}\xff\xfe', 'latin1');
    const header = headers({
      'content-type': 'application/x-www-form-urlencoded',
      'inference-header-content-length': '2',
    });
    expect(readBody(bytes, header, 100)).toEqual(bytes);
  });

  it('reads back the CSV that was written, whatever the texts', () => {
    const cell = fc.string({
      minLength: 1,
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'),
    });
    const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
    fc.assert(
      fc.property(
        fc.array(fc.array(cell, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 5 }),
        (rows) => {
          expect(csvRows(rows.map((row) => row.map(quoted).join(',')).join('\r\n'), 100)).toEqual(
            rows,
          );
        },
      ),
    );
  });
});

/** A scalar, or a list of numbers. */
const isCell = (cell: unknown): boolean =>
  cell === null ||
  typeof cell !== 'object' ||
  (Array.isArray(cell) && cell.every((entry) => typeof entry === 'number'));

describe('every codec', () => {
  const codecs = [
    ...[oip, mlflow, omega, tfserving, openaiChat, openaiEmbeddings, autoCodec(true)],
    pathCodec({ X: '$.a[*].b', Y: { p: '$.inputs', q: '$.data[0]' } }),
  ];
  const KEYS = [
    ...[
      'inputs',
      'outputs',
      'instances',
      'predictions',
      'data',
      'columns',
      'result',
      'messages',
      'choices',
      'content',
    ],
    ...[
      'dataframe_split',
      'dataframe_records',
      'shape',
      'datatype',
      'name',
      'parameters',
      'binary_data_size',
      'model',
    ],
    ...[
      'input',
      'embedding',
      'index',
      'message',
      'delta',
      'tool_calls',
      'usage',
      '__proto__',
      'constructor',
      'a',
      'b',
    ],
  ];
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(
      null,
      true,
      0,
      -1,
      2,
      1e9,
      Number.NaN,
      '',
      'FP32',
      'BYTES',
      'text',
      '__proto__',
    ),
    fc.double(),
  );
  const { body } = fc.letrec((tie) => ({
    body: fc.oneof(
      { maxDepth: 5, withCrossShrink: true },
      leaf,
      fc.array(tie('body'), { maxLength: 4 }),
      fc.dictionary(fc.constantFrom(...KEYS), tie('body'), { maxKeys: 5 }),
    ),
  }));

  it.each([
    ['an object with a toString that is no function', { toString: 1 }],
    ['an object without any', Object.assign(Object.create(null), { a: 1 })],
    ['lists in lists', JSON.parse(`${'['.repeat(50_000)}${']'.repeat(50_000)}`)],
  ])('reads no columns of %s for a name', (_, name) => {
    const limits = { columns: 5, cells: 40 };
    const request = { path: '/', header: headers({ 'content-type': 'application/json' }) };
    const bodies = [
      { columns: [name], data: { a: [1] } },
      { columns: [name], data: [[1]] },
      { dataframe_split: { columns: [name], data: [[1]] } },
      { inputs: [{ name, shape: [1, 1], datatype: 'FP32', data: [1] }] },
    ];
    for (const codec of codecs) {
      for (const body of bodies) expect(() => codec.inputs(body, limits, request)).not.toThrow();
    }
    expect(omega.inputs(bodies[0], limits, request)).toBeUndefined();
    expect(omega.inputs(bodies[1], limits, request)).toBeUndefined();
  });

  it.each(codecs.map((codec) => [codec.name, codec] as const))(
    '%s keeps within the limits, whatever comes',
    (_name, codec) => {
      const small = { columns: 5, cells: 40 };
      const request = {
        path: '/',
        header: headers({ 'content-type': 'text/csv', 'inference-header-content-length': '9' }),
      };
      const any = fc.oneof(
        body,
        fc.string().map((text) => new TextBody(text)),
        fc.string().map((text) => new TextBody(`data: ${text}`)),
        fc.uint8Array(),
      );
      fc.assert(
        fc.property(any, fc.integer({ min: 0, max: 5 }), (given, rows) => {
          const answer = { ...request, latencyMs: 1, firstByteMs: 1 };
          for (const table of [
            codec.inputs(given, small, request),
            codec.outputs(given, rows, small, answer),
          ]) {
            if (table === undefined) continue;
            const wide = codec === openaiChat || codec === openaiEmbeddings ? 10 : small.columns;
            for (const row of table.rows) {
              expect(row.length).toBeLessThanOrEqual(wide);
              for (const cell of row) expect(isCell(cell)).toBe(true);
            }
            if (wide === small.columns)
              expect(table.rows.flat().length).toBeLessThanOrEqual(small.cells);
          }
        }),
        { numRuns: 300 },
      );
    },
  );
});
