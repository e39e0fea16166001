import { GuidanceError } from '@sega/guidance';
import type { Table } from './table.js';
import { attributes } from './tables/attributes.js';
import { combinations } from './tables/combinations.js';
import { distance } from './tables/distance.js';
import { isolation } from './tables/isolation.js';
import { methods } from './tables/methods.js';
import { monotonicity } from './tables/monotonicity.js';
import { robustness } from './tables/robustness.js';
import { safety } from './tables/safety.js';
import { settings } from './tables/settings.js';
import { uniqueness } from './tables/uniqueness.js';

/** Every table, in the order of the paper. @category Tables */
export const TABLES: readonly Table[] = [
  attributes,
  combinations,
  safety,
  robustness,
  uniqueness,
  monotonicity,
  isolation,
  distance,
  methods,
  settings,
];

/**
 * A table by its name.
 *
 * @throws OPTION_INVALID naming those there are.
 *
 * @example
 * tableOf('attributes').title;
 * @category Tables
 */
export function tableOf(name: string): Table {
  const table = TABLES.find((one) => one.name === name);
  if (table) return table;
  const names = TABLES.map((one) => one.name);
  throw new GuidanceError('OPTION_INVALID', `There is no table "${name}"; there are ${names.join(', ')}.`, {
    table: name,
    names,
  });
}
