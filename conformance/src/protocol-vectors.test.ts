// The checked-in vectors of docs/protocol: the code gives exactly them, and so does a second computation by hand.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { test } from 'node:test';
import { justificationCodec, verifyJustification } from '@cess/consensus';
import { vrfVerify } from '@cess/crypto';
import { allVectors } from './protocol/all-vectors.js';
import {
  ed25519Sign,
  hex,
  hkdf,
  lagrangeShard,
  le,
  publicKeyOf,
  sealGcm,
  sha256,
  sha512,
  treeRoot,
  x25519,
} from './protocol/by-hand.js';
import { type Json, pattern, readVectors, type Vector, vectorFolder } from './protocol/vector.js';

const text = (value: Json | undefined): string => {
  assert.equal(typeof value, 'string');
  return value as string;
};
const number = (value: Json | undefined): number => {
  assert.equal(typeof value, 'number');
  return value as number;
};
const bytes = (value: Json | undefined): Buffer => hex(text(value));
const list = (value: Json | undefined): readonly Json[] => value as readonly Json[];
const patternOf = (value: Json | undefined): Uint8Array => {
  const [, length, seed] = /^pattern\((\d+), (\d+)\)$/.exec(text(value))!;
  return pattern(Number(length), Number(seed));
};

function vector(file: string, name: string): Vector {
  const found = readVectors(file).find((candidate) => candidate.name.startsWith(name));
  assert.ok(found !== undefined, `${file} has no vector "${name}"`);
  return found;
}

for (const [name, compute] of Object.entries(allVectors)) {
  test(`the code gives the vectors of ${name}`, async () => assert.deepEqual(await compute(), readVectors(name)));
}

test('no file of vectors is unknown to the test', () => {
  const files = readdirSync(vectorFolder).map((file) => file.replace(/\.json$/, ''));
  assert.deepEqual(files.sort(), Object.keys(allVectors).sort());
});

test("receipts §1, §3, §6: the text follows from its content, and signature and shards follow from Node's primitives", () => {
  for (const { input, output } of readVectors('object-receipts')) {
    const receipt = text(output['receipt']);
    const file = JSON.parse(receipt) as Record<string, Json>;
    assert.equal(`${JSON.stringify(file, null, 1)}\n`, receipt);
    const digest = sha256(Buffer.from(JSON.stringify(file['statement'])));
    const message = Buffer.concat([Buffer.from('CESS/object-receipt/v1'), digest]);
    assert.equal(file['signature'], `0x${ed25519Sign(bytes(input['nodeKeySeed']), message).toString('hex')}`);
  }
  const { input, output } = vector('object-receipts', 'the second object in a pack');
  const { statement } = JSON.parse(text(output['receipt'])) as {
    statement: { files: { streams: { id: string; key: string }[]; shards: { hashes: string[] }[] }[] };
  };
  const { streams, shards } = statement.files[0]!;
  const { id, key } = streams[0]!;
  const nonce = Buffer.concat([le(0, 8), Buffer.from([0, 0, 0, 1])]);
  const associated = Buffer.concat([hex(id.slice(2)), le(0, 8), Buffer.from([1])]);
  const sealed = sealGcm(hex(key.slice(2)), nonce, associated, Buffer.from(patternOf(input['plaintext'])));
  for (const [index, hashes] of shards[0]!.hashes.entries()) {
    const shard = sealed.subarray(4096 * index, 4096 * (index + 1));
    assert.equal(hashes.slice(-64), treeRoot(shard).toString('hex'));
  }
});

