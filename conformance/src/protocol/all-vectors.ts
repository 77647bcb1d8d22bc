// Every file of vectors by its name.
import { beaconVectors, consensusVectors, nodeApiVectors } from './chain-vectors.js';
import {
  erasureVectors,
  fragmentTreeVectors,
  idVectors,
  keyVectors,
  receiptVectors,
  sealedStreamVectors,
  segmentLayoutVectors,
} from './data-path-vectors.js';
import { objectReceiptVectors } from './object-receipt-vectors.js';
import { podr2Vectors } from './podr2-vectors.js';
import { r2sVectors } from './r2s-vectors.js';
import type { VectorFile } from './vector.js';
import { verdictVectors } from './verdict-vectors.js';

export const allVectors: Readonly<Record<string, () => VectorFile | Promise<VectorFile>>> = {
  'sealed-stream': sealedStreamVectors,
  'segment-layout': segmentLayoutVectors,
  erasure: erasureVectors,
  'fragment-tree': fragmentTreeVectors,
  ids: idVectors,
  keys: keyVectors,
  receipts: receiptVectors,
  'object-receipts': objectReceiptVectors,
  beacon: beaconVectors,
  consensus: consensusVectors,
  r2s: r2sVectors,
  'node-api': nodeApiVectors,
  podr2: podr2Vectors,
  verdicts: verdictVectors,
};
