// In production nothing is decided without somebody who can: every run waits for a reviewer.
import assert from 'node:assert/strict';
import { scenario, world } from '../harness/world.mjs';

const w = world();
const production = { production: true };

async function assertNeedsReview(server, id) {
  const answer = await server.api('GET', `/inquiries/${id}?include=verifications`, undefined, production);
  assert.equal(answer.data.attributes.status, 'needs_review');
  assert.equal(answer.included.length, answer.data.relationships.verifications.data.length);
  assert.ok(answer.included.length >= 1, 'what was handed in is there to look at');
  for (const verification of answer.included) {
    assert.equal(verification.attributes.status, 'submitted', `${verification.type} ${verification.id}`);
    assert.deepEqual(verification.attributes.checks, [], 'nothing was checked, so nothing is claimed');
  }
}

scenario(w, 'an inquiry made by the API ends in needs_review', { timeout: 180_000 }, async ({ flow, server }) => {
  const { id } = await server.createInquiry({ referenceId: 'prod-1', ...production });
  await flow.goto(server.link({ 'inquiry-id': id }));
  await flow.at('start');
  assert.equal(await flow.frame.getByText(/pass verifications|sandbox/i).count(), 0, 'no sandbox panel (B271)');
  await flow.walkTo(['completed', 'notice'], { by: 'camera' });
  assert.doesNotMatch(await flow.screen.innerText(), /review|declin|approv/i, 'no decision shown (B116)');
  await assertNeedsReview(server, id);
});

scenario(w, 'a template link in production ends in needs_review', { timeout: 180_000 }, async ({ flow, server }) => {
  const environment = server.env.SELFSAME_PRODUCTION_ENVIRONMENT_ID;
  await flow.goto(server.link({ 'inquiry-template-id': server.template, 'environment-id': environment, 'reference-id': 'prod-2' }));
  await flow.walkTo(['completed', 'notice'], { by: 'upload' });
  const [inquiry] = await server.inquiries('&filter[reference-id]=prod-2', production);
  await assertNeedsReview(server, inquiry.id);
});

scenario(w, 'what happens in production is not seen from the sandbox, and the other way round', async ({ server }) => {
  const { id } = await server.createInquiry({ referenceId: 'apart', ...production });
  await assert.rejects(server.inquiry(id), /answered 404/);
  assert.deepEqual(await server.inquiries('&filter[reference-id]=apart'), []);
});
