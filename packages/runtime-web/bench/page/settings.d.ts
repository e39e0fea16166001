import type { Guidance } from '@sega/guidance';

export const PROMPT: string;
export const TEXTS: readonly string[];
export function guidanceOf(concepts: number): readonly Guidance[];
