// Runs inside a browser: follows a chain with the client, checks what its node says, and verifies receipts of objects. `browser-client.test.ts` bundles
// it and calls the functions that it puts on the page.
import { type AuthoritySet, ChainClient, query, verifyStorageAgainstFinality } from '@cess/client';
import { checkObjectBytes, verifyReceipt } from '@cess/object-receipt';
import { fromHex, isCessError, silentLogger, toHex, utf8 } from '@cess/primitives';

export interface FollowRequest {
  readonly endpoint: string;
  /** Hex of the authority's key that the page trusts. */
  readonly authority: string;
  /** Hex of the account whose balance is read. */
  readonly account: string;
  readonly blocks: number;
}

export interface FollowReport {
  readonly genesis: string;
  /** Finalized blocks in order of arrival. */
  readonly numbers: readonly number[];
  /** The proven free balance in the smallest unit. */
  readonly provenBalance: string;
  /** Error code for a proof with a modified byte. */
  readonly tampered: string | undefined;
}

export interface ReceiptRequest {
  readonly receipt: string;
  /** Hex of the object's bytes. */
  readonly object: string;
  readonly genesis: string;
  readonly authority: string;
  /** Between two bytes of the receipt that are changed. */
  readonly stride: number;
}

export interface ReceiptReport {
  readonly key: string;
  readonly holders: number;
  readonly provenBytes: number;
  /** Codes of the errors for changed receipts; `verified` where there was none. */
  readonly refusals: readonly string[];
  readonly otherObject: string;
}

/** The globals that this module defines on the page. */
export interface PageGlobals {
  followAndVerify(request: FollowRequest): Promise<FollowReport>;
  verifyObjectReceipt(request: ReceiptRequest): Promise<ReceiptReport>;
  watch(endpoint: string): Promise<void>;
  readonly watched: readonly number[];
}

/** Follows finalized blocks and reads a balance with a proof against the last of them. */
async function followAndVerify(request: FollowRequest): Promise<FollowReport> {
  const client = await ChainClient.connect({ endpoint: request.endpoint, logger: silentLogger });
  try {
    const { numbers, hash } = await follow(client, request.blocks);
    const { header, justification } = await client.block(hash);
    if (justification === undefined) throw new Error('the finalized block has no justification');
    const key = query.System.Account.key(fromHex(request.account));
    const proof = await client.readProof([key], hash);
    const authorities: AuthoritySet = {
      setId: 0n,
      authorities: [{ key: fromHex(request.authority), weight: 1n }],
    };
    const claim = { header, justification, authorities, key, proof };
    const verified = verifyStorageAgainstFinality(claim);
    if (!verified.ok) throw verified.error;
    if (verified.value.type !== 'present') throw new Error('the account is proven not to exist');
    const forged = verifyStorageAgainstFinality({ ...claim, proof: proof.map(flipLastBit) });
    return {
      genesis: toHex(client.genesisHash),
      numbers,
      provenBalance: query.System.Account.decodeValue(verified.value.value).data.free.toString(),
      tampered: forged.ok ? undefined : forged.error.code,
    };
  } finally {
    await client.close();
  }
}

/** Verifies a receipt and the bytes of its object, and changes both. */
async function verifyObjectReceipt(request: ReceiptRequest): Promise<ReceiptReport> {
  const trust = {
    genesis: fromHex(request.genesis),
    authorities: { setId: 0n, authorities: [{ key: fromHex(request.authority), weight: 1n }] },
  };
  const bytes = utf8(request.receipt);
  const verified = await verifyReceipt(bytes, trust);
  const object = fromHex(request.object);
  const { provenBytes } = await checkObjectBytes(verified, once(object));
  const refusals = new Set<string>();
  for (let at = 0; at < bytes.length; at += request.stride) {
    const changed = bytes.map((byte, index) => (index === at ? byte ^ 1 : byte));
    refusals.add(await codeOf(verifyReceipt(changed, trust)));
  }
  return {
    key: verified.statement.object.key,
    holders: verified.chain.providers.length,
    provenBytes,
    refusals: [...refusals],
    otherObject: await codeOf(checkObjectBytes(verified, once(flipLastBit(object)))),
  };
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

function codeOf(outcome: Promise<unknown>): Promise<string> {
  return outcome.then(
    () => 'verified',
    (error: unknown) => (isCessError(error) ? error.code : String(error)),
  );
}

/** The numbers of so many finalized blocks, and the hash of the last. */
async function follow(client: ChainClient, blocks: number): Promise<{ numbers: number[]; hash: Uint8Array }> {
  const numbers: number[] = [];
  let stop = async (): Promise<void> => {};
  const hash = await new Promise<Uint8Array>((resolve) => {
    stop = client.followFinalized((header, finalized) => {
      if (numbers.length === blocks) return;
      numbers.push(header.number);
      if (numbers.length === blocks) resolve(finalized);
    });
  });
  await stop();
  return { numbers, hash };
}

function flipLastBit(bytes: Uint8Array): Uint8Array {
  return bytes.map((byte, index) => (index === bytes.length - 1 ? byte ^ 1 : byte));
}

/** Follows finalized blocks for as long as the page lives; their numbers appear in the array. */
async function watch(endpoint: string): Promise<void> {
  const client = await ChainClient.connect({ endpoint, logger: silentLogger });
  client.followFinalized(({ number }) => {
    watched.push(number);
  });
}

const watched: number[] = [];
Object.assign(globalThis, { followAndVerify, verifyObjectReceipt, watch, watched } satisfies PageGlobals);
