import { AwsError } from '../kernel/service.ts';
import type { S3Object } from './s3-object.ts';

export interface ListRequest {
  readonly bucket: string;
  readonly prefix: string;
  readonly delimiter: string | undefined;
  /** Keys after this one. */
  readonly startAfter: string | undefined;
  readonly continuationToken: string | undefined;
  /** 0 to 1000. */
  readonly maxKeys: number;
}

export interface Listing {
  readonly objects: readonly S3Object[];
  /** Keys up to and with the delimiter, once each. */
  readonly prefixes: readonly string[];
  readonly nextToken: string | undefined;
}

/** One page. @param objects all with the prefix, in order */
export function listObjects(objects: readonly S3Object[], request: ListRequest): Listing {
  const after =
    request.continuationToken === undefined ? request.startAfter : fromToken(request.continuationToken);
  const page = { objects: [] as S3Object[], prefixes: [] as string[] };
  let last = '';
  for (const object of objects) {
    const group = groupOf(object.key, request);
    const name = group ?? object.key;
    // If a page ended with a group, all keys of that group are done.
    if (after !== undefined && (!isAfter(name, after) || name === last)) continue;
    if (name === last) continue;
    if (page.objects.length + page.prefixes.length >= request.maxKeys) {
      return { ...page, nextToken: request.maxKeys === 0 ? undefined : toToken(last) };
    }
    if (group === undefined) page.objects.push(object);
    else page.prefixes.push(group);
    last = name;
  }
  return { ...page, nextToken: undefined };
}

function groupOf(key: string, { prefix, delimiter }: ListRequest): string | undefined {
  if (!delimiter) return undefined;
  const end = key.indexOf(delimiter, prefix.length);
  return end < 0 ? undefined : key.slice(0, end + delimiter.length);
}

const isAfter = (a: string, b: string): boolean => Buffer.compare(Buffer.from(a), Buffer.from(b)) > 0;

const toToken = (name: string): string => Buffer.from(name).toString('base64url');

function fromToken(token: string): string {
  const name = Buffer.from(token, 'base64url').toString();
  if (toToken(name) !== token)
    throw new AwsError('InvalidArgument', 'The continuation token provided is incorrect', 400);
  return name;
}
