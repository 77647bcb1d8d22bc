// What the gateway does not offer.
import assert from 'node:assert/strict';
import { elementOf, elementsOf } from '../elements.js';
import { assertOutcome, does, type S3Case } from '../s3-case.js';

/** Operations that cannot make sense here: each answers 501, and never a wrong success. */
const notOffered: readonly (readonly [string, string, string])[] = [
  ['CreateBucketMetadataConfiguration', 'POST', '/B?metadataConfiguration'],
  ['CreateBucketMetadataTableConfiguration', 'POST', '/B?metadataTable'],
  ['CreateSession', 'GET', '/B?session'],
  ['DeleteBucketAnalyticsConfiguration', 'DELETE', '/B?analytics&id=a'],
  ['DeleteBucketIntelligentTieringConfiguration', 'DELETE', '/B?intelligent-tiering&id=a'],
  ['DeleteBucketMetadataConfiguration', 'DELETE', '/B?metadataConfiguration'],
  ['DeleteBucketMetadataTableConfiguration', 'DELETE', '/B?metadataTable'],
  ['DeleteBucketMetricsConfiguration', 'DELETE', '/B?metrics&id=a'],
  ['DeleteBucketReplication', 'DELETE', '/B?replication'],
  ['DeleteObjectAnnotation', 'DELETE', '/B/key?annotation&annotationName=a'],
  ['GetBucketAbac', 'GET', '/B?abac'],
  ['GetBucketAnalyticsConfiguration', 'GET', '/B?analytics&id=a'],
  ['GetBucketIntelligentTieringConfiguration', 'GET', '/B?intelligent-tiering&id=a'],
  ['GetBucketMetadataConfiguration', 'GET', '/B?metadataConfiguration'],
  ['GetBucketMetadataTableConfiguration', 'GET', '/B?metadataTable'],
  ['GetBucketMetricsConfiguration', 'GET', '/B?metrics&id=a'],
  ['GetObjectAnnotation', 'GET', '/B/key?annotation&annotationName=a'],
  ['GetObjectTorrent', 'GET', '/B/key?torrent'],
  ['ListBucketAnalyticsConfigurations', 'GET', '/B?analytics'],
  ['ListBucketIntelligentTieringConfigurations', 'GET', '/B?intelligent-tiering'],
  ['ListBucketMetricsConfigurations', 'GET', '/B?metrics'],
  ['ListObjectAnnotations', 'GET', '/B/key?annotation'],
  ['ListDirectoryBuckets', 'GET', '/?x-id=ListDirectoryBuckets'],
  ['PutBucketAbac', 'PUT', '/B?abac'],
  ['PutBucketAnalyticsConfiguration', 'PUT', '/B?analytics&id=a'],
  ['PutBucketIntelligentTieringConfiguration', 'PUT', '/B?intelligent-tiering&id=a'],
  ['PutBucketMetricsConfiguration', 'PUT', '/B?metrics&id=a'],
  ['PutBucketReplication', 'PUT', '/B?replication'],
  ['PutObjectAnnotation', 'PUT', '/B/key?annotation&annotationName=a'],
  ['RenameObject', 'PUT', '/B/key?renameObject'],
  ['RestoreObject', 'POST', '/B/key?restore'],
  ['SelectObjectContent', 'POST', '/B/key?select&select-type=2'],
  ['UpdateObjectEncryption', 'PUT', '/B/key?encryption'],
  ['UpdateBucketMetadataAnnotationTableConfiguration', 'PUT', '/B?metadataAnnotationTable'],
  ['UpdateBucketMetadataInventoryTableConfiguration', 'PUT', '/B?metadataInventoryTable'],
  ['UpdateBucketMetadataJournalTableConfiguration', 'PUT', '/B?metadataJournalTable'],
  ['WriteGetObjectResponse', 'POST', '/WriteGetObjectResponse'],
];

export const notOfferedCases: readonly S3Case[] = notOffered.map(([operation, method, target]) =>
  does(operation, '501 NotImplemented', 'is not offered, and changes nothing', async (world) => {
    const bucket = await world.bucket();
    await world.put(bucket, 'key');
    const answer = await world.send(method, target.replace('/B', `/${bucket}`));
    assertOutcome(answer, '501 NotImplemented');
    assert.equal(elementOf(answer.text, 'Operation'), operation);
    assert.equal((await world.ok('GET', `/${bucket}/key`)).text, 'content');
    assert.deepEqual(elementsOf((await world.ok('GET', `/${bucket}`)).text, 'Key'), ['key']);
  }),
);
