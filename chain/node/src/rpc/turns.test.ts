// Heavy callers of the RPC delay each other, and neither the node's own work nor other clients.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type Turn, Turns } from './turns.js';

/** Turns with a clock that only the portions move. */
function setUp() {
  let now = 0;
  const order: string[] = [];
  const turns = new Turns(() => now);
  /** Runs portions of this length and notes them. */
  const work = async (name: string, turn: Turn, portions: number, ms: number): Promise<void> => {
    for (let i = 0; i < portions; i++) {
      await turn();
      order.push(name);
      now += ms;
    }
  };
  return { turns, order, work };
}

describe('turns', () => {
  it('one portion runs in each turn of the event loop', async () => {
    const { turns, order, work } = setUp();
    const busy = Promise.all(Array.from({ length: 50 }, () => work('request', turns.client(), 1, 40)));
    const seen: number[] = [];
    while (order.length < 50) {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(order.length);
    }
    await busy;
    assert.ok(seen.every((count, i) => count - (seen[i - 1] ?? 0) <= 1));
  });

  it('a client with short portions runs again and again before one with long ones', async () => {
    const { turns, order, work } = setUp();
    const heavy = Array.from({ length: 5 }, () => work('heavy', turns.client(), 4, 40));
    await Promise.all([...heavy, work('light', turns.client(), 20, 1)]);
    assert.ok(order.slice(0, 30).filter((name) => name === 'light').length === 20, order.join());
  });

  it('whoever waits long is not overtaken for ever by clients that come new', async () => {
    const { turns, order, work } = setUp();
    const old = turns.client();
    await work('old', old, 1, 40);
    const waiting = work('old', old, 1, 1);
    const fresh: Promise<void>[] = [];
    for (let i = 0; i < 200 && !order.includes('old', 1); i++) {
      fresh.push(work('new', turns.client(), 1, 40), work('new', turns.client(), 1, 40));
      await new Promise((resolve) => setImmediate(resolve));
    }
    assert.ok(order.includes('old', 1));
    await Promise.all([waiting, ...fresh]);
  });

  it('a client that was idle goes first for a quarter of a second, and then shares', async () => {
    const { turns, order, work } = setUp();
    const idle = turns.client();
    await work('busy', turns.client(), 50, 40);
    order.length = 0;
    await Promise.all([work('busy', turns.client(), 20, 40), work('idle', idle, 20, 40)]);
    const shares = order.slice(0, 20).filter((name) => name === 'idle').length;
    assert.ok(shares >= 11 && shares <= 15, order.join());
  });

  it('a client that connects again has nothing saved up', async () => {
    const { turns, order, work } = setUp();
    const old = turns.client();
    await work('busy', turns.client(), 50, 40);
    order.length = 0;
    await Promise.all([work('new', turns.client(), 1, 40), work('old', old, 3, 40)]);
    assert.deepEqual(order.slice(0, 3), ['old', 'old', 'old']);
  });
});
