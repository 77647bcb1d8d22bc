// Oss: gateways register their node key and address; owners authorise them to declare and delete files for them.
import { definePallet } from '../../frame/pallet.js';
import { createOssCalls } from './calls.js';
import { oss } from './declaration.js';
import type { OssNeeds } from './needs.js';

export { mayAct } from './gateways.js';

export function createOss(needs: OssNeeds) {
  return definePallet(oss, { calls: createOssCalls(needs) });
}
