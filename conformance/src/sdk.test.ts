// IFACE-1: the SDK against the embedded network: objects, resumed transfers, administration, sign-in with wallets, calls, territories, receipts.
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createSr25519Signer } from '@cess/crypto';
import { fromHex } from '@cess/primitives';
import { eventually } from '@cess/primitives/testing';
import { CESS, hintOf, isCessError } from '@cess/sdk';
import { keyWallet, signInWithWallet } from '@cess/sdk/account';
import * as admin from '@cess/sdk/admin';
import {
  addressOfAccount,
  type ChainClient,
  connectChain,
  estimateFee,
  getBalance,
  injectedAccount,
  submitCall,
  tx,
  watchBlocks,
} from '@cess/sdk/chain';
import { LightClient, proveFile, trustOfChainSpec } from '@cess/sdk/light';
import { keyFileSigner, sr25519Account } from '@cess/sdk/node';
import { getReceipt, verifyReceiptWith } from '@cess/sdk/receipt';
import {
  copyObject,
  createBucket,
  createStorage,
  deleteBucket,
  deleteObject,
  getObject,
  getObjectTags,
  headObject,
  listBuckets,
  listObjects,
  presignObject,
  putObject,
  type StorageClient,
  setObjectTags,
  type UploadState,
} from '@cess/sdk/storage';
import { buyTerritory, getTerritory, listTerritories, territoryPrice } from '@cess/sdk/territory';
import { openKeyFile } from '@cess/sealing';
import { Keyring } from '@polkadot/api';
import { TypeRegistry } from '@polkadot/types';
import { TestNetwork } from './support/network.js';

const bucket = 'sdk';
const MiB = 2 ** 20;

