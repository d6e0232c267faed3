// What the official SDK asks for, recorded once and compared byte by byte (T11). Needs no server of ours.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { launch, profile } from '../harness/browser.mjs';
import { Site } from '../harness/site.mjs';

const SHOP = 'https://shop.example.com';
const CONTAINER = 'persona-widget-aaaaaaaaaaaaaaaa';
const ORIGIN = 'iframe-origin=https%3A%2F%2Fshop.example.com';

const EVERY_OPTION = [
  'http://localhost:8080/widget?client-version=5.9.0',
  `container-id=${CONTAINER}`,
  'flow-type=embedded',
  'routing-country=US',
  'inquiry-template-id=itmpl_abc',
  'environment-id=env_1',
  ORIGIN,
  'frame-ancestors%5B0%5D=https%3A%2F%2Fa.example',
  'frame-ancestors%5B1%5D=https%3A%2F%2Fb.example',
  'message-target-origin=https%3A%2F%2Fa.example',
  'language=fr',
  'share-token=cnst_1',
  'field-mappings%5B0%5D%5Bsource-field-name%5D=nameFirst',
  'field-mappings%5B0%5D%5Bdestination-field-name%5D=first_name',
  'reference-id=user%201%2F%C3%A9',
  'account-type-id=acttp_1',
  'fields%5Bname-first%5D=Jane%20%26%20Co',
  'fields%5Bname-last%5D=D%C3%B6e',
  'fields%5Baddress-street-1%5D=x',
  'fields%5Bb%5D=true',
  'fields%5Bn%5D=3',
  'fields%5Barr%5D%5B0%5D=a',
  'fields%5Barr%5D%5B1%5D=b',
  'fields%5Bone%5D%5B0%5D=z',
  'fields%5Bobj%5D%5Binner-key%5D=v',
  'fields%5Bobj%5D%5Bid%5D=doc_1',
  'fields%5Bobj%5D%5Btype%5D=Document%3A%3AGeneric',
  'fields%5Bdate%5D=1970-01-01T00%3A00%3A00.000Z',
  'fields%5Bempty%5D=',
  'fields%5Bline-2-code%5D=k',
  'style-variant=dark',
  'theme-set-id=theset_1',
  'widget-padding%5Btop%5D=1',
  'widget-padding%5Bleft%5D=2',
  'navigation-padding%5Btop%5D=0',
  'server-outage-mode=defer',
].join('&');

let site, browser, page;

before(async () => {
  site = await Site.start();
  browser = await launch();
  const context = await profile(browser);
  await site.appearAt(context, SHOP);
  page = await context.newPage();
  await page.goto(`${SHOP}/`);
});

after(async () => {
  await browser?.close();
  await site?.stop();
});

/** The iframe's address as `setupIframe` makes it; the frame is never put into the page. */
function address(flowType, options) {
  return page.evaluate(
    ([container, flowType, options]) => Persona.setupIframe(document.createElement('iframe'), container, flowType, options).getAttribute('src'),
    [CONTAINER, flowType, { host: 'localhost:8080', ...options }],
  );
}

test('T11 the query of every option', async () => {
  const found = await address('embedded', {
    templateId: 'itmpl_abc',
    environmentId: 'env_1',
    referenceId: 'user 1/é',
    accountTypeId: 'acttp_1',
    fields: {
      nameFirst: 'Jane & Co',
      name_last: 'Döe',
      'address-street-1': '1 Main',
      addressStreet1: 'x',
      b: true,
      n: 3,
      nul: null,
      und: undefined,
      arr: ['a', 'b'],
      one: ['z'],
      obj: { innerKey: 'v', id: 'doc_1', type: 'Document::Generic' },
      date: new Date(0),
      empty: '',
      emptyArr: [],
      line2code: 'k',
    },
    frameAncestors: ['https://a.example', 'https://b.example'],
    messageTargetOrigin: 'https://a.example',
    language: 'fr',
    styleVariant: 'dark',
    themeSetId: 'theset_1',
    widgetPadding: { top: 1, left: 2 },
    navigationPadding: { top: 0 },
    shareToken: 'cnst_1',
    fieldMappings: [{ sourceFieldName: 'nameFirst', destinationFieldName: 'first_name' }],
    serverOutageMode: 'defer',
    routingCountry: 'US',
  });
  assert.equal(found, EVERY_OPTION);
});

test('T11 the queries of the shorter cases', async () => {
  const begin = (flowType) => `http://localhost:8080/widget?client-version=5.9.0&container-id=${CONTAINER}&flow-type=${flowType}`;
  const cases = [
    ['inline', { inquiryId: 'inq_1', sessionToken: 'eyJ.a.b' }, `&${ORIGIN}&inquiry-id=inq_1&session-token=eyJ.a.b`],
    ['embedded', { templateId: 'tmpl_x' }, `&template-id=tmpl_x&${ORIGIN}`],
    ['embedded', { templateVersionId: 'itmplv_x' }, `&inquiry-template-version-id=itmplv_x&${ORIGIN}`],
    ['embedded', { templateId: 'itmpl_a', templateVersionId: 'itmplv_b' }, `&inquiry-template-id=itmpl_a&inquiry-template-version-id=itmplv_b&${ORIGIN}`],
    ['embedded', { inquiryId: 'inq', referenceId: 'r' }, `&${ORIGIN}&inquiry-id=inq&reference-id=r`],
    ['embedded', { templateId: '', inquiryId: 'inq' }, `&${ORIGIN}&inquiry-id=inq`],
  ];
  for (const [flowType, options, rest] of cases) {
    assert.equal(await address(flowType, options), begin(flowType) + rest);
  }
});

test('T11 where the SDK goes for each form of the host', async () => {
  const cases = {
    localhost: 'http://localhost',
    'localhost:8080': 'http://localhost:8080',
    'localhost:8080/': 'http://localhost:8080',
    'localhost:8080/base': 'http://localhost:8080/base',
    'verify.example.com': 'https://verify.example.com',
    'verify.example.com:8443': 'https://verify.example.com:8443',
    '127.0.0.1:8080': 'https://127.0.0.1:8080',
  };
  for (const [host, base] of Object.entries(cases)) {
    const found = await address('embedded', { host, templateId: 'itmpl_abc' });
    assert.equal(found.split('?')[0], `${base}/widget`, host);
  }
});
