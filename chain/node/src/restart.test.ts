// CHAIN-9: a node that is stopped or killed at any moment continues with the same chain and the same states.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { createDeferred, isCessError, toHex } from '@cess/primitives';
import { type EpochRecord, openKeptEpoch } from './index.js';
import {
  alice,
  authoritySeed,
  devNode,
  devSpec,
  removeDirectory,
  rpc,
  temporaryDirectory,
  untilBlock,
} from './test-support/dev-node.js';
import { createVerification } from './test-support/verify-chain.js';

describe('restart', () => {
  const directories: string[] = [];
  const directory = () => {
    const path = temporaryDirectory();
    directories.push(path);
    return path;
  };
  after(() => {
    for (const path of directories) removeDirectory(path);
  });

  it('a stopped node continues at the block where it stopped', async () => {
    const dataDir = directory();
    const first = devNode(dataDir);
    await first.start();
    const { genesisHash } = first;
    await untilBlock(first, 3);
    await first.stop();
    const stoppedAt = first.heads().best.number;
    const second = devNode(dataDir);
    await second.start();
    try {
      assert.deepEqual(second.genesisHash, genesisHash);
      assert.ok(second.heads().best.number >= stoppedAt);
      assert.ok((await rpc(second, 'chain_getBlockHash', 1)).result);
      await untilBlock(second, stoppedAt + 2);
    } finally {
      await second.stop();
    }
  });

  it('GR-82: a node that ends when a vote is beside its key and not in its database goes on after the start', async () => {
    const dataDir = directory();
    let kept: EpochRecord = { epoch: new Uint8Array(16), isNew: true, lastVote: undefined, lastSlot: undefined };
    for (const isLast of [false, false, true]) {
      let votes = 0;
      const keep = (record: EpochRecord): void => {
        const isVote = record.lastVote !== kept.lastVote;
        kept = record;
        if (isVote && ++votes === 5 && !isLast) throw new Error('the node ends here');
      };
      const ended = createDeferred<void>();
      const node = devNode(dataDir, {
        authority: { seed: authoritySeed, voterEpoch: openKeptEpoch(kept, keep) },
        onFatal: () => ended.resolve(),
      });
      await node.start();
      try {
        await (isLast ? untilBlock(node, node.heads().finalized.number + 3) : ended.promise);
      } finally {
        await node.stop();
      }
    }
  });

  it('another genesis, a second node on the same directory, and a used port are refused with their own codes', async () => {
    const dataDir = directory();
    const node = devNode(dataDir);
    await node.start();
    try {
      await assert.rejects(devNode(dataDir).start(), (thrown) => isCessError(thrown, 'KV_LOCKED'));
      const port = Number(new URL(node.rpcEndpoint).port);
      await assert.rejects(devNode(directory(), { rpcPort: port }).start(), (thrown) =>
        isCessError(thrown, 'RPC_PORT_IN_USE'),
      );
    } finally {
      await node.stop();
    }
    const otherSpec = devSpec({ balances: [[alice, '1000000000000000000']] });
    await assert.rejects(devNode(dataDir, { chainSpec: otherSpec }).start(), (thrown) =>
      isCessError(thrown, 'KV_NETWORK_MISMATCH'),
    );
  });

  it('kill -9 while blocks are made loses no announced block and damages no state', async () => {
    const dataDir = directory();
    let announced = 0;
    const hashes = new Map<number, string>();
    for (let round = 0; round < 4; round++) {
      const child = spawn(
        process.execPath,
        [new URL('./test-support/node-process.js', import.meta.url).pathname, dataDir],
        {
          stdio: ['ignore', 'pipe', 'inherit'],
        },
      );
      announced = await readUntil(child, announced + 3 + round, hashes);
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    const { check, close } = await createVerification(dataDir, devSpec());
    try {
      const best = await check();
      assert.ok(best >= announced, 'every announced block is there');
    } finally {
      await close();
    }
    const node = devNode(dataDir);
    await node.start();
    try {
      for (const [number, hash] of hashes) {
        assert.equal((await rpc(node, 'chain_getBlockHash', number)).result, `0x${hash}`, `block ${number}`);
      }
      await untilBlock(node, announced + 2);
      assert.notEqual(toHex(node.heads().finalized.hash), '');
    } finally {
      await node.stop();
    }
  });
});

/** Notes announced blocks until one of at least `number` came; gives its number. */
async function readUntil(child: ChildProcess, number: number, hashes: Map<number, string>): Promise<number> {
  let rest = '';
  for await (const chunk of child.stdout!) {
    const lines = (rest + String(chunk)).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) {
      const [at, hash] = line.split(' ');
      hashes.set(Number(at), hash!);
      if (Number(at) >= number) return Number(at);
    }
  }
  throw new Error('the node process exited unexpectedly');
}
