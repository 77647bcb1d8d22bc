// JSON forms of headers, blocks, versions and statuses exactly as Substrate's RPC shows them.
import { digestItem, type Header } from '@cess/chain-primitives';
import { equalBytes, toHex0x } from '@cess/primitives';
import type { RuntimeVersion } from '@cess/runtime';
import type { TransactionStatus } from '../pool/pool-types.js';
import { responseTooLarge } from './rpc-error.js';

export function headerJson(header: Header) {
  return {
    parentHash: toHex0x(header.parent_hash),
    number: `0x${header.number.toString(16)}`,
    stateRoot: toHex0x(header.state_root),
    extrinsicsRoot: toHex0x(header.extrinsics_root),
    digest: { logs: header.digest.logs.map((item) => toHex0x(digestItem.encode(item))) },
  };
}

/** A block may have megabytes of hexadecimal, which `JSON.stringify` would search for what it has to escape. */
export function blockJson(
  header: Header,
  body: readonly Uint8Array[],
  justification: Uint8Array | undefined,
): JsonText {
  const extrinsics = body.map((each) => `"${toHex0x(each)}"`).join();
  const justifications = justification ? [[[...Buffer.from('FRNK')], [...justification]]] : null;
  return new JsonText(
    `{"block":{"header":${JSON.stringify(headerJson(header))},"extrinsics":[${extrinsics}]},` +
      `"justifications":${JSON.stringify(justifications)}}`,
  );
}

/** A result that is JSON already. */
export class JsonText {
  constructor(readonly text: string) {}
}

export function runtimeVersionJson(version: RuntimeVersion) {
  return {
    specName: version.specName,
    implName: version.implName,
    authoringVersion: version.authoringVersion,
    specVersion: version.specVersion,
    implVersion: version.implVersion,
    apis: version.apis.map(({ id, version: apiVersion }) => [toHex0x(id), apiVersion]),
    transactionVersion: version.transactionVersion,
    systemVersion: version.stateVersion,
    stateVersion: version.stateVersion,
  };
}

export function statusJson(status: TransactionStatus): unknown {
  return 'hash' in status ? { [status.type]: toHex0x(status.hash) } : status.type;
}

/** A storage value or null. */
export function valueJson(value: Uint8Array | undefined): string | null {
  return value ? toHex0x(value) : null;
}

export function sameValue(a: Uint8Array | undefined, b: Uint8Array | undefined): boolean {
  return a === b || (a !== undefined && b !== undefined && equalBytes(a, b));
}

/** JSON text of at most `maxLength` characters. Throws the error "Response is too big". */
export function boundedJson(value: unknown, maxLength: number): string {
  let text: string;
  try {
    text = value instanceof JsonText ? value.text : JSON.stringify(value);
  } catch (thrown) {
    // V8 limits strings to about half a gigabyte.
    if (thrown instanceof RangeError) throw responseTooLarge(maxLength);
    throw thrown;
  }
  if (text.length > maxLength) throw responseTooLarge(maxLength);
  return text;
}
