import { buildPkcs12, findPasswordDefect, type Pkcs12Strength } from '../../core/ca/pkcs12/pkcs12.ts';
import { fileName } from '../../core/file-name.ts';
import type { Revealed } from '../../core/reveal/revealed.ts';
import { encryptTripleDes } from './triple-des.ts';

export function element(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (!found) throw new Error(`the page has no ${id}`);
  return found;
}

/** Everything the link has opened: to copy, to save as PEM, and to save as one PKCS #12 file. */
export function draw(revealed: Revealed): void {
  const { name, site, certificatePem, authorityPem, privateKeyPem } = revealed;
  const file = fileName(name);
  const shown = element('shown');
  shown.append(
    make('h2', `${name} for ${site}`),
    make('p', 'Save both now. When this page is closed, nobody can show the key again.'),
    ...pem('Certificate', 'The public part.', certificatePem, `${file}.crt`),
    ...pem('Private key', 'Secret: readable by its program alone.', privateKeyPem, `${file}.key`),
    ...pem(
      'Authority',
      'What signed it. Some programs want it beside the certificate.',
      authorityPem,
      `${file}-ca.crt`,
    ),
    make('h3', 'For key stores'),
    make('p', 'One file with all of it (PKCS #12, .p12), for browsers, phones and Windows.', 'soft'),
    pkcs12Form(revealed, file),
  );
  shown.hidden = false;
  shown.querySelector<HTMLElement>('button')?.focus();
}

function pem(title: string, what: string, text: string, file: string): HTMLElement[] {
  const copy = button(`Copy ${title.toLowerCase()}`);
  copy.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(text);
      copy.textContent = 'Copied';
    } catch {
      copy.textContent = 'Not copied: select the text';
    }
    setTimeout(() => (copy.textContent = `Copy ${title.toLowerCase()}`), 2_000);
  });
  const save = button(`Save ${file}`);
  save.addEventListener('click', () => download(new Blob([text], { type: 'application/x-pem-file' }), file));
  const block = make('pre', text);
  block.tabIndex = 0;
  block.setAttribute('aria-label', title);
  const row = make('div', '', 'row');
  row.append(copy, save);
  return [make('h3', title), make('p', what, 'soft'), block, row];
}

function pkcs12Form(revealed: Revealed, file: string): HTMLFormElement {
  const form = document.createElement('form');
  form.setAttribute('aria-label', 'Save for key stores');
  const password = document.createElement('input');
  Object.assign(password, { type: 'password', id: 'password', autocomplete: 'new-password', required: true });
  password.setAttribute('aria-describedby', 'password-problem');
  const strength = document.createElement('select');
  strength.id = 'strength';
  strength.append(
    new Option('Modern (AES-256)', 'modern', true),
    new Option('Compatible with old devices (3DES, weaker)', 'compatible'),
  );
  const told = make('p', '');
  told.id = 'password-problem';
  told.setAttribute('role', 'alert');
  const save = button(`Save ${file}.p12`);
  save.type = 'submit';
  form.append(label('password', 'Password of the file'), password, label('strength', 'Kind'), strength, told, save);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    told.textContent = findPasswordDefect(password.value) ?? '';
    if (told.textContent !== '') return password.focus();
    save.disabled = true;
    const made = await makePkcs12(revealed, password.value, strength.value as Pkcs12Strength);
    download(new Blob([made], { type: 'application/x-pkcs12' }), `${file}.p12`);
    save.disabled = false;
    told.textContent = 'Saved. Send the password on another way than the file.';
  });
  return form;
}

async function makePkcs12(revealed: Revealed, password: string, strength: Pkcs12Strength) {
  const content = {
    friendlyName: revealed.name,
    privateKey: derOf(revealed.privateKeyPem),
    certificates: [derOf(revealed.certificatePem), derOf(revealed.authorityPem)],
  };
  const random = (octets: number) => crypto.getRandomValues(new Uint8Array(octets));
  return Uint8Array.from(await buildPkcs12(content, password, strength, { random, tripleDes: encryptTripleDes }));
}

function download(blob: Blob, name: string): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Later: the browser reads it after the click has returned.
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function derOf(text: string): Uint8Array {
  return Uint8Array.from(atob(text.replace(/-----[^-]+-----|\s/g, '')), (character) => character.charCodeAt(0));
}

function make(tag: 'h2' | 'h3' | 'p' | 'pre' | 'div', text: string, className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

function button(text: string): HTMLButtonElement {
  const made = document.createElement('button');
  made.type = 'button';
  made.textContent = text;
  return made;
}

function label(forId: string, text: string): HTMLLabelElement {
  const made = document.createElement('label');
  made.htmlFor = forId;
  made.textContent = text;
  return made;
}
