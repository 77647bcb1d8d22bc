// Signatures of each kind of key, and what a caller is made of.
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  blake2_256,
  createEcdsaSigner,
  createEd25519Signer,
  createSr25519Signer,
  encodeBase58,
  encodeSs58,
  ethereumAddress,
  keccak256,
} from '@cess/crypto';
import { toHex, utf8 } from '@cess/primitives';
import type { CredentialStore } from '../s3/access/caller.js';
import { WalletCallers } from './wallet-caller.js';

const nowMs = 1_700_000_000_000;
const seed = (value: number) => new Uint8Array(32).fill(value);
const sr25519 = createSr25519Signer(seed(1));
const ed25519 = createEd25519Signer(seed(2));
const ecdsa = createEcdsaSigner(seed(3));
const ethereumOwner = blake2_256(ecdsa.publicKey);
const owners = [sr25519.publicKey, ed25519.publicKey, ethereumOwner];

const credentials: Pick<CredentialStore, 'find'> = {
  async find(accessKeyId) {
    const owner = owners[Number(accessKeyId)] ?? seed(0);
    const account = { id: accessKeyId, owner, canonicalId: toHex(owner), ownerKey: seed(9), territory: 'mine' };
    const principal = { kind: 'root' as const, account: accessKeyId, canonicalId: toHex(owner) };
    const caller = { principal, account, policies: { identity: [] }, keys: () => undefined };
    return { secretAccessKey: '', caller };
  },
};
const callers = new WalletCallers({
  served: () =>
    owners.map((owner, index) => ({
      accessKeyId: String(index),
      secretAccessKey: '',
      owner,
      ownerKey: seed(9),
      territory: 'mine',
    })),
  credentials,
  windowMs: 60_000,
  nowMs: () => nowMs,
});
const message = String(nowMs + 1000);
const accountOf = async (headers: Readonly<Record<string, string>>) =>
  (await callers.identify({ headers: { message, territory: 'mine', ...headers }, query: new Map() }, true)).account.id;
const address = (owner: Uint8Array) => encodeSs58(owner, 11330);
const personalSign = (text: string) =>
  ecdsa.signHash(keccak256(utf8(`\x19Ethereum Signed Message:\n${text.length}${text}`)));
const ethacc = `0x${toHex(ethereumAddress(ecdsa.publicKey))}`;

describe('a wallet that signed the message', () => {
  it('is an sr25519 or ed25519 key, with its account under any prefix', async () => {
    const [one, other] = [sr25519.sign(utf8(message)), ed25519.sign(utf8(message))];
    assert.equal(await accountOf({ account: address(sr25519.publicKey), signature: encodeBase58(one) }), '0');
    assert.equal(await accountOf({ account: encodeSs58(ed25519.publicKey, 42), signature: `0x${toHex(other)}` }), '1');
  });

  it('is an Ethereum key, whose account follows from the signature', async () => {
    const signature = toHex(personalSign(message));
    assert.equal(await accountOf({ ethacc, signature }), '2');
    assert.equal(await accountOf({ ethacc: ethacc.toUpperCase().replace('0X', '0x'), signature }), '2');
    assert.equal(await accountOf({ ethacc, account: address(ethereumOwner), signature }), '2');
  });

  it('is that of Account when EthAcc is empty', async () => {
    const signature = toHex(sr25519.sign(utf8(message)));
    assert.equal(await accountOf({ ethacc: '', account: address(sr25519.publicKey), signature }), '0');
  });

  it('is refused when the Ethereum address or the account is of another key', async () => {
    const signature = toHex(personalSign(message));
    const refused = { code: 'SignatureRefused' };
    await assert.rejects(accountOf({ ethacc: `0x${'00'.repeat(20)}`, signature }), refused);
    await assert.rejects(accountOf({ ethacc, account: address(sr25519.publicKey), signature }), refused);
    await assert.rejects(accountOf({ ethacc, signature: toHex(personalSign(`${message}0`)) }), refused);
  });

  it('is verified again for each account, message and signature', async () => {
    const signature = toHex(sr25519.sign(utf8(message)));
    assert.equal(await accountOf({ account: address(sr25519.publicKey), signature }), '0');
    const refused = { code: 'SignatureRefused' };
    await assert.rejects(accountOf({ account: address(ed25519.publicKey), signature }), refused);
    const other = { message: String(nowMs + 2000) };
    await assert.rejects(accountOf({ ...other, account: address(sr25519.publicKey), signature }), refused);
  });
});
