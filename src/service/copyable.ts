/**
 * Whether a response's body may be copied without the host's noticing. A copy of a stream that the host made would draw from it
 * faster than the client does, and its source would not hear of a client that goes away. What a response is made of
 * text or bytes, or comes over the network, is a stream of bytes; streams that hosts make are so only where they ask for it.
 * Where a runtime makes no such difference, all are taken for copyable.
 */
export function isCopyable(response: Response): boolean {
  return response.body === null || !tellsStreams() || isByteStream(response.body);
}

let told: boolean | undefined;

/** Whether this runtime gives texts as streams of bytes. */
function tellsStreams(): boolean {
  told ??= isByteStream(new Response('text').body as ReadableStream);
  return told;
}

function isByteStream(stream: ReadableStream): boolean {
  try {
    stream.getReader({ mode: 'byob' }).releaseLock();
    return true;
  } catch {
    return false;
  }
}
