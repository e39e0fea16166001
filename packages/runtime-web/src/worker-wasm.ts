import * as ort from 'onnxruntime-web/wasm';
import { WASM_FILE } from './host/onnxruntime.js';
import { serve } from './host/serve.js';

serve({ ort, wasm: WASM_FILE });
