import { describe, expect, it } from 'vitest';
import { parseConcept, parseMomentum } from '../src/concept-option.js';

const invalid = expect.objectContaining({ code: 'OPTION_INVALID' });

describe('--toward and --away', () => {
  it('a bare text leaves every setting to the model', () => {
    expect(parseConcept('toward', 'glasses, wearing glasses')).toEqual({
      direction: 'toward',
      text: 'glasses, wearing glasses',
    });
  });

  it('settings follow the last @', () => {
    expect(parseConcept('away', 'male@scale=6,threshold=0.9,warmup=3,cooldown=20,weight=.5')).toEqual({
      direction: 'away',
      text: 'male',
      scale: 6,
      threshold: 0.9,
      warmup: 3,
      cooldown: 20,
      weight: 0.5,
    });
    expect(parseConcept('toward', ' a smile @ scale = 4 , warmup=2')).toEqual({
      direction: 'toward',
      text: 'a smile',
      scale: 4,
      warmup: 2,
    });
  });

  it('a text that holds an @ ends with another', () => {
    expect(parseConcept('toward', 'me@home@').text).toBe('me@home');
    expect(parseConcept('toward', 'me@home@scale=2')).toEqual({ direction: 'toward', text: 'me@home', scale: 2 });
  });

  it.each([
    '',
    '  ',
    '@scale=6',
    'me@home',
    'glasses@scale',
    'glasses@scale=',
    'glasses@scale=six',
    'glasses@scale=NaN',
    'glasses@scale=6=7',
    'glasses@strength=6',
    'glasses@scale=6,scale=7',
    'glasses@scale=6,,weight=1',
    'glasses@__proto__=1',
  ])('refuses "%s"', (value) => {
    expect(() => parseConcept('toward', value)).toThrow(invalid);
  });
});

describe('--momentum', () => {
  it('takes a scale, and beta after a comma', () => {
    expect(parseMomentum('0.3')).toEqual({ scale: 0.3 });
    expect(parseMomentum('0.3,beta=0.6')).toEqual({ scale: 0.3, beta: 0.6 });
  });

  it.each(['', 'much', '0.3,0.6', '0.3,beta', 'beta=0.6'])('refuses "%s"', (value) => {
    expect(() => parseMomentum(value)).toThrow(invalid);
  });
});
