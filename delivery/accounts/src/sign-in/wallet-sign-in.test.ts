import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import {
  blake2_256,
  createEcdsaSigner,
  createEd25519Signer,
  createSr25519Signer,
  encodeSs58,
  keccak256,
} from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import { createMemoryKv } from '@cess/store';
import type { Answer } from '../api/operation.js';
import { AccountsBench, keyPairOf, rootKey } from '../test-support/bench.js';
import { ethereumMessage } from './wallet-signature.js';

const seed = new Uint8Array(32).fill(11);
const sr25519 = createSr25519Signer(seed);
const ed25519 = createEd25519Signer(seed);
const ecdsa = createEcdsaSigner(seed);
const rootKeys = [sr25519.publicKey, ed25519.publicKey, blake2_256(ecdsa.publicKey)].map((owner, at) => ({
  ...rootKey,
  accessKeyId: `ROOT${at}`,
  owner,
}));

type Fields = Readonly<Record<string, string>>;
const prefixed = (text: string) => utf8(`<Bytes>${text}</Bytes>`);

const wallets: Readonly<Record<string, (text: string) => Fields>> = {
  'sr25519 over the text': (text) => substrate('sr25519', sr25519.publicKey, sr25519.sign(utf8(text))),
  'sr25519 of an extension': (text) => substrate('sr25519', sr25519.publicKey, sr25519.sign(prefixed(text))),
  'ed25519 over the text': (text) => substrate('ed25519', ed25519.publicKey, ed25519.sign(utf8(text))),
  'ed25519 of an extension': (text) => substrate('ed25519', ed25519.publicKey, ed25519.sign(prefixed(text))),
  'ethereum by personal_sign': (text) => ({
    KeyType: 'ethereum',
    Signature: `0x${toHex(ecdsa.signHash(keccak256(ethereumMessage(text))))}`,
  }),
};

function substrate(KeyType: string, publicKey: Uint8Array, signature: Uint8Array): Fields {
  return { KeyType, Address: encodeSs58(publicKey, 42), Signature: toHex(signature) };
}

describe('a message of personal_sign', () => {
  it('has the hash that the documentation of web3.js gives', () => {
    const hash = '1da44b586eb0729ff70a73c326926f6ed5a25f5b056e7f47fbc6e58d86871655';
    assert.equal(toHex(keccak256(ethereumMessage('Some data'))), hash);
  });
});

describe('sign-in with a wallet', () => {
  let bench: AccountsBench;
  beforeEach(async () => {
    bench = await AccountsBench.open(createMemoryKv(), seed, rootKeys);
  });
  const unsigned = async (fields: Fields): Promise<Answer> =>
    bench.accounts.performUnsigned(new Map(Object.entries(fields)), bench.nowMs);
  const challenge = async () => {
    const { Challenge, ChallengeToken } = await unsigned({ Action: 'GetWalletChallenge' });
    return { text: String(Challenge), token: String(ChallengeToken) };
  };
  const signIn = (token: string, fields: Fields) =>
    unsigned({ Action: 'GetSessionTokenWithWallet', ChallengeToken: token, ...fields });

  for (const [name, sign] of Object.entries(wallets)) {
    it(`gives the root of the account a session: ${name}`, async () => {
      const { text, token } = await challenge();
      const answer = await signIn(token, sign(text));
      const caller = await bench.caller(keyPairOf(answer));
      assert.deepEqual([caller.principal.kind, caller.account.id], ['root', answer['Account']]);
      assert.notEqual(caller.session, undefined);
    });

    it(`refuses a signature of another text: ${name}`, async () => {
      const { text, token } = await challenge();
      assert.equal(await bench.refusal(signIn(token, sign(`${text} `))), 'AccessDenied');
    });
  }

  const sign = (text: string) => substrate('sr25519', sr25519.publicKey, sr25519.sign(utf8(text)));

  it('serves each challenge once', async () => {
    const { text, token } = await challenge();
    await signIn(token, sign(text));
    assert.equal(await bench.refusal(signIn(token, sign(text))), 'AccessDenied');
  });

  it('refuses a challenge after five minutes, and of another process or gateway', async () => {
    const { text, token } = await challenge();
    const restarted = await AccountsBench.open(bench.kv, seed, rootKeys);
    const fields = new Map(
      Object.entries({ Action: 'GetSessionTokenWithWallet', ChallengeToken: token, ...sign(text) }),
    );
    const elsewhere = async () => restarted.accounts.performUnsigned(fields, bench.nowMs);
    assert.equal(await bench.refusal(elsewhere()), 'AccessDenied');
    bench.nowMs += 5 * 60_000;
    assert.equal(await bench.refusal(signIn(token, sign(text))), 'AccessDenied');
  });

  it('refuses a key that owns no account of the gateway, and the address of another key', async () => {
    const stranger = createSr25519Signer(new Uint8Array(32).fill(12));
    const { text, token } = await challenge();
    const own = substrate('sr25519', stranger.publicKey, stranger.sign(utf8(text)));
    assert.equal(await bench.refusal(signIn(token, own)), 'AccessDenied');
    const foreign = substrate('sr25519', sr25519.publicKey, stranger.sign(utf8(text)));
    assert.equal(await bench.refusal(signIn(token, foreign)), 'AccessDenied');
    await signIn(token, sign(text));
  });

  it('refuses malformed fields, and every other operation without a signature', async () => {
    const { text, token } = await challenge();
    const malformed: readonly Fields[] = [
      { ...sign(text), Signature: 'xyz' },
      { ...sign(text), Signature: 'abc' },
      { ...sign(text), Address: '0OIl' },
      { ...sign(text), KeyType: 'rsa' },
    ];
    for (const fields of malformed) assert.equal(await bench.refusal(signIn(token, fields)), 'ValidationError');
    for (const Action of ['GetCallerIdentity', 'ListUsers', 'AssumeRole', 'toString', ''])
      assert.equal(await bench.refusal(unsigned({ Action })), 'MissingAuthenticationToken');
  });

  it('names the gateway and the time in the text that the wallet shows', async () => {
    const { text } = await challenge();
    assert.match(text, /Gateway: gateway-of-the-test\nNonce: [0-9a-f]{32}\nIssued at: 2026-11-28T12:00:00\.000Z/);
  });
});
