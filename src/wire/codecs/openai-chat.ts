import type { Cell } from '../../cells/cell.js';
import type { Codec } from '../codec.js';
import { cellOf } from '../decoded-table.js';
import { TextBody } from '../wire.js';
import { objectOf } from './reserved-route.js';

/** What a completion came to, whole or out of its stream. */
interface Completion {
  characters: number;
  finishReason: string | null;
  refusal: boolean;
  toolCalls: number;
  choices: number;
  usage: Readonly<Record<string, unknown>>;
}

/**
 * OpenAI's chat completions, one row a call, of counts and never of texts: turns, characters, images, tools, temperature
 * and the like → characters, tokens (where usage is told), finish reason, refusal, tool calls, and the latency; also out of
 * a stream of server-sent events. Reserves `POST …/v1/chat/completions`, of the model `chat`.
 */
export const openaiChat: Codec = {
  name: 'openai-chat',
  route: (method, path) =>
    method === 'POST' && path.endsWith('/v1/chat/completions') ? { model: 'chat' } : undefined,
  inputs(body) {
    const request = objectOf(body);
    if (!Array.isArray(request?.messages)) return undefined;
    let characters = 0;
    let images = 0;
    let system = false;
    for (const entry of request.messages) {
      const message = objectOf(entry);
      system ||= message?.role === 'system' || message?.role === 'developer';
      const parts = Array.isArray(message?.content)
        ? message.content
        : [{ text: message?.content }];
      for (const part of parts) {
        const { text, type } = objectOf(part) ?? {};
        if (typeof text === 'string') characters += text.length;
        if (type === 'image_url') images += 1;
      }
    }
    const { model, temperature, max_tokens, max_completion_tokens, stream, tools } = request;
    return table({
      model: scalar(model),
      turns: request.messages.length,
      characters,
      images,
      system,
      tools: Array.isArray(tools) ? tools.length : 0,
      temperature: scalar(temperature),
      max_tokens: scalar(max_completion_tokens ?? max_tokens),
      stream: stream === true,
    });
  },
  outputs(response, rows, _limits, answer) {
    const completion = response instanceof TextBody ? streamed(response.text) : whole(response);
    if (completion === undefined || rows !== 1) return undefined;
    const { characters, finishReason, refusal, toolCalls, choices, usage } = completion;
    return table({
      characters,
      finish_reason: finishReason,
      refusal,
      tool_calls: toolCalls,
      choices,
      prompt_tokens: scalar(usage.prompt_tokens),
      completion_tokens: scalar(usage.completion_tokens),
      total_tokens: scalar(usage.total_tokens),
      latency_ms: answer?.latencyMs ?? null,
      first_byte_ms: answer?.firstByteMs ?? null,
    });
  },
};

function table(row: Readonly<Record<string, Cell>>) {
  return { names: Object.keys(row), rows: [Object.values(row)] };
}

const scalar = (value: unknown): Cell =>
  value !== null && typeof value === 'object' ? null : cellOf(value);

const nothing = (): Completion => ({
  characters: 0,
  finishReason: null,
  refusal: false,
  toolCalls: 0,
  choices: 0,
  usage: {},
});

function whole(response: unknown): Completion | undefined {
  const choices = objectOf(response)?.choices;
  if (!Array.isArray(choices)) return undefined;
  const completion = nothing();
  completion.usage = objectOf(objectOf(response)?.usage) ?? {};
  completion.choices = choices.length;
  for (const choice of choices) {
    const message = objectOf(objectOf(choice)?.message);
    if (message === undefined) return undefined;
    take(completion, message, objectOf(choice)?.finish_reason);
    if (Array.isArray(message.tool_calls)) completion.toolCalls += message.tool_calls.length;
  }
  return completion;
}

function streamed(text: string): Completion | undefined {
  const completion = nothing();
  const indices = new Set<unknown>();
  const calls = new Set<string>();
  let any = false;
  for (const line of text.split(/\r\n|\n|\r/)) {
    const chunk = line.startsWith('data:') ? objectOf(parsed(line.slice(5))) : undefined;
    if (chunk === undefined) continue;
    // Some servers tell the usage in a last chunk of no choices at all.
    completion.usage = objectOf(chunk.usage) ?? completion.usage;
    if (!Array.isArray(chunk.choices)) continue;
    any = true;
    for (const entry of chunk.choices) {
      const choice = objectOf(entry);
      const delta = objectOf(choice?.delta) ?? {};
      indices.add(choice?.index);
      take(completion, delta, choice?.finish_reason);
      if (!Array.isArray(delta.tool_calls)) continue;
      for (const call of delta.tool_calls) calls.add(`${choice?.index}/${objectOf(call)?.index}`);
    }
  }
  completion.choices = indices.size;
  completion.toolCalls = calls.size;
  return any ? completion : undefined;
}

function take(
  completion: Completion,
  message: Readonly<Record<string, unknown>>,
  reason: unknown,
): void {
  const { content, refusal } = message;
  if (typeof content === 'string') completion.characters += content.length;
  if (typeof refusal === 'string' && refusal !== '') completion.refusal = true;
  if (typeof reason === 'string') completion.finishReason ??= reason.slice(0, 64);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
