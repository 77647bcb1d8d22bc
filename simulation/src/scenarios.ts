// Plans from seeds. A scenario is a family of plans; a seed chooses its details.
import { goodLinks, type LinkQuality } from './links.js';
import type { Byzantine, ByzantineKind, Fault, MachinePlan, Plan } from './plan.js';
import { createRandom, type Random } from './random.js';

const minuteMs = 60_000;

export interface PlanOptions {
  readonly validators?: number;
  readonly durationMs?: number;
}

type Scenario = (seed: number, options: PlanOptions) => Plan;

const quiet = { quality: goodLinks, faults: [], byzantine: [], transfers: 0, isConflictAllowed: false } as const;

/** Loss up to 5 %, duplicates, and messages that overtake others. */
function roughLinks(random: Random): LinkQuality {
  return {
    leastDelayMs: 10 + random.below(40),
    meanExtraDelayMs: 30 + random.below(200),
    loss: random.chance(0.5) ? random.next() * 0.05 : 0,
    duplication: random.chance(0.5) ? random.next() * 0.05 : 0,
    spikes: random.next() * 0.05,
    spikeMs: 1_000 + random.below(7_000),
  };
}

/** Offsets within 250 ms and drifts within 100 ppm: what machines with a time service have. */
function machinesOf(count: number, random: Random): MachinePlan[] {
  return Array.from({ length: count }, () => ({
    offsetMs: random.below(501) - 250,
    drift: (random.next() * 2 - 1) * 1e-4,
    startMs: random.below(3_000),
  }));
}

const kinds: readonly ByzantineKind[] = [
  'twin',
  'two-faced',
  'vote-withholder',
  'late-releaser',
  'invalid-vrf',
  'stale-set',
  'bogus-catch-up',
  'surplus-equivocation',
  'unused-headers',
  'silent',
];

function byzantineOf(validators: number, count: number, random: Random): Byzantine[] {
  const seats = Array.from({ length: validators }, (_, seat) => seat);
  return Array.from({ length: count }, () => {
    const [seat = 0] = seats.splice(random.below(seats.length), 1);
    return { seat, kind: random.pick(kinds) };
  });
}

function span(random: Random, durationMs: number): { readonly atMs: number; readonly untilMs: number } {
  const atMs = Math.floor(random.next() * durationMs * 0.9);
  return { atMs, untilMs: Math.min(durationMs, atMs + 2_000 + Math.floor(random.exponential(minuteMs))) };
}

function someOf(nodes: readonly number[], random: Random): number[] {
  return nodes.filter(() => random.chance(0.5));
}

/** One fault of any kind. Nodes that count are those with seats. */
function anyFault(validators: number, durationMs: number, random: Random): Fault {
  const nodes = Array.from({ length: validators }, (_, node) => node);
  const node = random.pick(nodes);
  const time = span(random, durationMs);
  switch (random.below(9)) {
    case 0:
    case 1:
      return { type: 'crash', node, ...time };
    case 2: {
      const group = someOf(nodes, random);
      return { type: 'partition', ...time, groups: [group, nodes.filter((each) => !group.includes(each))] };
    }
    case 3:
      return { type: 'one-way', ...time, from: someOf(nodes, random), to: someOf(nodes, random) };
    case 4:
      return { type: 'clog', node, ...time };
    case 5:
      return { type: 'loss', share: random.next() * 0.6, ...time };
    case 6:
      return { type: 'disk-failure', node, atMs: time.atMs, writes: 1 + random.below(3) };
    case 7: {
      const backUpAtMs = Math.max(0, time.atMs - Math.floor(random.exponential(20_000)));
      return { type: 'restore', node, backUpAtMs, ...time };
    }
    default:
      return { type: 'clock', node, atMs: time.atMs, shiftMs: random.below(401) - 200 };
  }
}