test('§1: frames are AES-256-GCM with the nonce and the associated data of the page', () => {
  const frames = readVectors('sealed-stream').filter(({ input }) => 'index' in input);
  assert.equal(frames.length, 4);
  for (const { input, output } of frames) {
    const last = input['isLast'] === true ? 1 : 0;
    const index = le(number(input['index']), 8);
    const nonce = Buffer.concat([index, Buffer.from([0, 0, 0, last])]);
    const aad = Buffer.concat([bytes(input['streamId']), index, Buffer.from([last])]);
    const sealed = sealGcm(bytes(input['key']), nonce, aad, patternOf(input['plaintext']));
    assert.equal(sealed.length, output['length']);
    assert.equal(sealed.subarray(-32).toString('hex'), output['sealedEnd']);
    if ('sealed' in output) assert.equal(sealed.toString('hex'), output['sealed']);
    else assert.equal(sealed.subarray(0, 32).toString('hex'), output['sealedStart']);
  }
});

test('§2: stripes cover the ciphertext without gap, and their shards the fragment', () => {
  for (const { input, output } of readVectors('segment-layout')) {
    let [data, shard] = [0, 0];
    for (const stripe of list(output['stripes']) as readonly { readonly [name: string]: number }[]) {
      assert.equal(stripe['dataOffset'], data);
      assert.equal(stripe['shardOffset'], shard);
      assert.ok(stripe['shardLength']! <= 1_048_576);
      assert.equal(stripe['shardLength'], Math.ceil(stripe['dataLength']! / number(input['k'])));
      data += stripe['dataLength']!;
      shard += stripe['shardLength']!;
    }
    assert.equal(data, input['ciphertextLength']);
    assert.equal(shard, output['fragmentLength']);
  }
});

test('§3: parity is the value of the data polynomial at the index of the shard', () => {
  for (const { input, output } of readVectors('erasure').filter(({ input }) => 'data' in input)) {
    const data = Array.from({ length: number(input['k']) }, (_, i) => pattern(16, 3 * i + 1));
    list(output['parity']).forEach((parity, i) => {
      assert.equal(lagrangeShard(data, data.length + i).toString('hex'), parity);
    });
  }
});

test('§4: roots by splitting at powers of two', () => {
  for (const { input, output } of readVectors('fragment-tree').filter(({ output }) => 'root' in output)) {
    const content = patternOf(input['bytes']);
    const tree = treeRoot(content);
    assert.equal(tree.toString('hex'), output['treeRoot']);
    const root = sha256(Buffer.from('CESS/fragment/v1'), le(content.length, 8), tree);
    assert.equal(root.toString('hex'), output['root']);
  }
});

test('§4: a proof leads from the block to the root', () => {
  const { output } = vector('fragment-tree', 'proof');
  const block = pattern(20_000, 30).subarray(4 * 4096);
  const [sibling, ...rest] = list(output['proof']).map(bytes);
  assert.equal(rest.length, 0);
  assert.deepEqual(sha256(sibling!, sha256(block)), treeRoot(pattern(20_000, 30)));
});

test('§5: segment root, file id and order id', () => {
  const segment = vector('ids', 'segment root');
  const head = Buffer.concat([Buffer.from([3, 11]), le(33_554_432, 8)]);
  const roots = list(segment.input['fragmentRoots']).map(bytes);
  assert.deepEqual(sha256(Buffer.from('CESS/segment/v1'), head, ...roots), bytes(segment.output['segmentRoot']));
  const { input: file, output } = vector('ids', 'file id');
  const parts = [file['genesis'], file['owner'], file['orderId'], ...list(file['segmentRoots'])].map(bytes);
  assert.deepEqual(sha256(Buffer.from('CESS/file/v1'), ...parts), bytes(output['fileId']));
  const order = vector('ids', 'order id');
  assert.deepEqual(
    sha256(
      bytes(order.input['genesis']),
      bytes(order.input['owner']),
      Buffer.from('default'),
      bytes(order.input['randomness']),
    ),
    bytes(order.output['orderId']),
  );
});

