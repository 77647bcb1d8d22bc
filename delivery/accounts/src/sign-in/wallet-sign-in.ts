// Sign-in with a wallet: whoever proves to hold the key of an owner gets temporary credentials of the root of the owner's account.
// Two operations of STS that Amazon does not have; neither takes a signature of Signature Version 4.
import { accountIdOf } from '@cess/access';
import { decodeSs58 } from '@cess/crypto';
import { equalBytes, fromHex } from '@cess/primitives';
import type { Answer } from '../api/operation.js';
import { type Params, rules } from '../api/params.js';
import { credentialsShape, newSession, type SessionServices } from '../api/sessions.js';
import { IamError } from '../iam-error.js';
import type { Account } from '../identity/caller.js';
import type { Roots } from '../identity/roots.js';
import type { Challenges } from './challenges.js';
import { signerOf, type WalletSignature, walletKeyTypes } from './wallet-signature.js';

const sessionSeconds = { min: 900, max: 3_600, absent: 3_600 };

export interface WalletServices extends SessionServices {
  readonly roots: Roots;
  readonly challenges: Challenges;
}

export const walletOperations = {
  GetWalletChallenge: ({ challenges }: WalletServices, _params: Params, nowMs: number): Answer => {
    const { text, token } = challenges.create(nowMs);
    return { Challenge: text, ChallengeToken: token };
  },
  GetSessionTokenWithWallet: signIn,
};

/** Throws AccessDenied for a challenge that is not open, a wrong signature, and an owner without an account here, alike. */
function signIn(services: WalletServices, params: Params, nowMs: number): Answer {
  const { challenges } = services;
  const challenge = challenges.tryOpen(params.required('ChallengeToken', rules.walletToken), nowMs);
  const signature = signatureOf(params);
  const signer = challenge === undefined ? undefined : signerOf(challenge.text, signature);
  const account = signer === undefined ? undefined : accountOf(services.roots, signer);
  if (challenge === undefined || account === undefined)
    throw new IamError('AccessDenied', 'The challenge is not open, or no account of this gateway signed it.');
  const seconds = params.integer('DurationSeconds', sessionSeconds);
  if (!challenges.use(challenge.nonce, nowMs)) throw new IamError('Throttling', 'Too many sign-ins; try again later.');
  const session = newSession(
    services,
    { nowMs, mfaAtMs: undefined, seconds },
    {
      account: account.id,
      subject: { type: 'Root' },
      issuer: undefined,
      isNarrowed: false,
      policies: [],
      policyArns: [],
    },
  );
  return { Credentials: credentialsShape(services, session), Account: account.id };
}

function accountOf(roots: Roots, owner: Uint8Array): Account | undefined {
  const account = roots.account(accountIdOf(owner));
  return account !== undefined && equalBytes(account.owner, owner) ? account : undefined;
}

function signatureOf(params: Params): WalletSignature {
  const keyType = params.oneOf('KeyType', walletKeyTypes);
  const signature = fromHex(params.required('Signature', rules.walletSignature).replace(/^0x/, ''));
  if (keyType === 'ethereum') return { keyType, signature, publicKey: undefined };
  const address = decodeSs58(params.required('Address', rules.ss58));
  if (!address.ok) throw new IamError('ValidationError', 'Address must be an SS58 address.');
  return { keyType, signature, publicKey: address.value.accountId };
}
