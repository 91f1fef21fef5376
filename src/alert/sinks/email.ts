import { LeewayError, shown } from '../../leaves/errors.js';
import { visibleLines, visibleText } from '../../leaves/inert-text.js';
import { checkOptionNames } from '../../leaves/option-names.js';
import type { AlertSink } from '../sink.js';

/** The part of a nodemailer transport that is used. */
export interface MailTransport {
  sendMail(mail: {
    from: string;
    to: string;
    subject: string;
    text: string;
    messageId: string;
  }): Promise<unknown>;
}

/** How mails are sent. */
export interface EmailOptions {
  /** What logs and errors call it. @default 'email' */
  readonly name?: string;
  readonly from: string;
  readonly to: string | readonly string[];
  /**
   * A nodemailer transport, or what `nodemailer.createTransport` takes, such as `smtps://user:password@example.com`;
   * for the latter the package `nodemailer` must be installed.
   */
  readonly transport: MailTransport | string;
}

const LONGEST_SUBJECT = 200;

/**
 * Mails each alert as plain text.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION` where an option is missing or wrong.
 */
export function email(options: EmailOptions): AlertSink {
  checkOptionNames('email', options, ['name', 'from', 'to', 'transport']);
  const { name = 'email', from, to, transport } = options;
  const recipients = typeof to === 'string' ? [to] : [...to];
  for (const address of [from, ...recipients]) {
    if (typeof address !== 'string' || !address.includes('@') || visibleText(address) !== address) {
      throw new LeewayError(
        'ERR_LEEWAY_OPTION',
        `from and to must be mail addresses, got ${shown(address)}`,
      );
    }
  }
  if (recipients.length === 0)
    throw new LeewayError('ERR_LEEWAY_OPTION', 'to must have at least one mail address');
  const isTransport =
    typeof transport === 'object' && transport !== null && typeof transport.sendMail === 'function';
  if (typeof transport !== 'string' && !isTransport) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'transport must be a nodemailer transport, or the URL of an SMTP server',
    );
  }
  let opened: Promise<MailTransport> | undefined;
  return {
    name,
    async deliver(alert) {
      opened ??= openTransport(transport);
      const mailer = await opened.catch((error) => {
        opened = undefined;
        throw error;
      });
      try {
        await mailer.sendMail({
          from,
          to: recipients.join(', '),
          // A subject is one line: an end of line in a name would begin a header.
          subject: visibleText(`[${alert.severity}] ${alert.title}`)
            .slice(0, LONGEST_SUBJECT)
            .toWellFormed(),
          text: `${visibleLines(alert.message)}\n\n${visibleText(`${alert.experiment} · ${alert.transition} · ${alert.id}`)}\n`,
          messageId: `<${encodeURIComponent(alert.id.toWellFormed())}@leeway>`,
        });
      } catch (error) {
        // What a mail server says may hold names and addresses.
        const code = (error as { code?: unknown } | undefined)?.code;
        const why =
          typeof code === 'string' && /^[A-Z_0-9]+$/.test(code) ? code : 'the server refused it';
        throw new LeewayError('ERR_LEEWAY_SINK', `the mail server did not accept the mail: ${why}`);
      }
    },
  };
}

async function openTransport(transport: MailTransport | string): Promise<MailTransport> {
  if (typeof transport !== 'string') return transport;
  try {
    const { createTransport } = await import('nodemailer');
    return createTransport(transport) as unknown as MailTransport;
  } catch {
    throw new LeewayError(
      'ERR_LEEWAY_SINK',
      'mail needs the package nodemailer; run `npm install nodemailer`',
    );
  }
}
