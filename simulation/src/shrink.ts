// Makes the plan of a failing run smaller while it fails: leaves out faults, Byzantine authorities, nodes and time, and calms the network (SI-21).
import { goodLinks } from './links.js';
import type { Fault, Plan } from './plan.js';

const leastDurationMs = 20_000;

/** The smallest plan found that still fails. Each question is a run. */
export async function shrink(plan: Plan, isFailing: (plan: Plan) => Promise<boolean>): Promise<Plan> {
  let smallest = plan;
  for (let isSmaller = true; isSmaller; ) {
    isSmaller = false;
    for (const candidate of smallerPlans(smallest)) {
      if (!(await isFailing(candidate))) continue;
      smallest = candidate;
      isSmaller = true;
      break;
    }
  }
  return smallest;
}

/** Plans that are one step smaller, the largest steps first. */
function* smallerPlans(plan: Plan): Generator<Plan> {
  const { faults, byzantine, durationMs, validators } = plan;
  if (faults.length > 1) yield { ...plan, faults: [] };
  for (const fewer of [4, 5, 7]) if (fewer < validators) yield withValidators(plan, fewer);
  for (const share of [0.25, 0.5, 0.75]) {
    const shorter = Math.floor((durationMs * share) / 1000) * 1000;
    if (shorter >= leastDurationMs && shorter < durationMs) yield withDuration(plan, shorter);
  }
  for (const fault of faults) yield { ...plan, faults: faults.filter((each) => each !== fault) };
  for (const liar of byzantine) yield { ...plan, byzantine: byzantine.filter((each) => each !== liar) };
  if (plan.transfers > 0) yield { ...plan, transfers: 0 };
  if (plan.quality !== goodLinks) yield { ...plan, quality: goodLinks };
  const exact = plan.machines.map(() => ({ offsetMs: 0, drift: 0, startMs: 0 }));
  if (plan.machines.some(({ offsetMs, drift, startMs }) => offsetMs !== 0 || drift !== 0 || startMs !== 0)) {
    yield { ...plan, machines: exact };
  }
}

function withValidators(plan: Plan, validators: number): Plan {
  const isThere = (node: number) => node < validators;
  const faults = plan.faults.flatMap((fault): Fault[] => {
    if ('node' in fault) return isThere(fault.node) ? [fault] : [];
    if (fault.type === 'partition') return [{ ...fault, groups: fault.groups.map((group) => group.filter(isThere)) }];
    if (fault.type === 'one-way') return [{ ...fault, from: fault.from.filter(isThere), to: fault.to.filter(isThere) }];
    return [fault];
  });
  return { ...plan, validators, faults, byzantine: plan.byzantine.filter(({ seat }) => isThere(seat)) };
}

function withDuration(plan: Plan, durationMs: number): Plan {
  const faults = plan.faults
    .filter(({ atMs }) => atMs < durationMs)
    .map((fault) => ('untilMs' in fault ? { ...fault, untilMs: Math.min(fault.untilMs, durationMs) } : fault));
  return { ...plan, durationMs, faults };
}
