// RFC 9421 in the profile of docs/protocol/node-api.md §2: the RFC's own signature, tampering, replay, time, audience.
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { describe, it } from 'node:test';
import { createEd25519Signer, verifyEd25519 } from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import fc from 'fast-check';
import {
  audienceHeader,
  contentDigest,
  contentDigestHeader,
  coveredComponents,
  fragmentRootHeader,
  gatewayHeader,
  maxClockSkewSeconds,
  ReplayGuard,
  type SignedRequest,
  signatureBase,
  signatureHeader,
  signatureInputHeader,
  signatureParametersText,
  signRequest,
  verifyRequest,
} from './index.js';

const signer = createEd25519Signer(new Uint8Array(32).fill(1));
const audience = createEd25519Signer(new Uint8Array(32).fill(2)).publicKey;
const nowMs = Date.parse('2026-01-01T00:00:00Z');

function signed(change: Partial<SignedRequest> = {}, atMs = nowMs): SignedRequest {
  const request = {
    method: 'PUT',
    path: '/v1/fragments/aa/0/3',
    query: '',
    ...change,
    headers: {
      [audienceHeader]: toHex(audience),
      [fragmentRootHeader]: 'ab'.repeat(32),
      [gatewayHeader]: 'cd'.repeat(32),
      ...change.headers,
    },
  };
  return { ...request, headers: { ...request.headers, ...signRequest(request, signer, atMs) } };
}

const check = (
  request: SignedRequest,
  change: { nowMs?: number; replayGuard?: ReplayGuard; audience?: Uint8Array } = {},
) => verifyRequest(request, { audience, nowMs, replayGuard: new ReplayGuard(600), ...change });
const refusal = (...args: Parameters<typeof check>) => {
  const result = check(...args);
  return result.ok ? 'accepted' : result.error;
};
const without = (request: SignedRequest, name: string): SignedRequest => {
  const { [name]: _, ...headers } = request.headers;
  return { ...request, headers };
};
const withHeader = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

