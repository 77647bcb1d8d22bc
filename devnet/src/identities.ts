// The accounts and node keys of the embedded network, derived from the secrets in the home folder, and the chain spec that
// endows the accounts. The first start writes the spec, and no later start changes it: it defines the network.
import { existsSync, readFileSync } from 'node:fs';
import type { ExtrinsicSigner } from '@cess/client';
import { sr25519Account } from '@cess/client/signers';
import { createEd25519Signer, encodeSs58, type X25519Pair } from '@cess/crypto';
import { type ChainSpec, parseChainSpec } from '@cess/node';
import type { NodeSigner } from '@cess/node-api';
import { CESS, toHex0x } from '@cess/primitives';
import { deriveOwnerMasterKey, deriveOwnerX25519, deriveRoleKeys } from '@cess/sealing';
import { writeFileAtomically } from '@cess/store';
import type { Home } from './home.js';

const ss58Prefix = 11_330;

interface GatewayIdentity {
  readonly account: ExtrinsicSigner;
  /** ed25519 key that identifies the role to other nodes. */
  readonly node: NodeSigner;
  readonly wrappingKey: X25519Pair;
}

/** The process that runs the role derives its keys. */
interface ProviderIdentity {
  readonly name: string;
  readonly accountSeed: Uint8Array;
  readonly nodeSeed: Uint8Array;
}

/** Key of the first validator. */
export const authorityName = 'authority';

/** Names of the keys of that many validators. */
export function validatorNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) =>
    index === 0 ? authorityName : `validator-${String(index + 1).padStart(2, '0')}`,
  );
}

/** The one TEE worker of the embedded network. */
export const teeName = 'tee-01';

export interface Identities {
  /** Of the first validator. */
  readonly authoritySeed: Uint8Array;
  /** Of the others that a new chain begins with. */
  readonly otherValidatorSeeds: readonly Uint8Array[];
  readonly owner: ExtrinsicSigner;
  readonly ownerKey: X25519Pair;
  readonly gateway: GatewayIdentity;
  /** Account of the TEE worker. Its enclave generates its signing keys. */
  readonly tee: ExtrinsicSigner;
  readonly providers: readonly ProviderIdentity[];
}

export async function loadIdentities(home: Home, providerCount: number, validatorCount = 1): Promise<Identities> {
  const ownerSeed = await home.secret('owner');
  const gatewayKeys = deriveRoleKeys(await home.secret('gateway'));
  const providers: ProviderIdentity[] = [];
  for (let index = 1; index <= providerCount; index++) {
    const name = `provider-${String(index).padStart(2, '0')}`;
    const { accountSeed, nodeSeed } = deriveRoleKeys(await home.secret(name));
    providers.push({ name, accountSeed, nodeSeed });
  }
  return {
    authoritySeed: await home.secret(authorityName),
    otherValidatorSeeds: await Promise.all(
      validatorNames(validatorCount)
        .slice(1)
        .map((name) => home.secret(name)),
    ),
    owner: sr25519Account(ownerSeed),
    ownerKey: deriveOwnerX25519(deriveOwnerMasterKey(ownerSeed)),
    gateway: {
      account: sr25519Account(gatewayKeys.accountSeed),
      node: createEd25519Signer(gatewayKeys.nodeSeed),
      wrappingKey: gatewayKeys.wrappingKey,
    },
    tee: sr25519Account(deriveRoleKeys(await home.secret(teeName)).accountSeed),
    providers,
  };
}

/** The settings of the first start that the chain spec records. */
export interface NetworkParameters {
  readonly slotMs: number;
  readonly auditCycleSeconds: number;
  readonly auditDisputeSeconds: number;
}

/** The network's chain spec: loaded from disk, or created for these identities at the first start. */
export function loadChainSpec(home: Home, identities: Identities, network: NetworkParameters): ChainSpec {
  const file = home.chainSpecFile();
  if (!existsSync(file)) {
    const authority = createEd25519Signer(identities.authoritySeed).publicKey;
    const others = identities.otherValidatorSeeds.map((seed) => createEd25519Signer(seed).publicKey);
    const endow = (signer: ExtrinsicSigner, amount: bigint) => [
      encodeSs58(signer.account, ss58Prefix),
      String(amount * CESS),
    ];
    const spec = {
      name: 'CESS Development',
      id: `cess-dev-${Buffer.from(authority.subarray(0, 4)).toString('hex')}`,
      type: 'development',
      slotDurationMs: network.slotMs,
      audit: { cycle: network.auditCycleSeconds, dispute: network.auditDisputeSeconds },
      authorities: [
        { key: toHex0x(authority), account: encodeSs58(identities.gateway.account.account, ss58Prefix) },
        ...others.map((key) => ({ key: toHex0x(key), account: encodeSs58(key, ss58Prefix) })),
      ],
      balances: [
        endow(identities.owner, 100_000_000n),
        endow(identities.gateway.account, 10_000_000n),
        endow(identities.tee, 200_000n),
        // They pay the deposits of disputes.
        ...[authority, ...others].map((key) => [encodeSs58(key, ss58Prefix), String(1_000n * CESS)]),
        ...identities.providers.map(({ accountSeed }) => endow(sr25519Account(accountSeed), 100_000n)),
      ],
    };
    writeFileAtomically(file, `${JSON.stringify(spec, null, 2)}\n`);
  }
  return parseChainSpec(JSON.parse(readFileSync(file, 'utf8')));
}
