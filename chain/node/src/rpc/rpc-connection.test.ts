// What a subscription of a stranger does wrong ends this subscription, with an error that its client hears, and nothing else.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { CessError, silentLogger } from '@cess/primitives';
import { ChainFeed } from '../chain-feed.js';
import type { Push, RpcContext, Subscription } from './method.js';
import { RpcConnection } from './rpc-connection.js';
import type { RpcDispatcher } from './rpc-dispatcher.js';
import { defaultRpcLimits } from './rpc-limits.js';
import type { RpcSocket } from './rpc-socket.js';
import { Turns } from './turns.js';

const turn = () => new Promise((resolve) => setImmediate(resolve));

function open() {
  const sent: { params: { subscription: string; result?: unknown; error?: { code: number } } }[] = [];
  const socket: RpcSocket = {
    ...{ isOpen: true, isPaused: false, bufferedAmount: 0 },
    ...{ listen: () => {}, ping: () => {}, terminate: () => {}, pause: () => {}, resume: () => {} },
    send: (text) => void sent.push(JSON.parse(text) as (typeof sent)[number]),
  };
  const connection = new RpcConnection({
    socket,
    dispatcher: {} as RpcDispatcher,
    limits: { ...defaultRpcLimits, maxResponseBytes: 100 },
    logger: silentLogger,
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
  return { sent, subscribe, stops: () => stops };
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
