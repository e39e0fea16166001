import type { JudgedPicture, Study } from './study.js';

/** Rows of text under a header, as the Markdown report shows them. @category Tables */
export interface Section {
  readonly title?: string;
  readonly header: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** A row of the contact sheet; pictures of one column belong together. @category Tables */
export interface SheetRow {
  readonly label: string;
  readonly pictures: readonly JudgedPicture[];
}

/** What a table found. @category Tables */
export interface TableResult {
  /** Goes into the JSON report as it is. */
  readonly data: Readonly<Record<string, unknown>>;
  readonly sections: readonly Section[];
  /** How the figures came about. */
  readonly notes: readonly string[];
  readonly sheet: readonly SheetRow[];
  /** An SVG, where a picture says more than the figures. */
  readonly plot?: string;
}

/** A table: which pictures it asks for, and what it counts in them. @category Tables */
export interface Table {
  readonly name: string;
  readonly title: string;
  /** True where a set of prompts may replace the table's own. */
  readonly takesPrompts?: boolean;
  /** True where safety presets are compared. */
  readonly takesPresets?: boolean;
  /** Asks the study for the pictures, has them judged, and counts. */
  make(study: Study): Promise<TableResult>;
}

/** Successes among the pictures that could show one. @category Tables */
export interface Count {
  readonly usable: number;
  readonly succeeded: number;
  /** succeeded / usable; null where nothing was usable. */
  readonly success: number | null;
}

/** @internal */
export function countOf<T>(items: readonly T[], isSuccess: (item: T) => boolean): Count {
  return ratio(items.filter(isSuccess).length, items.length);
}

/** Counts of several rows as one. @internal */
export function pooled(counts: readonly Count[]): Count {
  const sum = (key: 'succeeded' | 'usable'): number => counts.reduce((total, count) => total + count[key], 0);
  return ratio(sum('succeeded'), sum('usable'));
}

function ratio(succeeded: number, usable: number): Count {
  return { usable, succeeded, success: usable === 0 ? null : succeeded / usable };
}

/** The mean, or null of nothing. @internal */
export function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** `95.0 %`, or what stands for a figure that could not be measured. @internal */
export function percent(share: number | null | undefined, absent: string = NOTHING): string {
  return share === null || share === undefined ? absent : `${(share * 100).toFixed(1)} %`;
}

/** @internal */
export function decimal(value: number | null | undefined, digits = 3, absent: string = NOTHING): string {
  return value === null || value === undefined ? absent : value.toFixed(digits);
}

const NOTHING = 'no usable pictures';
