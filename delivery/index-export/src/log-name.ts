// The name under which a gateway anchors the exported index of an owner (pallet Anchors): "index/" and the account in base64url.

const prefix = 'index/';

export function exportLogName(owner: Uint8Array): string {
  return prefix + Buffer.from(owner).toString('base64url');
}

/** The owner in the name of a log; undefined for a log that is no exported index. */
export function ownerOfLogName(log: Uint8Array): Uint8Array | undefined {
  const name = Buffer.from(log).toString('latin1');
  const owner = new Uint8Array(Buffer.from(name.slice(prefix.length), 'base64url'));
  return owner.length === 32 && exportLogName(owner) === name ? owner : undefined;
}
