// report_placement: a hole of a declared file gets its holder, with the holder's signature over that one fragment.
import { invariant } from '@cess/primitives';
import type { Context } from '../../frame/context.js';
import { ensure } from '../../frame/failure.js';
import { refusalOf } from './batch-holders.js';
import { fileBankEvents as events, fileBankErrors, fileBankStorage as storage } from './declaration.js';
import { giveHolder, holdsAnyOf } from './holders.js';
import type { FileBankNeeds } from './needs.js';
import { closeOrder } from './restoral.js';
import { setTaggingDeadline } from './tagging-deadlines.js';

const errors = fileBankErrors.byName;

export interface Placement {
  readonly file_id: Uint8Array;
  readonly segment: number;
  readonly fragment: number;
  readonly miner: number;
  /** Last block in which the attestation counts. */
  readonly until: number;
  readonly signature: Uint8Array;
}

/** Fills a hole. The caller is the owner or a gateway that it authorised. */
export function reportPlacement(ctx: Context, needs: FileBankNeeds, gateway: Uint8Array, placement: Placement): void {
  const { file_id: id, segment, fragment, miner: provider } = placement;
  const file = storage.Files.get(ctx, id);
  ensure(file !== undefined, errors.FileNonExistent);
  ensure(needs.mayAct(ctx, file.owner, gateway), errors.NoPermission);
  const info = storage.Fragments.get(ctx, id, segment, fragment);
  ensure(info !== undefined, errors.FileNonExistent);
  ensure(info.holder === undefined, errors.NotAHole);
  const shape = storage.Segments.get(ctx, id, segment);
  invariant(shape !== undefined, 'a fragment belongs to a segment');
  ensure(!holdsAnyOf(ctx, provider, { fileId: id, segment }), errors.DuplicateHolder);
  const entries = [{ fileId: id, segment, fragment, root: info.root, length: shape.fragment_length }];
  ensure(refusalOf(ctx, needs, { provider, gateway, entries }, placement) === undefined, errors.BadAttestation);
  const place = { fileId: id, segment, fragment };
  giveHolder(ctx, needs, place, { provider, isRestored: false });
  closeOrder(ctx, needs, place);
  setTaggingDeadline(ctx, needs, id, segment);
  events.deposit(ctx, { type: 'PlacementReported', value: { file_id: id, segment, fragment, miner: provider } });
}
