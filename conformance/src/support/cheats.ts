// Cheats with the keys of a running network: calls that an honest provider or TEE worker never makes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ChainClient, type ExtrinsicSigner, query, Submitter, tx } from '@cess/client';
import { ed25519Account, sr25519Account } from '@cess/client/signers';
import { createEd25519Signer, createMclBls12, systemRng } from '@cess/crypto';
import { CESS, silentLogger, utf8 } from '@cess/primitives';
import { attestationReportData, keyGen } from '@cess/proofs';
import { deriveRoleKeys, openKeyFile } from '@cess/sealing';
import { softwareEvidenceMessage, verdictDigest } from '@cess/types';

/** The account of a role of the network, from its development key. */
export async function roleAccount(home: string, name: string): Promise<ExtrinsicSigner> {
  return sr25519Account(await roleAccountSeed(home, name));
}

/** Its seed, as a person would give it to a wallet. */
export async function roleAccountSeed(home: string, name: string): Promise<Uint8Array> {
  return deriveRoleKeys(await secretOf(home, name)).accountSeed;
}

/** Seed of the key under which the chain knows a provider of the network. */
export async function roleNodeSeed(home: string, name: string): Promise<Uint8Array> {
  return deriveRoleKeys(await secretOf(home, name)).nodeSeed;
}

export async function ownerAccount(home: string): Promise<ExtrinsicSigner> {
  return sr25519Account(await secretOf(home, 'owner'));
}

function secretOf(home: string, name: string): Promise<Uint8Array> {
  const text = readFileSync(join(home, 'keys', `${name}.json`), 'utf8');
  return openKeyFile(name, text, { allowPlaintext: true });
}

/** Submits one call for an account. */
export async function submitAs(client: ChainClient, signer: ExtrinsicSigner, call: Uint8Array) {
  const submitter = new Submitter({ client, signer, logger: silentLogger });
  try {
    return await submitter.submit(call);
  } finally {
    await submitter.stop();
  }
}

/** An unreachable TEE worker that signs one false verdict about an honest proof and nothing after it. */
export class CheatingWorker {
  readonly #enclave = createEd25519Signer(systemRng.bytes(32));
  readonly #submitter: Submitter;
  readonly #controller: ExtrinsicSigner;
  #unfollow: (() => Promise<void>) | undefined;
  #hasLied = false;
  index = -1;

  constructor(private readonly client: ChainClient) {
    this.#controller = ed25519Account(systemRng.bytes(32));
    this.#submitter = new Submitter({ client, signer: this.#controller, logger: silentLogger });
  }

  /** Registers with stake from `funder`. */
  async register(funder: ExtrinsicSigner): Promise<void> {
    const { client } = this;
    const { account } = this.#controller;
    const dest = { type: 'Id' as const, value: account };
    await submitAs(client, funder, tx.Balances.transfer_keep_alive({ dest, value: 60_000n * CESS }));
    const { publicKey } = keyGen(await createMclBls12(), systemRng, client.genesisHash);
    const message = softwareEvidenceMessage(account, attestationReportData(publicKey, 0, client.genesisHash));
    const key = {
      x: publicKey.x,
      x_alpha: publicKey.xAlpha,
      srs_hash: publicKey.srsHash,
      possession: publicKey.possession,
      epoch: 0,
    };
    const registration = tx.TeeWorker.register_worker({
      signer_key: this.#enclave.publicKey,
      // A port that nobody listens on.
      endpoint: utf8('http://127.0.0.1:1'),
      bond: undefined,
      key,
      evidence: { type: 'Software', value: this.#enclave.sign(message) },
    });
    await this.#submitter.submit(registration);
    this.index = (await client.entry(query.TeeWorker.WorkerIndex, [account]))!;
    this.#unfollow = client.followFinalized(async (_header, hash) => {
      for (const { event } of await client.events(hash)) {
        if (event.type !== 'Audit') continue;
        const { type, value } = event.value;
        if ((type === 'ProofSubmitted' || type === 'VerifierRedrawn') && value.worker === this.index) {
          await this.#lieOnce(value.miner, value.key_id, value.round).catch(() => {});
        }
      }
    });
  }

  resume(): Promise<unknown> {
    return this.#submitter.submit(tx.TeeWorker.resume({}));
  }

  async stop(): Promise<void> {
    await this.#unfollow?.();
    await this.#submitter.stop();
  }

  async #lieOnce(provider: number, keyId: Uint8Array, round: number): Promise<void> {
    if (this.#hasLied) return;
    const info = await this.client.entry(query.Audit.Challenges, [provider, keyId]);
    if (info?.state.type !== 'Answered') return;
    const { seed, opened_at: openedAt } = info;
    const judged = { provider, keyId, round, seed, openedAt, proof: info.state.value.proof, passed: false };
    const signature = this.#enclave.sign(verdictDigest(this.client.genesisHash, this.index, judged));
    const verdicts = [{ miner: provider, key_id: keyId, round, passed: false, signature }];
    await this.#submitter.submit(tx.Audit.submit_verdicts({ verdicts }));
    this.#hasLied = true;
  }
}
