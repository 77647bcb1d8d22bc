// CHAIN-9: a node that is stopped or killed at any moment continues with the same chain and the same states.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { after, describe, it } from 'node:test';
import { isCessError, toHex } from '@cess/primitives';
import {
  alice,
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
