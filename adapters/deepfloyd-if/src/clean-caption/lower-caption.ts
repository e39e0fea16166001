import { strip } from './regexp.js';

/**
 * A caption in lower case without spaces at its ends: what DeepFloyd-IF's text encoder reads unless captions are cleaned.
 *
 * @internal
 */
export function lowerCaption(text: string): string {
  return strip(text.toLowerCase());
}
