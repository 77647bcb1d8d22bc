// Puts the faults of a plan into the schedule.
import type { Links } from './links.js';
import type { Fault, Plan } from './plan.js';
import type { Schedule } from './schedule.js';
import type { DiskBackup } from './sim-disk.js';
import type { SimNode } from './sim-node.js';

export interface FaultTargets {
  readonly schedule: Schedule;
  readonly links: Links;
  readonly nodes: readonly SimNode[];
}

/** The result ends all faults and starts all nodes that are down. */
export function applyFaults(plan: Plan, targets: FaultTargets): () => void {
  const { schedule, nodes } = targets;
  const endings = new Set<() => void>();
  for (const fault of plan.faults) {
    schedule.at(fault.atMs, () => {
      const end = begin(fault, targets, plan);
      if (end === undefined) return;
      endings.add(end);
      const untilMs = 'untilMs' in fault ? fault.untilMs : schedule.nowMs;
      schedule.at(untilMs, () => {
        if (endings.delete(end)) end();
      });
    });
    if (fault.type === 'restore') prepareRestore(fault, targets);
  }
  return () => {
    for (const end of endings) end();
    endings.clear();
    for (const node of nodes) node.start();
  };
}

const backups = new WeakMap<Fault, DiskBackup>();

function prepareRestore(fault: Extract<Fault, { type: 'restore' }>, { schedule, nodes }: FaultTargets): void {
  backups.delete(fault);
  schedule.at(fault.backUpAtMs, () => {
    const node = nodes[fault.node];
    if (node !== undefined) backups.set(fault, node.disk.backUp());
  });
}

/** Returns what ends the fault, if it lasts. */
function begin(fault: Fault, targets: FaultTargets, plan: Plan): (() => void) | undefined {
  const { links, nodes, schedule } = targets;
  const all = nodes.map(({ number }) => number);
  switch (fault.type) {
    case 'crash':
      nodes[fault.node]?.crash(fault.unsynced);
      return () => nodes[fault.node]?.start();
    case 'restore': {
      const node = nodes[fault.node];
      const backup = backups.get(fault);
      if (node === undefined || backup === undefined) return undefined;
      node.crash();
      node.restore(backup);
      return () => node.start();
    }
    case 'partition': {
      const groupOf = new Map(fault.groups.flatMap((group, i) => group.map((node) => [node, i] as const)));
      const sideOf = (node: number) => groupOf.get(node) ?? -1 - node;
      return cutAll(links, all, (from, to) => sideOf(from) !== sideOf(to));
    }
    case 'one-way':
      return cutAll(links, all, (from, to) => fault.from.includes(from) && fault.to.includes(to));
    case 'clog':
      for (const node of all) {
        links.clog(fault.node, node, fault.untilMs);
        links.clog(node, fault.node, fault.untilMs);
      }
      return () => {
        for (const node of all) {
          links.clog(fault.node, node, schedule.nowMs);
          links.clog(node, fault.node, schedule.nowMs);
        }
      };
    case 'loss':
      links.quality = { ...links.quality, loss: fault.share };
      return () => {
        links.quality = { ...links.quality, loss: plan.quality.loss };
      };
    case 'disk-failure':
      nodes[fault.node]?.disk.failWrites(fault.writes);
      return () => nodes[fault.node]?.disk.failWrites(0);
    case 'clock':
      nodes[fault.node]?.init.clock.shift(fault.shiftMs);
      return undefined;
  }
}

function cutAll(links: Links, all: readonly number[], isCut: (from: number, to: number) => boolean): () => void {
  const cut = all.flatMap((from) =>
    all.filter((to) => to !== from && isCut(from, to)).map((to) => [from, to] as const),
  );
  for (const [from, to] of cut) links.cut(from, to);
  return () => {
    for (const [from, to] of cut) links.mend(from, to);
  };
}
