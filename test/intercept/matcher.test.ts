import { describe, expect, it } from 'vitest';
import { compileMatch } from '../../src/intercept/matcher.js';

describe('compileMatch', () => {
  it.each([
    ['POST /predict', 'POST', '/predict', true],
    ['POST /predict', 'POST', '/predict/', true],
    ['POST /predict', 'PUT', '/predict', false],
    ['POST /predict', 'POST', '/predict/more', false],
    ['post /predict', 'POST', '/predict', true],
    ['/predict', 'PUT', '/predict', true],
    ['/predict', 'GET', '/predict', false],
    ['GET /predict', 'GET', '/predict', true],
    ['/models/:name/predict', 'POST', '/models/a b/predict', true],
    ['/models/:name/predict', 'POST', '/models/a/b/predict', false],
    ['/v1/models/x:predict', 'POST', '/v1/models/x:predict', true],
    ['/api/*', 'POST', '/api/x/y', true],
    ['/api/*', 'POST', '/api', true],
    ['/api/*', 'POST', '/apis', false],
    ['/a.b', 'POST', '/axb', false],
    ['/', 'POST', '/', true],
  ])('%s on %s %s: %s', (match, method, path, expected) => {
    expect(compileMatch(match)(method, path, {})).toBe(expected);
  });

  it('asks a regular expression each time anew', () => {
    const match = compileMatch(/^\/predict/g);
    expect([match('POST', '/predict', {}), match('POST', '/predict', {}), match('GET', '/predict', {})]).toEqual([
      true,
      true,
      false,
    ]);
  });

  it('asks a function, and takes only true for yes', () => {
    const match = compileMatch((method, path, headers) => `${method} ${path} ${headers['x-model']}` === 'POST /p m');
    expect(match('POST', '/p', { 'x-model': 'm' })).toBe(true);
    expect(compileMatch((() => 'yes') as never)('POST', '/p', {})).toBe(false);
  });
});
