// The storage receipt (docs/protocol/data-path.md §9). A provider signs it with its ed25519 node key only after the fragment
// is on its disk. Receipts stay off chain and prove to the gateway that the provider accepted the fragment.
//   message = "CESS/receipt/v1" ‖ genesis ‖ u32 provider ‖ gateway account ‖ order id ‖ u32 segment ‖ u16 fragment
//             ‖ fragment root ‖ u32 fragment length ‖ u64 expiry (Unix seconds)        little-endian
import { CessError, concatBytes, fromHex, invariant, toHex, utf8 } from '@cess/primitives';

const receiptDomain = utf8('CESS/receipt/v1');

export interface ReceiptFields {
  readonly genesis: Uint8Array;
  /** Index of the provider on chain. */
  readonly provider: number;
  readonly gateway: Uint8Array;
  readonly orderId: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly root: Uint8Array;
  readonly length: number;
  /** Unix seconds until which an undeclared fragment is kept. */
  readonly expirySeconds: number;
}

export interface Receipt extends ReceiptFields {
  /** ed25519 signature of `receiptMessage` by the provider's node key. */
  readonly signature: Uint8Array;
}

/** The bytes that the provider signs. */
export function receiptMessage(receipt: ReceiptFields): Uint8Array {
  const { genesis, gateway, orderId, root } = receipt;
  invariant(
    [genesis, gateway, orderId, root].every((id) => id.length === 32),
    'receipt ids are 32 bytes',
  );
  const head = new Uint8Array(4);
  new DataView(head.buffer).setUint32(0, receipt.provider, true);
  const place = new Uint8Array(6);
  const placeView = new DataView(place.buffer);
  placeView.setUint32(0, receipt.segment, true);
  placeView.setUint16(4, receipt.fragment, true);
  const tail = new Uint8Array(12);
  const tailView = new DataView(tail.buffer);
  tailView.setUint32(0, receipt.length, true);
  tailView.setBigUint64(4, BigInt(receipt.expirySeconds), true);
  return concatBytes(receiptDomain, genesis, head, gateway, orderId, place, root, tail);
}

/** JSON form of a receipt on the wire: ids and signature as hex. */
export interface ReceiptJson {
  readonly genesis: string;
  /** Index of the provider on chain. */
  readonly miner: number;
  readonly gateway: string;
  readonly orderId: string;
  readonly segment: number;
  readonly fragment: number;
  readonly root: string;
  readonly length: number;
  readonly expirySeconds: number;
  readonly signature: string;
}

export function receiptToJson(receipt: Receipt): ReceiptJson {
  return {
    genesis: toHex(receipt.genesis),
    miner: receipt.provider,
    gateway: toHex(receipt.gateway),
    orderId: toHex(receipt.orderId),
    segment: receipt.segment,
    fragment: receipt.fragment,
    root: toHex(receipt.root),
    length: receipt.length,
    expirySeconds: receipt.expirySeconds,
    signature: toHex(receipt.signature),
  };
}

/** Throws `RECEIPT_MALFORMED` if a field is missing or malformed. */
export function receiptFromJson(json: unknown): Receipt {
  const malformed = (): never => {
    throw new CessError('RECEIPT_MALFORMED', 'The storage receipt is malformed.');
  };
  if (typeof json !== 'object' || json === null) return malformed();
  const fields = json as Record<string, unknown>;
  const hex = (name: string, length: number): Uint8Array => {
    const text = fields[name];
    return typeof text === 'string' && text.length === 2 * length && /^[0-9a-f]*$/.test(text)
      ? fromHex(text)
      : malformed();
  };
  const size = (name: string): number => {
    const value = fields[name];
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : malformed();
  };
  return {
    genesis: hex('genesis', 32),
    provider: size('miner'),
    gateway: hex('gateway', 32),
    orderId: hex('orderId', 32),
    segment: size('segment'),
    fragment: size('fragment'),
    root: hex('root', 32),
    length: size('length'),
    expirySeconds: size('expirySeconds'),
    signature: hex('signature', 64),
  };
}
