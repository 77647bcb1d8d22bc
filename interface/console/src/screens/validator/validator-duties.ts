// What whoever runs a validator should do now, from what the chain records of the candidate (docs/protocol/r2s.md §4, §5, §8, §11).
// Pure.
import type { ValidatorState } from '../../api/validators.js';
import { byUrgency, type Duty } from '../operator/duty.js';

/** A share of missed slots that is worth a look: single ones happen at restarts. */
const missedShare = 0.02;

export function validatorDuties(validator: ValidatorState): readonly Duty[] {
  const { candidate } = validator;
  if (candidate === undefined) return [{ tone: 'info', text: 'validator.do.noCandidate' }];
  return byUrgency([
    ...slashDuties(validator),
    ...exitDuties(validator, candidate),
    ...(candidate.state === 'Active' ? electionDuties(validator, candidate) : []),
    ...seatDuties(validator, candidate),
  ]);
}

type CandidateState = NonNullable<ValidatorState['candidate']>;

function slashDuties({ slashes }: ValidatorState): Duty[] {
  return slashes.map(({ amount, offenceEra, takenIn }) => ({
    tone: 'bad',
    text: 'validator.do.slash',
    values: { amount, era: offenceEra, taken: takenIn },
  }));
}

function exitDuties({ exit, seat, isElected, era }: ValidatorState, { state }: CandidateState): Duty[] {
  const duties: Duty[] = [];
  if (state === 'Removed') duties.push({ tone: 'bad', text: 'validator.do.removed' });
  if (state === 'Removed' && exit === undefined) duties.push({ tone: 'warn', text: 'validator.do.removed.exit' });
  if (exit === undefined) return duties;
  const isServing = seat !== undefined || isElected === true;
  if (isServing) {
    duties.push({ tone: 'warn', text: 'validator.do.exit.seat', values: { era: isElected === true ? era + 1 : era } });
  }
  if (exit.type === 'CoolingOff') {
    duties.push({ tone: 'info', text: 'validator.do.exit.cooling', values: { era: exit.endsIn } });
  } else if (!isServing) {
    const values = { returned: exit.returned, taken: exit.taken };
    duties.push({ tone: 'warn', text: 'validator.do.exit.free', values });
  }
  return duties;
}

function electionDuties(validator: ValidatorState, candidate: CandidateState): Duty[] {
  const { minimumStake: minimum, creditThreshold: threshold, credit, takesProofs, workers } = validator;
  const { stake, isRated, hasPostedProof } = candidate;
  const duties: Duty[] = [];
  if (stake < minimum) {
    duties.push({ tone: 'bad', text: 'validator.do.stake', values: { stake, minimum, amount: minimum - stake } });
  }
  if (isRated && credit < threshold) {
    duties.push({ tone: 'bad', text: 'validator.do.credit', values: { credit, threshold } });
  }
  if (takesProofs && !hasPostedProof) duties.push({ tone: 'warn', text: 'validator.do.proof' });
  if (workers.length === 0) duties.push({ tone: 'info', text: 'validator.do.workers' });
  return duties;
}

function seatDuties(validator: ValidatorState, candidate: CandidateState): Duty[] {
  const { seat, isElected, era, points } = validator;
  const duties: Duty[] = [];
  if (seat !== undefined && points.missed > missedShare * (points.missed + points.blocks)) {
    duties.push({
      tone: 'warn',
      text: 'validator.do.missed',
      values: { missed: points.missed, blocks: points.blocks },
    });
  }
  if (seat !== undefined && seat.key !== candidate.key) duties.push({ tone: 'warn', text: 'validator.do.key' });
  if (seat === undefined && isElected === true) {
    duties.push({ tone: 'warn', text: 'validator.do.elected', values: { era: era + 1 } });
  }
  if (seat !== undefined && isElected === false) {
    duties.push({ tone: 'info', text: 'validator.do.unelected', values: { era } });
  }
  if (seat === undefined && isElected !== true && candidate.state === 'Active') {
    duties.push({ tone: 'info', text: 'validator.do.waiting' });
  }
  return duties;
}
