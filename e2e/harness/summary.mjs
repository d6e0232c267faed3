// One line for whoever reads only the end: how many tests passed and failed.
export default async function* summary(events) {
  let passed = 0;
  let failed = 0;
  for await (const event of events) {
    const suite = event.data?.details?.type === 'suite';
    if (event.type === 'test:pass' && !suite) passed += 1;
    if (event.type === 'test:fail' && !suite) failed += 1;
  }
  yield `${passed} passed, ${failed} failed\n`;
}
