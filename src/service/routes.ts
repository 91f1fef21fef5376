import type { TrackedModel } from '../experiment/tracked-model.js';
import { LeewayError, shown } from '../leaves/errors.js';
import { checkOptionNames, nearestName } from '../leaves/option-names.js';
import { compileMatch, compileParams, type Match } from '../watch/matcher.js';
import type { Request, Route } from '../watch/route.js';
import type { Codec, OwnCodec } from '../wire/codec.js';
import { autoCodec, choiceOf } from '../wire/codecs/auto.js';
import { json } from '../wire/codecs/json.js';
import { mlflow } from '../wire/codecs/mlflow.js';
import { oip } from '../wire/codecs/oip.js';
import { omega } from '../wire/codecs/omega.js';
import { openaiChat } from '../wire/codecs/openai-chat.js';
import { openaiEmbeddings } from '../wire/codecs/openai-embeddings.js';
import { type PathMapping, pathCodec } from '../wire/codecs/paths.js';
import { tfserving } from '../wire/codecs/tfserving.js';

/** The formats that can be asked for by name. */
export type CodecName = 'json' | 'tfserving' | 'oip' | 'mlflow' | 'omega' | 'openai';

/** A codec by name, plain JSON by paths, or the user's own. */
export type CodecOption = 'auto' | CodecName | PathMapping | OwnCodec;

const NAMED: Readonly<Record<CodecName, Codec>> = {
  json,
  tfserving,
  oip,
  mlflow,
  omega,
  openai: choiceOf('openai', [openaiChat, openaiEmbeddings]),
};

const MODEL_OPTIONS = ['match', 'codec', 'features', 'outputs', 'baseline', 'schedule', 'rules'];

/** What is said of one of several models. What is left out is as for all. */
export interface ModelOptions extends TrackedModel {
  /** Which requests are calls of this model. */
  readonly match: Match;
  readonly codec?: CodecOption;
  readonly features?: readonly string[];
}

/** The options that say which requests are read, and how. */
export interface RouteOptions {
  readonly model?: string | ((call: Request) => string);
  readonly models?: Readonly<Record<string, ModelOptions>>;
  readonly match?: Match;
  readonly codec?: CodecOption;
  readonly features?: readonly string[];
  readonly outputs?: readonly string[];
}

/**
 * The routes that options name.
 *
 * @throws LeewayError `ERR_LEEWAY_OPTION`
 */
export function resolveRoutes(options: RouteOptions): Route[] {
  const { models, model, match, codec = 'auto', features = [], outputs = [] } = options;
  if (models === undefined) {
    return [
      {
        match: match === undefined ? undefined : compileMatch(match),
        params: compileParams(match),
        codec: resolveCodec(codec, match !== undefined),
        model,
        features,
        outputs,
      },
    ];
  }
  if (model !== undefined || match !== undefined) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'models replaces model and match: set one or the other',
    );
  }
  if (typeof models !== 'object' || models === null || Object.keys(models).length === 0) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `models must be an object of models by name, got ${shown(models)}`,
    );
  }
  return Object.entries(models).map(([name, one]) => {
    checkOptionNames(`models.${name}`, one, MODEL_OPTIONS);
    for (const side of ['features', 'outputs'] as const)
      checkNames(`models.${name}.${side}`, one[side]);
    return {
      match: compileMatch(one.match),
      params: compileParams(one.match),
      codec: resolveCodec(one.codec ?? codec, true),
      model: name,
      features: one.features ?? features,
      outputs: one.outputs ?? outputs,
    };
  });
}

function checkNames(option: string, names: unknown): void {
  const sound =
    names === undefined ||
    (Array.isArray(names) &&
      names.every((name) => typeof name === 'string') &&
      new Set(names).size === names.length);
  if (!sound) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `${option} must be an array of distinct names, got ${shown(names)}`,
    );
  }
}

function resolveCodec(codec: CodecOption, named: boolean): Codec | OwnCodec {
  if (
    typeof codec === 'object' &&
    codec !== null &&
    'decode' in codec &&
    typeof codec.decode === 'function'
  ) {
    if (named) return codec;
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'a codec of your own needs match, which selects the predict calls',
    );
  }
  if (typeof codec === 'object' && codec !== null && ('X' in codec || 'Y' in codec)) {
    checkOptionNames('codec', codec, ['X', 'Y']);
    if (named) return pathCodec(codec as PathMapping);
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      'a codec of paths needs match, which selects the predict calls',
    );
  }
  if (typeof codec !== 'string' || (codec !== 'auto' && !Object.hasOwn(NAMED, codec))) {
    const names = ['auto', ...Object.keys(NAMED)];
    const nearest =
      typeof codec === 'string' ? `; did you mean ${shown(nearestName(codec, names))}?` : '';
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      `codec must be ${names.map((name) => `'${name}'`).join(', ')}, { X, Y } of paths, or { decode }, got ${shown(codec)}${nearest}`,
    );
  }
  if (codec === 'json' && !named) {
    throw new LeewayError(
      'ERR_LEEWAY_OPTION',
      "codec 'json' needs match, which selects the predict calls",
    );
  }
  return codec === 'auto' ? autoCodec(named) : NAMED[codec as CodecName];
}
