// Oss: gateways register their node key and address; owners authorise them to declare and delete files for them.
import { definePallet } from '../../frame/pallet.js';
import { ossCalls } from './calls.js';
import { oss } from './declaration.js';

export { mayAct } from './gateways.js';

export const ossPallet = definePallet(oss, { calls: ossCalls });
