// STORE-2, OSS-2: two gateways as processes over one index in PostgreSQL. Clients of both use the same keys while one gateway is cut off from
// the database, one stands still, and one is killed: what they see is what some order of their requests explains, another gateway takes
// the background work over within 10 s, and the chain has exactly the files that the index has.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { ChainClient, query } from '@cess/client';
import { skipWithoutPostgres } from '@cess/object-index/testing';
import { present, silentLogger, toHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import type { Answer } from './s3/endpoint.js';
import { firstViolation, type Recorded } from './support/linearizability.js';
import { type Condition, type ObjectOperation, objectModel } from './support/s3-object-model.js';
import { chosenSeed, pick, seededRandom } from './support/seeded.js';
import { type FleetGateway, TwoGateways } from './support/two-gateways.js';

const isSoak = process.env['CESS_SOAK'] !== undefined;
const rounds = isSoak ? 10 : 1;
const clientsPerGateway = 4;
const keys = 5;
/** Longer than the lease. */
const stallMs = isSoak ? 60_000 : 7_000;
const takeoverMs = 10_000;
/** Between two operations of a client: histories stay small, and the load is that of an outage, not of a benchmark. */
const pauseMs = isSoak ? 20 : 60;

const etagOf = (content: string) => `"${createHash('md5').update(content).digest('hex')}"`;

interface History {
  readonly target: string;
  readonly recorded: Recorded<ObjectOperation>[];
  /** Contents that were acknowledged. */
  readonly known: string[];
}

interface Sent {
  readonly operation: ObjectOperation;
  readonly isLost?: boolean;
}

class Clients {
  readonly histories: readonly History[] = Array.from({ length: keys }, (_, key) => ({
    target: `/shared/key-${key}`,
    recorded: [],
    known: [],
  }));
  #events = 0;
  #contents = 0;
  #isOver = false;

  constructor(
    private readonly gateways: readonly FleetGateway[],
    private readonly random: () => number,
  ) {}

  async run(): Promise<void> {
    const loops = this.gateways.flatMap((gateway) =>
      Array.from({ length: clientsPerGateway }, () => this.#client(gateway)),
    );
    await Promise.all(loops);
  }

  stop(): void {
    this.#isOver = true;
  }

  get count(): number {
    return this.histories.reduce((sum, { recorded }) => sum + recorded.length, 0);
  }

  async #client(gateway: FleetGateway): Promise<void> {
    while (!this.#isOver) {
      const history = pick(this.random, this.histories);
      const invoked = this.#events++;
      const sent = await this.#perform(gateway, history);
      // A request whose connection was lost may take effect later. One that was answered took effect by then or never.
      const returned = sent?.isLost === true ? Number.MAX_SAFE_INTEGER : this.#events++;
      if (sent !== undefined) history.recorded.push({ operation: sent.operation, invoked, returned });
      await delay(pauseMs);
    }
  }

  async #perform(gateway: FleetGateway, history: History): Promise<Sent | undefined> {
    const choice = this.random();
    if (choice < 0.45) {
      const answer = await send(gateway, 'GET', history.target);
      if (typeof answer === 'string') return undefined;
      assert.ok(answer.status === 200 || answer.code === 'NoSuchKey', answer.text);
      return { operation: { type: 'get', outcome: answer.status === 200 ? answer.text : undefined } };
    }
    if (choice < 0.55) {
      const answer = await send(gateway, 'DELETE', history.target);
      if (answer === 'not sent') return undefined;
      if (typeof answer === 'string')
        return { operation: { type: 'delete', outcome: 'unknown' }, isLost: answer === 'lost' };
      assert.equal(answer.status, 204, answer.text);
      return { operation: { type: 'delete', outcome: 'ok' } };
    }
    const last = history.known.at(-1);
    const condition: Condition =
      choice < 0.7
        ? { type: 'none' }
        : choice < 0.85 || last === undefined
          ? { type: 'absent' }
          : { type: 'is', content: last };
    return this.#put(gateway, history, condition);
  }

  async #put(gateway: FleetGateway, history: History, condition: Condition): Promise<Sent | undefined> {
    const content = `content ${this.#contents++}`;
    const headers: Record<string, string> =
      condition.type === 'none'
        ? {}
        : condition.type === 'absent'
          ? { 'if-none-match': '*' }
          : { 'if-match': etagOf(condition.content) };
    const answer = await send(gateway, 'PUT', history.target, { body: content, headers });
    if (answer === 'not sent') return undefined;
    const put = { type: 'put', content, condition } as const;
    if (typeof answer === 'string') return { operation: { ...put, outcome: 'unknown' }, isLost: answer === 'lost' };
    assert.ok([200, 404, 409, 412].includes(answer.status), answer.text);
    if (answer.status === 200) history.known.push(content);
    return { operation: { ...put, outcome: answer.status === 200 ? 'ok' : 'refused' } };
  }
}

