/** Of this package. */
declare const __VERSION__: string;
