/** Block Kit as far as the page reads it. The server has validated it; every field may still be absent. */
export type TextObject = { type: string; text: string };
export type Option = { text: TextObject; value: string; description?: TextObject; url?: string };
export type OptionGroup = { label: TextObject; options: Option[] };
export type Confirm = { title: TextObject; text: TextObject; confirm?: TextObject; deny?: TextObject; style?: string };

export type Element = {
  type: string;
  action_id?: string;
  text?: TextObject;
  value?: string;
  url?: string;
  style?: string;
  accessibility_label?: string;
  confirm?: Confirm;
  placeholder?: TextObject;
  focus_on_load?: boolean;
  options?: Option[];
  option_groups?: OptionGroup[];
  min_query_length?: number;
  max_selected_items?: number;
  filter?: { include?: string[]; exclude_bot_users?: boolean };
  filetypes?: string[];
  max_files?: number;
  min_lines?: number;
  multiline?: boolean;
  min_length?: number;
  max_length?: number;
  is_decimal_allowed?: boolean;
  min_value?: string;
  max_value?: string;
  dispatch_action_config?: { trigger_actions_on?: string[] };
  image_url?: string;
  alt_text?: string;
  initial_value?: string;
  initial_option?: Option;
  initial_options?: Option[];
  initial_user?: string;
  initial_users?: string[];
  initial_conversation?: string;
  initial_conversations?: string[];
  initial_channel?: string;
  initial_channels?: string[];
  initial_date?: string;
  initial_time?: string;
  initial_date_time?: number;
};

export type InputBlock = {
  type: 'input';
  label: TextObject;
  element: Element;
  hint?: TextObject;
  optional?: boolean;
  dispatch_action?: boolean;
};

/** Options with or without groups, in order. */
export const optionsOf = (element: Element): Option[] =>
  element.options ?? element.option_groups?.flatMap((group) => group.options) ?? [];
