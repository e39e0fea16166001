import { openBundle } from '@sega/bundle';
import { GuidanceError, type Model } from '@sega/guidance';
import { type HostDescription, type WebRuntime, webRuntime } from '@sega/runtime-web';
import { type Download, downloadBundle } from './download-bundle.js';
import { loadFamily } from './load-family.js';
import { modelEntry } from './models.js';

/** A model ready to draw. */
export interface LoadedModel {
  readonly id: string;
  readonly model: Model;
  /** Of its bundle. */
  readonly version: string | undefined;
  /** Where it runs. */
  readonly host: HostDescription;
}

/** Models, each loaded once; all on one runtime. */
export class ModelShelf {
  readonly #device: 'auto' | 'wasm' | 'webgpu';
  readonly #models = new Map<string, Promise<LoadedModel>>();
  #runtime: WebRuntime | undefined;

  constructor(device: 'auto' | 'wasm' | 'webgpu') {
    this.#device = device;
  }

  /** @throws GuidanceError */
  get(id: string, onProgress: (download: Download) => void): Promise<LoadedModel> {
    const known = this.#models.get(id);
    if (known) return known;
    const loading = this.#load(id, onProgress);
    this.#models.set(id, loading);
    loading.catch(() => this.#models.delete(id));
    return loading;
  }

  /** Addresses of what the runtime has fetched; none before a model is asked for. @throws RUNTIME_UNAVAILABLE */
  async files(): Promise<readonly string[]> {
    return (await this.#runtime?.files()) ?? [];
  }

  /** Drops everything after an error that leaves the device unusable, so that the next model starts afresh. */
  recover(error: unknown): void {
    const isLost = GuidanceError.isInstance(error) && LOST.has(error.code);
    if (!isLost) return;
    this.#models.clear();
    this.#runtime?.dispose().catch(() => undefined);
    this.#runtime = undefined;
  }

  async #load(id: string, onProgress: (download: Download) => void): Promise<LoadedModel> {
    this.#runtime ??= webRuntime({ device: this.#device });
    const runtime = this.#runtime;
    const [host, files] = await Promise.all([runtime.open(), downloadBundle(modelEntry(id).address, onProgress)]);
    using held = files;
    // Checksums need a secure context.
    const bundle = await openBundle(held, { verify: isSecureContext ? 'sha256' : 'size' });
    const model = await loadFamily(bundle, runtime);
    return { id, model, version: bundle.manifest.version, host };
  }
}

const LOST: ReadonlySet<string> = new Set(['DEVICE_LOST', 'OUT_OF_MEMORY', 'RUNTIME_UNAVAILABLE']);
