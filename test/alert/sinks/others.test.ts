import { EventEmitter } from 'node:events';
import { createTransport } from 'nodemailer';
import { describe, expect, it } from 'vitest';
import type { Alert } from '../../../src/alert/alert.js';
import { Routing } from '../../../src/alert/routing.js';
import { callback, emitter } from '../../../src/alert/sinks/callback.js';
import { email } from '../../../src/alert/sinks/email.js';
import { logLine } from '../../../src/alert/sinks/log-line.js';
import { alertAbout, HOSTILE } from './alert.js';

describe('email', () => {
  it('is plain text, in which a hostile name begins no header and no terminal sequence', async () => {
    const transport = createTransport({ streamTransport: true, buffer: true });
    const sent: string[] = [];
    const spy = {
      sendMail: async (mail: never) => {
        const info = await transport.sendMail(mail);
        sent.push(String(info.message));
      },
    };
    await email({
      from: 'leeway@example.com',
      to: ['a@example.com', 'b@example.com'],
      transport: spy,
    }).deliver(alertAbout(HOSTILE));
    const [mail] = sent as [string];
    const [head, ...body] = mail.split('\r\n\r\n') as [string, ...string[]];
    expect(head).toMatch(/^To: a@example.com, b@example.com\r?$/m);
    expect(head).not.toMatch(/^Bcc:/im);
    expect(head).toMatch(/^Content-Type: text\/plain/m);
    expect(mail).not.toContain('\u001b');
    expect(body.join('\n')).toContain('median rose');
  });

  it('does not say what the server said', async () => {
    const transport = {
      sendMail: () =>
        Promise.reject(
          Object.assign(new Error('550 for secret@example.com'), { code: 'EENVELOPE' }),
        ),
    };
    const sink = email({ from: 'a@example.com', to: 'secret@example.com', transport });
    await expect(sink.deliver(alertAbout('X_a'))).rejects.toThrow(
      'the mail server did not accept the mail: EENVELOPE',
    );
  });

  it('refuses what is no address, and no transport', () => {
    const transport = { sendMail: async () => undefined };
    expect(() => email({ from: 'x', to: 'a@example.com', transport })).toThrow(
      /must be mail addresses/,
    );
    expect(() =>
      email({ from: 'a@example.com', to: 'a@example.com\r\nBcc: b@example.com', transport }),
    ).toThrow(/must be mail addresses/);
    expect(() => email({ from: 'a@example.com', to: [], transport })).toThrow(/at least one/);
    expect(() =>
      email({ from: 'a@example.com', to: 'a@example.com', transport: {} as never }),
    ).toThrow(/transport/);
  });
});

describe('logLine', () => {
  it('is one line, in which nothing is obeyed', () => {
    const lines: string[] = [];
    logLine((line) => lines.push(line)).deliver(alertAbout(HOSTILE, 'X_b'));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/^leeway warning opened: m: drift in X_/);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
    expect(lines[0]).not.toMatch(/[\u0000-\u001f\u202e]/);
  });
});

describe('callback and emitter', () => {
  it('hand the alert on', async () => {
    const got: Alert[] = [];
    const target = new EventEmitter();
    target.on('drift', (alert: Alert) => got.push(alert));
    const alert = alertAbout('X_a');
    await callback((one) => got.push(one)).deliver(alert);
    emitter(target, { event: 'drift' }).deliver(alert);
    expect(got).toEqual([alert, alert]);
  });
});

describe('Routing', () => {
  const sink = (name: string) => callback(() => undefined, name);

  it('sends an alert to the sinks of its rules, each once, and where a rule names none to the one for all', () => {
    const pager = sink('pager');
    const chat = sink('chat');
    const routing = new Routing(
      [
        { name: 'a', notify: [pager, chat] },
        { name: 'b', notify: [chat] },
        { name: 'c' },
        { name: 'd', notify: [] },
      ],
      sink('onAlert'),
    );
    expect(routing.sinksFor({ model: 'm', rules: ['a', 'b'] })).toEqual(['pager', 'chat']);
    expect(routing.sinksFor({ model: 'm', rules: ['b', 'c'] })).toEqual(['chat', 'onAlert']);
    expect(routing.sinksFor({ model: 'm', rules: ['d'] })).toEqual([]);
    expect(routing.sink('chat')).toBe(chat);
  });

  it('goes by the rules of the model where it has its own, whatever the rules are called', () => {
    const pager = sink('pager');
    const chat = sink('chat');
    const routing = new Routing(
      [{ notify: [chat] }],
      sink('onAlert'),
      new Map([['risky', [{ notify: [pager] }]]]),
    );
    expect(routing.sinksFor({ model: 'risky', rules: ['rule 1'] })).toEqual(['pager']);
    expect(routing.sinksFor({ model: 'other', rules: ['rule 1'] })).toEqual(['chat']);
  });

  it('keeps sinks of one name apart', () => {
    const first = sink('webhook');
    const second = sink('webhook');
    const routing = new Routing(
      [{ notify: [first] }, { notify: [second, first] }],
      sink('onAlert'),
    );
    expect(routing.sinksFor({ model: 'm', rules: ['rule 2'] })).toEqual(['webhook 2', 'webhook']);
    expect(routing.sink('webhook 2')).toBe(second);
  });

  it('leaves no alert without a taker after the rules were changed', () => {
    const all = sink('onAlert');
    const routing = new Routing([], all);
    expect(routing.sinksFor({ model: 'm', rules: ['gone'] })).toEqual(['onAlert']);
    expect(routing.sink('webhook')).toBe(all);
  });
});
