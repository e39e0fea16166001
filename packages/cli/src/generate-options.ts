import { GuidanceError } from '@sega/guidance';
import { JUDGE_ACTIONS, STRENGTHS } from '@sega/safety';
import { Command, Option } from 'commander';
import { type ConceptOption, parseConcept, parseMomentum } from './concept-option.js';
import { type FairOption, parseFair } from './fair-option.js';
import { parseNumber } from './number-option.js';
import { parsePreset, type RequestedPreset } from './preset-option.js';
import { COMPAT_MODES, MASKS, type RequestOptions } from './request.js';
import { parseSafetyConcepts, type RequestedSafety, SAFETY_METHODS } from './safety-option.js';
import { parseByStage, parseStages, parseSteps } from './stage-option.js';

/** What `sega generate` is asked for: a picture, how many, and where they go. @internal */
export interface GenerateArguments {
  /** What was typed; the rest comes from `from`, then from the model. */
  readonly request: RequestOptions;
  readonly images: number;
  readonly out: string;
  readonly from?: string;
  readonly record?: string;
  readonly acceptLicense?: string;
  /** Also write what each stage of a cascade but the last made. */
  readonly stageImages: boolean;
  readonly json: boolean;
}

/** Commander's view of the options, by their long names. */
interface Typed extends Omit<RequestOptions, 'prompt' | 'concepts' | 'safety'> {
  readonly safety?: RequestedPreset;
  readonly safetyMethod?: RequestedSafety['method'];
  readonly safetyConcepts?: RequestedSafety['concepts'];
  readonly toward: readonly ConceptOption[];
  readonly away: readonly ConceptOption[];
  readonly images: number;
  readonly out: string;
  readonly from?: string;
  readonly record?: string;
  readonly acceptLicense?: string;
  readonly stageImages?: boolean;
  readonly json?: boolean;
}

const SETTINGS = '[@scale=6,threshold=0.9,warmup=3,cooldown=20,weight=1]';

