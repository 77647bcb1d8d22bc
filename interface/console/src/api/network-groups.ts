// Who and where: nodes of the network grouped by operator, place or network, and how much of the space the largest group has. Pure.

export type RoleName = 'provider' | 'gateway' | 'validator' | 'tee';
export const roleNames: readonly RoleName[] = ['provider', 'gateway', 'validator', 'tee'];

export interface PlacedNode {
  readonly role: RoleName;
  /** Account that stands for the operator: that of the provider's beneficiary, of a gateway, a candidate, or a TEE worker's controller. */
  readonly operator: string;
  /** Of its capability record, such as `eu/de/fra-1`; undefined where it has published none. */
  readonly place: string | undefined;
  /** URL; undefined for validators, of which the chain knows none. */
  readonly endpoint: string | undefined;
  /** Of providers; 0 for other roles. */
  readonly declaredBytes: number;
  readonly storedBytes: number;
}

export interface NodeGroup {
  /** Undefined for the nodes of which the chain or the network does not say it. */
  readonly name: string | undefined;
  readonly counts: Readonly<Record<RoleName, number>>;
  readonly declaredBytes: number;
  readonly storedBytes: number;
  /** Of the declared space of all groups, 0 to 1; 0 where nothing is declared. */
  readonly share: number;
}

export interface Concentration {
  /** Groups with declared space. */
  readonly groups: number;
  readonly largest: NodeGroup;
  /** Fewest groups that have more than half of the declared space together. */
  readonly majority: number;
}

/** Those with the most declared space first, then those with the most nodes; unnamed nodes last. */
export function groupNodes(
  nodes: readonly PlacedNode[],
  nameOf: (node: PlacedNode) => string | undefined,
): readonly NodeGroup[] {
  const members = new Map<string | undefined, PlacedNode[]>();
  for (const node of nodes) {
    const name = nameOf(node);
    const group = members.get(name);
    if (group === undefined) members.set(name, [node]);
    else group.push(node);
  }
  const total = sumOf(nodes, 'declaredBytes');
  const groups = [...members].map(([name, all]): NodeGroup => {
    const declaredBytes = sumOf(all, 'declaredBytes');
    return {
      ...{ name, declaredBytes, storedBytes: sumOf(all, 'storedBytes'), counts: countsOf(all) },
      share: total === 0 ? 0 : declaredBytes / total,
    };
  });
  return groups.sort(byWeight);
}

/** Of groups whose name is known; undefined where none of them has declared space. */
export function concentrationOf(groups: readonly NodeGroup[]): Concentration | undefined {
  const named = groups.filter(({ name, declaredBytes }) => name !== undefined && declaredBytes > 0).sort(byWeight);
  const [largest] = named;
  if (largest === undefined) return undefined;
  const half = named.reduce((sum, { share }) => sum + share, 0) / 2;
  let held = 0;
  let majority = 0;
  for (const { share } of named) {
    if (held > half) break;
    held += share;
    majority++;
  }
  return { groups: named.length, largest, majority };
}

/**
 * Prefix of the network of an address: /16 of IPv4, /32 of IPv6 (what one registrant usually has), the last two labels of a host
 * name. Undefined for what is no URL.
 */
export function networkOf(endpoint: string): string | undefined {
  if (!URL.canParse(endpoint)) return undefined;
  const { hostname } = new URL(endpoint);
  if (hostname === '') return undefined;
  if (hostname.startsWith('[')) return `${prefixOfIpv6(hostname.slice(1, -1))}::/32`;
  if (/^\d+(\.\d+){3}$/.test(hostname)) return `${hostname.split('.').slice(0, 2).join('.')}.0.0/16`;
  return hostname.split('.').slice(-2).join('.');
}

/** As URLs write it: the longest run of zeros is `::`. */
function prefixOfIpv6(address: string): string {
  const [head = ''] = address.split('::');
  const [first = '0', second = '0'] = head === '' ? [] : head.split(':');
  return `${first}:${second}`;
}

/** The groups behind the first ones as one; undefined where there are none. */
export function othersOf(groups: readonly NodeGroup[], shown: number): NodeGroup | undefined {
  const rest = groups.slice(shown);
  if (rest.length === 0) return undefined;
  const sum = (of: (group: NodeGroup) => number) => rest.reduce((total, group) => total + of(group), 0);
  const [provider, gateway, validator, tee] = roleNames.map((role) => sum(({ counts }) => counts[role]));
  return {
    ...{ name: undefined, share: sum(({ share }) => share) },
    ...{ declaredBytes: sum(({ declaredBytes }) => declaredBytes), storedBytes: sum(({ storedBytes }) => storedBytes) },
    counts: { provider: provider ?? 0, gateway: gateway ?? 0, validator: validator ?? 0, tee: tee ?? 0 },
  };
}

function countsOf(nodes: readonly PlacedNode[]): Record<RoleName, number> {
  const counts = { provider: 0, gateway: 0, validator: 0, tee: 0 };
  for (const { role } of nodes) counts[role]++;
  return counts;
}

function sumOf(nodes: readonly PlacedNode[], field: 'declaredBytes' | 'storedBytes'): number {
  return nodes.reduce((sum, node) => sum + node[field], 0);
}

function byWeight(a: NodeGroup, b: NodeGroup): number {
  const unnamed = Number(a.name === undefined) - Number(b.name === undefined);
  return (
    unnamed ||
    b.declaredBytes - a.declaredBytes ||
    nodesOf(b) - nodesOf(a) ||
    ((a.name ?? '') < (b.name ?? '') ? -1 : 1)
  );
}

function nodesOf({ counts }: NodeGroup): number {
  return roleNames.reduce((sum, role) => sum + counts[role], 0);
}
