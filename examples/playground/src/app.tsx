import type { JSX } from 'preact';
import { Advanced } from './controls/advanced.js';
import { ConceptList } from './controls/concept-list.js';
import { ModelPicker } from './controls/model-picker.js';
import { PromptField } from './controls/prompt-field.js';
import { SeedField } from './controls/seed-field.js';
import { Experiments } from './panels/experiments.js';
import { Actions } from './stage/actions.js';
import { Frame } from './stage/frame.js';
import { Problem } from './stage/problem.js';
import { Status } from './stage/status.js';

export function App(): JSX.Element {
  return (
    <>
      <header class="masthead">
        <h1>
          <span class="mark" aria-hidden="true" />
          SEGA playground
        </h1>
        <p>Add a concept to a picture, or take one away. The rest stays.</p>
      </header>
      <main class="studio">
        <section class="ask" aria-label="What to draw">
          <PromptField />
          <ModelPicker />
        </section>
        <section class="stage" aria-label="Picture">
          <Frame />
          <div class="below">
            <Status />
            <Actions />
          </div>
          <Problem />
        </section>
        <section class="edit" aria-label="How to steer">
          <ConceptList />
          <SeedField />
          <Advanced />
        </section>
        <section class="experiments" aria-label="Experiments">
          <Experiments />
        </section>
      </main>
      <footer class="colophon">
        <p>
          Everything is drawn in this page by models of 10 MB that know cartoon faces; nothing you type leaves it.
          Method: <a href="https://arxiv.org/abs/2301.12247">Brack et al., SEGA, 2023</a>.
        </p>
      </footer>
    </>
  );
}
