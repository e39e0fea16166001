export const SOURCES: { find: RegExp; replacement: string }[];
