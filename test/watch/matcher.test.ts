import { describe, expect, it } from 'vitest';
import { compileMatch } from '../../src/watch/matcher.js';

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
    ['POST /predict', 'POST', '/Predict', true],
    ['POST /Predict', 'POST', '/predict/', true],
    ['POST /models/:name:predict', 'POST', '/models/price:predict', true],
    ['POST /models/:name:predict', 'POST', '/models/price', false],
    ['POST /v1/*/predict', 'POST', '/v1/price/predict', true],
    ['POST /v1/*/predict', 'POST', '/v1/a/b/predict', false],
    ['POST /prédire', 'POST', '/pr%C3%A9dire', true],

    ['POST /predict', 'POST', '/%', false],
  ])('%s on %s %s: %s', (match, method, path, expected) => {
    expect(compileMatch(match)(method, path, {})).toBe(expected);
  });

  it.each([
    ['PSOT /predict', /PSOT.*did you mean POST/],
    ['POST /models/{id}/predict', /':name'/],
    ['POST /predict?version=1', /without a query/],
    ['POST /models/:id(\\d+)/predict', /RegExp/],
    ['POST /a|/b', /RegExp/],
    ['predict', /must be a path/],
    ['POST  /predict', /must be a path/],
    ['POST https://example.com/predict', /must be a path/],
  ])('refuses %s, which would never match', (match, message) => {
    expect(() => compileMatch(match)).toThrowError(
      expect.objectContaining({ code: 'ERR_LEEWAY_OPTION' }),
    );
    expect(() => compileMatch(match)).toThrowError(message);
  });

  it('asks a regular expression each time anew', () => {
    const match = compileMatch(/^\/predict/g);
    expect([
      match('POST', '/predict', {}),
      match('POST', '/predict', {}),
      match('GET', '/predict', {}),
    ]).toEqual([true, true, false]);
  });

  it('asks a function, and takes only true for yes', () => {
    const match = compileMatch(
      (method, path, headers) => `${method} ${path} ${headers['x-model']}` === 'POST /p m',
    );
    expect(match('POST', '/p', { 'x-model': 'm' })).toBe(true);
    expect(compileMatch((() => 'yes') as never)('POST', '/p', {})).toBe(false);
  });
});
