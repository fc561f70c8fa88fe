// The views by name, in the order of the navigation, each with its key after "g". It knows nothing else.

export const NAV = [
  { name: 'live', title: 'Live', key: 'l', part: 'Now' },
  { name: 'queues', title: 'Queues', key: 'q', part: 'Day by day', period: true },
  { name: 'agents', title: 'Agents', key: 'a', period: true },
  { name: 'calls', title: 'Calls', key: 'c', period: true },
  { name: 'abandoned', title: 'Abandoned calls', key: 'b', period: true },
  { name: 'reports', title: 'Reports', key: 'r', period: true },
  { name: 'sources', title: 'Sources', key: 's', part: 'The data', period: true },
  { name: 'dictionary', title: 'Dictionary', key: 'd' },
];