describe('message signatures', () => {
  it('RFC 9421 B.2.6: the published ed25519 signature holds over its published base', () => {
    const base = utf8(
      [
        '"date": Tue, 20 Apr 2021 02:07:55 GMT',
        '"@method": POST',
        '"@path": /foo',
        '"@authority": example.com',
        '"content-type": application/json',
        '"content-length": 18',
        '"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      ].join('\n'),
    );
    const published = Buffer.from(
      'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==',
      'base64',
    );
    const pem =
      '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAJrQLj5P/89iXES9+vFgrIy29clF9CC/oPPsw3c5D0bs=\n-----END PUBLIC KEY-----';
    const key = new Uint8Array(createPublicKey(pem).export({ format: 'der', type: 'spki' }).subarray(-32));
    assert.ok(verifyEd25519(new Uint8Array(published), base, key));
    const secret =
      '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIJ+DYvh6SEqVTm50DFtMDoQikTmiCqirVv9mWG9qfSnF\n-----END PRIVATE KEY-----';
    assert.deepEqual(sign(null, base, createPrivateKey(secret)), published);
  });

  it('the base has one line per component in the order of the profile, and node:crypto verifies it', () => {
    const request = signed();
    const components = coveredComponents(request);
    const text = request.headers[signatureInputHeader]!.slice('cess='.length);
    const base = Buffer.from(signatureBase(request, text, components)).toString();
    assert.equal(
      base,
      [
        '"@method": PUT',
        '"@path": /v1/fragments/aa/0/3',
        '"@query": ?',
        `"cess-audience": ${toHex(audience)}`,
        `"cess-fragment-root": ${'ab'.repeat(32)}`,
        `"cess-gateway": ${'cd'.repeat(32)}`,
        `"@signature-params": ${text}`,
      ].join('\n'),
    );
    const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), signer.publicKey]);
    const key = createPublicKey({ key: spki, format: 'der', type: 'spki' });
    const signature = Buffer.from(request.headers[signatureHeader]!.slice('cess=:'.length, -1), 'base64');
    assert.ok(verify(null, Buffer.from(base), key, signature));
  });

  it('the digest of a body is that of RFC 9530', () => {
    // RFC 9530 B.1: {"hello": "world"} and a line feed.
    const digest = contentDigest(utf8('{"hello": "world"}\n'));
    assert.equal(digest, 'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:');
  });

  it('a signed request is accepted and names its signer', () => {
    const result = check(signed());
    assert.ok(result.ok);
    assert.deepEqual(result.value, signer.publicKey);
  });

  it('any change of a covered component is refused', () => {
    const request = signed({ headers: { [contentDigestHeader]: contentDigest(utf8('{}')) } });
    const changed: readonly SignedRequest[] = [
      { ...request, method: 'POST' },
      { ...request, path: '/v1/fragments/aa/0/4' },
      { ...request, query: '?a=b' },
      withHeader(request, fragmentRootHeader, 'ac'.repeat(32)),
      withHeader(request, gatewayHeader, 'ce'.repeat(32)),
      withHeader(request, contentDigestHeader, contentDigest(utf8('[]'))),
      withHeader(request, signatureHeader, signed().headers[signatureHeader]!),
    ];
    for (const one of changed) assert.equal(refusal(one), 'SIGNATURE_INVALID');
    for (const name of [fragmentRootHeader, gatewayHeader, contentDigestHeader]) {
      assert.equal(refusal(without(request, name)), 'SIGNATURE_MALFORMED', `${name} taken away`);
    }
    const bare = signed({ method: 'GET' });
    const added = withHeader(bare, contentDigestHeader, contentDigest(utf8('x')));
    assert.equal(refusal(added), 'SIGNATURE_MALFORMED', 'a component added');
  });

  it('parameters are signed too', () => {
    const request = signed();
    const input = request.headers[signatureInputHeader]!;
    const other = toHex(createEd25519Signer(new Uint8Array(32).fill(3)).publicKey);
    const changes: readonly (readonly [RegExp, string])[] = [
      [/created=(\d+)/, `created=${nowMs / 1000 + 1}`],
      [/nonce="[0-9a-f]+"/, `nonce="${'0'.repeat(32)}"`],
      [/keyid="[0-9a-f]+"/, `keyid="${other}"`],
    ];
    for (const [pattern, value] of changes) {
      assert.equal(
        refusal(withHeader(request, signatureInputHeader, input.replace(pattern, value))),
        'SIGNATURE_INVALID',
      );
    }
  });

  it('another audience, a missing or a malformed signature have refusals of their own', () => {
    const request = signed();
    assert.equal(refusal(request, { audience: signer.publicKey }), 'SIGNATURE_AUDIENCE');
    assert.equal(refusal(without(request, audienceHeader)), 'SIGNATURE_AUDIENCE');
    assert.equal(refusal(without(request, signatureHeader)), 'SIGNATURE_MISSING');
    assert.equal(refusal(without(request, signatureInputHeader)), 'SIGNATURE_MISSING');
    for (const value of ['', 'cess=:AA==:', 'sig1=:AAAA:', `cess=:${'!'.repeat(88)}:`]) {
      assert.equal(refusal(withHeader(request, signatureHeader, value)), 'SIGNATURE_MALFORMED');
    }
    const input = request.headers[signatureInputHeader]!;
    for (const value of [
      'cess=()',
      input.replace('ed25519', 'hmac-sha256'),
      input.replace('cess=', 'sig='),
      `${input} `,
    ]) {
      assert.equal(refusal(withHeader(request, signatureInputHeader, value)), 'SIGNATURE_MALFORMED');
    }
  });

  it('no header text makes verification throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (input, signature) => {
        const request = withHeader(withHeader(signed(), signatureInputHeader, input), signatureHeader, signature);
        assert.notEqual(refusal(request), 'accepted');
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  it('the clock may differ by five minutes either way, no more', () => {
    for (const direction of [1, -1]) {
      const edge = nowMs + direction * maxClockSkewSeconds * 1000;
      assert.equal(refusal(signed(), { nowMs: edge }), 'accepted');
      assert.equal(refusal(signed(), { nowMs: edge + direction * 1000 }), 'SIGNATURE_EXPIRED');
    }
  });

  it('a request works once, for as long as its signature would hold', () => {
    const replayGuard = new ReplayGuard(2 * maxClockSkewSeconds);
    const early = signed({}, nowMs + maxClockSkewSeconds * 1000);
    const request = signed();
    for (const one of [request, early]) {
      assert.equal(refusal(one, { replayGuard }), 'accepted');
      for (let seconds = 0; seconds <= 3 * maxClockSkewSeconds; seconds += 50) {
        assert.notEqual(refusal(one, { replayGuard, nowMs: nowMs + seconds * 1000 }), 'accepted');
      }
    }
    assert.equal(refusal(request, { replayGuard }), 'SIGNATURE_REPLAYED');
  });

  it('a refused request does not use up its nonce', () => {
    const replayGuard = new ReplayGuard(600);
    const request = signed();
    assert.equal(refusal({ ...request, method: 'GET' }, { replayGuard }), 'SIGNATURE_INVALID');
    assert.equal(refusal(request, { replayGuard }), 'accepted');
  });
});

describe('replay guard', () => {
  it('is bounded: full it refuses, and has room again when nonces expire', () => {
    const guard = new ReplayGuard(10, 6);
    for (let n = 0; n < 3; n++) assert.equal(guard.admit('k', `n${n}`, 100, 100), true);
    assert.equal(guard.admit('k', 'n3', 100, 100), false);
    assert.equal(guard.admit('k', 'n3', 110, 110), false, 'still within the window');
    assert.equal(guard.admit('k', 'n3', 111, 111), true);
    assert.equal(guard.admit('k', 'n3', 111, 111), false);
  });

  it('a signer that floods it leaves room for others', () => {
    const guard = new ReplayGuard(10, 8);
    let admitted = 0;
    for (let n = 0; n < 100; n++) if (guard.admit('flood', `n${n}`, 100, 100)) admitted++;
    assert.equal(admitted, 4);
    assert.equal(guard.admit('honest', 'n', 100, 100), true);
  });

  it('keeps the nonces of different signers apart', () => {
    const guard = new ReplayGuard(10);
    assert.equal(guard.admit('a', 'n', 100, 100), true);
    assert.equal(guard.admit('b', 'n', 100, 100), true);
    assert.equal(guard.admit('a', 'n', 100, 100), false);
  });
});

describe('parameters', () => {
  it('are written in one way only', () => {
    const text = signatureParametersText(['@method'], { created: 5, nonce: 'ab', keyId: 'cd' });
    assert.equal(text, '("@method");created=5;nonce="ab";keyid="cd";alg="ed25519"');
  });
});
