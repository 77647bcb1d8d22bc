// Signer of extrinsics over a wallet extension with the injected interface of Polkadot (`window.injectedWeb3`): the extension shows the
// call to a person and signs. Source: @polkadot/extension-inject, SignerPayloadJSON of @polkadot/types.
import { type Era, era as eraCodec, type MultiSignature, multiSignature } from '@cess/chain-primitives';
import { decodeSs58 } from '@cess/crypto';
import { CessError, fromHex, toHex0x } from '@cess/primitives';
import { type CallSigner, extensionNames, type SigningContext } from '@cess/runtime/declarations';

/** The part of an extension's signer that is used here. */
export interface InjectedSigner {
  signPayload?(payload: InjectedPayload): Promise<{ readonly signature: string }>;
}

/** What the extension is asked to sign; numbers are hex. */
export interface InjectedPayload {
  readonly address: string;
  readonly blockHash: string;
  readonly blockNumber: string;
  readonly era: string;
  readonly genesisHash: string;
  readonly method: string;
  readonly nonce: string;
  readonly specVersion: string;
  readonly tip: string;
  readonly transactionVersion: string;
  readonly signedExtensions: string[];
  readonly version: number;
}

/** The account of an address in an extension. Throws `WALLET_UNUSABLE`; the extension rejects with its own errors. */
export function injectedAccount(signer: InjectedSigner, address: string): CallSigner {
  const decoded = decodeSs58(address);
  if (!decoded.ok) throw unusable(`"${address}" is not an SS58 address`);
  const { signPayload } = signer;
  if (signPayload === undefined) throw unusable('it does not sign calls');
  return {
    account: decoded.value.accountId,
    signCall: async (call, context) => {
      const { signature } = await signPayload.call(signer, payloadOf(address, call, context));
      return signatureOf(signature);
    },
  };
}

function payloadOf(address: string, call: Uint8Array, context: SigningContext): InjectedPayload {
  const era: Era = context.era ?? { type: 'Immortal' };
  const hex = (value: number | bigint, bytes: number): string => `0x${value.toString(16).padStart(2 * bytes, '0')}`;
  return {
    address,
    blockHash: toHex0x(context.eraBlockHash ?? context.genesisHash),
    // Only for showing.
    blockNumber: hex(0, 4),
    era: toHex0x(eraCodec.encode(era)),
    genesisHash: toHex0x(context.genesisHash),
    method: toHex0x(call),
    nonce: hex(context.nonce, 4),
    specVersion: hex(context.specVersion, 4),
    tip: hex(context.tip ?? 0n, 16),
    transactionVersion: hex(context.transactionVersion, 4),
    signedExtensions: [...extensionNames],
    version: 4,
  };
}

function signatureOf(text: string): MultiSignature {
  try {
    return multiSignature.decode(fromHex(text));
  } catch (cause) {
    throw unusable('its signature is unreadable', cause);
  }
}

function unusable(reason: string, cause?: unknown): CessError {
  return new CessError('WALLET_UNUSABLE', `The wallet cannot sign: ${reason}.`, {}, { cause });
}
