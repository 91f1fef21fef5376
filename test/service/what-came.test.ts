import { describe, expect, it } from 'vitest';
import type { DriftOptions } from '../../src/service/options.js';
import { Service } from '../../src/service/request-service.js';

function start(options: Partial<DriftOptions> = {}) {
  const said: string[] = [];
  const service = new Service({
    experiment: 'e',
    match: 'POST /predict',
    store: 'memory:',
    schedule: false,
    onInfo: (line) => said.push(line),
    ...options,
  });
  return { service, said };
}

const JSON_HEADERS = { 'content-type': 'application/json' };

function call(service: Service, path: string, body: unknown = { x: 1 }, answer = '{"y":1}'): void {
  const interception = service.follow(
    { method: 'POST', path, headers: JSON_HEADERS },
    () => undefined,
  );
  interception?.request(body);
  interception?.answer(answer);
  interception?.end(200);
}

describe('traffic that match does not take', () => {
  it('is reported once, with the paths that came, and in the status', () => {
    const { service, said } = start();
    for (let each = 0; each < 30; each += 1)
      call(service, each % 10 === 0 ? '/users/1234/score' : '/api/predict');
    const reports = said.filter((line) => line.includes('option match'));
    expect(reports).toHaveLength(1);
    expect(reports[0]).toContain('POST /api/predict (18), POST /users/:id/score (2)');
    expect(service.status().reasons).toContain(reports[0]);
  });

  it('is no reason once a predict call came, nor where it is no JSON', () => {
    const { service, said } = start();
    call(service, '/Predict');
    for (let each = 0; each < 30; each += 1) call(service, '/api/predict');
    expect(said.filter((line) => line.includes('option match'))).toEqual([]);
    const plain = start();
    for (let each = 0; each < 30; each += 1) {
      plain.service.follow(
        { method: 'POST', path: '/a', headers: { 'content-type': 'text/plain' } },
        () => undefined,
      );
      plain.service.follow({ method: 'GET', path: '/b', headers: JSON_HEADERS }, () => undefined);
    }
    expect(plain.service.status().reasons.join()).not.toContain('option match');
  });

  it('reports paths of any length and number within bounds', () => {
    const { service } = start();
    for (let each = 0; each < 30; each += 1)
      call(service, `/${'abcdefghij'[each % 10]}/${'long/'.repeat(1_000)}`);
    const [reason = ''] = service.status().reasons.filter((line) => line.includes('option match'));
    expect(reason.length).toBeLessThan(1_000);
  });
});

describe('predict calls that are not recorded', () => {
  it('are a reason, by kind, from a tenth of the calls on', () => {
    const { service } = start();
    for (let each = 0; each < 8; each += 1) call(service, '/predict');
    call(service, '/predict', 'no rows', 'none');
    call(service, '/predict', 'no rows', 'none');
    expect(service.status().reasons).toContainEqual(
      expect.stringMatching(/^2 of 10 predict calls have bodies that could not be read/),
    );
    for (let each = 0; each < 20; each += 1) call(service, '/predict');
    expect(service.status().reasons.join()).not.toContain('could not be read');
  });
});

describe('a path that names the model', () => {
  it.each([
    ['POST /models/:name/predict', '/models/price/predict', 'price'],
    ['POST /:model/score', '/rent/score', 'rent'],
    ['POST /models/:name:predict', '/models/price:predict', 'price'],
    ['POST /tenants/:name/:model/predict', '/tenants/acme/price/predict', 'price'],
    ['POST /models/:id/predict', '/models/7/predict', 'default'],
  ])('%s', async (match, path, model) => {
    const { service } = start({ match });
    call(service, path);
    await service.flush();
    expect(service.status().models.map((one) => one.model)).toEqual([model]);
  });

  it('gives way to the option model', () => {
    const { service } = start({ match: 'POST /models/:name/predict', model: 'all' });
    call(service, '/models/price/predict');
    expect(service.status().models.map((one) => one.model)).toEqual(['all']);
  });
});
