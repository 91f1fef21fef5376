import { slackText } from '../../leaves/inert-text.js';
import type { Alert } from '../alert.js';

/** Slack cuts longer texts itself, in places where it suits nobody. */
const SLACK_TITLE = 150;
const SLACK_TEXT = 2_900;

const short = (text: string, most: number): string =>
  text.length > most ? `${text.slice(0, most - 1)}…` : text;

/** What Slack's incoming webhooks, and those that speak like them (Mattermost, Rocket.Chat), take. */
export function slackPayload(alert: Alert): object {
  const { title, message, severity, transition, experiment, since } = alert;
  const text = slackText(short(title, SLACK_TITLE));
  return {
    text,
    blocks: [
      { type: 'header', text: { type: 'plain_text', text, emoji: false } },
      {
        type: 'section',
        text: { type: 'plain_text', text: slackText(short(message, SLACK_TEXT)), emoji: false },
      },
      {
        type: 'context',
        elements: [
          {
            type: 'plain_text',
            text: slackText(
              short(`${severity} · ${transition} · ${experiment} · since ${since}`, SLACK_TITLE),
            ),
            emoji: false,
          },
        ],
      },
    ],
  };
}