test('§7: derived keys and both kinds of wraps', () => {
  const keys = vector('keys', 'keys of an owner');
  const salt = Buffer.from('CESS/owner/v1');
  const master = hkdf(bytes(keys.input['seed']), salt, 'master');
  const secret = hkdf(master, salt, 'x25519');
  assert.deepEqual(master, bytes(keys.output['masterKey']));
  assert.deepEqual(secret, bytes(keys.output['x25519Secret']));
  assert.deepEqual(publicKeyOf('x25519', secret), bytes(keys.output['x25519Public']));

  const owner = vector('keys', 'a bucket key wrapped');
  const recipient = bytes(owner.input['recipient']);
  const ephemeral = publicKeyOf('x25519', bytes(owner.input['ephemeralSecret']));
  const shared = x25519(bytes(owner.input['ephemeralSecret']), recipient);
  assert.deepEqual(shared, x25519(secret, ephemeral));
  const wrapKey = hkdf(shared, Buffer.concat([ephemeral, recipient]), 'CESS/wrap/x25519/v1');
  const sealed = sealGcm(wrapKey, Buffer.alloc(12), Buffer.from('CESS/bucket-key/v1'), bytes(owner.input['key']));
  assert.deepEqual(Buffer.concat([Buffer.from([1]), recipient, ephemeral, sealed]), bytes(owner.output['wrap']));

  const { input: stream, output } = vector('keys', 'a stream key');
  const id = bytes(stream['streamId']);
  const underBucket = hkdf(bytes(stream['bucketKey']), id, 'CESS/wrap/bucket/v1');
  const streamSealed = sealGcm(underBucket, Buffer.alloc(12), id, bytes(stream['streamKey']));
  assert.deepEqual(Buffer.concat([Buffer.from([0]), streamSealed]), bytes(output['wrap']));
});

test('audit §4: a verdict signs the life of the round, the proof and the judgement', () => {
  for (const { input, output } of readVectors('verdicts')) {
    const digest = sha256(
      Buffer.from('CESS/verdict/v2'),
      bytes(input['genesis']),
      le(number(input['worker']), 4),
      le(number(input['provider']), 4),
      bytes(input['keyId']),
      le(number(input['round']), 4),
      bytes(input['seed']),
      le(number(input['openedAt']), 4),
      sha256(bytes(input['proof'])),
      Buffer.from([input['passed'] === true ? 1 : 0]),
    );
    assert.deepEqual(digest, bytes(output['digest']));
    assert.deepEqual(ed25519Sign(bytes(input['enclaveSeed']), digest), bytes(output['signature']));
  }
});

test('§9: receipt, attestation and possession proof', () => {
  const receipt = vector('receipts', 'receipt');
  const message = Buffer.concat([
    Buffer.from('CESS/receipt/v1'),
    bytes(receipt.input['genesis']),
    le(7, 4),
    bytes(receipt.input['gateway']),
    bytes(receipt.input['orderId']),
    le(2, 4),
    le(11, 2),
    bytes(receipt.input['root']),
    le(8_388_608, 4),
    le(1_800_000_000, 8),
  ]);
  assert.equal(message.length, 165);
  assert.deepEqual(message, bytes(receipt.output['message']));
  const seed = bytes(receipt.input['nodeSeed']);
  assert.deepEqual(ed25519Sign(seed, message), bytes(receipt.output['signature']));

  const batch = vector('receipts', 'attestation');
  const entries = (list(batch.input['entries']) as readonly { readonly [name: string]: Json }[]).map((entry) =>
    Buffer.concat([
      bytes(entry['fileId']),
      le(number(entry['segment']), 4),
      le(number(entry['fragment']), 2),
      bytes(entry['root']),
      le(number(entry['length']), 4),
    ]),
  );
  const digest = sha256(
    Buffer.from('CESS/holding/v2'),
    bytes(batch.input['genesis']),
    le(7, 4),
    bytes(batch.input['gateway']),
    le(number(batch.input['until']), 4),
    sha256(...entries),
  );
  assert.deepEqual(digest, bytes(batch.output['digest']));
  assert.deepEqual(ed25519Sign(seed, digest), bytes(batch.output['signature']));

  const possession = vector('receipts', 'possession');
  const claim = Buffer.concat([
    Buffer.from('CESS/node-key/v1'),
    bytes(possession.input['genesis']),
    bytes(possession.input['account']),
  ]);
  assert.deepEqual(ed25519Sign(seed, claim), bytes(possession.output['signature']));
});

