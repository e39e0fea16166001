import { GuidanceError } from '@sega/guidance';
import type {
  Command,
  DeviceChoice,
  HostDescription,
  HostOptions,
  LoadProgress,
  Replies,
  Request,
} from '../protocol.js';
import type { Connection } from './connection.js';
import type { CommandLog } from './recorded-ops.js';

/** A way to a host, and the device it is to be opened with. @internal */
export interface Way {
  readonly connection: Connection;
  readonly device: DeviceChoice;
  /** Address of its WebAssembly, where that is known. */
  readonly wasm?: string;
}

/** A host as the page's runtime uses it: opened at first need, asked in order, its commands carried along. @internal */
export class HostLink implements CommandLog {
  readonly #connect: () => Promise<Way>;
  readonly #options: Pick<HostOptions, 'threads' | 'assets'>;
  #connection: Connection | undefined;
  #opened: Promise<HostDescription> | undefined;
  #commands: Command[] = [];
  #closing: Promise<void> | undefined;
  #milliseconds = 0;
  #lastTensor = 0;

  constructor(connect: () => Promise<Way>, options: Pick<HostOptions, 'threads' | 'assets'>) {
    this.#connect = connect;
    this.#options = options;
  }

  /** True once {@link close} was called. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Milliseconds networks ran. */
  get milliseconds(): number {
    return this.#milliseconds;
  }

  /** Opens the host, once; where that failed, asking again tries again. @throws RUNTIME_UNAVAILABLE */
  open(): Promise<HostDescription> {
    if (this.closed) {
      return Promise.reject(
        new GuidanceError('DISPOSED', 'The runtime was used after it was disposed. Make a new one.'),
      );
    }
    this.#opened ??= this.#open().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    });
    return this.#opened;
  }

  async #open(): Promise<HostDescription> {
    const { connection, ...way } = await this.#connect();
    try {
      const description = await connection.ask([], { kind: 'open', options: { ...this.#options, ...way } });
      this.#connection = connection;
      return description;
    } catch (error) {
      connection.end();
      throw error;
    }
  }

  newTensor(): number {
    return ++this.#lastTensor;
  }

  note(command: Command): void {
    if (!this.closed) this.#commands.push(command);
  }

  send(): void {
    if (!this.#opened || this.closed) return;
    // What fails here fails again, and is told, where its result is asked for.
    this.ask({ kind: 'commands' }).catch(() => undefined);
  }

  /** @throws GuidanceError */
  async ask<R extends Request>(request: R, onProgress?: (progress: LoadProgress) => void): Promise<Replies[R['kind']]> {
    // Taken now: what is noted while the host opens comes after this request.
    const commands = this.#commands;
    this.#commands = [];
    await this.open();
    return this.#connection!.ask(commands, request, onProgress);
  }

  async run(request: Extract<Request, { kind: 'run' }>): Promise<Replies['run']> {
    const reply = await this.ask(request);
    this.#milliseconds += reply.milliseconds;
    return reply;
  }

  /** Ends the host after what was asked so far. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await this.#opened?.catch(() => undefined);
    await this.#connection?.ask([], { kind: 'close' }).catch(() => undefined);
    this.#connection?.end();
  }
}
