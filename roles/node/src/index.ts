// @cess/role-node: composition root of the process that `cess node` runs.
import './errors.js';

export { type AuthorityNodeInit, startAuthorityNode } from './authority-node.js';
export { type NodeConfig, nodeConfigFormat, nodeRole } from './node-role.js';
export { openVoterEpoch } from './voter-epoch.js';
