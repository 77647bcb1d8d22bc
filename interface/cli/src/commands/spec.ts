// cess spec: makes and checks chain specifications.
import { existsSync } from 'node:fs';
import { encodeSs58 } from '@cess/crypto';
import { type ChainSpec, genesisHashOf, parseChainSpec, specDigest } from '@cess/node';
import { CessError, toHex0x } from '@cess/primitives';
import { readChainSpec } from '@cess/role-process';
import { writeFileAtomically } from '@cess/store';
import type { CliContext } from '../context.js';
import { fields, formatCess, parseCess, print, table } from '../output.js';

export interface NewSpecOptions {
  readonly name: string;
  readonly id: string;
  readonly type: 'development' | 'production';
  readonly slot?: string;
  readonly authority: readonly string[];
  readonly balance: readonly string[];
}

/** Throws `CHAIN_SPEC_INVALID`, `SPEC_EXISTS`, `AMOUNT_MALFORMED`. */
export async function newSpec(context: CliContext, file: string, options: NewSpecOptions): Promise<void> {
  const { name, id, type, slot, authority, balance } = options;
  // A file of a network in use, once replaced, cannot be told from the new one.
  if (existsSync(file))
    throw new CessError('SPEC_EXISTS', `${file} exists. Remove it, or choose another name.`, { file });
  const json = {
    ...{ name, id, type },
    ...(slot === undefined ? {} : { slotDurationMs: Number(slot) }),
    authorities: authority.map((text) => {
      const [key = '', account = key] = text.split('=');
      return { key, account };
    }),
    balances: balance.map((text) => {
      const [account = '', amount = ''] = text.split('=');
      return [account, String(parseCess(amount))];
    }),
  };
  parseChainSpec(json);
  writeFileAtomically(file, `${JSON.stringify(json, null, 2)}\n`);
  await inspectSpec(context, file);
}

/** Throws `CHAIN_SPEC_INVALID`. */
export async function inspectSpec(context: CliContext, file: string): Promise<void> {
  const spec = readChainSpec(file);
  const genesis = toHex0x(await genesisHashOf(spec));
  const digest = toHex0x(specDigest(spec));
  const supply = spec.balances.reduce((sum, [, amount]) => sum + amount, 0n);
  const authorities = authorityRows(spec);
  const { name, id, type, slotDurationMs, audit } = spec;
  if (context.json) {
    const shown = { name, id, type, slotDurationMs, genesis, digest, supply: String(supply), authorities, audit };
    return print(JSON.stringify(shown, null, 2));
  }
  print(
    fields({
      ...{ name, id, type },
      slot: `${slotDurationMs} ms`,
      'first block': genesis,
      digest,
      authorities: authorities.length,
      accounts: `${spec.balances.length}, with ${formatCess(supply)}`,
      'audit cycle': `${audit.cycle} s`,
    }),
  );
  print('');
  print(table(authorities));
}

function authorityRows({ authorities, ss58Prefix }: ChainSpec) {
  return authorities.map(({ key, account }) => ({
    authority: toHex0x(key),
    account: encodeSs58(account, ss58Prefix),
  }));
}