/** Everything at once, within what the protocol tolerates. */
const chaos: Scenario = (seed, { validators, durationMs = 10 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  // Eleven nodes cost ten times as much as four.
  const count = validators ?? random.pick([4, 4, 4, 4, 5, 5, 7, 7, 11]);
  const tolerated = Math.floor((count - 1) / 3);
  const byzantine = byzantineOf(count, random.below(tolerated + 1), random);
  const faults = Array.from({ length: random.below(12) }, () => anyFault(count, durationMs, random));
  return {
    ...{ ...quiet, seed, scenario: 'chaos', validators: count, byzantine, durationMs, faults },
    quality: roughLinks(random),
    machines: machinesOf(count + byzantine.length, random),
    transfers: random.below(20),
  };
};

/** Nothing fails. */
const calm: Scenario = (seed, { validators = 11, durationMs = 10 * minuteMs }) => ({
  ...{ ...quiet, seed, scenario: 'calm', validators, durationMs, transfers: 10 },
  machines: machinesOf(validators, createRandom(seed, 'plan')),
});

/** Databases of seconds or minutes before are put back, one node at a time. */
const backups: Scenario = (seed, { validators = 4, durationMs = 4 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const faults: Fault[] = [];
  for (let atMs = 20_000 + random.below(10_000); atMs < durationMs - 10_000; atMs += 20_000 + random.below(60_000)) {
    const backUpAtMs = Math.max(0, atMs - Math.floor(random.exponential(random.pick([2_000, 6_000, 40_000, 1e6]))));
    const untilMs = atMs + 100 + random.below(4_000);
    faults.push({ type: 'restore', node: random.below(validators), backUpAtMs, atMs, untilMs });
  }
  return {
    ...{ ...quiet, seed, scenario: 'backups', validators, durationMs, faults },
    quality: roughLinks(random),
    machines: machinesOf(validators, random),
  };
};

/** One Byzantine authority of four, of the kind that the seed names, and no other fault but delays. */
const liars: Scenario = (seed, { validators = 4, durationMs = 4 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const byzantine = [{ seat: random.below(validators), kind: kinds[seed % kinds.length] ?? 'twin' }];
  return {
    ...{ ...quiet, seed, scenario: 'liars', validators, byzantine, durationMs },
    quality: { ...goodLinks, spikes: 0.05, spikeMs: 8_000 },
    machines: machinesOf(validators + 1, random),
  };
};

/** Incidents (d): a partition in which a minority votes, while the other side makes the longer chain. */
const leftBranch: Scenario = (seed, { validators = 7, durationMs = 3 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const nodes = Array.from({ length: validators }, (_, node) => node);
  const minority = nodes.filter((node) => node % 2 === 1);
  const majority = nodes.filter((node) => node % 2 === 0);
  const atMs = 30_000 + random.below(6_000);
  return {
    ...{ ...quiet, seed, scenario: 'left-branch', validators, durationMs },
    faults: [{ type: 'partition', atMs, untilMs: durationMs, groups: [majority, minority] }],
    quality: { ...roughLinks(random), loss: 0 },
    machines: machinesOf(validators, random),
  };
};

/** Incident (a): nobody runs for more than an epoch of 600 slots. */
const emptyEpoch: Scenario = (seed, { validators = 4, durationMs = 64 * minuteMs }) => ({
  ...{ ...quiet, seed, scenario: 'empty-epoch', validators, durationMs },
  faults: Array.from({ length: validators }, (_, node) => ({
    ...({ type: 'crash', node, atMs: minuteMs + node * 100, untilMs: durationMs - minuteMs } as const),
  })),
  machines: machinesOf(validators, createRandom(seed, 'plan')),
});

/** Incident (c): one voter hears all and is heard by nobody; it goes on to the next round, and the others need its votes. */
const unheardVoter: Scenario = (seed, { validators = 4, durationMs = 3 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const away = validators - 1;
  const time = { atMs: 20_000 + random.below(20_000), untilMs: durationMs };
  return {
    ...{ ...quiet, seed, scenario: 'unheard-voter', validators, durationMs },
    faults: [
      { type: 'crash', node: away, ...time },
      { type: 'one-way', from: [0], to: [1, 2], atMs: time.atMs + random.below(10_000), untilMs: durationMs - 30_000 },
    ],
    machines: machinesOf(validators, random),
  };
};

/** Incident (f): two of four are away for long; nothing takes the place of their votes. */
const noQuorum: Scenario = (seed, { validators = 4, durationMs = 30 * minuteMs }) => ({
  ...{ ...quiet, seed, scenario: 'no-quorum', validators, durationMs },
  faults: [0, 1].map((node) => ({ type: 'crash', node, atMs: minuteMs, untilMs: durationMs }) as const),
  machines: machinesOf(validators, createRandom(seed, 'plan')),
});

/** Incident (h): equivocators whose votes lie beside and below those of the others, with messages that overtake each other. */
const equivocators: Scenario = (seed, { validators = 7, durationMs = 4 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const byzantine = [
    { seat: 0, kind: 'twin' },
    { seat: 1, kind: 'surplus-equivocation' },
  ] as const;
  return {
    ...{ ...quiet, seed, scenario: 'equivocators', validators, byzantine, durationMs },
    quality: { ...goodLinks, spikes: 0.2, spikeMs: 9_000 },
    machines: machinesOf(validators + 2, random),
  };
};

/** Elections: five of seven authorities vote in each era of 72 seconds, through crashes and partitions. */
const elections: Scenario = (seed, { validators = 7, durationMs = 10 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const faults = Array.from({ length: random.below(8) }, () => anyFault(validators, durationMs, random));
  return {
    ...{ ...quiet, seed, scenario: 'elections', validators, seats: 5, durationMs, faults },
    quality: roughLinks(random),
    machines: machinesOf(validators, random),
  };
};

/** Authorities: colluders with two faces, and the others in two halves that do not hear each other for a while. */
const colluders =
  (count: number): Scenario =>
  (seed, { validators = 11, durationMs = 5 * minuteMs }) => {
    const random = createRandom(seed, 'plan');
    const byzantine = Array.from({ length: count }, (_, seat) => ({ seat, kind: 'two-faced' }) as const);
    const honest = Array.from({ length: validators - count }, (_, i) => count + i);
    const faces = (face: number) => byzantine.map(({ seat }) => (face === 0 ? seat : validators + seat));
    const side = (face: number) => [...honest.filter((node) => node % 2 === face), ...faces(face)];
    return {
      ...{ ...quiet, seed, scenario: `colluders-${count}`, validators, byzantine, durationMs },
      faults: [{ type: 'partition', atMs: 30_000, untilMs: durationMs - minuteMs, groups: [side(0), side(1)] }],
      machines: machinesOf(validators + count, random),
      // Two quorums of 8 among 11 share 5 members: fewer cannot finalize two blocks.
      isConflictAllowed: count > 3,
    };
  };

/** Messages that take seconds, as between machines without free processor time: nodes are several blocks apart. */
const slowLinks: LinkQuality = {
  ...goodLinks,
  leastDelayMs: 100,
  meanExtraDelayMs: 900,
  spikes: 0.15,
  spikeMs: 9_000,
};

/** Every third seed: links that are slow, and stay so. */
function linksOf(seed: number): Pick<Plan, 'quality' | 'healedQuality'> {
  return seed % 3 === 0 ? { quality: slowLinks, healedQuality: slowLinks } : { quality: goodLinks };
}

/** Moments that walk through a slot with the seeds. */
function phaseOf(seed: number, random: Random): number {
  return (seed % 12) * 500 + random.below(500);
}

/** Of eleven, three crash and stay away, later a fourth; all come back, at once or one after the other. */
const fourOfEleven: Scenario = (seed, { validators = 11 }) => {
  const random = createRandom(seed, 'plan');
  const nodes = Array.from({ length: validators }, (_, node) => node);
  const away = Array.from({ length: 4 }, () => nodes.splice(random.below(nodes.length), 1)[0] ?? 0);
  const thirdMs = 30_000 + phaseOf(seed, random);
  const fourthMs = thirdMs + 40_000 + phaseOf(seed * 5, random);
  const durationMs = fourthMs + 2 * minuteMs;
  const gapMs = random.pick([0, 1_000, 4_000, 9_000]);
  const unsynced = random.pick(['kept', 'lost'] as const);
  const faults = away.map((node, i): Fault => {
    const atMs = i === 3 ? fourthMs : thirdMs - i * random.below(1_000);
    return { type: 'crash', node, atMs, untilMs: durationMs - i * gapMs, unsynced };
  });
  return {
    ...{ ...quiet, seed, scenario: 'four-of-eleven', validators, durationMs, faults, ...linksOf(seed) },
    machines: machinesOf(validators, random),
    marksMs: [thirdMs + 10_000, fourthMs - 1, fourthMs + 30_000, durationMs - 3 * gapMs - 1],
  };
};

/** Six of eleven and the other five do not hear each other for three minutes. */
const halves: Scenario = (seed, { validators = 11, durationMs = 4 * minuteMs }) => {
  const random = createRandom(seed, 'plan');
  const six = Array.from({ length: validators }, (_, node) => node);
  const five = Array.from({ length: 5 }, () => six.splice(random.below(six.length), 1)[0] ?? 0);
  const atMs = 54_000 + phaseOf(seed, random);
  return {
    ...{ ...quiet, seed, scenario: 'halves', validators, durationMs, ...linksOf(seed) },
    faults: [{ type: 'partition', atMs, untilMs: durationMs, groups: [six, five] }],
    machines: machinesOf(validators, random),
    marksMs: [atMs + 30_000, durationMs - 1],
  };
};

const scenarios: Readonly<Record<string, Scenario>> = {
  chaos,
  calm,
  backups,
  liars,
  'left-branch': leftBranch,
  'empty-epoch': emptyEpoch,
  'unheard-voter': unheardVoter,
  'no-quorum': noQuorum,
  equivocators,
  elections,
  'four-of-eleven': fourOfEleven,
  halves,
  'colluders-3': colluders(3),
  'colluders-4': colluders(4),
  'colluders-5': colluders(5),
};

export const scenarioNames: readonly string[] = Object.keys(scenarios);

/** The plan of a scenario for a seed. Throws `RangeError` for an unknown scenario. */
export function planOf(scenario: string, seed: number, options: PlanOptions = {}): Plan {
  const make = scenarios[scenario];
  if (make === undefined)
    throw new RangeError(`there is no scenario "${scenario}"; there are ${scenarioNames.join(', ')}`);
  return make(seed, options);
}
