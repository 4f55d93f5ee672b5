import { join } from 'node:path';

const FOLDER = join(import.meta.dirname, 'authority');

/** Who signs what servers of the emulator show. */
export const AUTHORITY = join(FOLDER, 'ca.pem');
/** Shown by servers, for `localhost` and loopback alone. */
export const CERTIFICATE = join(FOLDER, 'server.pem');
export const KEY = join(FOLDER, 'server.key');