describe('the SDK', () => {
  let network: TestNetwork;
  let storage: StorageClient;
  let chain: ChainClient;
  let light: LightClient;
  let ownerSeed: Uint8Array;

  before(async () => {
    network = await TestNetwork.create();
    await network.start();
    const { endpoint, region, accessKeyId, secretAccessKey } = network.credentials;
    storage = createStorage({ endpoint, region, credentials: { accessKeyId, secretAccessKey } });
    chain = await connectChain({ endpoint: network.rpc });
    const spec: unknown = JSON.parse(readFileSync(join(network.home, 'chain-spec.json'), 'utf8'));
    light = LightClient.over({ endpoint: network.rpc, trust: trustOfChainSpec(spec, chain.genesisHash) });
    const keyFile = readFileSync(join(network.home, 'keys', 'owner.json'), 'utf8');
    ownerSeed = await openKeyFile('owner', keyFile, { allowPlaintext: true });
    await createBucket(storage, bucket);
  });
  after(async () => {
    await light?.stop();
    await chain?.close();
    await network?.destroy();
  });

  it('IFACE-1: stores, reads, describes, copies, tags, lists and deletes an object with an awkward name', async () => {
    const key = 'folder/a b+ü&"%2F?.txt';
    const stored = await putObject(storage, {
      bucket,
      key,
      body: 'hello',
      contentType: 'text/plain',
      metadata: { who: 'Zoë' },
    });
    const object = await getObject(storage, { bucket, key });
    assert.equal(await object.text(), 'hello');
    const head = await headObject(storage, { bucket, key });
    assert.deepEqual(
      [head.sizeBytes, head.contentType, head.etag, head.metadata],
      [5, 'text/plain', stored.etag, { who: 'Zoë' }],
    );
    const part = await getObject(storage, { bucket, key, range: { firstByte: 1, lastByte: 3 } });
    assert.deepEqual([await part.text(), part.sizeBytes, part.bodyBytes], ['ell', 5, 3]);
    await setObjectTags(storage, { bucket, key }, { 'a:b': 'ä = 1' });
    assert.deepEqual(await getObjectTags(storage, { bucket, key }), { 'a:b': 'ä = 1' });
    await copyObject(storage, { from: { bucket, key }, to: { bucket, key: 'copy' } });
    const entries = [];
    for await (const entry of listObjects(storage, { bucket, delimiter: '/' })) entries.push(entry);
    assert.deepEqual(
      entries.map((entry) => (entry.type === 'object' ? entry.key : entry.prefix)),
      ['copy', 'folder/'],
    );
    const keys = [];
    for await (const entry of listObjects(storage, { bucket, pageSize: 1 }))
      if (entry.type === 'object') keys.push(entry.key);
    assert.deepEqual(keys, ['copy', key]);
    const url = await presignObject(storage, { bucket, key, expiresSeconds: 60, downloadName: 'é.txt' });
    assert.equal(await (await fetch(url)).text(), 'hello');
    for (const each of keys) await deleteObject(storage, { bucket, key: each });
    await assert.rejects(getObject(storage, { bucket, key }), (error) => {
      assert.ok(isCessError(error, 'STORAGE_NOT_FOUND'));
      assert.equal(error.data.code, 'NoSuchKey');
      assert.match(hintOf(error) ?? '', /Check the names/);
      return true;
    });
    assert.ok((await listBuckets(storage)).some(({ name }) => name === bucket));
  });

  it('IFACE-1: bytes, Blobs, streams and generators are stored equal, in one request and in parts', async () => {
    const bytes = seededBytes(11, 11 * MiB + 7);
    const chunks = async function* () {
      for (let at = 0; at < bytes.length; at += 700_001) yield bytes.subarray(at, at + 700_001);
    };
    const bodies = { bytes, blob: new Blob([bytes]), stream: new Blob([bytes]).stream(), generator: chunks() };
    for (const [key, body] of Object.entries(bodies)) {
      const seen: number[] = [];
      const onProgress = ({ storedBytes }: { readonly storedBytes: number }) => seen.push(storedBytes);
      await putObject(storage, { bucket, key, body, partSizeBytes: 5 * MiB, onProgress });
      assert.deepEqual([seen[0], seen.at(-1)], [0, bytes.length]);
      assert.ok(Buffer.from(await (await getObject(storage, { bucket, key })).bytes()).equals(bytes), key);
    }
    const empty = await putObject(storage, { bucket, key: 'empty', body: (async function* () {})() });
    assert.ok(empty.etag !== '');
    assert.equal((await headObject(storage, { bucket, key: 'empty' })).sizeBytes, 0);
  });

  it('IFACE-1: an upload that was aborted goes on from its state, and stores no part twice', async () => {
    const body = seededBytes(12, 26 * MiB);
    let state: UploadState | undefined;
    const stopping = new AbortController();
    const first = putObject(storage, {
      ...{ bucket, key: 'resumed', body, partSizeBytes: 5 * MiB, concurrency: 1, signal: stopping.signal },
      onState: (now) => {
        state = JSON.parse(JSON.stringify(now)) as UploadState;
        if (now.parts.length === 2) stopping.abort();
      },
    });
    await assert.rejects(first, (error) => isCessError(error, 'ABORTED'));
    assert.equal(state?.parts.length, 2);
    let requests = 0;
    const counting = {
      ...storage,
      fetch: (async (...args) => {
        requests++;
        return storage.fetch(...args);
      }) as typeof fetch,
    };
    await putObject(counting, { bucket, key: 'resumed', body, resume: state });
    // The list of parts, four parts, the completion.
    assert.equal(requests, 6);
    assert.ok(Buffer.from(await (await getObject(storage, { bucket, key: 'resumed' })).bytes()).equals(body));
    const again = putObject(storage, { bucket, key: 'resumed', body, resume: state });
    await assert.rejects(again, (error) => isCessError(error, 'STORAGE_UPLOAD_STATE_INVALID'));
    const other = putObject(storage, { bucket, key: 'resumed', body: body.subarray(1), resume: state });
    await assert.rejects(other, (error) => isCessError(error, 'STORAGE_UPLOAD_STATE_INVALID'));
  });

  it('IFACE-1: an upload whose completion was not answered is resumed, and gets the answer', async () => {
    const body = seededBytes(14, 11 * MiB);
    let state: UploadState | undefined;
    let completions = 0;
    const deaf = {
      ...storage,
      fetch: (async (url, init) => {
        const answer = await storage.fetch(url, init);
        if (init?.method !== 'POST' || !String(url).includes('uploadId=')) return answer;
        completions++;
        await answer.arrayBuffer();
        throw new TypeError('fetch failed');
      }) as typeof fetch,
    };
    const onState = (now: UploadState) => {
      state = now;
    };
    const first = putObject(deaf, { bucket, key: 'unanswered', body, partSizeBytes: 5 * MiB, onState });
    await assert.rejects(first);
    assert.ok(completions > 0);
    const { etag } = await putObject(storage, { bucket, key: 'unanswered', body, resume: state });
    assert.equal(etag, (await headObject(storage, { bucket, key: 'unanswered' })).etag);
    assert.ok(Buffer.from(await (await getObject(storage, { bucket, key: 'unanswered' })).bytes()).equals(body));
    const parts = state!.parts.map((part) => ({ ...part, etag: `"${'0'.repeat(32)}"` }));
    const changed = putObject(storage, { bucket, key: 'unanswered', body, resume: { ...state!, parts } });
    await assert.rejects(changed, (error) => isCessError(error, 'STORAGE_UPLOAD_STATE_INVALID'));
  });

  it('IFACE-1: a download goes on at the byte where the connection broke, and refuses another object', async () => {
    const body = seededBytes(13, 3 * MiB);
    await putObject(storage, { bucket, key: 'cut', body });
    const cutting = await CuttingProxy.before(storage.endpoint, 1_000_000);
    try {
      const through = createStorage({ endpoint: cutting.endpoint, credentials: storage.credentials });
      const object = await getObject(through, { bucket, key: 'cut', range: { firstByte: 5 } });
      assert.ok(Buffer.from(await object.bytes()).equals(body.subarray(5)));
      assert.ok(cutting.requests >= 3, `${cutting.requests} requests`);
      const changing = await getObject(through, { bucket, key: 'cut' });
      await putObject(storage, { bucket, key: 'cut', body: seededBytes(14, 3 * MiB) });
      await assert.rejects(changing.bytes(), (error) => isCessError(error, 'STORAGE_OBJECT_CHANGED'));
    } finally {
      cutting.close();
    }
  });

  it('IFACE-1: errors of an unreachable gateway and of wrong keys are coded', async () => {
    const nobody = createStorage({ endpoint: 'http://127.0.0.1:9', credentials: storage.credentials, attempts: 1 });
    await assert.rejects(headObject(nobody, { bucket, key: 'x' }), (error) =>
      isCessError(error, 'STORAGE_UNREACHABLE'),
    );
    const stranger = createStorage({
      endpoint: storage.endpoint,
      credentials: { accessKeyId: 'AKIASTRANGER', secretAccessKey: 'x' },
    });
    await assert.rejects(getObject(stranger, { bucket, key: 'x' }), (error) => {
      assert.ok(isCessError(error, 'STORAGE_REFUSED'));
      assert.deepEqual([error.data.status, error.data.code], [403, 'InvalidAccessKeyId']);
      return true;
    });
  });

  it('IFACE-1: every operation of the admin API has a function', async () => {
    const document = (await admin.getOpenApi(storage)) as {
      readonly paths: Readonly<Record<string, Readonly<Record<string, { readonly operationId: string }>>>>;
    };
    const operations = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    const renamed: Readonly<Record<string, string>> = {
      listBuckets: 'listAdminBuckets',
      deleteBucket: 'deleteAdminBucket',
    };
    const lacking = operations.filter((operation) => !((renamed[operation] ?? operation) in admin));
    assert.deepEqual(lacking, []);
    assert.equal((await admin.getGateway(storage)).region, network.credentials.region);
    assert.match((await admin.getAccount(storage)).id, /^\d{12}$/);
    const { samples } = await admin.getAccountUsage(storage, 'year');
    assert.ok(samples.length > 0);
    for (const { requests, receivedBytes, sentBytes } of samples)
      assert.ok([requests, receivedBytes, sentBytes].every((count) => Number.isSafeInteger(count) && count >= 0));
    const names = [];
    for await (const { name } of admin.listAdminBuckets(storage)) names.push(name);
    assert.ok(names.includes(bucket));
    assert.equal((await admin.getBucket(storage, bucket)).name, bucket);
    assert.ok((await admin.getBucketUsage(storage, bucket)).objects >= 4);
    await admin.performOperation(storage, { service: 'iam', operation: 'CreateUser', parameters: { UserName: 'ann' } });
    const refused = admin.performOperation(storage, {
      service: 'iam',
      operation: 'CreateUser',
      parameters: { UserName: 'ann' },
    });
    await assert.rejects(refused, (error) => {
      assert.ok(isCessError(error, 'GATEWAY_OPERATION_REFUSED'));
      assert.equal(error.data.operationCode, 'EntityAlreadyExists');
      return true;
    });
    assert.ok((await admin.readAuditLog(storage, { bucket })).length > 0);
    assert.equal((await admin.verifyAuditLog(storage)).sound, true);
    assert.ok(Object.keys(await admin.getAuditState(storage)).length > 0);
    await createBucket(storage, 'short-lived');
    await admin.rotateBucketKey(storage, 'short-lived');
    await admin.setDefaultStorageClass(storage, 'short-lived', null);
    await admin.deleteAdminBucket(storage, 'short-lived');
    await assert.rejects(deleteBucket(storage, 'short-lived'), (error) => isCessError(error, 'STORAGE_NOT_FOUND'));
  });

  it('IFACE-1: the owner signs in with the key of its wallet; a stranger does not', async () => {
    const signer = createSr25519Signer(ownerSeed);
    const wallet = keyWallet((text) => signer.sign(text), {
      address: addressOfAccount(signer.publicKey),
      keyType: 'sr25519',
    });
    const session = await signInWithWallet({ endpoint: storage.endpoint, wallet });
    assert.ok(session.expiresAt.getTime() > storage.nowMs());
    const own = createStorage({ endpoint: storage.endpoint, credentials: session.credentials });
    assert.equal((await admin.getAccount(own)).id, session.account);
    const shared = await presignObject(own, { bucket, key: 'bytes' });
    assert.equal((await fetch(shared)).status, 200);
    const other = createSr25519Signer(new Uint8Array(32).fill(44));
    const stranger = keyWallet((text) => other.sign(text), {
      address: addressOfAccount(other.publicKey),
      keyType: 'sr25519',
    });
    await assert.rejects(signInWithWallet({ endpoint: storage.endpoint, wallet: stranger }), (error) => {
      assert.ok(isCessError(error, 'GATEWAY_OPERATION_REFUSED'));
      assert.equal(error.data.code, 'AccessDenied');
      return true;
    });
  });

  it('IFACE-1: estimates fees, pays, watches blocks, and proves the balance; a wallet extension signs, too', async () => {
    const owner = sr25519Account(ownerSeed);
    const pair = new Keyring({ type: 'sr25519', ss58Format: 11_330 }).addFromUri('//Extension');
    const call = tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: pair.publicKey }, value: 10n * CESS });
    const fee = await estimateFee(chain, owner.account, call);
    const before = await getBalance(chain, owner.account);
    const transfers: number[] = [];
    const unwatch = watchBlocks(chain, {
      onBlock: ({ events, header }) => {
        if (events.some(({ event }) => event.type === 'Balances' && event.value.type === 'Transfer'))
          transfers.push(header.number);
      },
    });
    const included = await submitCall(chain, { signer: owner, call });
    await eventually(() => transfers.includes(included.blockNumber), 'the transfer in the events');
    await unwatch();
    await light.sync();
    assert.equal((await getBalance(light, pair.publicKey)).free, 10n * CESS);
    const paid = before.free - (await getBalance(light, owner.account)).free - 10n * CESS;
    assert.ok(paid > 0n && paid <= 2n * fee, `${paid} of ${fee}`);
    const registry = new TypeRegistry();
    const extension = injectedAccount(
      {
        // What an extension does with a payload.
        signPayload: async (payload) => {
          registry.setSignedExtensions(payload.signedExtensions);
          return registry.createType('ExtrinsicPayload', payload as never, { version: payload.version }).sign(pair);
        },
      },
      pair.address,
    );
    const back = tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: owner.account }, value: CESS });
    await submitCall(chain, { signer: extension, call: back });
    await light.sync();
    assert.ok((await getBalance(light, pair.publicKey)).free < 9n * CESS);
  });

  it('IFACE-1: buys a territory at the price that it said', async () => {
    const keyFile = readFileSync(join(network.home, 'keys', 'owner.json'), 'utf8');
    const signer = await keyFileSigner(keyFile, { allowPlaintext: true });
    const price = await territoryPrice(chain, { gib: 1, days: 30 });
    const before = (await getBalance(chain, signer.account)).free;
    await buyTerritory(chain, { signer, name: 'bought-by-sdk', gib: 1, days: 30 });
    await light.sync();
    assert.equal((await getTerritory(light, signer.account, 'bought-by-sdk'))?.totalBytes, 2n ** 30n);
    const cost = before - (await getBalance(light, signer.account)).free;
    assert.ok(cost >= price && cost < price + CESS, `${cost} for ${price}`);
    assert.ok((await listTerritories(chain, signer.account)).some(({ name }) => name === 'bought-by-sdk'));
    assert.equal(await getTerritory(light, signer.account, 'none'), undefined);
  });

  it('IFACE-1: proves the record of an object and verifies its receipt over the light client', async () => {
    const body = seededBytes(15, 100_000);
    await putObject(storage, { bucket, key: 'proven', body });
    const receipt = await getReceipt(storage, { bucket, key: 'proven' });
    const { statement, chain: facts } = await verifyReceiptWith(light, receipt);
    assert.equal(statement.object.key, 'proven');
    const [file] = facts.files;
    assert.ok(file);
    const proven = await proveFile(light, fromHex(file.id));
    assert.ok(proven.provenEntries >= 26);
    assert.equal((await admin.getObjectStatus(storage, { bucket, key: 'proven' })).files.length > 0, true);
  });
});

function seededBytes(seed: number, length: number): Uint8Array<ArrayBuffer> {
  const stream = createCipheriv('aes-128-ctr', Buffer.alloc(16, seed), Buffer.alloc(16));
  return new Uint8Array(stream.update(Buffer.alloc(length)));
}

/** An HTTP proxy that cuts every answer after some bytes. */
class CuttingProxy {
  requests = 0;

  private constructor(private readonly server: Server) {}

  static async before(gateway: string, cutAfterBytes: number): Promise<CuttingProxy> {
    const server = createServer();
    const proxy = new CuttingProxy(server);
    server.on('request', (request, response) => {
      proxy.requests++;
      const { method = 'GET', headers } = request;
      // With the host that the client signed.
      const outgoing = httpRequest(`${gateway}${request.url}`, { method, headers }, (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        let left = cutAfterBytes;
        answer.on('data', (chunk: Buffer) => {
          response.write(chunk.subarray(0, left));
          left -= chunk.length;
          if (left > 0) return;
          answer.destroy();
          setTimeout(() => response.destroy(), 50);
        });
        answer.on('end', () => response.end());
        answer.on('error', () => {});
      });
      outgoing.end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.server.closeAllConnections();
    this.server.close();
  }
}
