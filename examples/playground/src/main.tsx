import '@fontsource-variable/instrument-sans';
import './style/tokens.css';
import './style/controls.css';
import './style/stage.css';
import './style/panels.css';
import { render } from 'preact';
import { App } from './app.js';
import { filesOfRuntime, firstRest, followSettings } from './drawing/studio.js';
import { keepForOffline } from './offline/keep-for-offline.js';
import { followAddress } from './settings/address.js';

followAddress();
render(<App />, document.getElementById('app')!);
followSettings();
// Until the first picture is there it has all the machine to itself.
firstRest()
  .then(filesOfRuntime)
  .then(keepForOffline)
  .catch(() => undefined);