/** `not sent`: there is no gateway. `open`: the answer says that the outcome is open. `lost`: there is no answer. */
type Failed = 'not sent' | 'open' | 'lost';

async function send(
  { endpoint }: FleetGateway,
  method: string,
  target: string,
  options: { body?: string; headers?: Record<string, string> } = {},
): Promise<Answer | Failed> {
  try {
    const answer = await endpoint.send(method, target, options);
    return answer.status >= 500 ? 'open' : answer;
  } catch (error) {
    if (error instanceof Error) return 'code' in error && error.code === 'ECONNREFUSED' ? 'not sent' : 'lost';
    throw error;
  }
}

describe('OSS-2 two gateways over one database', { skip: skipWithoutPostgres }, () => {
  let fleet: TwoGateways;
  let chain: ChainClient;

  before(async () => {
    fleet = await TwoGateways.start();
    chain = await ChainClient.connect({ endpoint: fleet.network.rpc, logger: silentLogger });
    const [one] = fleet.gateways;
    assert.equal((await present(one, 'a gateway').endpoint.send('PUT', '/shared')).status, 200);
    await eventually(async () => {
      const answer = await send(present(one, 'a gateway'), 'PUT', '/shared/first', { body: 'first' });
      return typeof answer !== 'string' && answer.status === 200;
    }, 'the gateway sees its space');
  });
  after(async () => {
    await chain?.close();
    await fleet?.destroy();
  });

  const holder = async (): Promise<FleetGateway> => {
    const lease = await fleet.lease();
    return present(
      fleet.gateways.find(({ name }) => name === lease.holder),
      'the gateway with the lease',
    );
  };

  /** Gives the time until another gateway has the lease. */
  async function takenOver(disturb: (from: FleetGateway) => Promise<void> | void): Promise<FleetGateway> {
    const from = await eventually(() => holder().catch(() => undefined), 'a gateway has the lease');
    const { token } = await fleet.lease();
    const begunMs = performance.now();
    await disturb(from);
    const isTaken = async () => {
      assert.deepEqual(fleet.ends, []);
      return (await fleet.lease()).token > token;
    };
    await eventually(isTaken, 'another gateway takes over', 100);
    const tookMs = performance.now() - begunMs;
    // The bound is one of the protocol: lease, beat and the start of work; a busy machine may need longer to be heard.
    assert.ok(tookMs < takeoverMs || !isSoak, `the takeover took ${tookMs} ms`);
    return from;
  }

  async function disturbAll(): Promise<void> {
    const cut = await takenOver(({ database }) => database.cut());
    await delay(stallMs / 4);
    cut.database.heal();
    const stopped = await takenOver(({ process: { child } }) => void child.kill('SIGSTOP'));
    await delay(stallMs);
    stopped.process.child.kill('SIGCONT');
    const killed = await takenOver(async ({ process: { child, ended } }) => {
      child.kill('SIGKILL');
      await ended;
    });
    await fleet.restart(killed);
  }

  it('are linearizable for each key while one is cut off, stands still, and is killed', async () => {
    const seed = chosenSeed();
    const clients = new Clients(fleet.gateways, seededRandom(seed));
    const running = clients.run();
    try {
      for (let round = 0; round < rounds; round++) await disturbAll();
      await delay(1_000);
    } finally {
      clients.stop();
    }
    await running;
    assert.ok(clients.count > 100, `${clients.count} operations were recorded`);
    for (const { target, recorded } of clients.histories) {
      const violation = firstViolation(recorded, objectModel({ keepsVersions: false }));
      assert.equal(violation, undefined, `${target} (CESS_SEED=${seed}): ${JSON.stringify({ violation, recorded })}`);
    }
  });

  it('have declared exactly the files of the index, none lost and none left behind', async () => {
    const owner = await fleet.network.cess('key', 'show');
    assert.ok(owner);
    let seen = '';
    await eventually(
      async () => {
        const inIndex = (
          await fleet.cluster.query(
            fleet.url,
            "SELECT encode(substr(k, 3), 'hex') AS id FROM cess_index WHERE k >= 'f/' AND k < 'f0'",
          )
        ).map(({ id }) => String(id));
        const onChain: string[] = [];
        for await (const [[id]] of chain.entries(query.FileBank.Files, [])) onChain.push(toHex(id).replace(/^0x/, ''));
        seen = JSON.stringify({ inIndex: inIndex.toSorted(), onChain: onChain.toSorted() });
        return inIndex.length > 0 && inIndex.toSorted().join() === onChain.toSorted().join();
      },
      () => `the chain has the files of the index: ${seen}`,
      500,
    );
  });
});
