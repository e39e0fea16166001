import * as ort from 'onnxruntime-web/webgpu';
import { WEBGPU_FILE } from './host/onnxruntime.js';
import { serve } from './host/serve.js';

serve({ ort, wasm: WEBGPU_FILE });
