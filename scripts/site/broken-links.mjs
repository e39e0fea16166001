// Follows every link between the built pages as a reader would who opens them from a folder.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PLAYGROUND = 'playground/';

/** Links and images of the pages under a folder that lead to no file, or to no place in it. */
export function brokenLinks(site) {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter(
    (name) => name.endsWith('.html') && !name.startsWith(PLAYGROUND),
  );
  const texts = new Map(pages.map((page) => [join(site, page), readFileSync(join(site, page), 'utf8')]));
  const anchors = new Map();
  const anchorsOf = (path) => {
    if (!anchors.has(path)) anchors.set(path, new Set(valuesOf('id', texts.get(path))));
    return anchors.get(path);
  };
  const leads = (page, link) => {
    const [address, anchor] = link.split('#').map(decodeURIComponent);
    const target = address ? join(dirname(page), address) : page;
    if (!existsSync(target) || !statSync(target).isFile()) return false;
    return !anchor || !texts.has(target) || anchorsOf(target).has(anchor);
  };
  return [...texts].flatMap(([page, text]) =>
    [...new Set([...valuesOf('href', text), ...valuesOf('src', text)])]
      .filter((link) => !/^[a-z]+:/.test(link) && !leads(page, link))
      .map((link) => ({ page, link })),
  );
}

function valuesOf(attribute, text) {
  return [...text.matchAll(new RegExp(`\\b${attribute}="([^"]*)"`, 'g'))].map(([, value]) =>
    value.replaceAll('&amp;', '&'),
  );
}
