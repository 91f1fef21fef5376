import type { RequestHandler } from 'express';
import type { MiddlewareHandler } from 'hono';
import { describe, expectTypeOf, it } from 'vitest';
import { driftMiddleware as forExpress } from '../../adapters/express.js';
import { driftMiddleware as forHono } from '../../adapters/hono.js';
import type {
  Alert,
  CaptureResult,
  DriftOptions,
  DriftStatus,
  EventTable,
  TrackingStore,
} from '../../src/index.js';
import { compareProfiles, profileTable } from '../../src/profile.js';

describe('the public types', () => {
  it('fit the frameworks', () => {
    expectTypeOf(forExpress).returns.toExtend<RequestHandler>();
    expectTypeOf(forHono).returns.toExtend<MiddlewareHandler>();
    expectTypeOf(forExpress).parameters.toEqualTypeOf<[options: DriftOptions]>();
  });

  it('say what comes back', () => {
    type Middleware = ReturnType<typeof forExpress>;
    expectTypeOf<ReturnType<Middleware['status']>>().toEqualTypeOf<DriftStatus>();
    expectTypeOf<ReturnType<ReturnType<Middleware['monitor']>['capture']>>().toEqualTypeOf<
      Promise<CaptureResult>
    >();
    expectTypeOf<ReturnType<Middleware['experiment']['data']>>().toEqualTypeOf<
      Promise<EventTable>
    >();
    expectTypeOf(
      compareProfiles(profileTable([]), profileTable([])).drift,
    ).toEqualTypeOf<boolean>();
  });

  it('refuse what the options refuse', () => {
    // @ts-expect-error an experiment is needed
    const none: DriftOptions = {};
    // @ts-expect-error a misspelt option
    const misspelt: DriftOptions = { experiment: 'e', modle: 'm' };
    // @ts-expect-error no such codec
    const codec: DriftOptions = { experiment: 'e', codec: 'xml' };
    const sound: DriftOptions = {
      experiment: 'e',
      match: /predict/,
      store: {} as TrackingStore,
      rules: [{ statistic: 'ks', above: 0.2 }],
      onAlert: (alert) => expectTypeOf(alert).toEqualTypeOf<Alert>(),
    };
    expectTypeOf([none, misspelt, codec, sound]).toExtend<DriftOptions[]>();
  });
});
