// Numbers and durations as people read them, in the browser's locale. It knows no time zone and no column.

const whole = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const tenths = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const share = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});
const plural = new Intl.PluralRules('en');

/** What stands where there is no value. */
export const EMPTY = '\u2013';

/** Whether there is a value. */
export function has(value) {
  return value !== null && value !== undefined && value !== '' && !Number.isNaN(value);
}

/** A whole number. */
export function count(value) {
  return has(value) ? whole.format(Number(value)) : EMPTY;
}

/** A number with one decimal. */
export function decimal(value) {
  return has(value) ? tenths.format(Number(value)) : EMPTY;
}

/** A share between 0 and 1 as a percentage. */
export function percent(value) {
  return has(value) ? share.format(Number(value)) : EMPTY;
}

const two = (n) => String(n).padStart(2, '0');

/** Seconds as m:ss or h:mm:ss, rounded to the second; from 100 hours on as hours. */
export function seconds(value) {
  if (!has(value)) return EMPTY;
  const all = Math.round(Number(value));
  if (all >= 360_000) return `${tenths.format(all / 3600)} h`;
  const [h, m, s] = [Math.floor(all / 3600), Math.floor(all / 60) % 60, all % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** Seconds in words, for those who listen: "2 minutes 5 seconds". */
export function secondsInWords(value) {
  if (!has(value)) return 'no value';
  const all = Math.round(Number(value));
  const parts = [
    [Math.floor(all / 3600), 'hour'],
    [Math.floor(all / 60) % 60, 'minute'],
    [all % 60, 'second'],
  ];
  const said = parts.filter(([n]) => n > 0).map(([n, unit]) => number(n, unit));
  return said.length > 0 ? said.join(' ') : '0 seconds';
}

/** Milliseconds since something happened, as a short age: "12 s", "4 min", "3 h", "2 d". */
export function age(ms) {
  const s = Math.max(0, Math.floor(ms / 1000));
  if (s < 120) return `${s} s`;
  if (s < 7200) return `${Math.floor(s / 60)} min`;
  if (s < 172800) return `${Math.floor(s / 3600)} h`;
  return `${whole.format(Math.floor(s / 86400))} d`;
}

/** A number with its noun: "1 call", "2 calls". */
export function number(n, noun, many = `${noun}s`) {
  return `${whole.format(n)} ${plural.select(n) === 'one' ? noun : many}`;
}

/** A code such as NOT_READY or AFTERCALLWORK as words, where the domain's words are known. */
export function words(code) {
  if (!has(code)) return EMPTY;
  return WORDS[String(code).toUpperCase().replaceAll('_', '')] ?? spaced(String(code));
}

function spaced(code) {
  const parts = code
    .replaceAll('_', ' ')
    .replace(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase();
  return parts.charAt(0).toUpperCase() + parts.slice(1);
}

const WORDS = {
  AFTERCALLWORK: 'After-call work',
  NOTREADY: 'Not ready',
  READY: 'Ready',
  BUSY: 'Busy',
  LOGGEDONONLY: 'Logged in',
  UNKNOWN: 'Unknown',
  QUEUED: 'Waiting',
  ALERTING: 'Ringing',
  DIALING: 'Dialling',
  CONNECTED: 'Talking',
  HELD: 'On hold',
  IVR: 'In the IVR',
  CUSTOMERABANDONED: 'Customer abandoned',
  ABANDONEDWHILEQUEUED: 'While queued',
  ABANDONEDWHILERINGING: 'While ringing',
  ABANDONEDFROMHOLD: 'On hold',
  ROUTEDONNOANSWER: 'No answer',
  ROUTEDTO: 'Routed to',
  RECEIVEDTRANSFER: 'Received transfer',
  RECEIVEDCONSULT: 'Received consult',
  INITIATEDCONSULT: 'Initiated consult',
  INCONFERENCE: 'In conference',
  DIVERTEDTO: 'Diverted to',
  ANSWEREDBYAGENT: 'Answered by agent',
  ANSWEREDBYOTHER: 'Answered by other',
  INTRODUCEDTRANSFER: 'Introduced transfer',
  DESTINATIONBUSY: 'Destination busy',
  ABNORMALSTOP: 'Abnormal stop',
  UNSPECIFIED: '',
  NONE: '',
  IPROXY: 'Calls (I-Proxy)',
  'I-PROXY': 'Calls (I-Proxy)',
  'T-CONTROLLER': 'Agents (T-Controller)',
  VQ: 'Virtual queues',
  NOANSWER: 'No answer',
  ROUTEDFROMANOTHERVIRTUALQUEUE: 'Routed from another queue',
  DEFAULTROUTEDBYSTRATEGY: 'Default routed by strategy',
  DEFAULTROUTEDBYSWITCH: 'Default routed by switch',
  STUCKCALL: 'Stuck call',
  POSTTRANSFER: 'After the transfer',
  ROUTINGPOINT: 'Routing point',
  IVRPORT: 'IVR',
  REDIRECTEDONNOANSWER: 'Redirected on no answer',
};
