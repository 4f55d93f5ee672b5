import { createHash } from 'node:crypto';
import { STYLE } from './style.ts';

/** For a Content-Security-Policy: the one style sheet, as it stands in the page. */
export const STYLE_HASH = createHash('sha256').update(STYLE).digest('base64');
