// STORE-2: single objects are linearizable: whatever many clients do at once to one key, with conditions, versions and deletions,
// and while the gateway is killed, what they see is what some order of their requests explains. With CESS_SOAK every role is a process
// of its own, and every second kill ends the gateway alone.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import { present } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { elementOf } from './s3/elements.js';
import { type Answer, Endpoint, type SendOptions } from './s3/endpoint.js';
import { firstViolation, type Recorded } from './support/linearizability.js';
import { TestNetwork } from './support/network.js';
import { holderOf, replaced } from './support/role-processes.js';
import { type Condition, marker, type ObjectOperation, objectModel } from './support/s3-object-model.js';
import { chosenSeed, pick, seededRandom } from './support/seeded.js';

const isSoak = process.env['CESS_SOAK'] !== undefined;
const operations = isSoak ? 10_000 : 1_200;
const kills = isSoak ? 10 : 2;
const clients = 12;
const keysPerBucket = 3;
const writers = 64;
const races = isSoak ? 50 : 6;

const network = await TestNetwork.create({
  environment: { CESS_INDEX_EXPORT_SECONDS: '15', ...(isSoak ? { CESS_PROCESSES: '1' } : {}) },
});
let endpoint: Endpoint;

before(async () => {
  await network.start();
  const { endpoint: url, region, ...keys } = network.credentials;
  endpoint = new Endpoint(url, region, keys);
  for (const bucket of ['plain', 'versions']) await endpoint.send('PUT', `/${bucket}-lin`);
  const body = '<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>';
  assert.equal((await endpoint.send('PUT', '/versions-lin?versioning', { body })).status, 200);
});
after(async () => {
  endpoint?.close();
  await network.destroy();
});

const etagOf = (content: string) => `"${createHash('md5').update(content).digest('hex')}"`;

describe('STORE-2 races of 64 writers', () => {
  it('If-None-Match: * lets exactly one create the object', async () => {
    for (let race = 0; race < races; race++) {
      const target = `/plain-lin/race-${race}`;
      await assertOneWins(target, { 'if-none-match': '*' }, `race ${race}`);
    }
  });

  it('If-Match lets exactly one replace the object', async () => {
    const target = '/plain-lin/race-0';
    for (let race = 0; race < races; race++) {
      const { headers } = await endpoint.send('HEAD', target);
      await assertOneWins(target, { 'if-match': headers.etag ?? '' }, `match ${race}`);
    }
  });
});

async function killNetwork(): Promise<void> {
  await network.kill();
  await network.start();
}

/** The supervisor starts the gateway again, while the chain and the providers run on. */
async function killGateway(): Promise<void> {
  const killed = present(holderOf(network.home, 'gateway'), 'the process of the gateway');
  process.kill(killed, 'SIGKILL');
  await replaced(() => holderOf(network.home, 'gateway'), killed, 'the gateway');
  await eventually(async () => {
    const answer = await endpoint.send('HEAD', '/plain-lin').catch(() => undefined);
    return answer?.status === 200;
  }, 'the gateway answers');
}

async function assertOneWins(target: string, headers: Record<string, string>, name: string): Promise<void> {
  const contents = Array.from({ length: writers }, (_, writer) => `${name} of writer ${writer}`);
  const answers = await Promise.all(contents.map((body) => endpoint.send('PUT', target, { body, headers })));
  const winners = contents.filter((_, writer) => answers[writer]?.status === 200);
  assert.equal(winners.length, 1, name);
  assert.ok(answers.every(({ status }) => status === 200 || status === 412));
  assert.equal((await endpoint.send('GET', target)).text, winners[0]);
}

/** What one key went through. */
class History {
  readonly recorded: Recorded<ObjectOperation>[] = [];
  /** Contents that were acknowledged, with their versions. */
  readonly versions = new Map<string, string>();

  constructor(
    readonly target: string,
    readonly keepsVersions: boolean,
  ) {}
}

/** Records what clients do; kills wait at the gate. */
class Recorder {
  readonly histories: readonly History[];
  /** Events of all histories, in their order. */
  #events = 0;
  #begun = 0;
  #gate: Promise<void> = Promise.resolve();

  constructor(private readonly random: () => number) {
    const keys = Array.from({ length: keysPerBucket }, (_, key) => key);
    this.histories = keys.flatMap((key) => [
      new History(`/plain-lin/key-${key}`, false),
      new History(`/versions-lin/key-${key}`, true),
    ]);
  }

  get begun(): number {
    return this.#begun;
  }

