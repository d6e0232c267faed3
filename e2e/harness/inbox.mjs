// The page for webhooks, used as a person uses it.
import { until } from './server.mjs';

export class Inbox {
  constructor(page) {
    this.page = page;
    this.deliveries = page.getByRole('region', { name: 'Deliveries' });
    this.received = page.getByRole('region', { name: 'Received' });
    this.sandbox = page.getByRole('region', { name: 'Sandbox' });
  }

  static async open(page, server) {
    const inbox = new Inbox(page);
    await page.goto(`${server.url}/webhooks`);
    await inbox.sandbox.waitFor();
    return inbox;
  }

  /** Adds one, by mouse or as it is told, and waits until it is the chosen webhook. */
  async addReceiver(press = () => this.sandbox.getByRole('button', { name: 'Add the built-in receiver' }).click()) {
    const before = await this.page.evaluate(() => location.hash);
    await press();
    await until('the new webhook is chosen', () => this.page.evaluate((hash) => {
      const chosen = document.querySelector('.choice[aria-current]');
      return location.hash !== hash && chosen && `#${chosen.dataset.key}` === location.hash;
    }, before));
    await this.received.waitFor();
  }

  /** The newest delivery of an event with this name. */
  delivery(name) {
    return this.deliveries.locator('.row', { hasText: name }).first();
  }

  async answerWith(name, requests) {
    await this.received.getByLabel('Answers with').selectOption(name);
    await this.received.getByLabel('Next requests').fill(String(requests));
    await this.received.getByRole('button', { name: 'Switch', exact: true }).click();
    await this.received.getByText('Now it answers with').waitFor();
  }

  async tool(name) {
    await this.page.locator('summary', { hasText: name }).click();
  }
}
