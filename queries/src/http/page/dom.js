// Makes and changes elements. All text goes in as text, never as markup; it knows nothing of calls, views or the API.

const SVG = 'http://www.w3.org/2000/svg';

/** Makes an HTML element. `props`: class, text, data (an object), on (listeners), everything else is an attribute. */
export function el(tag, props = {}, ...children) {
  return fill(document.createElement(tag), props, children);
}

/** The same for SVG. */
export function svg(tag, props = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), props, children);
}

function fill(node, props, children) {
  for (const [name, value] of Object.entries(props)) set(node, name, value);
  append(node, children);
  return node;
}

function set(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name === 'class') node.setAttribute('class', value);
  else if (name === 'text') node.textContent = value;
  else if (name === 'data') mark(node, value);
  else if (name === 'on') listen(node, value);
  else if (name === 'css') css(node, value);
  else if (name === 'value') node.value = value;
  else node.setAttribute(name, value === true ? '' : String(value));
}

/** Sets data attributes; those without a value are left out. */
export function mark(node, data) {
  for (const [key, value] of Object.entries(data)) {
    if (value !== undefined && value !== null) node.setAttribute(`data-${key}`, String(value));
  }
}

function listen(node, listeners) {
  for (const [event, listener] of Object.entries(listeners)) node.addEventListener(event, listener);
}

/** Sets CSS properties one by one, which the content security policy allows, unlike style attributes. */
export function css(node, properties) {
  for (const [name, value] of Object.entries(properties)) node.style.setProperty(name, value);
}

/** Appends nodes and texts; lists are flattened, empty ones left out. */
export function append(node, children) {
  for (const child of children.flat(3)) {
    if (child === undefined || child === null || child === false) continue;
    node.append(child instanceof Node ? child : document.createTextNode(String(child)));
  }
}

/** Writes a text where it differs from what stands there. */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

let ids = 0;

/** An id that is unique on the page. */
export function uid(prefix) {
  ids += 1;
  return `${prefix}-${ids}`;
}
