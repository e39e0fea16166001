import { pythonRegExp } from './regexp.js';

// Characters by the part they play where UTF-8 was read as something else; the tables and rules are ftfy 6.3's.
const COMMON = '\u00a0\u00ad·´–—―…’';
const C1 = '\u0080-\u009f';
const BAD = '¦¤¨¬¯¸ƒˆˇ˘˛˜†‡‰⌐◊\ufffdªº';
const LAW = '¶§';
const CURRENCY = '¢£¥₧€';
const START = '¡«¿©΄΅‘‚“„•‹\uf8ff';
const END = '®»˝”›™';
const NUMERIC = '²³¹±¼½¾×µ÷⁄∂∆∏∑√∞∩∫≈≠≡≤≥№';
const KAOMOJI = 'Ò-ÖÙ-Üò-öø-üŐŌŪŲ°';
const UPPER = 'À-ÑØÜÝĂĀĄĆČĎĐĘĚĒĖĞĢİĪĶĹĽŁĻŃŇŅŒŘŚŞŠŢŤŮŰŸŹŻŽҐ';
const LOWER = 'ßà-ñăąāćčďđęěēėğģįīķĺľłļœŕśşšťüźżžґﬁﬂ';
const UPPER_COMMON = 'ÞΑ-ΩΆΈΉΊΌΎΏΪΫЁ-Я';
const LOWER_COMMON = 'α-ωάέήίΰа-џ';
const BOX = '│┌┐┘├┤┬┼═-╬▀▄█▌▐░▒▓';

const SYMBOLS = `${BOX}${START}${END}${CURRENCY}${NUMERIC}${LAW}`;
const O_BEFORE = `[ØÙ][${COMMON}${CURRENCY}${BAD}${NUMERIC}${START}ŸŠ®°µ»]`;

const UNLIKELY = pythonRegExp(
  [
    `[${C1}]`,
    `[${BAD}${LOWER}${UPPER}${SYMBOLS}][${BAD}]`,
    `[a-zA-Z][${LOWER_COMMON}${UPPER_COMMON}][${BAD}]`,
    `[${BAD}][${LOWER}${UPPER}${SYMBOLS}]`,
    `[${LOWER}${LOWER_COMMON}${BOX}${END}${CURRENCY}${NUMERIC}][${UPPER}]`,
    `[${BOX}${END}${CURRENCY}${NUMERIC}][${LOWER}]`,
    `[${LOWER}${BOX}${END}][${CURRENCY}]`,
    `\\s[${UPPER}][${CURRENCY}]`,
    `[${UPPER}${BOX}][${NUMERIC}${LAW}]`,
    `[${LOWER}${UPPER}${BOX}${CURRENCY}${END}][${START}][${NUMERIC}]`,
    `[${LOWER}${UPPER}${CURRENCY}${NUMERIC}${BOX}${LAW}][${END}][${START}]`,
    `[${CURRENCY}${NUMERIC}${BOX}][${START}]`,
    `[a-z][${UPPER}][${START}${CURRENCY}]`,
    `[${BOX}][${KAOMOJI}]`,
    `[${LOWER}${UPPER}${CURRENCY}${NUMERIC}${START}${END}${LAW}][${BOX}]`,
    `[${BOX}][${END}]`,
    `[${LOWER}${UPPER}][${START}${END}]\\w`,
    '[Œœ][^A-Za-z]',
    `[${UPPER}]°`,
    `[ÂÃÎÐ][€œŠš¢£Ÿž\u00a0\u00ad®©°·»${START}${END}–—´]`,
    '×[²³]',
    O_BEFORE + O_BEFORE,
    'à[²µ¹¼½¾]',
    '√[±∂†≠®™´≤≥¥µø]',
    '≈[°¢]',
    '‚Ä[ìîïòôúùû†°¢π]',
    '‚[âó][àä°ê]',
    'вЂ',
    `[ВГРС][${C1}${BAD}${START}${END}${CURRENCY}°µ][ВГРС]`,
    'ГўВЂВ.[A-Za-z ]',
    'Ã[\u00a0¡]',
    '[a-z]\\s?[ÃÂ][ ]',
    '^[ÃÂ][ ]',
    `[a-z.,?!${END}]Â[ ${START}${END}]`,
    'β€[™\u00a0Ά\u00ad®°]',
    `[ΒΓΞΟ][${C1}${BAD}${START}${END}${CURRENCY}°][ΒΓΞΟ]`,
    'ā€',
  ].join('|'),
  '',
);

/** Whether a text holds characters side by side that hardly ever are, unless their encoding was mistaken. @internal */
export function looksGarbled(text: string): boolean {
  return UNLIKELY.test(text);
}
