import { describe, expect, it } from 'vitest';
import { type Follower, type Incoming, type Outgoing, Taps } from '../../src/watch/tap.js';

class Message {
  readonly sent: unknown[][] = [];
  statusCode = 200;
  readonly writableFinished = true;
  push(...args: unknown[]): boolean {
    this.sent.push(['push', ...args]);
    return true;
  }
  write(...args: unknown[]): boolean {
    this.sent.push(['write', ...args]);
    return false;
  }
  end(...args: unknown[]): this {
    this.sent.push(['end', ...args]);
    return this;
  }
  once(): this {
    return this;
  }
}

function follower(): Follower & { readonly heard: unknown[][] } {
  const heard: unknown[][] = [];
  return {
    heard,
    received: (_, chunk, encoding) => heard.push(['received', chunk, encoding]),
    wrote: (_, chunk, encoding) => heard.push(['wrote', chunk, encoding]),
    ending: () => heard.push(['ending']),
    answered: (_, chunk, encoding) => heard.push(['answered', chunk, encoding]),
    refused: () => heard.push(['refused']),
  };
}

const asIncoming = (message: Message): Incoming => message as unknown as Incoming;
const asOutgoing = (message: Message): Outgoing => message as unknown as Outgoing;

describe('Taps', () => {
  it('show each follower what passes its own messages, and hand everything on as it came', () => {
    const taps = new Taps();
    const one = new Message();
    const other = new Message();
    const hearsOne = follower();
    const hearsOther = follower();
    taps.incoming(asIncoming(one), hearsOne);
    taps.outgoing(asOutgoing(one), hearsOne);
    taps.outgoing(asOutgoing(other), hearsOther);
    one.push('a', 'utf8');
    one.push(null);
    const callback = (): void => undefined;
    expect(one.write('b', 'latin1', callback)).toBe(false);
    expect(other.end()).toBe(other);
    expect(one.sent).toEqual([
      ['push', 'a', 'utf8'],
      ['push', null],
      ['write', 'b', 'latin1', callback],
    ]);
    expect(other.sent).toEqual([['end']]);
    expect(hearsOne.heard).toEqual([
      ['received', 'a', 'utf8'],
      ['wrote', 'b', 'latin1'],
    ]);
    expect(hearsOther.heard).toEqual([['ending'], ['answered', undefined, undefined]]);
  });

  it('make no function for a message', () => {
    const taps = new Taps();
    const messages = [new Message(), new Message()];
    for (const message of messages) {
      taps.incoming(asIncoming(message), follower());
      taps.outgoing(asOutgoing(message), follower());
    }
    for (const name of ['push', 'write', 'end'] as const)
      expect(messages[0]?.[name]).toBe(messages[1]?.[name]);
  });

  it('of several leeways all hear, whatever else has put itself in between', () => {
    const message = new Message();
    const hear = [follower(), follower()];
    new Taps().outgoing(asOutgoing(message), hear[0] as Follower);
    const { end } = message;
    message.end = function (this: Message, ...args: unknown[]) {
      return end.apply(this, ['wrapped', ...args]);
    };
    new Taps().outgoing(asOutgoing(message), hear[1] as Follower);
    message.end('x');
    expect(message.sent).toEqual([['end', 'wrapped', 'x']]);
    expect(hear[0]?.heard).toEqual([['ending'], ['answered', 'wrapped', 'x']]);
    expect(hear[1]?.heard).toEqual([['ending'], ['answered', 'x', undefined]]);
  });

  it('tell what was taken, and that an end was refused, with the error of the host thrown on', () => {
    const message = new Message();
    const hears = follower();
    const boom = new Error('of the host');
    const fail = (): never => {
      throw boom;
    };
    Object.assign(message, { write: fail, end: fail });
    new Taps().outgoing(asOutgoing(message), hears);
    expect(() => message.write('x')).toThrow(boom);
    expect(() => message.end('x')).toThrow(boom);
    expect(hears.heard).toEqual([['ending'], ['refused']]);
  });

  it('leave a method alone that is called for something else', () => {
    const tapped = new Message();
    const plain = new Message();
    const hears = follower();
    new Taps().outgoing(asOutgoing(tapped), hears);
    tapped.write.call(plain, 'x');
    expect(plain.sent).toEqual([['write', 'x']]);
    expect(hears.heard).toEqual([]);
  });
});
