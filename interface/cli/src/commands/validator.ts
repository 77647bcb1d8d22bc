// cess validator …: the members of the era, elections, and the candidacy of the owner of the home.
import { readFileSync } from 'node:fs';
import { type ChainClient, query, SS58_PREFIX, tx } from '@cess/client';
import { seatFigures } from '@cess/consensus';
import { createEd25519Signer, encodeSs58 } from '@cess/crypto';
import { CessError, equalBytes, toHex, toHex0x } from '@cess/primitives';
import { openKeyFile } from '@cess/sealing';
import { candidateKeyMessage } from '@cess/types';
import { withChain } from '../chain-access.js';
import type { CliContext } from '../context.js';
import { fields, formatCess, parseCess, print, printDone, table } from '../output.js';
import { accountOf, actAsOwner } from './account.js';

export interface KeyOptions {
  /** Key file of the authority. */
  readonly key: string;
}

export interface RegisterOptions extends KeyOptions {
  /** CESS. */
  readonly stake: string;
}

const addressOf = (account: Uint8Array): string => encodeSs58(account, SS58_PREFIX);

/** The key of a file and its signature for this account on this chain. */
async function keyClaim(client: ChainClient, account: Uint8Array, file: string) {
  const passphrase = process.env['CESS_PASSPHRASE'];
  const seed = await openKeyFile('authority', readFileSync(file, 'utf8'), {
    allowPlaintext: true,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const signer = createEd25519Signer(seed);
  return { key: signer.publicKey, possession: signer.sign(candidateKeyMessage(client.genesisHash, account)) };
}

export interface ClaimOptions extends KeyOptions {
  /** Account of the candidate: SS58; default: the owner of the home. */
  readonly address?: string;
}

/** Prints what `Staking.register` and `Staking.set_key` take of a key, for a call that another program makes. */
export async function claim(context: CliContext, { key: file, address }: ClaimOptions): Promise<void> {
  const account = await accountOf(context, address);
  const { key, possession } = await withChain(context, (client) => keyClaim(client, account, file));
  const record = { address: addressOf(account), key: toHex0x(key), possession: toHex0x(possession) };
  print(context.json ? JSON.stringify(record, null, 2) : fields(record));
}

export async function register(context: CliContext, { key: file, stake: amount }: RegisterOptions): Promise<void> {
  const stake = parseCess(amount);
  const key = await actAsOwner(context, async ({ client, owner, submit }) => {
    const claim = await keyClaim(client, owner, file);
    await submit(tx.Staking.register({ stake, ...claim }));
    return claim.key;
  });
  const sentence = `Registered with ${formatCess(stake)} and the key ${toHex0x(key)}. Run a chain node with this key.`;
  printDone(context, { stake: String(stake), key: toHex0x(key) }, sentence);
}

export async function rotate(context: CliContext, { key: file }: KeyOptions): Promise<void> {
  const key = await actAsOwner(context, async ({ client, owner, submit }) => {
    const claim = await keyClaim(client, owner, file);
    await submit(tx.Staking.set_key(claim));
    return claim.key;
  });
  printDone(
    context,
    { key: toHex0x(key) },
    `The key is now ${toHex0x(key)}, from the next election on that you win. Run nodes with both keys until then.`,
  );
}

export async function bond(context: CliContext, text: string): Promise<void> {
  const amount = parseCess(text);
  await actAsOwner(context, ({ submit }) => submit(tx.Staking.bond_extra({ amount })));
  printDone(context, { added: String(amount) }, `${formatCess(amount)} added to the stake.`);
}

export async function exit(context: CliContext): Promise<void> {
  await actAsOwner(context, ({ submit }) => submit(tx.Staking.announce_exit({})));
  const sentence = 'The exit is announced. Keep the node running until the last era with your seat is over.';
  printDone(context, { exit: 'announced' }, sentence);
}

export async function withdraw(context: CliContext): Promise<void> {
  await actAsOwner(context, ({ submit }) => submit(tx.Staking.withdraw({})));
  printDone(context, { stake: 'free' }, 'The stake is free, less what was slashed.');
}

/** Which of the last trials count as answered; one that was just asked is among them. */
function describeTrials({ of, required }: { readonly of: number; readonly required: number }, passed: number): string {
  if (of === 0) return 'none on this chain';
  const answered = Array.from({ length: of }, (_, i) => (passed >>> i) & 1).reduce((sum, bit) => sum + bit, 0);
  const verdict = answered < required ? 'not enough for a seat' : 'enough for a seat';
  return `${answered} of the last ${of} answered, ${required} needed: ${verdict}`;
}

/** The era, and what is known of a candidate: of the address, or of the owner of the home. */
export async function showStatus(context: CliContext, address: string | undefined): Promise<void> {
  const account = await accountOf(context, address);
  const found = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const clock = await client.value(query.Session.Clock, at);
    if (clock === undefined) throw new CessError('ELECTIONS_NONE', 'This chain has no elections yet.');
    return {
      clock,
      setId: await client.value(query.Grandpa.CurrentSetId, at),
      candidate: await client.entry(query.Staking.Candidates, [account], at),
      points: (await client.value(query.Staking.Points, at)).find((each) => equalBytes(each.account, account)),
      trialRules: await client.value(query.Staking.TrialRules, at),
      trials: await client.entry(query.Staking.TrialRecords, [account], at),
      slashes: await client.entry(query.Offences.Deferred, [account], at),
    };
  });
  const { clock, candidate, points } = found;
  const seat = clock.seats.findIndex((holder) => holder !== undefined && equalBytes(holder.account, account));
  const waiting = found.slashes.reduce((sum, { amount }) => sum + amount, 0n);
  const record = {
    era: Number(clock.era),
    epoch: Number(clock.epoch),
    seats: clock.seats.length,
    'set of voters': Number(found.setId),
    address: addressOf(account),
    state: candidate?.state ?? 'no candidate',
    ...(candidate === undefined
      ? {}
      : {
          key: toHex0x(candidate.key),
          stake: context.json ? String(candidate.stake) : formatCess(candidate.stake),
          slashed: context.json ? String(candidate.slashed) : formatCess(candidate.slashed),
          'slashes that wait': context.json ? String(waiting) : formatCess(waiting),
          seat: seat < 0 ? 'none' : String(seat),
          trials: describeTrials(found.trialRules, found.trials.passed),
          'elected for the next era':
            clock.elected === undefined
              ? 'not decided'
              : clock.elected.some((member) => equalBytes(member.account, account))
                ? 'yes'
                : 'no',
          'blocks in this era': points?.blocks ?? 0,
          'slots missed in this era': points?.missed ?? 0,
        }),
  };
  print(context.json ? JSON.stringify(record, null, 2) : fields(record));
}

