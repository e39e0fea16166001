// TypeDoc takes a heading's anchor, and its line beside the page, from its plain text alone. Code in headings is made of
// plain text here, so that it counts.

/** A `markdownItLoader`. */
export function countCodeInHeadings(parser) {
  parser.core.ruler.push('code_headings', ({ tokens, Token }) => {
    for (const [i, { type }] of tokens.entries()) {
      if (type !== 'heading_open') continue;
      const heading = tokens[i + 1];
      heading.children = heading.children.flatMap((child) =>
        child.type === 'code_inline' ? asText(child, Token) : [child],
      );
    }
  });
}

function asText({ content }, Token) {
  const made = (type, text) => Object.assign(new Token(type, '', 0), { content: text });
  return [made('html_inline', '<code>'), made('text', content), made('html_inline', '</code>')];
}
