// The tables of the account store. Those of members and attachments have no content: the key says all. They are written in the
// transaction that changes the list in the other record, so that both always agree.
import { type Codec, unit } from '@cess/codec';
import {
  accessKeyRecord,
  accountRecord,
  deviceRecord,
  groupRecord,
  keyAliasRecord,
  keyUseRecord,
  managedPolicyRecord,
  namedKeyRecord,
  roleRecord,
  userRecord,
} from './records.js';
import { Table } from './table.js';

const mark: Codec<undefined> = unit;

/** By account id. */
export const accounts = new Table('a', accountRecord);
/** By account and name. */
export const users = new Table('u', userRecord);
export const groups = new Table('g', groupRecord);
export const roles = new Table('r', roleRecord);
export const managedPolicies = new Table('p', managedPolicyRecord);
export const devices = new Table('d', deviceRecord);
/** By account, group and user. */
export const members = new Table('m', mark);
/** By account, ARN of the managed policy, and identity (`user/ana`); boundaries are `boundary/user/ana`. */
export const attachments = new Table('t', mark);
/** By access key id. */
export const accessKeys = new Table('k', accessKeyRecord, false);
export const keyUses = new Table('l', keyUseRecord, false);
/** By account and key id. */
export const namedKeys = new Table('n', namedKeyRecord, false);
/** By account and name, with its prefix `alias/`. */
export const keyAliases = new Table('e', keyAliasRecord, false);