/** All candidates, with their scores in the last election. */
export async function listCandidates(context: CliContext): Promise<void> {
  const { rows, election } = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const last = await client.value(query.Staking.LastElection, at);
    const clock = await client.value(query.Session.Clock, at);
    const found = [];
    for await (const [[account], candidate] of client.entries(query.Staking.Candidates, [], at)) {
      const ranked = last?.ranking.find((each) => equalBytes(each.account, account));
      const isSeated = clock?.seats.some((holder) => holder !== undefined && equalBytes(holder.account, account));
      found.push({
        state: candidate.state,
        seated: isSeated === true ? 'yes' : 'no',
        score: ranked === undefined ? null : ranked.score / 10,
        credit: ranked?.credit ?? null,
        'stake score': ranked?.stake_score ?? null,
        'VRF score': ranked?.vrf_score ?? null,
        stake: context.json ? String(candidate.stake) : formatCess(candidate.stake),
        address: addressOf(account),
      });
    }
    return { rows: found.sort((a, b) => (b.score ?? -1) - (a.score ?? -1)), election: last };
  });
  if (context.json) return print(JSON.stringify(rows, null, 2));
  if (election !== undefined) print(`Scores of the election for era ${election.era}: ${election.outcome}\n`);
  print(table(rows));
}

/** The members of the last eras, and how concentrated seats are (R2S-12). */
export async function listEras(context: CliContext): Promise<void> {
  const eras = await withChain(context, async (client) => {
    const at = await client.finalizedHash();
    const found: { readonly era: bigint; readonly members: readonly Uint8Array[] }[] = [];
    for await (const [[era], members] of client.entries(query.Staking.EraMembers, [], at))
      found.push({ era, members: members.map(({ account }) => account) });
    return found.sort((a, b) => Number(a.era - b.era));
  });
  const { holders, nakamoto, herfindahl, rotationPermille } = seatFigures(eras.map(({ members }) => members));
  const figures = { eras: eras.length, holders, nakamoto, herfindahl, rotationPermille };
  const rows = eras.map(({ era, members }, i) => {
    const before = new Set((eras[i - 1]?.members ?? []).map(toHex));
    const newcomers = i === 0 ? 0 : members.filter((account) => !before.has(toHex(account))).length;
    return { era: Number(era), members: members.length, newcomers };
  });
  if (context.json) return print(JSON.stringify({ figures, eras: rows }, null, 2));
  print(fields(figures));
  print(`\n${table(rows)}`);
}
