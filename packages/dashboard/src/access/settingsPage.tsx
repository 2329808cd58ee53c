/** The server as its people set it up: what holds, who is told, what runs; who may, and the log of changes. */
import { useSignal } from '@preact/signals';
import { usePage } from '../frame/page.ts';
import { PASSWORD_LENGTH_MIN } from '../limits.ts';
import { faultOf } from '../live/fault.ts';
import { ChannelsPanel } from '../settings/channelsPanel.tsx';
import { JobsPanel } from '../settings/jobsPanel.tsx';
import { ServerPanel } from '../settings/serverPanel.tsx';
import { AuditPanel } from './auditPanel.tsx';
import { Field, Form } from './field.tsx';
import { KeysPanel } from './keysPanel.tsx';
import { PeoplePanel } from './peoplePanel.tsx';
import { may, signOut } from './session.ts';
import { TokensPanel } from './tokensPanel.tsx';

export function SettingsPage() {
  const page = usePage();
  const session = page.session.value;
  return (
    <div class="settings">
      <h1>Settings</h1>
      {session?.mode === 'open' && (
        <p class="panel note">
          This server is open: it answers its own machine alone, and nobody signs in. Start it
          without <code>--open</code> to give access to people and devices.
        </p>
      )}
      {session?.person !== undefined && (
        <YouPanel name={session.person.name} role={session.person.role} />
      )}
      <ServerPanel />
      {may(page, 'admin') && <ChannelsPanel />}
      <JobsPanel />
      {session?.mode === 'closed' && may(page, 'admin') && (
        <>
          <PeoplePanel />
          <TokensPanel />
          <KeysPanel />
          <AuditPanel />
        </>
      )}
    </div>
  );
}

function YouPanel({ name, role }: { name: string; role: string }) {
  const page = usePage();
  const isChanged = useSignal(false);
  const change = async (text: (name: string) => string) => {
    try {
      const body = { current: text('current'), next: text('next') };
      await page.client.call('changePassword', { body });
      isChanged.value = true;
      return '';
    } catch (error) {
      return faultOf(error);
    }
  };
  return (
    <section class="panel" aria-labelledby="you-title">
      <div class="panel-head">
        <h2 id="you-title">
          {name}, {role}
        </h2>
        <button type="button" onClick={() => void signOut(page)}>
          Sign out
        </button>
      </div>
      <Form action="Change password" onSend={change}>
        <Field
          name="current"
          words="Present password"
          type="password"
          autocomplete="current-password"
        />
        <Field
          name="next"
          words={`New password, at least ${PASSWORD_LENGTH_MIN} characters`}
          type="password"
          minLength={PASSWORD_LENGTH_MIN}
          autocomplete="new-password"
        />
      </Form>
      {isChanged.value && <p class="note small">Changed. Your other sessions have ended.</p>}
    </section>
  );
}
