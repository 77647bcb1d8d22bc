// cess account: balances and transfers.
import { type ChainClient, query, SS58_PREFIX, Submitter, tx } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { decodeSs58, encodeSs58 } from '@cess/crypto';
import { CessError, silentLogger } from '@cess/primitives';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, formatCess, parseCess, print, printDone } from '../output.js';
import { ownerSeed } from '../owner-key.js';

/** Account id of an SS58 address. Throws `ADDRESS_MALFORMED`. */
export function parseAddress(address: string): Uint8Array {
  const decoded = decodeSs58(address);
  if (!decoded.ok) throw new CessError('ADDRESS_MALFORMED', `"${address}" is not an SS58 address.`);
  return decoded.value.accountId;
}

/** The account of an address; default: the owner of this home. */
export async function accountOf(context: CliContext, address: string | undefined): Promise<Uint8Array> {
  return address === undefined ? sr25519Account(await ownerSeed(context.home)).account : parseAddress(address);
}

export async function showAccount(context: CliContext, address: string | undefined): Promise<void> {
  const account = await accountOf(context, address);
  const info = await withChain(context, (client) => client.entry(query.System.Account, [account]));
  const { free, reserved, frozen } = info.data;
  if (context.json) {
    const plain = {
      address: encodeSs58(account, SS58_PREFIX),
      nonce: info.nonce,
      free: String(free),
      reserved: String(reserved),
      frozen: String(frozen),
    };
    return print(JSON.stringify(plain, null, 2));
  }
  print(
    fields({
      address: encodeSs58(account, SS58_PREFIX),
      free: formatCess(free),
      reserved: formatCess(reserved),
      frozen: formatCess(frozen),
      'transactions sent': info.nonce,
    }),
  );
}

export async function transfer(context: CliContext, to: string, amount: string): Promise<void> {
  const dest = parseAddress(to);
  const value = parseCess(amount);
  await submitAsOwner(context, async () =>
    tx.Balances.transfer_keep_alive({ dest: { type: 'Id', value: dest }, value }),
  );
  printDone(context, { to, amount: String(value) }, `${formatCess(value)} sent to ${to}.`);
}

/** Signs a call with the owner's key and waits for its finality. */
export async function submitAsOwner(
  context: CliContext,
  makeCall: (client: ChainClient) => Promise<Uint8Array>,
): Promise<void> {
  await actAsOwner(context, async ({ client, submit }) => submit(await makeCall(client)));
}

/** The chain, with the owner's key to sign calls. */
export interface OwnerActions {
  readonly client: ChainClient;
  readonly owner: Uint8Array;
  /** Resolves when the call is final. Throws `CHAIN_DISPATCH_FAILED`. */
  readonly submit: (call: Uint8Array) => Promise<void>;
}

/** Runs `work` with a connection to the chain and the owner's key. */
export async function actAsOwner<T>(context: CliContext, work: (actions: OwnerActions) => Promise<T>): Promise<T> {
  const signer = sr25519Account(await ownerSeed(context.home));
  return withChain(context, async (client) => {
    const submitter = new Submitter({ client, signer, logger: silentLogger });
    try {
      const submit = async (call: Uint8Array) => void (await submitter.submit(call));
      return await work({ client, owner: signer.account, submit });
    } finally {
      await submitter.stop();
    }
  });
}
