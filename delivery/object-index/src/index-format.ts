// The on-disk format of the object index and its upgrades.
//   1 records without versions    2 every record starts with its version
import { addRecordVersions, type Kv, openVersioned } from '@cess/store';
import { recordTables } from './keys.js';

const format = 'cess-object-index';
const version = 2;

/** Checks format and network of the index in `kv` and upgrades an older one. Throws what `openVersioned` throws. */
export function openIndexFormat(kv: Kv, genesis: Uint8Array): Promise<Kv> {
  const upgrade = (store: Kv): Promise<void> => addRecordVersions(store, { tables: recordTables });
  return openVersioned(kv, { format, version, networkId: genesis, upgrade });
}