test('the beacon folds a VRF output that verifies', () => {
  const { input, output } = vector('beacon', 'one step');
  const alpha = Buffer.concat([
    Buffer.from('CESS/r2s-vrf/v1'),
    bytes(input['previousBeacon']),
    le(BigInt(text(input['slot'])), 8),
  ]);
  assert.deepEqual(alpha, bytes(output['alpha']));
  const publicKey = publicKeyOf('ed25519', bytes(input['authoritySeed']));
  assert.deepEqual(publicKey, bytes(output['publicKey']));
  assert.deepEqual(Buffer.from(vrfVerify(publicKey, alpha, bytes(output['pi']))!), bytes(output['beta']));
  assert.deepEqual(sha512(bytes(input['previousBeacon']), bytes(output['beta'])), bytes(output['beacon']));
});

/** The bytes of the header vector: SCALE compact lengths are written out. */
function headerByHand({ input, output }: Vector): { unsealed: Buffer; sealed: Buffer } {
  const claim = Buffer.concat([
    le(BigInt(text(input['slot'])), 8),
    le(number(input['seat']), 4),
    bytes(input['vrfOutput']),
    bytes(input['vrfProof']),
  ]);
  assert.equal(claim.length, 156);
  const fixed = [
    bytes(input['parentHash']),
    le((number(input['number']) << 2) | 2, 4),
    bytes(input['stateRoot']),
    bytes(input['extrinsicsRoot']),
  ];
  const engine = Buffer.from('R2SC');
  const item = Buffer.concat([Buffer.from([6]), engine, le((156 << 2) | 1, 2), claim]);
  const signature = ed25519Sign(bytes(input['authoritySeed']), bytes(output['unsealedHash']));
  const seal = Buffer.concat([Buffer.from([5]), engine, le((64 << 2) | 1, 2), signature]);
  return {
    unsealed: Buffer.concat([...fixed, Buffer.from([1 << 2]), item]),
    sealed: Buffer.concat([...fixed, Buffer.from([2 << 2]), item, seal]),
  };
}

test('a header is SCALE, its seal signs the hash of the header without it', () => {
  const header = vector('consensus', 'header');
  const { unsealed, sealed } = headerByHand(header);
  assert.deepEqual(unsealed, bytes(header.output['unsealed']));
  assert.deepEqual(sealed, bytes(header.output['sealed']));
});

test('the justification holds the precommit over the 53 bytes of the page', () => {
  const { input, output } = vector('consensus', 'precommit');
  const [target, number32] = [bytes(input['targetHash']), le(number(input['targetNumber']), 4)];
  const round = le(BigInt(text(input['round'])), 8);
  const payload = Buffer.concat([Buffer.from([1]), target, number32, round, le(BigInt(text(input['setId'])), 8)]);
  assert.equal(payload.length, 53);
  assert.deepEqual(payload, bytes(output['payload']));
  const seed = bytes(input['authoritySeed']);
  const key = publicKeyOf('ed25519', seed);
  const vote = Buffer.concat([target, number32, ed25519Sign(seed, payload), key]);
  const justification = Buffer.concat([round, target, number32, Buffer.from([1 << 2]), vote, Buffer.from([0])]);
  assert.deepEqual(justification, bytes(output['justification']));
  const set = { setId: 3n, authorities: [{ key, weight: 1n }] };
  assert.equal(verifyJustification(justificationCodec.decode(justification), set).ok, true);
});

