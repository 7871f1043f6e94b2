/** What a rich text field holds after somebody typed plain text into it. */
export function richTextOf(text: string): Record<string, unknown> {
  return {
    type: 'rich_text',
    elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
  };
}
