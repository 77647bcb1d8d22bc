// What a subscription of a stranger does wrong ends this subscription, with an error that its client hears, and nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CessError, silentLogger } from '@cess/primitives';
import { ChainFeed } from '../chain-feed.js';
import type { Push, RpcContext, Subscription } from './method.js';
import { RpcConnection } from './rpc-connection.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import { defaultRpcLimits } from './rpc-limits.js';
import type { RpcSocket, RpcSocketListener } from './rpc-socket.js';
import { closeSlowReaders, type Reader } from './slow-readers.js';
import { Turns } from './turns.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

interface Faults {
  readonly bufferedAmount?: number;
  readonly handleText?: RpcDispatcher['handleText'];
}

function open({ bufferedAmount = 0, handleText }: Faults = {}) {
  const sent: { params: { subscription: string; result?: unknown; error?: { code: number } } }[] = [];
  const logged: string[] = [];
  let terminations = 0;
  let listener: RpcSocketListener | undefined;
  const socket: RpcSocket = {
    ...{ isOpen: true, isPaused: false, bufferedAmount },
    ...{ ping: () => {}, pause: () => {}, resume: () => {} },
    listen: (given) => {
      listener = given;
    },
    terminate: () => terminations++,
    send: (text) => void sent.push(JSON.parse(text) as (typeof sent)[number]),
  };
  const note = (_fields: unknown, message: string) => logged.push(message);
  const connection = new RpcConnection({
    socket,
    dispatcher: { handleText } as RpcDispatcher,
    limits: { ...defaultRpcLimits, maxResponseBytes: 100, maxUnsentBytes: 1000 },
    logger: { ...silentLogger, error: note, warn: note },
    onUnsent: () => {},
    turn: new Turns().client(),
  });
  let push: Push | undefined;
  let stops = 0;
  const subscription: Subscription = {
    notification: 'test',
    unsubscribe: [],
    start: (_params, _context, given) => {
      push = given;
      return () => void stops++;
    },
  };
  const subscribe = async (): Promise<Push> => {
    await connection.subscribe(subscription, [], {} as RpcContext);
    assert.ok(push);
    return push;
  };
  const receive = (text: string) => listener?.onMessage(text);
  return { sent, logged, connection, receive, subscribe, stops: () => stops, terminations: () => terminations };
}

describe('a subscription', () => {
  it('sends nothing before the turn in which its cause ran is over', async () => {
    const { sent, subscribe } = open();
    const push = await subscribe();
    push.send('early');
    assert.equal(sent.length, 0);
    await turn();
    assert.equal(sent[0]?.params.result, 'early');
  });

  const causes: readonly (readonly [name: string, act: (push: Push) => void, code: number])[] = [
    ['whose notification exceeds the limit', (push) => push.send('x'.repeat(200)), -32008],
    ['whose notification no string can hold', (push) => push.send({ toJSON: tooLong }), -32008],
    ['whose notification cannot be written', (push) => push.send({ toJSON: broken }), -32603],
    [
      'whose listener fails',
      (push) => push.fail(new CessError('STATE_PRUNED' as never, 'injected', {} as never)),
      4003,
    ],
  ];
  for (const [name, act, code] of causes) {
    it(`${name} ends with an error`, async () => {
      const { sent, subscribe, stops } = open();
      const push = await subscribe();
      act(push);
      push.send('after the failure');
      await turn();
      assert.deepEqual(
        sent.map(({ params }) => params.error?.code),
        [code],
      );
      assert.equal(stops(), 1);
      assert.equal(push.isEnded, true);
    });
  }
});

function tooLong(): never {
  throw new RangeError('Invalid string length');
}

function broken(): never {
  throw new TypeError('injected');
}

describe('a connection', () => {
  it('that reads too slowly is closed instead of buffered for', async () => {
    const { sent, logged, subscribe, terminations } = open({ bufferedAmount: 1001 });
    (await subscribe()).send('one more');
    await turn();
    assert.deepEqual([sent, terminations()], [[], 1]);
    assert.match(logged.join(), /reads too slowly/);
  });

  it('that is closed gets no more work done, and its requests are no failures', async () => {
    let worked = false;
    const { logged, connection, receive } = open({
      handleText: async (_text, caller) => {
        await caller.turn();
        worked = true;
        return undefined;
      },
    });
    receive('{}');
    connection.close();
    await turn();
    await turn();
    assert.deepEqual([worked, logged], [false, []]);
  });
});

describe('readers that are slow together', () => {
  it('lose their connections, the slowest first, until the rest is within the limit', () => {
    const closed: number[] = [];
    const reader = (unsentBytes: number): Reader => ({ unsentBytes, closeSlow: () => closed.push(unsentBytes) });
    const readers = new Set([10, 70, 0, 40, 50].map(reader));
    closeSlowReaders(readers, 60);
    assert.deepEqual(closed, [70, 50]);
    assert.deepEqual(
      [...readers].map(({ unsentBytes }) => unsentBytes),
      [10, 0, 40],
    );
    closeSlowReaders(readers, 60);
    assert.equal(closed.length, 2);
  });
});

describe('events of the chain', () => {
  it('a listener that throws disturbs neither the chain nor other listeners', async () => {
    const failures: unknown[] = [];
    const feed = new ChainFeed((thrown) => failures.push(thrown));
    const heard: Uint8Array[] = [];
    const error = new RangeError('Invalid string length');
    feed.on('justification', () => {
      throw error;
    });
    feed.on('justification', (justification) => heard.push(justification));
    feed.emit('justification', new Uint8Array([1]));
    assert.deepEqual([failures, heard], [[], []], 'nothing runs within the import');
    await turn();
    assert.deepEqual([failures, heard], [[error], [new Uint8Array([1])]]);
  });
});
