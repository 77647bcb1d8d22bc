// What all runs of so many authorities share: the specification with slots of the production length, keys, the runtime with its cache
// of signatures, a database with the genesis block, and signed transfers. All of it is constant.
import { createEd25519Signer } from '@cess/crypto';
import type { ChainSpec } from '@cess/node';
import { ChainEngine, openRuntimes, parseChainSpec, type RuntimeRegistry } from '@cess/node/parts';
import { CESS, elementAt, toHex0x } from '@cess/primitives';
import { encodeSignedExtrinsic, tx } from '@cess/runtime';
import { createRandom } from './random.js';
import { Schedule } from './schedule.js';
import { createSimCrypto, type SimCrypto } from './sim-crypto.js';
import { type DiskBackup, SimDisk } from './sim-disk.js';
import { simulationStartMs } from './virtual-timers.js';

/** Slots of the production length. */
const slotMs = 6_000;

export interface NetworkBase {
  readonly spec: ChainSpec;
  readonly runtimes: RuntimeRegistry;
  readonly crypto: SimCrypto;
  /** Seeds of the authorities' keys, by seat. */
  readonly seeds: readonly Uint8Array[];
  /** A disk with nothing but the genesis block. */
  readonly genesisDisk: DiskBackup;
  /** The transfer with this nonce. */
  transfer(nonce: number): Uint8Array;
}

/** Eras of twelve slots, so that sets change within minutes. */
const shortEras = { slotsPerEpoch: 4, epochsPerEra: 3, minimumMembers: 4, creditThreshold: 0 };

const bases = new Map<string, Promise<NetworkBase>>();

/** With `seats`, so many of the authorities of the genesis are elected for each era of 72 seconds. */
export function networkBase(validators: number, seats?: number): Promise<NetworkBase> {
  const name = `${validators}/${seats ?? 'all'}`;
  let base = bases.get(name);
  if (base === undefined) {
    base = createBase(validators, seats);
    bases.set(name, base);
  }
  return base;
}

async function createBase(validators: number, seats: number | undefined): Promise<NetworkBase> {
  const seeds = Array.from({ length: validators }, (_, seat) => new Uint8Array(32).fill(seat + 1));
  const payer = createEd25519Signer(new Uint8Array(32).fill(200));
  const keys = seeds.map((seed) => toHex0x(createEd25519Signer(seed).publicKey));
  const spec = parseChainSpec({
    name: 'CESS simulation',
    id: `cess-simulation-${validators}-${seats ?? 'all'}`,
    type: 'development',
    slotDurationMs: slotMs,
    authorities: keys.map((key) => ({ key, account: key })),
    // The key of a candidate signs its proofs.
    balances: [
      [toHex0x(payer.publicKey), String(1_000_000n * CESS)],
      ...keys.map((key) => [key, String(10_000n * CESS)]),
    ],
    ...(seats === undefined ? {} : { elections: { ...shortEras, seats } }),
  });
  const crypto = createSimCrypto(seeds);
  // Late blocks that a block references have seals and proofs of the simulation; transactions and proofs for elections are real.
  const runtimes = await openRuntimes((real) => ({
    ...real,
    verifyEd25519: (...signed) => crypto.signatures.verify(...signed) || real.verifyEd25519(...signed),
    verifyVrf: (...claim) => crypto.vrf.verify(...claim) ?? real.verifyVrf(...claim),
  }));
  const schedule = new Schedule();
  const disk = new SimDisk(schedule, createRandom(0, 'genesis'));
  let genesisHash: Uint8Array | undefined;
  const clock = { nowMs: () => simulationStartMs };
  const open = ChainEngine.open({ kv: disk.open(), spec, runtimes, vrf: crypto.vrf, clock }).then((engine) => {
    genesisHash = engine.genesisHash;
  });
  await schedule.run(60_000, () => genesisHash !== undefined);
  await open;
  const genesis = genesisHash as unknown as Uint8Array;
  const { specVersion, transactionVersion } = runtimes.at(0).version;
  const transfers: Uint8Array[] = [];
  return {
    ...{ spec, runtimes, crypto, seeds, genesisDisk: disk.backUp() },
    transfer(nonce) {
      for (let next = transfers.length; next <= nonce; next++) {
        const call = tx.Balances.transfer_keep_alive({
          dest: { type: 'Id', value: new Uint8Array(32).fill(9) },
          value: CESS,
        });
        const sign = (payload: Uint8Array) => ({ type: 'Ed25519', value: payer.sign(payload) }) as const;
        transfers.push(
          encodeSignedExtrinsic(
            call,
            { nonce: next, genesisHash: genesis, specVersion, transactionVersion },
            { account: payer.publicKey, sign },
          ),
        );
      }
      return elementAt(transfers, nonce);
    },
  };
}
