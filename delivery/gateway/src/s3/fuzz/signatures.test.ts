// Signatures in headers and queries: what an independent signer signs is accepted, and whatever is changed afterwards is refused,
// unless the change leaves every signed byte as it was.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { SignatureV4 } from '@smithy/signature-v4';
import { fuzz, integer, list, mutated, outcomeOf, pick, type Random, randomText } from '../../test-support/fuzz.js';
import { NodeSha256 } from '../../test-support/raw-s3.js';
import { tryUnsigned, verifySignature } from '../auth/verify-signature.js';
import { parseTarget } from '../request.js';

const credentials = { accessKeyId: 'KEY', secretAccessKey: 'secret' };
const now = new Date('2026-03-01T12:00:00Z');
const context = {
  region: 'us-east-1',
  nowMs: now.getTime(),
  secretOf: (id: string) => (id === credentials.accessKeyId ? credentials.secretAccessKey : undefined),
};
const signer = new SignatureV4({
  credentials,
  region: context.region,
  service: 's3',
  sha256: NodeSha256,
  uriEscapePath: false,
  applyChecksum: true,
});
const tokens = [
  '&',
  '=',
  '%00',
  '%2F',
  '..',
  '//',
  'X-Amz-Signature=',
  ';',
  ',',
  'Credential=',
  '/aws4_request',
  '+',
] as const;
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (one) => `%${one.charCodeAt(0).toString(16).toUpperCase()}`);
/** Without lone surrogates and zero bytes, which keys cannot hold. */
const wellFormed = (text: string) => Buffer.from(text).toString('utf8').replaceAll('\0', '?');

interface Signed {
  readonly method: string;
  readonly target: string;
  readonly headers: Readonly<Record<string, string>>;
}

async function signed(random: Random): Promise<Signed> {
  const method = pick(random, ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']);
  const path = `/bucket/${wellFormed(randomText(random, 12)).split('/').map(encode).join('/')}`;
  const query = Object.fromEntries(
    list(random, 3, () => [`q${integer(random, 9)}`, wellFormed(randomText(random, 6))]),
  );
  const headers = {
    host: 'localhost',
    'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    ...(random() < 0.5 ? { 'x-amz-meta-a': 'some  text ' } : {}),
  };
  const request = { method, protocol: 'http:', hostname: 'localhost', path, query, headers };
  const isPresigned = random() < 0.5;
  const made = isPresigned
    ? await signer.presign(request, { signingDate: now, expiresIn: 60 })
    : await signer.sign(request, { signingDate: now });
  const pairs = Object.entries(made.query ?? {}).map(([name, value]) => `${encode(name)}=${encode(String(value))}`);
  const target = pairs.length === 0 ? path : `${path}?${pairs.join('&')}`;
  return { method, target, headers: made.headers };
}

const verify = ({ method, target, headers }: Signed) =>
  outcomeOf(() => {
    const request = { method, headers, target: parseTarget(target) };
    return tryUnsigned(request) === undefined ? verifySignature(request, context).accessKeyId : 'anonymous';
  });

/** What a request means: equal for requests that differ in spelling alone, and in headers that a presigned URL need not sign. */
function meaning({ method, target, headers }: Signed): string {
  const { bucket, key, query, queryPairs } = parseTarget(target);
  const isPresigned = query.has('X-Amz-Signature');
  const pairs = queryPairs.map((pair) => pair.join('=')).sort();
  const counts = (name: string) => name !== 'authorization' && !(isPresigned && name === 'x-amz-content-sha256');
  const fields = Object.entries(headers).filter(([name]) => counts(name));
  const stated = fields.map(([name, value]) => `${name}:${value.trim().replace(/ +/g, ' ')}`).sort();
  return JSON.stringify([method, bucket, key, pairs, stated]);
}

describe('signatures', () => {
  it('accept what an independent signer signs', () =>
    fuzz(async (random) => {
      const request = await signed(random);
      assert.deepEqual(await verify(request), { value: 'KEY' }, JSON.stringify(request));
    }));

  it('refuse a request that means something else than what was signed', () =>
    fuzz(async (random) => {
      const request = await signed(random);
      const changed = changedRequest(random, request);
      const outcome = await verify(changed);
      if ('refused' in outcome || outcome.value === 'anonymous') return;
      assert.equal(meaning(changed), meaning(request), `${JSON.stringify(request)} became ${JSON.stringify(changed)}`);
    }));

  it('refuse random headers and queries without a crash', () =>
    fuzz(async (random) => {
      const authorization = mutated(
        random,
        'AWS4-HMAC-SHA256 Credential=KEY/20260301/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=00',
        tokens,
      );
      const headers = {
        host: 'localhost',
        authorization,
        'x-amz-date': '20260301T120000Z',
        'x-amz-content-sha256': 'x',
      };
      assert.ok('refused' in (await verify({ method: 'GET', target: '/a', headers })), authorization);
    }));
});

/** Text as Node reads it from a connection: one character for each byte. */
function wireText(text: string): string {
  return Buffer.from(text, 'latin1').toString('latin1');
}

function changedRequest(random: Random, request: Signed): Signed {
  const { method, target, headers } = request;
  switch (integer(random, 4)) {
    case 0:
      return { ...request, method: pick(random, ['GET', 'PUT', 'POST', 'DELETE', 'HEAD']) };
    case 1:
      return { method, headers, target: wireText(mutated(random, target, tokens)) };
    case 2: {
      const name = pick(random, ['host', 'x-amz-meta-a', 'x-amz-date', 'x-amz-acl', 'authorization']);
      return {
        method,
        target,
        headers: { ...headers, [name]: wireText(mutated(random, headers[name] ?? '', tokens)) },
      };
    }
    default: {
      const [removed] = Object.keys(headers).slice(integer(random, 4));
      return {
        method,
        target,
        headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name !== removed)),
      };
    }
  }
}
