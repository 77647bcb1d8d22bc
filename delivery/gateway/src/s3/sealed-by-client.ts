// Objects that a client sealed before it stored them (docs/protocol/data-path.md §15, ADR 88): their metadata says so. A plain GET is
// refused, so that nobody takes ciphertext for the content.
import type { ObjectRecord } from '@cess/object-index';
import { S3Error } from './errors.js';

const markName = 'cess-sealed';
const acceptHeader = 'x-cess-sealed';
const acceptedValue = 'ciphertext';

/** Throws `ObjectSealedByClient` unless the request says that it wants ciphertext. */
export function assertWantsCiphertext({ metadata }: ObjectRecord, headers: Readonly<Record<string, string>>): void {
  if (headers[acceptHeader] === acceptedValue) return;
  if (metadata.some(([name]) => name === markName)) throw new S3Error('ObjectSealedByClient');
}