  async run(): Promise<void> {
    await Promise.all(Array.from({ length: clients }, () => this.#client()));
  }

  /** No client begins an operation until `outage` is over; those that have begun go on. */
  async during(outage: () => Promise<void>): Promise<void> {
    const over = outage();
    this.#gate = over;
    await over;
  }

  async #client(): Promise<void> {
    while (this.#begun < operations) {
      await this.#gate;
      const content = `content ${this.#begun++}`;
      const history = pick(this.random, this.histories);
      const invoked = this.#events++;
      const operation = await this.#perform(history, content);
      if (operation !== undefined) history.recorded.push({ operation, invoked, returned: this.#events++ });
    }
  }

  async #perform(history: History, content: string): Promise<ObjectOperation | undefined> {
    const choice = this.random();
    const known = [...history.versions.keys()];
    const some = known.length === 0 ? undefined : pick(this.random, known.slice(-5));
    if (history.keepsVersions && some !== undefined) {
      if (choice < 0.08) return this.#getVersion(history, some);
      if (choice < 0.16) return this.#deleteVersion(history, some);
      if (choice < 0.24) return this.#list(history);
    }
    if (choice < 0.5) return this.#get(history);
    if (choice < 0.6) return this.#delete(history);
    const condition: Condition =
      choice < 0.75 || some === undefined
        ? { type: choice < 0.85 ? 'none' : 'absent' }
        : choice < 0.88
          ? { type: 'absent' }
          : { type: 'is', content: some };
    return this.#put(history, content, condition);
  }

  /** The answer; undefined when the connection ended without one, which it does only because the gateway was killed. */
  async #send(method: string, target: string, options: SendOptions = {}): Promise<Answer | undefined> {
    try {
      const answer = await endpoint.send(method, target, options);
      return answer.status >= 500 ? undefined : answer;
    } catch {
      return undefined;
    }
  }

  async #put(history: History, content: string, condition: Condition): Promise<ObjectOperation> {
    const headers: Record<string, string> =
      condition.type === 'none'
        ? {}
        : condition.type === 'absent'
          ? { 'if-none-match': '*' }
          : { 'if-match': etagOf(condition.content) };
    const answer = await this.#send('PUT', history.target, { body: content, headers });
    if (answer === undefined) return { type: 'put', content, condition, outcome: 'unknown' };
    assert.ok([200, 404, 409, 412].includes(answer.status), answer.text);
    if (answer.status !== 200) return { type: 'put', content, condition, outcome: 'refused' };
    history.versions.set(content, String(answer.headers['x-amz-version-id'] ?? ''));
    return { type: 'put', content, condition, outcome: 'ok' };
  }

  async #get({ target }: History): Promise<ObjectOperation | undefined> {
    const answer = await this.#send('GET', target);
    if (answer === undefined) return undefined;
    assert.ok(answer.status === 200 || answer.code === 'NoSuchKey', answer.text);
    return { type: 'get', outcome: answer.status === 200 ? answer.text : undefined };
  }

  async #delete({ target }: History): Promise<ObjectOperation> {
    const answer = await this.#send('DELETE', target);
    assert.ok(answer === undefined || answer.status === 204, answer?.text);
    return { type: 'delete', outcome: answer === undefined ? 'unknown' : 'ok' };
  }

  async #getVersion({ target, versions }: History, content: string): Promise<ObjectOperation | undefined> {
    const answer = await this.#send('GET', `${target}?versionId=${versions.get(content)}`);
    if (answer === undefined) return undefined;
    assert.ok(answer.status === 200 ? answer.text === content : answer.code === 'NoSuchVersion', answer.text);
    return { type: 'get-version', content, outcome: answer.status === 200 ? 'there' : 'missing' };
  }

  async #deleteVersion({ target, versions }: History, content: string): Promise<ObjectOperation> {
    const answer = await this.#send('DELETE', `${target}?versionId=${versions.get(content)}`);
    assert.ok(answer === undefined || answer.status === 204, answer?.text);
    return { type: 'delete-version', content, outcome: answer === undefined ? 'unknown' : 'ok' };
  }

  /** The versions of the key by their entity tags, which tell contents apart. */
  async #list({ target }: History): Promise<ObjectOperation | undefined> {
    const [, bucket = '', key = ''] = target.split('/');
    const answer = await this.#send('GET', `/${bucket}?versions&prefix=${key}`);
    if (answer === undefined) return undefined;
    const entries = answer.text.match(/<(Version|DeleteMarker)>.*?<\/\1>/gs) ?? [];
    return { type: 'list', outcome: entries.map((entry) => elementOf(entry, 'ETag') ?? marker) };
  }
}

/** Listings name entity tags: the contents of every put give those to compare. */
function withContents(recorded: readonly Recorded<ObjectOperation>[]): readonly Recorded<ObjectOperation>[] {
  const contents = new Map<string, string>();
  for (const { operation } of recorded) {
    if (operation.type === 'put') contents.set(etagOf(operation.content), operation.content);
  }
  return recorded.map((one) => {
    if (one.operation.type !== 'list') return one;
    const outcome = one.operation.outcome.map((etag) => contents.get(etag) ?? etag);
    return { ...one, operation: { type: 'list', outcome } };
  });
}

describe('STORE-2 linearizability', () => {
  it(`${operations} operations of ${clients} clients with ${kills} kills`, async () => {
    const seed = chosenSeed();
    const recorder = new Recorder(seededRandom(seed));
    const running = recorder.run();
    for (let kill = 1; kill <= kills; kill++) {
      const due = Math.floor((operations * kill) / (kills + 1));
      while (recorder.begun < due) await new Promise((resolve) => setImmediate(resolve));
      await recorder.during(isSoak && kill % 2 === 1 ? killGateway : killNetwork);
    }
    await running;
    const total = recorder.histories.reduce((sum, { recorded }) => sum + recorded.length, 0);
    assert.ok(total > operations * 0.9, `${total} operations were recorded`);
    for (const { target, keepsVersions, recorded } of recorder.histories) {
      const history = withContents(recorded);
      const violation = firstViolation(history, objectModel({ keepsVersions }));
      if (violation === undefined) continue;
      const near = history.filter(
        ({ returned }) => returned > violation.invoked - 30 && returned <= violation.returned,
      );
      assert.fail(`${target} (CESS_SEED=${seed}): ${JSON.stringify(violation)} after ${JSON.stringify(near)}`);
    }
  });
});
