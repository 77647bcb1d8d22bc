// Bounds the uploads of one provider at a time, and tells the background work of the process about them.
import type { ForegroundActivity } from '../scheduling/background-lane.js';
import { RequestRefused } from './errors.js';

export class UploadLimit {
  #running = 0;

  constructor(
    private readonly maxUploads: number,
    private readonly activity: Pick<ForegroundActivity, 'begin'>,
  ) {}

  /** Starts an upload. The result ends it. Throws 503 when the limit is reached. */
  enter(): () => void {
    if (this.#running >= this.maxUploads) {
      throw new RequestRefused(
        503,
        'PROVIDER_BUSY',
        'The provider handles as many uploads as it can. Try again later.',
      );
    }
    this.#running++;
    const end = this.activity.begin();
    return () => {
      this.#running--;
      end();
    };
  }
}
