import { resolve } from 'node:path';
import { LeewayError, shown } from '../../../leaves/errors.js';

/**
 * The absolute path of a database file.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where it names no file.
 */
export function sqliteFile(file: string): string {
  if (typeof file === 'string' && file !== '' && file !== ':memory:' && !file.includes('\0'))
    return resolve(file);
  throw new LeewayError('ERR_LEEWAY_OPTION', `file must be the path of a file, got ${shown(file)}`);
}
