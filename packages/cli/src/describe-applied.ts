import type { Applied } from '@sega/guidance';
import type { SafetySettings } from '@sega/safety';

/**
 * What was applied to a picture in words, from its PNG's text.
 *
 * @internal
 */
export function describeApplied(text: string): string {
  return (JSON.parse(text) as readonly Applied[]).map(describeOne).join('; ');
}

function describeOne({ method, stage, ...facts }: Applied): string {
  if (method === 'safe') {
    const { preset, settings, acted } = facts as unknown as {
      readonly preset: string;
      readonly settings: SafetySettings;
      readonly acted: readonly number[];
    };
    const steps = acted.length > 0 ? `at ${acted.length} steps from step ${acted[0]}` : 'at no step';
    return `safety ${preset} by ${settings.method} (${settings.source} for ${settings.model}) in stage ${stage}, ${steps}`;
  }
  if (method === 'fair') return `fair choice "${facts.drawn}" in stage ${stage}`;
  if (method === 'judge') return `${facts.judge}: ${facts.flagged ? `flagged, ${facts.action}` : 'not flagged'}`;
  return `${method} in stage ${stage}`;
}
