// Every case of the suite.
import { bucketAndListingCases } from './cases/buckets-and-listings.js';
import { copyCases } from './cases/copies.js';
import { everyOperation } from './cases/every-operation.js';
import { formCases } from './cases/forms.js';
import { notOfferedCases } from './cases/not-offered.js';
import { objectCases } from './cases/objects.js';
import { settingCases } from './cases/settings.js';
import { signatureAndAccessCases } from './cases/signatures-and-access.js';
import { uploadCases } from './cases/uploads.js';
import { versionAndLockCases } from './cases/versions-and-locks.js';
import type { S3Case } from './s3-case.js';

export const allCases: readonly S3Case[] = [
  ...everyOperation,
  ...objectCases,
  ...bucketAndListingCases,
  ...copyCases,
  ...uploadCases,
  ...versionAndLockCases,
  ...signatureAndAccessCases,
  ...settingCases,
  ...notOfferedCases,
  ...formCases,
];
