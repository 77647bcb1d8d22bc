// Who signed a request of the native API: headers Account (or EthAcc), Message, Signature and Territory. The signer acts as the root
// of the account that the operator configured for this owner and territory.
import { createHash } from 'node:crypto';
import { ethereumSignerOf, signerOf } from '@cess/accounts';
import { blake2_256, decodeBase58, decodeSs58, ethereumAddress } from '@cess/crypto';
import { BoundedCache, equalBytes, fromHex, toHex } from '@cess/primitives';
import type { Caller, CallerAccount, CredentialStore } from '../s3/access/caller.js';
import type { ServedAccount } from '../served-account.js';
import { NativeError } from './native-error.js';
import { assertCurrent } from './signed-message.js';

export interface WalletCaller {
  readonly caller: Caller;
  readonly account: CallerAccount;
  /** Of account, message and signature: what an upload is bound to. */
  readonly messageDigest: string;
}

export interface WalletCallersInit {
  readonly served: () => readonly ServedAccount[];
  readonly credentials: Pick<CredentialStore, 'find'>;
  readonly windowMs: number;
  readonly nowMs: () => number;
}

export interface WalletHeaders {
  readonly headers: Readonly<Record<string, string>>;
  /** `Account` and `Territory` can stand there instead. */
  readonly query: ReadonlyMap<string, string>;
}

interface Claim {
  /** Account id on chain. */
  readonly owner: Uint8Array;
  readonly message: string;
  readonly signature: Uint8Array;
}

const maxMessageLength = 256;
const maxSignatureLength = 200;
const maxVerified = 4_096;

export class WalletCallers {
  /** Digests of signatures that are valid: an upload repeats its own with every range. */
  readonly #verified = new BoundedCache<true>(maxVerified);

  constructor(private readonly init: WalletCallersInit) {}

  /** `needsTerritory`: the request must name one; otherwise the first of the account counts. */
  async identify(request: WalletHeaders, needsTerritory: boolean): Promise<WalletCaller> {
    const { served, credentials, windowMs, nowMs } = this.init;
    const { headers } = request;
    const territory = stated(request, 'Territory');
    if (needsTerritory && territory === undefined) throw new NativeError('HeaderInvalid', 'Territory is missing.');
    const message = utf8Header(headers['message'] ?? '');
    const signature = headers['signature'] ?? '';
    if (message === '' || signature === '') throw new NativeError('AccountMissing');
    if (message.length > maxMessageLength || signature.length > maxSignatureLength)
      throw new NativeError('HeaderInvalid', 'Message or Signature is too long.');
    assertCurrent(message, { nowMs: nowMs(), windowMs });
    const claim = claimOf(request, message, decodeSignature(signature));
    const key = served().find(
      (one) => equalBytes(one.owner, claim.owner) && (territory === undefined || one.territory === territory),
    );
    const messageDigest = digestOf(claim);
    // An account that is not served costs no verification, and is not told apart.
    if (key === undefined || !this.#isValid(headers, claim, messageDigest)) throw new NativeError('SignatureRefused');
    const caller = (await credentials.find(key.accessKeyId, undefined))?.caller;
    if (caller?.account === undefined) throw new NativeError('SignatureRefused');
    return { caller, account: caller.account, messageDigest };
  }

  #isValid(headers: WalletHeaders['headers'], { owner, message, signature }: Claim, digest: string): boolean {
    if (this.#verified.get(digest) === true) return true;
    const keyTypes = ['sr25519', 'ed25519'] as const;
    // The owner of an Ethereum signature follows from it.
    const isValid =
      ethereumAccount(headers) !== undefined ||
      keyTypes.some((keyType) => signerOf(message, { keyType, publicKey: owner, signature }) !== undefined);
    if (isValid) this.#verified.set(digest, true);
    return isValid;
  }
}

function claimOf(request: WalletHeaders, message: string, signature: Uint8Array): Claim {
  const ethereum = ethereumAccount(request.headers);
  const address = stated(request, 'Account');
  if (ethereum !== undefined) {
    const key = ethereumSignerOf(message, signature);
    const signer = key === undefined ? undefined : `0x${toHex(ethereumAddress(key))}`;
    if (key === undefined || signer !== ethereum.toLowerCase()) throw new NativeError('SignatureRefused');
    const owner = blake2_256(key);
    if (address !== undefined && !equalBytes(accountIdOf(address), owner)) throw new NativeError('SignatureRefused');
    return { owner, message, signature };
  }
  if (address === undefined) throw new NativeError('AccountMissing');
  return { owner: accountIdOf(address), message, signature };
}

function accountIdOf(address: string): Uint8Array {
  const decoded = decodeSs58(address);
  if (!decoded.ok) throw new NativeError('HeaderInvalid', `Account is no SS58 address. ${decoded.error}`);
  return decoded.value.accountId;
}

/** cess-js-sdk-frontend sends the header empty for other wallets. */
function ethereumAccount(headers: WalletHeaders['headers']): string | undefined {
  const stated = headers['ethacc'];
  return stated === '' ? undefined : stated;
}

/** Hexadecimal, with or without 0x, or base58. */
function decodeSignature(text: string): Uint8Array {
  const digits = text.replace(/^0x/i, '');
  if (/^([0-9a-f]{128}|[0-9a-f]{130})$/i.test(digits)) return fromHex(digits.toLowerCase());
  const bytes = decodeBase58(text);
  if (bytes === undefined || (bytes.length !== 64 && bytes.length !== 65))
    throw new NativeError('HeaderInvalid', 'Signature must be hexadecimal or base58.');
  return bytes;
}

/** A header, or a query parameter of the same name. Throws HeaderInvalid if they differ. */
function stated({ headers, query }: WalletHeaders, name: string): string | undefined {
  const header = headers[name.toLowerCase()];
  const [inHeader, inQuery] = [header === undefined ? undefined : utf8Header(header), query.get(name)];
  if (inHeader !== undefined && inQuery !== undefined && inHeader !== inQuery)
    throw new NativeError('HeaderInvalid', `${name} has different values in the header and in the query.`);
  return inHeader ?? inQuery;
}

/** Node gives the bytes of a header as Latin-1. */
function utf8Header(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}

function digestOf({ owner, message, signature }: Claim): string {
  return createHash('sha256').update(owner).update(signature).update(message).digest('hex');
}
