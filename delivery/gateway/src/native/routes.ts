// All routes of the native API.
import type { Parameter } from '../admin/admin-route.js';
import { deleteFile } from './delete-file.js';
import { sendData, sendJson } from './native-answer.js';
import type { NativeRoute } from './native-route.js';
import { openApiDocument } from './open-api.js';
import { putForm, putObjectOfName } from './put-file.js';
import { downloadFile, listFiles, openFile, showMetadata } from './read-file.js';
import { resume } from './resume.js';

const text = { type: 'string' };
const fidSchema = { type: 'string', pattern: '^[0-9a-f]{64}$' };
const fidParameter: Parameter = {
  name: 'fid',
  in: 'path',
  required: true,
  description: 'As the upload answered it',
  schema: fidSchema,
};
const nameParameter: Parameter = {
  name: 'name',
  in: 'path',
  required: true,
  description: 'Name of the file, percent-encoded',
  schema: { type: 'string', minLength: 1, maxLength: 765 },
};
const query = (name: string, description: string, schema: Parameter['schema']): Parameter => ({
  name,
  in: 'query',
  description,
  schema,
});
const header = (name: string, description: string): Parameter => ({ name, in: 'header', description, schema: text });
const rangeOfRead = header('Range', 'One range of bytes; Content-Range is taken as well');
const stored = { type: 'object', required: ['fid'], properties: { fid: fidSchema } };
const bytes = { 'application/octet-stream': { type: 'string', format: 'binary' } };
const listedFile = {
  territory: text,
  fid: fidSchema,
  size: { type: 'integer', minimum: 0 },
  file_name: text,
  uploaded_at: { type: 'string', format: 'date-time' },
};
const download = {
  method: 'GET',
  summary: 'The content of a file, to be saved',
  parameters: [fidParameter, rangeOfRead],
  access: 'fid',
  handle: downloadFile,
} as const;

const described: readonly NativeRoute[] = [
  {
    method: 'PUT',
    path: '/file',
    operationId: 'putFile',
    summary: 'Uploads a file by a form',
    access: 'territory',
    requestContent: {
      'multipart/form-data': { type: 'object', required: ['file'], properties: { file: { type: 'string' } } },
    },
    schema: stored,
    handle: putForm,
  },
  {
    method: 'PUT',
    path: '/object/{name}',
    operationId: 'putObject',
    summary: 'Uploads the bytes of the body',
    access: 'territory',
    parameters: [nameParameter],
    requestContent: bytes,
    schema: stored,
    handle: putObjectOfName,
  },
  {
    method: 'PUT',
    path: '/resume/{name}',
    operationId: 'resumeUpload',
    summary: 'Uploads one range of a file; the last one answers the fid',
    access: 'territory',
    parameters: [
      nameParameter,
      {
        ...header('Content-Range', '`bytes first-last/length`; `bytes */length` asks what has arrived'),
        required: true,
      },
    ],
    requestContent: bytes,
    schema: stored,
    otherAnswers: { '308': 'The range has arrived, others are missing; Range says what there is. The body is `null`.' },
    handle: resume,
  },
  {
    method: 'GET',
    path: '/file/list',
    operationId: 'listFiles',
    summary: 'Files of the signer in a territory',
    access: 'territory',
    parameters: [
      query('Account', 'In place of the header', text),
      query('Territory', 'In place of the header', text),
      query('after', 'The last fid of the page before', fidSchema),
      query('limit', 'Length of the page', { type: 'integer', minimum: 1, maximum: 1000, default: 1000 }),
    ],
    schema: { type: 'array', items: { type: 'object', required: Object.keys(listedFile), properties: listedFile } },
    handle: listFiles,
  },
  { ...download, path: '/file/download/{fid}', operationId: 'downloadFile' },
  // cess-js-sdk-nodejs 0.2.6 and cess-js-sdk-frontend 0.2.10 ask for these.
  { ...download, path: '/download/{fid}', operationId: 'downloadForSdk' },
  { ...download, path: '/{fid}/download', operationId: 'downloadForFrontend' },
  {
    method: 'GET',
    path: '/file/open/{fid}',
    operationId: 'openFile',
    summary: 'The content of a file, to be shown; an ending behind the fid selects the media type',
    access: 'fid',
    parameters: [{ ...fidParameter, schema: text }, rangeOfRead],
    handle: openFile,
  },
  {
    method: 'GET',
    path: '/file/metadata/{fid}',
    operationId: 'showMetadata',
    summary: 'What the gateway and the chain know of a file',
    access: 'fid',
    parameters: [fidParameter],
    schema: {
      type: 'object',
      required: [...Object.keys(listedFile), 'owner', 'content_type', 'etag', 'storage_class', 'status', 'file_ids'],
      properties: {
        ...listedFile,
        owner: { type: 'array', items: { type: 'object', properties: { user: text, file_name: text } } },
        content_type: text,
        etag: text,
        storage_class: text,
        status: { enum: ['unrecorded', 'stored', 'deleting', 'declared', 'tagged', 'proven', 'lost'] },
        file_ids: { type: 'array', items: fidSchema, description: 'Ids of the files on chain' },
      },
    },
    handle: showMetadata,
  },
  {
    method: 'DELETE',
    path: '/file/{fid}',
    operationId: 'deleteFile',
    summary: 'Deletes a file of the signer',
    access: 'wallet',
    parameters: [fidParameter],
    schema: stored,
    handle: deleteFile,
  },
  {
    method: 'GET',
    path: '/version',
    operationId: 'getVersion',
    summary: 'The version of this API',
    access: 'anyone',
    schema: text,
    handle: async ({ response }) => sendData(response, '1'),
  },
];

export const nativeRoutes: readonly NativeRoute[] = [
  ...described,
  {
    method: 'GET',
    path: '/openapi.json',
    operationId: 'getOpenApi',
    summary: 'This document',
    access: 'anyone',
    schema: { type: 'object' },
    handle: async ({ response }) => sendJson(response, 200, openApiDocument(nativeRoutes)),
  },
];
