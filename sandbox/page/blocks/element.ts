import { type Child, h } from '../dom.ts';
import { button } from './button.ts';
import { choices } from './choices.ts';
import { type Control, controlId } from './control.ts';
import { fileInput } from './file-input.ts';
import { overflow } from './overflow.ts';
import { picker } from './picker.ts';
import { richTextInput } from './rich-text-input.ts';
import { menuSelect } from './select.ts';
import { textInput } from './text-input.ts';
import { unknown } from './unknown.ts';

export function elementControl(control: Control): Child {
  switch (control.element.type) {
    case 'button':
      return button(control);
    case 'overflow':
      return overflow(control);
    case 'static_select':
    case 'users_select':
    case 'conversations_select':
    case 'channels_select':
      return menuSelect(control);
    case 'external_select':
    case 'multi_external_select':
    case 'multi_static_select':
    case 'multi_users_select':
    case 'multi_conversations_select':
    case 'multi_channels_select':
      return picker(control);
    case 'checkboxes':
    case 'radio_buttons':
      return choices(control);
    case 'file_input':
      return fileInput(control);
    case 'rich_text_input':
      return richTextInput(control);
    case 'plain_text_input':
    case 'number_input':
    case 'email_text_input':
    case 'url_text_input':
    case 'datepicker':
    case 'timepicker':
    case 'datetimepicker':
      return textInput(control);
    default:
      return h('p', { id: controlId(control) }, unknown('control', control.element.type));
  }
}