/** The command line of `sega generate`. @internal */
export function generateCommand(run: (args: GenerateArguments) => Promise<void>): Command {
  const number = (name: string, placeholder: string, description: string): Option =>
    new Option(`--${name} <${placeholder}>`, description).argParser((value) => parseNumber(`--${name}`, value));
  const byStage = <T>(
    name: string,
    placeholder: string,
    description: string,
    parse: (option: string, value: string) => T,
  ): Option =>
    new Option(`--${name} <${placeholder}>`, `${description}; by stage as I=…,II=…`).argParser((value) =>
      parseByStage(`--${name}`, value, parse),
    );
  const concept = (direction: ConceptOption['direction'], description: string): Option =>
    new Option(`--${direction} <concept>`, description)
      .default([], '')
      .argParser((value, before: readonly ConceptOption[]) => [...before, parseConcept(direction, value)]);

  return new Command('generate')
    .description('Draw pictures from a prompt, steered by guidance.')
    .argument('[prompt]', 'what the picture shows; left out only with --from')
    .addOption(concept('toward', `steer toward a concept: "<text>${SETTINGS}"; repeatable`))
    .addOption(concept('away', 'steer away from a concept, written the same way; repeatable'))
    .option('--negative <text>', "take a text's prediction in place of the unconditional one")
    .addOption(
      byStage(
        'scale',
        'number',
        "classifier-free guidance scale of the steered stages (default: the model's)",
        parseNumber,
      ),
    )
    .addOption(
      new Option(
        '--stages <names>',
        'stages of a cascade to steer, such as I,II (default: the first that makes pictures)',
      ).argParser(parseStages),
    )
    .addOption(
      new Option(
        '--momentum <scale>',
        "momentum of the concepts: <scale>[,beta=0.6] (default: the model's, or none)",
      ).argParser(parseMomentum),
    )
    .addOption(
      new Option('--mask <name>', "what the concepts' thresholds choose from (default: what suits the model)").choices(
        MASKS,
      ),
    )
    .addOption(number('rescale', 'share', 'scale the result back to the deviation of the prompt, 0 to 1 (default: 0)'))
    .addOption(
      new Option(
        '--safety <preset>',
        `keep inappropriate concepts out of pictures: ${STRENGTHS.join(', ')}, or a JSON file with a preset`,
      ).argParser((value): RequestedPreset => parsePreset('--safety', value)),
    )
    .addOption(
      new Option(
        '--safety-concepts <list>',
        'texts or categories between |, in place of the preset\'s: "violence|spiders"',
      ).argParser(parseSafetyConcepts),
    )
    .addOption(
      new Option('--safety-method <name>', 'how to keep them out (default: what suits the model)').choices(
        SAFETY_METHODS,
      ),
    )
    .addOption(
      new Option(
        '--fair <attributes>',
        'steer each picture toward one of several attributes, drawn: "<text>|<text>[@proportions=1:3,seed=4,scale=6,…]"',
      ).argParser((value): FairOption => parseFair(value)),
    )
    .addOption(
      new Option(
        '--check <action>',
        "what happens to pictures the model's own safety checker flags (default: refuse, where it has one)",
      ).choices(JUDGE_ACTIONS),
    )
    .addOption(new Option('--compat <name>', 'steer as another implementation does').choices(COMPAT_MODES))
    .option('--record <file>', "write the concepts' direction of every step to a file")
    .option('--replay <file>', 'add a direction recorded earlier')
    .option('--model <name>', 'a known name, a folder, or an npm package (default: stable-diffusion)')
    .option('--accept-license <id>', 'accept the licence of a model that asks for it')
    .addOption(byStage('sampler', 'name', "sampler, such as ddim (default: the model's)", (_, value) => value))
    .addOption(
      byStage('steps', 'count', "steps of the sampler, 1 to 1000, or the model's name for a schedule", parseSteps),
    )
    .addOption(number('seed', 'number', 'seed of the first picture; the others count up from it (default: 0)'))
    .addOption(number('images', 'count', 'pictures to draw').default(1))
    .addOption(number('width', 'pixels', "width (default: the model's)"))
    .addOption(number('height', 'pixels', "height (default: the model's)"))
    .option('--from <png>', 'repeat a picture; other options replace what it was drawn with')
    .option('--out <path>', 'a folder, which takes <seed>.png, or a .png file for one picture', 'out')
    .option('--stage-images', 'also write the picture of every earlier stage, as <seed>-<stage>.png')
    .option('--json', 'print one JSON object and nothing else')
    .option('--debug', 'print the stack trace of an error')
    .action((prompt: string | undefined, typed: Typed) => run(argumentsOf(prompt, typed)));
}

function argumentsOf(prompt: string | undefined, typed: Typed & { readonly debug?: boolean }): GenerateArguments {
  const { toward, away, images, out, from, record, acceptLicense, stageImages, json, debug: _, ...more } = typed;
  const { safety, safetyMethod, safetyConcepts, ...rest } = more;
  const concepts = [...away, ...toward];
  return {
    request: {
      ...rest,
      ...(prompt !== undefined && { prompt }),
      ...(concepts.length > 0 && { concepts }),
      ...safetyOf(safety, safetyMethod, safetyConcepts),
    },
    images,
    out,
    stageImages: stageImages === true,
    json: json === true,
    ...(from !== undefined && { from }),
    ...(record !== undefined && { record }),
    ...(acceptLicense !== undefined && { acceptLicense }),
  };
}

/** The safety asked for; what replaces parts of a preset needs one. @throws OPTION_INVALID */
function safetyOf(
  preset: RequestedPreset | undefined,
  method: RequestedSafety['method'],
  concepts: RequestedSafety['concepts'],
): Pick<RequestOptions, 'safety'> {
  if (preset !== undefined) return { safety: { preset, ...(method && { method }), ...(concepts && { concepts }) } };
  const idle = method ? '--safety-method' : '--safety-concepts';
  if (!method && !concepts) return {};
  throw new GuidanceError(
    'OPTION_INVALID',
    `${idle} changes a safety preset and there is none. Add --safety ${STRENGTHS.join(' or ')}.`,
    { option: idle },
  );
}
