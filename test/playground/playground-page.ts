import { readFile } from 'node:fs/promises';
import type { BrowserContext, Page } from 'playwright';

const MINUTES = 10 * 60_000;

/** The playground in a browser, as a person finds their way in it: by what is written there. */
export class PlaygroundPage {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
    page.setDefaultTimeout(MINUTES);
  }

  /** @param address - Of the site. */
  static async open(context: BrowserContext, address: string, hash = ''): Promise<PlaygroundPage> {
    const playground = new PlaygroundPage(await context.newPage());
    await playground.page.goto(`${address}/index.html${hash}`);
    return playground;
  }

  /** Waits until both pictures are finished. @throws what the page tells when they cannot be. */
  async drawn(): Promise<void> {
    const save = this.page.getByRole('button', { name: 'Save picture' });
    const alert = this.page.locator('.stage').getByRole('alert');
    await save.and(this.page.locator(':enabled')).or(alert).first().waitFor();
    if (await alert.isVisible()) throw new Error((await alert.textContent())!);
    await this.page.waitForFunction(() => !document.querySelector('.frame canvas:not([data-crisp])'));
  }

  /** What the pictures in a part of the page look like, each as text. */
  async pictures(part: string): Promise<readonly string[]> {
    return this.page
      .locator(`${part} canvas`)
      .evaluateAll((all) => all.map((canvas) => (canvas as HTMLCanvasElement).toDataURL()));
  }

  async type(label: string, text: string): Promise<void> {
    const field = this.page.getByLabel(label, { exact: true });
    await field.fill(text);
    await field.press('Enter');
  }

  async press(name: string): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click();
  }

  async pickModel(name: string): Promise<void> {
    await this.page.getByRole('group', { name: 'Model' }).getByRole('radio', { name }).check();
  }

  /** The file `Save picture` gives. */
  async saved(): Promise<Buffer> {
    const [download] = await Promise.all([this.page.waitForEvent('download'), this.press('Save picture')]);
    return readFile(await download.path());
  }

  /** Opens an experiment and waits for its pictures to be finished. */
  async openExperiment(name: string, pictures: number): Promise<void> {
    await this.page.getByRole('tab', { name }).click();
    await this.page
      .locator('.panel canvas')
      .nth(pictures - 1)
      .waitFor();
    await this.page.waitForFunction(() => !document.querySelector('.panel canvas:not(.heat, [data-crisp])'));
  }

  /** Goes to another link of this page. */
  async go(hash: string): Promise<void> {
    await this.page.evaluate((wanted) => {
      const gone = new Promise((resolve) => addEventListener('hashchange', resolve, { once: true }));
      location.hash = wanted;
      return gone.then(() => undefined);
    }, hash);
  }

  /** Addresses of what is kept for when there is no network. */
  kept(): Promise<readonly string[]> {
    return this.page.evaluate(async () => {
      const inOne = async (name: string): Promise<readonly Request[]> => (await caches.open(name)).keys();
      return (await Promise.all((await caches.keys()).map(inOne))).flat().map(({ url }) => url);
    });
  }

  /** What axe-core finds that is serious; its script has been added. */
  seriousIssues(): Promise<readonly string[]> {
    return this.page.evaluate(async () => {
      const { violations } = await (globalThis as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .flatMap(({ id, nodes }) => nodes.map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`));
    });
  }
}
