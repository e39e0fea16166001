import { version } from '../package.json';

/** Version of this package, as every picture records it. @internal */
export const VERSION: string = version;
