/**
 * The page is a function of its state: `h` describes elements, `render` changes the document into what was described.
 * An element that is described again (same `key`, or same tag in order) stays the same element, so that focus, an open
 * select, the caret and scroll positions survive every update. Text is only ever set as text; there is no way to
 * pass markup through here.
 */
export type Props = {
  key?: string;
  /** Set as properties, since people change them: what the state says wins. */
  value?: string;
  checked?: boolean;
  on?: Record<string, (event: Event) => void>;
  /** Called once, when the element has entered the document. */
  mounted?: (element: HTMLElement) => void;
  /** Called before the element leaves the document. */
  leaving?: (element: HTMLElement) => void;
  [attribute: string]: unknown;
};

type Described = { tag: string; props: Props; children: Described[]; text: string; node?: Node };
export type Child = Described | string | false | null | undefined | Child[];

const SVG_TAGS = new Set(['svg', 'path', 'circle', 'rect']);
const NOT_ATTRIBUTES = new Set(['key', 'value', 'checked', 'on', 'mounted', 'leaving']);

export function h(tag: string, props: Props = {}, ...children: Child[]): Described {
  return { tag, props, children: flatten(children), text: '' };
}

function flatten(children: Child[]): Described[] {
  return children.flatMap((child) => {
    if (child === null || child === undefined || child === false || child === '') return [];
    if (Array.isArray(child)) return flatten(child);
    return typeof child === 'string' ? [{ tag: '#text', props: {}, children: [], text: child }] : [child];
  });
}

const rendered = new WeakMap<Element, Described[]>();
const handlers = new WeakMap<Node, Record<string, (event: Event) => void>>();

export function render(root: Element, ...children: Child[]): void {
  const focusTrail = ancestorsOf(document.activeElement);
  const arrivals: (() => void)[] = [];
  const next = flatten(children);
  patchChildren(root, rendered.get(root) ?? [], next, arrivals);
  rendered.set(root, next);
  for (const arrive of arrivals) arrive();
  if (document.activeElement === document.body) keepFocusNear(focusTrail);
}

function ancestorsOf(element: Element | null): HTMLElement[] {
  const trail: HTMLElement[] = [];
  for (let at = element; at && at !== document.body; at = at.parentElement) {
    if (at instanceof HTMLElement) trail.push(at);
  }
  return trail;
}

/** When what had focus is gone (a button after its decision), focus goes to what it was part of, not to the page's top. */
function keepFocusNear(trail: HTMLElement[]): void {
  trail.find((element) => element.isConnected && element.hasAttribute('tabindex'))?.focus({ preventScroll: true });
}

function patchChildren(parent: Element, before: Described[], after: Described[], arrivals: (() => void)[]): void {
  const keyed = new Map<string, Described>();
  const loose: Described[] = [];
  for (const child of before) {
    if (child.props.key === undefined) loose.push(child);
    else keyed.set(child.props.key, child);
  }
  const matches = after.map((child) => takeMatch(child, keyed, loose));
  for (const gone of [...keyed.values(), ...loose]) remove(gone);

  let place = parent.firstChild;
  after.forEach((child, index) => {
    const match = matches[index];
    const node = match ? patch(match, child, arrivals) : create(child, arrivals);
    if (node === place) place = place.nextSibling;
    else parent.insertBefore(node, place);
  });
}

function takeMatch(child: Described, keyed: Map<string, Described>, loose: Described[]): Described | undefined {
  if (child.props.key !== undefined) {
    const match = keyed.get(child.props.key);
    if (match?.tag !== child.tag) return undefined;
    keyed.delete(child.props.key);
    return match;
  }
  const index = loose.findIndex((candidate) => candidate.tag === child.tag);
  return index < 0 ? undefined : loose.splice(index, 1)[0];
}

function create(child: Described, arrivals: (() => void)[]): Node {
  if (child.tag === '#text') {
    child.node = document.createTextNode(child.text);
    return child.node;
  }
  const element = SVG_TAGS.has(child.tag)
    ? document.createElementNS('http://www.w3.org/2000/svg', child.tag)
    : document.createElement(child.tag);
  child.node = element;
  setProps(element, {}, child.props);
  patchChildren(element, [], child.children, arrivals);
  setLiveProperties(element, child.props);
  const { mounted } = child.props;
  if (mounted && element instanceof HTMLElement) arrivals.push(() => mounted(element));
  return element;
}

function patch(before: Described, after: Described, arrivals: (() => void)[]): Node {
  const node = before.node as Node;
  if (before === after) return node;
  after.node = node;
  if (after.tag === '#text') {
    if (before.text !== after.text) node.nodeValue = after.text;
    return node;
  }
  const element = node as Element;
  setProps(element, before.props, after.props);
  patchChildren(element, before.children, after.children, arrivals);
  setLiveProperties(element, after.props);
  return element;
}

function remove(child: Described): void {
  tellLeaving(child);
  (child.node as ChildNode).remove();
}

function tellLeaving(child: Described): void {
  for (const inner of child.children) tellLeaving(inner);
  if (child.props.leaving) child.props.leaving(child.node as HTMLElement);
}

function setProps(element: Element, before: Props, after: Props): void {
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (NOT_ATTRIBUTES.has(name) || before[name] === after[name]) continue;
    const value = after[name];
    if (value === undefined || value === null || value === false) element.removeAttribute(name);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  listen(element, after.on ?? {});
}

function listen(element: Element, on: Record<string, (event: Event) => void>): void {
  const known = handlers.get(element);
  for (const type of Object.keys(on)) {
    if (known && type in known) continue;
    element.addEventListener(type, (event) => handlers.get(element)?.[type]?.(event));
  }
  // A type once listened to stays in the record, so that it is never listened to twice.
  const silent = Object.fromEntries(Object.keys(known ?? {}).map((type) => [type, () => {}]));
  handlers.set(element, { ...silent, ...on });
}

function setLiveProperties(element: Element, props: Props): void {
  const input = element as HTMLInputElement;
  if (props.value !== undefined && input.value !== props.value) input.value = props.value;
  if (props.checked !== undefined && input.checked !== props.checked) input.checked = props.checked;
}

/** An id may hold no space, and block ids are the bot's own words. */
export const domId = (...parts: string[]): string => parts.join('-').replace(/[^\w-]/g, '_');
