export const PACKAGE_FOLDERS: readonly string[];

export const ENTRIES: readonly {
  readonly name: string;
  readonly source: string;
  readonly folder: string | undefined;
}[];
