import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import chromium from '@sparticuz/chromium';
import { type Browser, type BrowserContext, chromium as driver, type Page } from 'playwright-core';

/** What a page did that a report must not do. */
export interface Watched {
  readonly page: Page;
  /** Addresses that it asked for, itself aside. */
  readonly requests: readonly string[];
  /** Errors, violations of the policy, dialogs. */
  readonly complaints: readonly string[];
}

/** How a page is looked at. */
export interface Look {
  readonly dark?: boolean;
  readonly width?: number;
}

/** One real browser for a whole suite. */
export class TestBrowser {
  readonly #browser: Browser;
  readonly #directory = mkdtempSync(join(tmpdir(), 'leeway-browser-'));
  readonly #contexts: BrowserContext[] = [];
  #files = 0;

  private constructor(browser: Browser) {
    this.#browser = browser;
  }

  static async start(): Promise<TestBrowser> {
    const executablePath = await chromium.executablePath();
    return new TestBrowser(
      await driver.launch({ executablePath, args: ['--no-sandbox', '--headless=shell'] }),
    );
  }

  /** Opens a page from a file, as a reader would, and watches what it does. */
  async open(html: string, { dark = false, width = 1_000 }: Look = {}): Promise<Watched> {
    this.#files += 1;
    const file = join(this.#directory, `${this.#files}.html`);
    writeFileSync(file, html);
    const address = pathToFileURL(file).href;
    const context = await this.#browser.newContext({
      colorScheme: dark ? 'dark' : 'light',
      viewport: { width, height: 800 },
    });
    this.#contexts.push(context);
    const page = await context.newPage();
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => {
      if (request.url() !== address) requests.push(request.url());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
    page.on('dialog', (dialog) => {
      complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning')
        complaints.push(message.text());
    });
    await page.goto(address);
    return { page, requests, complaints };
  }

  async close(): Promise<void> {
    for (const context of this.#contexts) await context.close();
    await this.#browser.close();
    rmSync(this.#directory, { recursive: true, force: true });
  }
}