test('node-api §2: the signature base line by line', () => {
  const requests = readVectors('node-api');
  assert.equal(requests.length, 3);
  for (const { input, output } of requests) {
    const headers = input['headers'] as { readonly [name: string]: string };
    const covered = ['@method', '@path', '@query', 'cess-audience'];
    for (const name of ['content-digest', 'cess-fragment-root', 'cess-gateway'])
      if (name in headers) covered.push(name);
    const seed = bytes(input['seed']);
    const parameters = `(${covered.map((name) => `"${name}"`).join(' ')});created=${number(input['created'])};nonce="${text(input['nonce'])}";keyid="${publicKeyOf('ed25519', seed).toString('hex')}";alg="ed25519"`;
    const values: Readonly<Record<string, string>> = {
      '@method': text(input['method']),
      '@path': text(input['path']),
      '@query': text(input['query']) || '?',
      ...headers,
    };
    const lines = [...covered.map((name) => `"${name}": ${values[name]}`), `"@signature-params": ${parameters}`];
    assert.equal(lines.join('\n'), output['base']);
    const signature = ed25519Sign(seed, Buffer.from(lines.join('\n')));
    assert.equal(`cess=:${signature.toString('base64')}:`, output['signature']);
  }
  const digest = sha256(Buffer.from(requests[1]!.name.replace('request with the body ', ''))).toString('base64');
  const headers = requests[1]!.input['headers'] as { readonly [name: string]: string };
  assert.equal(headers['content-digest'], `sha-256=:${digest}:`);
});

test('PoDR2 §3: the id is the hash of its fields', () => {
  const { input, output } = vector('podr2', 'fragment id');
  const whole = (name: string, size: number): Buffer => le(number(input[name]), size);
  const id = sha256(
    Buffer.from('CESS/PoDR2/id/v1'),
    ...['genesis', 'orderId', 'fileId'].map((name) => bytes(input[name])),
    whole('segment', 4),
    whole('fragment', 4),
    whole('replica', 2),
    bytes(input['root']),
    whole('provider', 4),
    bytes(input['keyId']),
  );
  assert.deepEqual(id, bytes(output['id']));
});

test('PoDR2 §2, §6: scalars, key id and challenge from hashes alone', () => {
  const order = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n;
  const integer = (from: Buffer): bigint => BigInt(`0x${Buffer.from(from).reverse().toString('hex')}`);
  const scalar = (uniform: Buffer): string =>
    Buffer.from(((integer(uniform) % (order - 2n)) + 2n).toString(16).padStart(64, '0'), 'hex')
      .reverse()
      .toString('hex');
  const xof = (length: number, ...parts: readonly Uint8Array[]): Buffer =>
    createHash('shake256', { outputLength: length }).update(Buffer.concat(parts)).digest();
  const key = vector('podr2', 'key from');
  assert.equal(scalar(bytes(key.input['x'])), key.output['secretX']);
  assert.equal(scalar(bytes(key.input['alpha'])), key.output['secretAlpha']);
  const publicParts = ['publicX', 'publicXAlpha', 'srsHash'].map((name) => bytes(key.output[name]));
  assert.deepEqual(sha256(Buffer.from('CESS/PoDR2/key/v1'), ...publicParts), bytes(key.output['keyId']));
  const { input, output } = vector('podr2', 'challenge of');
  const base = sha256(
    Buffer.from('CESS/PoDR2/challenge/v1'),
    bytes(input['genesis']),
    bytes(input['seed']),
    le(number(input['provider']), 4),
    bytes(input['keyId']),
  );
  assert.deepEqual(base, bytes(output['base']));
  assert.equal(scalar(xof(64, base, Buffer.from([2]))), output['point']);
  const stream = xof(64, base, Buffer.from([1]), bytes(input['id']));
  assert.deepEqual(output['indices'], [0, 1]);
  assert.equal(stream.subarray(32).toString('hex'), output['factors']);
});
